"""From one year to the next: the grace day and the periods that depend on it, and the next year of those who joined late."""

from datetime import date, datetime, time
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from core.clock import PARIS
from core.refusals import Refused
from core.typography import day_in_words
from memberships import dues, rights
from memberships.addressing import ADDRESS
from memberships.models import Campaign, Membership
from memberships.services.moving import hold_grace
from memberships.states import LateRule, Origin, State
from records.models import Act
from records.services import Entry, label_of, record, record_many

if TYPE_CHECKING:
    from accounts.models import User


MOVED, UNTIL = "date de grâce déplacée", "droits de l’année d’avant jusqu’au"


@transaction.atomic
def move_grace(campaign: Campaign, day: date | None, *, by: "User | None", now: datetime) -> int:
    """Say until when the rights of the year before last (None: the 31 March), and move the periods that end there. Return how many.

    A right is never taken back: members have read until when theirs last. What was typed wrong is put back the same day.
    """
    campaign = Campaign.objects.select_for_update(of=("self",), no_key=True).get(pk=campaign.pk)
    before, kept = campaign.grace_day, campaign.grace_until
    campaign.grace_until = day
    after = campaign.grace_day
    if after.year != campaign.year:
        raise Refused(f"Les droits de {campaign.year - 1} finissent un jour de {campaign.year}.")
    if after < before and not _is_put_back(campaign, after, now=now):
        _refuse_to_shorten(campaign, after)
    if kept != day:
        campaign.save(update_fields=["grace_until"])
    if before != after:
        said = {UNTIL: [day_in_words(before), day_in_words(after)]}
        record(MOVED, campaign, by=by, now=now, changes=said)
    return settle_periods(campaign, by=by, now=now)


def _refuse_to_shorten(campaign: Campaign, day: date) -> None:
    """Each letter of acceptance, call and reminder says the day: nobody is told later that it comes sooner."""
    rows = Membership.objects.accepted().filter(campaign__year=campaign.year - 1, resigned_on=None, rights_until__gt=day)
    if told := rows.order_by("-rights_until").values_list("rights_until", flat=True).first():
        raise Refused(
            f"Des adhérents ont lu que leurs droits durent jusqu’au {day_in_words(told)} : "
            "cette date ne s’avance pas. Elle se recule, ou se remet le jour même où elle a été déplacée."
        )


def _is_put_back(campaign: Campaign, day: date, *, now: datetime) -> bool:
    """True of the day that stood this morning."""
    midnight = datetime.combine(now.astimezone(PARIS).date(), time(), PARIS)
    first = Act.objects.filter(about=label_of(campaign), verb=MOVED, at__gte=midnight).order_by("at", "pk").first()
    return bool(first and first.changes.get(UNTIL, [""])[0] == day_in_words(day))


@transaction.atomic
def settle_periods(campaign: Campaign, *, by: "User | None", now: datetime) -> int:
    """Make the periods of the year before end on the campaign's grace day: those that a resignation shortened stay as they are."""
    day, today = campaign.grace_day, now.astimezone(PARIS).date()
    depending = Membership.objects.select_for_update(of=("self",), no_key=True).filter(campaign__year=campaign.year - 1, resigned_on=None)
    rows = list(depending.accepted().exclude(rights_until=day).select_related("organisation", "campaign").order_by("pk"))
    if day < today and any(row.rights_until and row.rights_until > day for row in rows):
        raise Refused(f"Le {day_in_words(day)} est passé : un droit déjà ouvert n’est pas repris. Choisissez aujourd’hui ou plus tard.")
    entries = [Entry(row, changes={"droits jusqu’au": [day_in_words(row.rights_until or day), day_in_words(day)]}) for row in rows]
    Membership.objects.filter(pk__in=[row.pk for row in rows]).update(rights_until=day)
    record_many("droits prolongés ou écourtés par la campagne", entries, by=by, now=now)
    return len(rows)


def owes_next_year(row: Membership) -> bool:
    """True of who joined at the end of the year, by our rates, the rest of it offered. An imported year at 0 € owes nothing by itself."""
    return row.state == State.ACTIVE and not row.amount and bool(row.rate_id) and row.campaign.late_rule == LateRule.NEXT_YEAR


def owing_next_year(*, now: datetime) -> "list[tuple[Membership, Campaign]]":
    """Return those to whom the rest of the year was offered, with the campaign that they owe and have no membership of."""
    today, next_year = now.astimezone(PARIS).date(), OuterRef("campaign__year") + 1
    # The same as `owes_next_year`, asked of the database.
    offered = Membership.objects.filter(state=State.ACTIVE, amount=0, rate__isnull=False, campaign__late_rule=LateRule.NEXT_YEAR)
    begun = Membership.objects.filter(organisation=OuterRef("organisation"), campaign__year=next_year)
    due = offered.filter(Exists(Campaign.objects.filter(year=next_year)), ~Exists(begun), campaign__year__gte=today.year - 1)
    rows = list(due.select_related("organisation__replaced_by", "campaign").order_by("pk"))
    years = {row.year + 1 for row in rows}
    campaigns = {found.year: found for found in Campaign.objects.prefetch_related("rates").filter(year__in=years)} if years else {}
    heirs = {row.organisation.at(today).pk for row in rows}
    theirs = Membership.objects.filter(organisation__in=heirs, campaign__year__in=years)
    has = set(theirs.order_by().values_list("organisation", "campaign__year")) if rows else set()
    return [(row, campaigns[row.year + 1]) for row in rows if (row.organisation.at(today).pk, row.year + 1) not in has]


@transaction.atomic
def owe_next_year(membership: Membership, campaign: Campaign, *, now: datetime) -> Membership | None:
    """Begin the year that a late joiner owes, accepted already: nothing is to be confirmed. Twice is once; None when no rate fits."""
    body = membership.organisation.at(now.astimezone(PARIS).date())
    try:
        owed = dues.amount_for(campaign, body, date(campaign.year, 1, 1))
    except Refused:
        return None
    accepted_at = membership.accepted_at or now
    hold_grace(campaign)
    starts, until = rights.period(campaign, accepted_at.astimezone(PARIS).date())
    made = Membership(
        organisation=body, campaign=campaign, category=owed.rate.category, state=State.ACTIVE, origin=Origin.CAMPAIGN,
        rate=owed.rate, amount=owed.amount, amount_note=f"due depuis l’adhésion {membership.year}", asked_at=now, asked_by="Portail",
        accepted_at=accepted_at, rights_from=starts, rights_until=until, **carried(membership),
    )  # fmt: skip
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:  # a faster hand
        return None
    record("année due par qui a adhéré en fin d’année", made, by=None, now=now)
    return made


def carried(membership: Membership) -> dict[str, str]:
    """Return what passes from one year to the next without being typed again; an order number is of one year."""
    names = ("signatory_name", "signatory_job", "payer_siret", "service_code", *ADDRESS)
    return {name: getattr(membership, name) for name in names}
