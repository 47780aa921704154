"""What a body owes for a year: its rate by category and population, and the rule for who joins late. Data of the campaign (D1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from core.money import CENT
from core.refusals import Refused
from core.typography import NBSP, grouped
from memberships.models import Campaign, Rate
from memberships.states import CATEGORY_OF, Category, LateRule
from organisations.models import Organisation
from organisations.states import Kind

MONTHS = 12
NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Owed:
    """An amount to the cent, how it was counted (printed beside it), and the rate it comes from."""

    amount: Decimal
    note: str
    rate: Rate

    @property
    def is_offered(self) -> bool:
        """The rest of the year is free: the membership of the next year is owed."""
        return self.amount == NOTHING


def amount_for(campaign: Campaign, organisation: Organisation, on: date) -> Owed:
    """Return what a body owes that joins on a day; refuse in clear words when no rate is made for it."""
    rate = rate_for(campaign, organisation)
    if not is_late(campaign, on):
        return Owed(rate.amount, "", rate)
    if campaign.late_rule == LateRule.PRO_RATA:
        months = MONTHS + 1 - on.month
        note = f"au prorata : {months}{NBSP}mois sur {MONTHS}"
        return Owed(pro_rata(rate.amount, months), note, rate)
    year = campaign.year
    return Owed(NOTHING, f"le reste de {year} est offert, l’adhésion {year + 1} est due", rate)


def pro_rata(amount: Decimal, months: int) -> Decimal:
    """Return the part of a year's amount that some months owe, to the cent."""
    return (amount * months / MONTHS).quantize(CENT, ROUND_HALF_UP)


def is_late(campaign: Campaign, on: date) -> bool:
    """True when the late rule changes what is owed by who joins that day."""
    if campaign.late_rule == LateRule.FULL or campaign.late_from is None:
        return False
    return on.year == campaign.year and on >= campaign.late_from


def category_of(organisation: Organisation) -> Category:
    """Return the category a body joins in; refuse the kinds that cannot join by themselves."""
    if category := CATEGORY_OF.get(organisation.kind):
        return category
    kinds = "aux collectivités territoriales, aux ministères et aux établissements publics"
    raise Refused(f"« {organisation} » est du type « {Kind(organisation.kind).label} » : l’adhésion est ouverte {kinds}.")


def rate_for(campaign: Campaign, organisation: Organisation) -> Rate:
    """Return the one rate made for a body."""
    category = category_of(organisation)
    rates = [rate for rate in campaign.rates.all() if rate.category == category]
    if found := next((rate for rate in rates if fits(rate, organisation.population)), None):
        return found
    raise Refused(_why_none(campaign, organisation, category, rates))


def fits(rate: Rate, population: int | None) -> bool:
    """True when the band holds this population; one without bounds holds any, unknown too."""
    if rate.population_from is None and rate.population_below is None:
        return True
    if population is None:
        return False
    return (rate.population_from or 0) <= population and (rate.population_below is None or population < rate.population_below)


def _why_none(campaign: Campaign, organisation: Organisation, category: Category, rates: list[Rate]) -> str:
    if not rates:
        return f"Le barème {campaign.year} n’a pas de tarif pour la catégorie « {category.label} »."
    if organisation.population is None:
        return f"Le barème {campaign.year} dépend de la population : dites combien d’habitants compte « {organisation} »."
    people = grouped(organisation.population)
    return f"Le barème {campaign.year} n’a pas de tranche pour {people}{NBSP}habitants ({category.label})."


# --- The bands of a rate card -----------------------------------------------------------------------------


def overlaps(rates: Iterable[Rate]) -> list[tuple[Rate, Rate]]:
    """Return the pairs of rates of one category whose bands share a population: a body would have two prices."""
    found, rows = [], sorted(rates, key=lambda rate: (rate.category, rate.population_from or 0, rate.pk or 0))
    for rank, rate in enumerate(rows):
        found += [(rate, other) for other in rows[rank + 1 :] if other.category == rate.category and _share(rate, other)]
    return found


def _share(one: Rate, other: Rate) -> bool:
    """`other` begins no lower than `one`."""
    return one.population_below is None or (other.population_from or 0) < one.population_below


def band_in_words(rate: Rate) -> str:
    """« de 20 000 à moins de 100 000 habitants »; empty without bounds."""
    low, high = (grouped(bound) if bound is not None else "" for bound in (rate.population_from, rate.population_below))
    if low and high:
        return f"de {low} à moins de {high}{NBSP}habitants"
    if low:
        return f"{low}{NBSP}habitants et plus"
    return f"moins de {high}{NBSP}habitants" if high else ""
