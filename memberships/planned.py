"""What the timeline says of campaigns, what waits for the team, what a campaign's page lists: from the very rows the sweeps read."""

from collections.abc import Iterator
from datetime import datetime, time
from functools import partial

from django.core.cache import cache
from django.urls import reverse

from accounts.roles import CALL_DUES
from core.clock import PARIS
from core.registry import Planned, Waiting
from core.workdays import next_working_moment
from memberships import renewing_dates as dates
from memberships import sweeping
from memberships.models import Campaign, Membership
from memberships.models.membership import VIEW_MEMBERSHIP
from memberships.services import calling
from memberships.services.calling import Called
from records.services import label_of

A_MINUTE = 60


def planned(start: datetime, until: datetime) -> Iterator[Planned]:
    """The call to launch, reminders to the silent, the end of rights: as things stand, whoever answers meanwhile."""
    for campaign in sweeping.current(now=start):
        for line in of(campaign, now=start):
            if start <= line.at < until:
                yield line


def of(campaign: Campaign, *, now: datetime) -> list[Planned]:
    """What is to come of one campaign, in order."""
    return sorted([*_call(campaign), *_reminders(campaign, now), *_lapses(campaign, now)], key=lambda line: line.at.timestamp())


def _call(campaign: Campaign) -> Iterator[Planned]:
    if campaign.called_at is None:
        at = next_working_moment(datetime.combine(campaign.call_day, time(8), tzinfo=PARIS))
        yield Planned(at, "à lancer", f"Appel de cotisation {campaign.year}", url=_state(campaign), about=label_of(campaign),
                      permission=CALL_DUES)  # fmt: skip


def _reminders(campaign: Campaign, now: datetime) -> Iterator[Planned]:
    silent = list(sweeping.silent([campaign]))
    found: dict[datetime, list[Membership]] = {}
    for row in silent:
        for moment in dates.moments(campaign, called_at=row.asked_at):
            if moment >= now:
                found.setdefault(moment, []).append(row)
    for moment, rows in found.items():
        what = f"Rappel aux adhésions {campaign.year} à confirmer"
        whom = "organisme silencieux" if len(rows) == 1 else "organismes silencieux"
        yield _told(campaign, next_working_moment(moment), "envoyé", what, whom, rows)


def _lapses(campaign: Campaign, now: datetime) -> Iterator[Planned]:
    moment = dates.lapses_at(campaign)
    rows = list(sweeping.silent([campaign]))
    if rows and moment >= now:
        what = f"Fin des droits de {campaign.year - 1} de qui n’a pas confirmé"
        yield _told(campaign, next_working_moment(moment), "envoyé", what, "organisme" if len(rows) == 1 else "organismes", rows)


def _told(campaign: Campaign, at: datetime, act: str, what: str, whom: str, rows: list[Membership]) -> Planned:
    return Planned(
        at, act, what, whom, len(rows), _state(campaign), label_of(campaign), names=partial(_names, rows),
        read_with=VIEW_MEMBERSHIP, permission=VIEW_MEMBERSHIP,
    )  # fmt: skip


def _names(rows: list[Membership]) -> list[str]:
    return [str(row.organisation) for row in rows]


def _state(campaign: Campaign) -> str:
    return reverse("admin:memberships_campaign_state", args=[campaign.pk])


# --- What waits -------------------------------------------------------------------------------------------


def unreached(campaign: Campaign, *, now: datetime) -> list[Called]:
    """Members whom the call cannot reach, with why: no finance contact, an address that does not receive, no rate."""
    if calling.refusal_to_call(calling.with_rates(campaign), now=now):
        return []
    return calling.uncallable(calling.called(calling.with_rates(campaign), now=now))


def _to_call(campaign: Campaign, now: datetime) -> int:
    known = calling.with_rates(campaign)
    return 0 if calling.refusal_to_call(known, now=now) else sum(not row.why for row in calling.called(known, now=now))


def waiting(now: datetime) -> list[Waiting]:
    """What waits, counted once a minute for everybody: a call of hundreds is a dozen questions, and the first page asks few."""
    return list(cache.get_or_set("memberships.waiting", lambda: list(counted(now)), A_MINUTE) or ())


def counted(now: datetime) -> Iterator[Waiting]:
    """Members to whom a call whose day has come is to be launched, and those whom a launched one does not reach."""
    today = now.astimezone(PARIS).date()
    for campaign in sweeping.current(now=now):
        if campaign.called_at is None and campaign.call_day <= today:
            yield Waiting(f"adhérents à qui l’appel {campaign.year} est à lancer", _to_call(campaign, now), _state(campaign), CALL_DUES)
        if campaign.called_at and (count := len(unreached(campaign, now=now))):
            yield Waiting(f"adhérents que l’appel {campaign.year} n’atteint pas", count, _state(campaign), CALL_DUES, campaign.called_at)
