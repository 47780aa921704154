"""A quote says of the call of dues what is true the day it is given."""

from datetime import UTC, date, datetime

import pytest

from memberships.quotes import quoted
from tests.memberships.factories import CampaignFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("today", "called_at", "words"),
    [
        (date(2027, 9, 1), None, "partira le 2\u00a0novembre 2027"),
        (date(2027, 11, 22), datetime(2027, 11, 3, 9, tzinfo=UTC), "est parti le 3\u00a0novembre 2027"),
        (date(2027, 11, 22), None, "va partir"),
    ],
)
def test_the_call_of_dues_is_said_in_its_tense(today, called_at, words):
    campaign = CampaignFactory(year=2028, called_at=called_at)
    assert quoted(MembershipFactory().organisation, campaign).call_in_words(today) == words
