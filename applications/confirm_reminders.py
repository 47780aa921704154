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
from records.sweeping import each_alone

_CHOSEN = Max("steps__at", filter=Q(steps__to_state=State.SELECTED))


def to_confirm(*, told_by: datetime, after: datetime, until: datetime) -> ApplicationQuerySet:
    """Selected, told, not confirmed, whose date is in this window; with when they were told of this place."""
    near = _near(told_by=told_by, after=after, until=until)
    return near.with_call().select_related("edition__selection").annotate(chosen_at=_CHOSEN).order_by("pk")


def _near(*, told_by: datetime, after: datetime, until: datetime) -> ApplicationQuerySet:
    told = Application.objects.filter(state=State.SELECTED, edition__results_released_at__lte=told_by, edition__cancelled_at=None)
    return told.with_due().annotate(due=F("due")).filter(due__gt=after, due__lte=until)


def remind(now: datetime) -> None:
    """Owe the reminder whose moment has come, once each; a date that moved arms them again."""
    due = {}
    for application in to_confirm(told_by=now, after=now, until=now + reminders.FIRST):
        moment = reminders.last_reached(_limit(application), begun_at=_told_at(application), now=now)
        if moment:
            due[confirming_emails.reminder_key(application, moment)] = (application, moment)
    written = set(Message.objects.filter(key__in=due).order_by("pk").values_list("key", flat=True))
    moments = {application: moment for key, (application, moment) in due.items() if key not in written}
    each_alone(moments, lambda row: confirming_emails.post_reminder(row, moments[row], now=now), what="reminder to confirm")


def _limit(application: Application) -> datetime:
    limit: datetime = application.due  # type: ignore[attr-defined]
    return limit


def _told_at(application: Application) -> datetime:
    """Their answer, or the offer they took later."""
    released: datetime = application.edition.results_released_at  # type: ignore[assignment]
    return _told(released, application.chosen_at)  # type: ignore[attr-defined]


def _told(released: datetime, chosen: datetime | None) -> datetime:
    return max(released, chosen) if chosen else released


# --- The timeline -----------------------------------------------------------------------------------------


def planned(start: datetime, until: datetime) -> Iterator[Planned]:
    """As things stand: who has not confirmed yet, whoever will have by then. Nothing of a file is read but its dates, until names are."""
    near = _near(told_by=until, after=start, until=until + reminders.FIRST).order_by("pk")
    dates = near.values_list("pk", "edition", "due", "edition__results_released_at").annotate(chosen_at=_CHOSEN)  # type: ignore[misc]
    found = _by_moment(dates, start, until)
    calls = Edition.objects.in_bulk({edition for _, edition in found}) if found else {}
    for (moment, edition), keys in found.items():
        yield Planned(
            moment,
            "envoyé",
            f"Rappel de confirmer : {calls[edition].short_title}",
            "personne retenue" if len(keys) == 1 else "personnes retenues",
            len(keys),
            listed(edition=edition, state=State.SELECTED),
            label_of(calls[edition]),
            names=partial(_names, keys),
            read_with=VIEW_APPLICATION,
            permission=VIEW_APPLICATION,
        )


_Dates = tuple[int, int, datetime, datetime, datetime | None]


def _by_moment(rows: Iterable[_Dates], start: datetime, until: datetime) -> dict[tuple[datetime, int], list[int]]:
    """Gather the files each call reminds at each moment."""
    found: dict[tuple[datetime, int], list[int]] = {}
    for key, edition, limit, released, chosen in rows:
        told = _told(released, chosen)
        for moment in (reminder.moment(limit) for reminder in reminders.REMINDERS):
            if start <= moment < until and told <= moment < limit:
                found.setdefault((moment, edition), []).append(key)
    return found


def _names(keys: list[int]) -> list[str]:
    rows = Application.objects.filter(pk__in=keys).with_call().order_by("pk")
    return [row.full_name or row.address or str(row) for row in rows]
