"""What is owed: rates by category and band, what late joiners owe, refusals in words."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.refusals import Refused
from memberships import dues
from memberships.models import Campaign, Rate
from memberships.states import Category, LateRule
from organisations.states import Kind
from tests.memberships.factories import CampaignFactory, RateFactory
from tests.organisations.factories import OrganisationFactory


def owed(campaign, organisation, on=date(2027, 1, 1)):
    return dues.amount_for(campaign, organisation, on)


@pytest.mark.django_db
def test_the_single_rate_of_2021_is_owed_by_each_category():
    campaign = CampaignFactory(year=2021)
    for kind, category in ((Kind.REGION, "COLLECTIVITE"), (Kind.STATE, "MINISTERE"), (Kind.HOSPITAL, "ETABLISSEMENT_PUBLIC")):
        found = dues.amount_for(campaign, OrganisationFactory(kind=kind), date(2021, 6, 1))
        assert (found.amount, found.note, found.rate.category) == (Decimal(5000), "", category)


@pytest.mark.django_db
@pytest.mark.parametrize(("population", "amount"), [(0, 500), (19_999, 500), (20_000, 2000), (99_999, 2000), (100_000, 5000)])
def test_a_band_begins_with_its_first_inhabitant_and_ends_before_its_last(population, amount):
    campaign = CampaignFactory(rates=[])
    for low, high, price in ((None, 20_000, 500), (20_000, 100_000, 2000), (100_000, None, 5000)):
        RateFactory(campaign=campaign, population_from=low, population_below=high, amount=price)
    assert owed(campaign, OrganisationFactory(population=population)).amount == amount


@pytest.mark.django_db
def test_no_rate_is_refused_saying_why():
    campaign = CampaignFactory(rates=[])
    RateFactory(campaign=campaign, category=Category.COLLECTIVITE, population_from=1000, population_below=2000)
    cases = {
        OrganisationFactory(name="Amis", kind=Kind.ASSOCIATION): "« Amis » est du type « association »",
        OrganisationFactory(kind=Kind.STATE): "Le barème 2027 n’a pas de tarif pour la catégorie « ministère ».",
        OrganisationFactory(name="Bourg"): "dites combien d’habitants compte « Bourg ».",
        OrganisationFactory(population=20_000): "n’a pas de tranche pour 20\u202f000 habitants (collectivité territoriale).",
    }
    for organisation, words in cases.items():
        with pytest.raises(Refused) as refusal:
            owed(campaign, organisation)
        assert words in str(refusal.value).replace("\u00a0", " ")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("on", "amount", "note"),
    [
        (date(2027, 6, 30), "5000.00", ""),
        (date(2027, 7, 1), "2500.00", "au prorata\u00a0: 6\u00a0mois sur 12"),
        (date(2027, 7, 31), "2500.00", "au prorata\u00a0: 6\u00a0mois sur 12"),
        (date(2027, 11, 2), "833.33", "au prorata\u00a0: 2\u00a0mois sur 12"),
        (date(2027, 12, 31), "416.67", "au prorata\u00a0: 1\u00a0mois sur 12"),
        (date(2026, 12, 31), "5000.00", ""),
    ],
)
def test_a_begun_month_counts_to_the_cent(on, amount, note):
    campaign = CampaignFactory(late_rule=LateRule.PRO_RATA, late_from=date(2027, 7, 1))
    found = owed(campaign, OrganisationFactory(), on)
    assert (found.amount, found.note) == (Decimal(amount), note)


@pytest.mark.django_db
def test_the_rest_of_the_year_is_free_and_the_next_is_owed():
    campaign = CampaignFactory(late_rule=LateRule.NEXT_YEAR, late_from=date(2027, 10, 1))
    late, early = (owed(campaign, OrganisationFactory(), on) for on in (date(2027, 10, 1), date(2027, 9, 30)))
    assert (late.amount, late.note) == (Decimal(0), "le reste de 2027 est offert, l’adhésion 2028 est due")
    assert (late.is_offered, early.is_offered, early.amount) == (True, False, Decimal(5000))


bounds = st.one_of(st.none(), st.integers(0, 50))


@given(st.lists(st.tuples(bounds, bounds), max_size=5), st.integers(0, 60))
def test_without_overlap_a_population_has_one_price_at_most(bands, population):
    rates = [
        Rate(category=Category.COLLECTIVITE, population_from=low, population_below=high)
        for low, high in bands
        if low is None or high is None or low < high
    ]
    fitting = [rate for rate in rates if dues.fits(rate, population)]
    assert len(fitting) <= 1 or dues.overlaps(rates) != []


@given(st.integers(1, 12), st.integers(1, 10**7))
def test_pro_rata_is_never_above_the_year_and_never_nothing(month, cents):
    campaign = Campaign(year=2027, late_rule=LateRule.PRO_RATA, late_from=date(2027, 1, 1))
    rate = Rate(campaign=campaign, category=Category.COLLECTIVITE, amount=Decimal(cents) / 100)
    months = 13 - month
    amount = dues.pro_rata(rate.amount, months)
    assert Decimal(0) <= amount <= rate.amount
    assert abs(amount * 12 - rate.amount * months) <= Decimal("0.06")


def test_bands_in_words():
    def band(low, high):
        return dues.band_in_words(Rate(population_from=low, population_below=high))

    assert band(None, None) == ""
    assert band(20_000, 100_000) == "de 20\u202f000 à moins de 100\u202f000\u00a0habitants"
    assert band(100_000, None) == "100\u202f000\u00a0habitants et plus"
    assert band(None, 20_000) == "moins de 20\u202f000\u00a0habitants"
