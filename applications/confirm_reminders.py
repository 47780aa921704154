"""Reminding who has a place to confirm: seven days and two days before at 10:00, the last day at 9:00, as for drafts (A7, B8).

None once the place is confirmed, none for a moment that passed before the person was told; of those missed, only the latest leaves.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial

from django.db.models import F, Max, Q

from accounts.roles import VIEW_APPLICATION
from applications import confirming_emails, reminders
from applications.models import Application, ApplicationQuerySet
from applications.states import State
from applications.waiting import listed
from core.registry import Planned
from mailing.models import Message
from programmes.models import Edition
from records.services import label_of


def to_confirm(*, told_by: datetime, after: datetime, until: datetime) -> ApplicationQuerySet:
    """Selected, told, not confirmed, whose date is in this window; with when they were told of this place."""
    told = Application.objects.filter(state=State.SELECTED, edition__results_released_at__lte=told_by, edition__cancelled_at=None)
    near = told.with_due().annotate(due=F("due")).filter(due__gt=after, due__lte=until)
    last = Max("steps__at", filter=Q(steps__to_state=State.SELECTED))
    return near.with_call().select_related("edition__selection").annotate(chosen_at=last).order_by("pk")


def remind(now: datetime) -> None:
    """Owe the reminder whose moment has come, once each; a date that moved arms them again."""
    due = {}
    for application in to_confirm(told_by=now, after=now, until=now + reminders.FIRST):
        moment = reminders.last_reached(_limit(application), begun_at=_told_at(application), now=now)
        if moment:
            due[confirming_emails.reminder_key(application, moment)] = (application, moment)
    written = set(Message.objects.filter(key__in=due).order_by("pk").values_list("key", flat=True))
    for key in due.keys() - written:
        confirming_emails.post_reminder(*due[key], now=now)


def _limit(application: Application) -> datetime:
    limit: datetime = application.due  # type: ignore[attr-defined]
    return limit


def _told_at(application: Application) -> datetime:
    """Their answer, or the offer they took later."""
    released: datetime = application.edition.results_released_at  # type: ignore[assignment]
    chosen: datetime | None = application.chosen_at  # type: ignore[attr-defined]
    return max(released, chosen) if chosen else released


# --- The timeline -----------------------------------------------------------------------------------------


def planned(start: datetime, until: datetime) -> Iterator[Planned]:
    """As things stand: who has not confirmed yet, whoever will have by then."""
    rows = list(to_confirm(told_by=until, after=start, until=until + reminders.FIRST))
    for (moment, edition), people in _by_moment(rows, start, until).items():
        yield Planned(
            moment,
            "envoyé",
            f"Rappel de confirmer : {edition.short_title}",
            "personne retenue" if len(people) == 1 else "personnes retenues",
            len(people),
            listed(edition=edition.pk, state=State.SELECTED),
            label_of(edition),
            names=partial(_names, people),
            read_with=VIEW_APPLICATION,
            permission=VIEW_APPLICATION,
        )


def _by_moment(rows: Iterable[Application], start: datetime, until: datetime) -> dict[tuple[datetime, Edition], list[Application]]:
    found: dict[tuple[datetime, Edition], list[Application]] = {}
    for row in rows:
        limit, told = _limit(row), _told_at(row)
        for moment in (reminder.moment(limit) for reminder in reminders.REMINDERS):
            if start <= moment < until and told <= moment < limit:
                found.setdefault((moment, row.edition), []).append(row)
    return found


def _names(people: list[Application]) -> list[str]:
    return [row.full_name or row.address or str(row) for row in people]
