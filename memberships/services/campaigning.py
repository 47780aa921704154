"""A campaign made from the one before: rates and texts copied, dates moved on by a year, the VAT regime chosen by the treasurer."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from billing.models import TaxProfile
from core.refusals import Refused
from memberships.models import Campaign, Membership, Rate
from memberships.services.renewing import settle_periods
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User

TEXTS = ("citation", "citation_source", "introduction", "who_can_join", "calendar", "late_rule")
DATES = ("calls_on", "grace_until", "late_from")


@transaction.atomic
def follow(campaign: Campaign, *, tax_profile: TaxProfile, by: "User", now: datetime) -> Campaign:
    """Make the campaign of the next year, closed until somebody opens it; twice is refused."""
    year = campaign.year + 1
    texts = {name: getattr(campaign, name) for name in TEXTS}
    dates = {name: _a_year_later(getattr(campaign, name)) for name in DATES}
    try:
        with transaction.atomic():
            made = Campaign.objects.create(year=year, tax_profile=tax_profile, **texts, **dates)
    except IntegrityError:
        raise Refused(f"La campagne {year} existe déjà.") from None
    Rate.objects.bulk_create([_copied(rate, made) for rate in campaign.rates.order_by("pk")])
    record("campagne créée", made, by=by, now=now, note=f"D’après {campaign} ; régime de TVA : {tax_profile}.")
    _keep_what_was_read(made)
    settle_periods(made, by=by, now=now)
    return made


def _keep_what_was_read(made: Campaign) -> None:
    """A grace day earlier than the one that this year's members have read gives way to theirs."""
    rows = Membership.objects.accepted().filter(campaign__year=made.year - 1, resigned_on=None)
    read = rows.order_by("-rights_until").values_list("rights_until", flat=True).first()
    if read and made.grace_day < read and read.year == made.year:
        made.grace_until = read
        made.save(update_fields=["grace_until"])


def _a_year_later(day: date | None) -> date | None:
    """The 29 February becomes the 28."""
    if day is None:
        return None
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def _copied(rate: Rate, campaign: Campaign) -> Rate:
    band = {"population_from": rate.population_from, "population_below": rate.population_below}
    return Rate(campaign=campaign, category=rate.category, amount=rate.amount, **band)
