"""The band « Adhérer » of the home page: one query, the price of the first year one may join."""

from datetime import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.clock import PARIS
from memberships import gathering
from memberships.models import Campaign
from memberships.states import Category
from tests.memberships.factories import CampaignFactory, RateFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 1, 10, tzinfo=PARIS)


def test_the_band_tells_the_lowest_price_of_the_first_open_year_in_one_query():
    this_year = CampaignFactory(year=2027, rates=[])
    for category, amount in ((Category.COLLECTIVITE, 500), (Category.MINISTERE, 5000)):
        RateFactory(campaign=this_year, category=category, amount=Decimal(amount))
    CampaignFactory(year=2028)
    gathering.home(None, NOW)
    with CaptureQueriesContext(connection) as asked:
        band = gathering.home(None, NOW)
    assert (band["grid"].in_words, len(asked)) == ("à partir de 500\u00a0€", 1)


def test_without_rate_the_band_tells_no_price_and_without_open_year_there_is_none():
    campaign = CampaignFactory(year=2027, rates=[])
    assert gathering.home(None, NOW)["grid"].in_words == ""
    Campaign.objects.filter(pk=campaign.pk).update(is_open=False)
    assert gathering.home(None, NOW) is None
