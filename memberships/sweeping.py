"""What the sweep owes: reminders to the silent, the letter at the end of rights, the year that late joiners owe.

Each question is asked of the rows, and may be asked twice, at once, or never: a key, a unique row, the state make the second a no-op.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from core.clock import PARIS
from mailing.models import Message
from memberships import renewal_emails as letters
from memberships import renewing_dates as dates
from memberships.models import Campaign, Membership
from memberships.models.membership import MembershipQuerySet
from memberships.services import renewing


@dataclass(frozen=True)
class Due:
    """A letter that is owed: its key, its kind, the membership it is about."""

    key: str
    kind: str
    membership: Membership


def current(*, now: datetime) -> list[Campaign]:
    """Campaigns whose year is not over: nobody is told in 2029 what ended in 2028."""
    return list(Campaign.objects.filter(year__gte=now.astimezone(PARIS).year).order_by("year"))


def silent(campaigns: list[Campaign]) -> MembershipQuerySet:
    """Those called who have not answered: what sweeps, timeline and campaign page count alike."""
    rows = Membership.objects.to_confirm().filter(campaign__in=campaigns)
    return rows.select_related("organisation", "campaign").order_by("pk")


def due(*, now: datetime) -> Iterator[Due]:
    """Yield the letters owed to the silent, posted or not."""
    for membership in silent([campaign for campaign in current(now=now) if dates.begins(campaign, now=now)]):
        if now >= dates.lapses_at(membership.campaign):
            yield Due(letters.lapsed_key(membership), letters.LAPSED, membership)
        elif moment := dates.last_reached(membership.campaign, called_at=membership.asked_at, now=now):
            yield Due(letters.reminder_key(membership, moment), letters.REMINDER, membership)


def remind(*, now: datetime) -> int:
    """Owe what is due and was not; return how many letters that is."""
    if not (owed := {each.key: each for each in due(now=now)}):
        return 0
    known = set(Message.objects.filter(key__in=owed).order_by("pk").values_list("key", flat=True))
    missing = [each for key, each in owed.items() if key not in known and _is_true(each, now=now)]
    return sum(letters.post_if_told(each.key, each.kind, each.membership, now=now) is not None for each in missing)


def _is_true(each: Due, *, now: datetime) -> bool:
    """Nobody is told that rights are over who has some, by whatever year."""
    return each.kind != letters.LAPSED or not letters.is_member(each.membership, on=now.astimezone(PARIS).date())


def renew_late_joiners(*, now: datetime) -> int:
    """Begin the year owed by those to whom the end of the one before was offered, and tell them."""
    count = 0
    for membership, campaign in renewing.owing_next_year(now=now):
        if made := renewing.owe_next_year(membership, campaign, now=now):
            letters.post_confirmed(made, now=now)
            count += 1
    return count
