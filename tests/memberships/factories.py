"""Campaigns, rates and memberships of invented bodies."""

from datetime import date, datetime
from decimal import Decimal

import factory

from billing.models import TaxProfile
from core.clock import PARIS
from memberships.models import Campaign, Membership, Rate
from memberships.states import Category, State
from tests.organisations.factories import ContactFactory, OrganisationFactory  # noqa: F401 - for whoever imports this

NOW = datetime(2027, 3, 1, 10, tzinfo=PARIS)
DUES = Decimal(5000)


class TaxProfileFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = TaxProfile
        django_get_or_create = ("name",)

    name = "Cotisations, exonérées"
    category = "E"
    exemption_code = "VATEX-FR-CGI261-7"
    exemption_text = "Exonération de TVA, article 261, 7-1° du CGI"


class CampaignFactory(factory.django.DjangoModelFactory):
    """The campaign of a year, with the single rate of 5 000 € in each category unless `rates=[]`."""

    class Meta:
        model = Campaign
        django_get_or_create = ("year",)
        skip_postgeneration_save = True

    year = 2027
    is_open = True
    tax_profile = factory.SubFactory(TaxProfileFactory)

    @factory.post_generation
    def rates(self, create, extracted, **kwargs):
        if create and extracted is None:
            for category in Category:
                Rate.objects.get_or_create(campaign=self, category=category, population_from=None, defaults={"amount": DUES})


class RateFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Rate

    campaign = factory.SubFactory(CampaignFactory, rates=[])
    category = Category.COLLECTIVITE
    amount = DUES


class MembershipFactory(factory.django.DjangoModelFactory):
    """An active membership of the campaign's year, accepted on the first of March at noon unless said otherwise."""

    class Meta:
        model = Membership

    organisation = factory.SubFactory(OrganisationFactory)
    campaign = factory.SubFactory(CampaignFactory)
    category = Category.COLLECTIVITE
    state = State.ACTIVE
    amount = DUES
    asked_at = NOW
    accepted_at = factory.Maybe("is_accepted", NOW)
    rights_from = factory.Maybe("is_accepted", factory.LazyAttribute(lambda row: date(row.campaign.year, 1, 1)))
    rights_until = factory.Maybe("is_accepted", factory.LazyAttribute(lambda row: date(row.campaign.year + 1, 3, 31)))

    class Params:
        is_accepted = factory.LazyAttribute(lambda row: row.state in (State.ACTIVE, State.RESIGNED))


def a_member(name: str = "Ville d’Exemple", *contacts: str, **said):
    """A body whose rights run in 2027, and its general contacts."""
    row = MembershipFactory(organisation=OrganisationFactory(name=name), **said)
    for email in contacts:
        ContactFactory(organisation=row.organisation, email=email)
    return row.organisation
