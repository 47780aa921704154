"""What waits for who reads, and for the team among readings: reminders, what they answer, what the timeline says (`core.registry`)."""

from collections.abc import Iterator
from datetime import datetime, time
from functools import partial
from typing import TYPE_CHECKING, cast

from django.db.models import Count, DateTimeField, Exists, F, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse

from accounts.models import User as Person
from accounts.roles import DECIDE, Role
from applications import jury_emails
from applications.models import Application, ConflictOfInterest, Review, Selection
from applications.reminders import Reminder
from applications.states import READ_BY_THE_JURY
from core.registry import Planned, Waiting
from records.services import label_of
from records.sweeping import each_alone

if TYPE_CHECKING:
    from accounts.models import User

_Row = tuple[str, int, str, int, datetime | None]
# Days are counted back from the day of the readings, on the Paris calendar.
BEFORE = Reminder(days_before=3, at=time(10))
AFTER = Reminder(days_before=-1, at=time(10))
_KINDS = ((BEFORE, jury_emails.DUE), (AFTER, jury_emails.LATE))
_LABELS = {
    "conflict": "conflits d’intérêts : candidatures à confier à quelqu’un d’autre",
    "late": "membres du jury en retard",
}


def page_of(edition: int) -> str:
    """Return the address of the jury of a call, for the team."""
    return reverse("admin:applications_application_board_jury", args=[edition])


# --- Reminders ----------------------------------------------------------------------------------------


def due_kind(selection: Selection, *, now: datetime) -> tuple[str, datetime] | None:
    """Return the reminder whose moment is reached, the latest alone; the first one is worth nothing once the date has passed."""
    if selection.read_by is None:
        return None
    reached = [(reminder.moment(selection.read_by), kind) for reminder, kind in _KINDS]
    moment, kind = max(((at, kind) for at, kind in reached if at <= now), default=(None, ""))
    if moment is None or (kind == jury_emails.DUE and now >= selection.read_by):
        return None
    return kind, moment


def remind(*, now: datetime) -> None:
    """Owe the reminders of every call whose moment has come, to who had something to read by then."""
    rows = Selection.objects.to_read(now=now).filter(read_by__isnull=False).select_related("edition__programme")
    each_alone(rows.order_by("pk"), lambda selection: _remind(selection, now=now), what="reminders of a jury")


def _remind(selection: Selection, *, now: datetime) -> None:
    if due := due_kind(selection, now=now):
        kind, moment = due
        for reader, number in _unread(selection, before=moment):
            jury_emails.post_reminder(kind, selection, reader, number, now=now)


def _unread(selection: Selection, *, before: datetime) -> "list[tuple[User, int]]":
    rows = Review.objects.to_read().filter(application__edition=selection.edition_id, assigned_at__lt=before)
    counts = dict(rows.order_by().values_list("reviewer").annotate(number=Count("pk")))
    people = Person.objects.with_role(Role.REVIEWER).filter(pk__in=counts, is_active=True).order_by("pk")
    return [(person, counts[person.pk]) for person in people]


def planned(start: datetime, until: datetime) -> Iterator[Planned]:
    """On the timeline: the reminders to come, and the dates of readings."""
    rows = Selection.objects.to_read(now=start).filter(read_by__isnull=False).select_related("edition")
    for selection in rows.order_by("read_by", "pk"):
        for reminder, kind in _KINDS:
            moment = reminder.moment(selection.read_by) if selection.read_by else start
            if start <= moment < until and (people := _unread(selection, before=moment)):
                what = "Rappel au jury" if kind == jury_emails.DUE else "Relance du jury"
                yield _letters(f"{what} : {selection.edition.short_title}", moment, selection, people)


def _letters(what: str, moment: datetime, selection: Selection, people: "list[tuple[User, int]]") -> Planned:
    return Planned(
        moment,
        "envoyé",
        what,
        "personne qui n’a pas tout lu" if len(people) == 1 else "personnes qui n’ont pas tout lu",
        len(people),
        page_of(selection.edition_id),
        label_of(selection.edition),
        names=partial(list, [str(person) for person, _ in people]),
        read_with=DECIDE,
        permission=DECIDE,
    )


# --- What waits for the team --------------------------------------------------------------------------


def waiting(now: datetime) -> Iterator[Waiting]:
    """By call: files whose conflict leaves them short of a reader, people whose readings are late. One question for both."""
    rows = _conflicts().union(cast("QuerySet[Application, _Row]", _late(now)), all=True).order_by(F("kind"), F("call"))
    for kind, call, title, number, since in rows:
        yield Waiting(f"{title} : {_LABELS[kind]}", number, page_of(call), DECIDE, since)


def _conflicts() -> "QuerySet[Application, _Row]":
    """Files that a conflict, declared or found since, took from somebody who had them, and that have too few readers left."""
    conflicts = ConflictOfInterest.objects.filter(application=OuterRef("application"), reviewer=OuterRef("reviewer"))
    taken = Review.objects.filter(Exists(conflicts), application=OuterRef("pk"))
    live = Review.objects.without_conflict().filter(application=OuterRef("pk")).order_by().values("application")
    short = Application.objects.filter(
        Exists(taken),
        state__in=READ_BY_THE_JURY,
        edition__cancelled_at=None,
        edition__results_released_at=None,
        edition__selection__isnull=False,
    ).annotate(live=Coalesce(Subquery(live.annotate(many=Count("pk")).values("many")), 0, output_field=IntegerField()))
    rows = short.filter(live__lt=F("edition__selection__readings")).order_by().annotate(kind=Value("conflict"))
    told = rows.annotate(call=F("edition")).values_list("kind", "call", "edition__short_title")
    return told.annotate(number=Count("pk"), since=Value(None, output_field=DateTimeField()))


def _late(now: datetime) -> "QuerySet[Review, _Row]":
    """Readers who have something left after the date."""
    rows = Review.objects.to_read().filter(application__edition__selection__read_by__lte=now).order_by().annotate(kind=Value("late"))
    told = rows.annotate(call=F("application__edition"))
    listed = told.values_list("kind", "call", "application__edition__short_title")
    return listed.annotate(number=Count("reviewer", distinct=True), since=F("application__edition__selection__read_by"))
