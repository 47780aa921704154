"""The pages of the results, for `tests/pages.py`: a call to publish, one that lacks a decision, one that was told and whose places fill."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.urls import reverse

from accounts.models import User
from applications import services
from applications.models import Application, ResultsRelease, Selection
from applications.states import State
from core import clock
from mailing.models import Message
from mailing.states import State as LetterState
from programmes.models import Edition
from tests.applications.factories import deposited
from tests.programmes.factories import EditionFactory

STAFF = "staff"
READY, LACKING, TOLD, CLOSED = "PUBL", "MANQUE", "DITES", "CLOSE"
NAME = "admin:applications_application_board"
ALL = (State.SELECTED, State.SELECTED, State.WAITLISTED, State.WAITLISTED, State.DECLINED)


def furnish(staff: User) -> None:
    """Results in each state: to publish, stopped by a file without decision, told with a place offered, closed."""
    _decided(READY, staff, ALL)
    _decided(LACKING, staff, (*ALL, State.IN_REVIEW))
    _told(TOLD, staff, ALL)
    rows = Application.objects.filter(edition__reference_prefix=TOLD).order_by("pk")
    services.withdraw(rows[0], by=staff, now=clock.now())
    Message.objects.filter(about=f"applications.application:{rows[4].pk}", kind="applications.declined").update(state=LetterState.FAILED)
    _told(CLOSED, staff, (State.WAITLISTED, State.DECLINED))
    closed = Edition.objects.get(reference_prefix=CLOSED)
    Application.objects.filter(edition=closed, state=State.WAITLISTED).update(state=State.DECLINED, waitlist_rank=None)


def _decided(prefix: str, staff: User, states: tuple[State, ...]) -> Edition:
    now = clock.now()
    dates = {"opens_at": now - timedelta(days=60), "closes_at": now - timedelta(days=20), "published_at": now - timedelta(days=60)}
    edition = EditionFactory(reference_prefix=prefix, seats=2, ends_on=(now + timedelta(days=90)).date(), **dates)
    Selection.objects.create(edition=edition, confirm_by=now + timedelta(days=20))
    rows = [deposited(at=now - timedelta(days=30), edition=edition, state=State.IN_REVIEW) for _ in states]
    for row, state in zip(rows, states, strict=True):
        if state != State.IN_REVIEW:
            services.decide(row, state, by=staff, now=now)
    return edition


def _told(prefix: str, staff: User, states: tuple[State, ...]) -> None:
    """Published, as if its letters had left two days ago."""
    edition, then = _decided(prefix, staff, states), clock.now() - timedelta(days=2)
    made = services.release(edition, by=staff, now=clock.now(), token=f"pages-{prefix}")
    Edition.objects.filter(pk=edition.pk).update(results_released_at=then)
    ResultsRelease.objects.filter(pk=made.pk).update(at=then)
    if made.batch:
        Message.objects.filter(batch=made.batch).update(state=LetterState.SENT, sent_at=then, due_at=then, next_at=then)
        type(made.batch).objects.filter(pk=made.batch.pk).update(due_at=then, created_at=then)


def _of(name: str, *prefixes: str, query: str = "") -> Callable[[Any], list[str]]:
    def addresses(_: Any) -> list[str]:
        editions = Edition.objects.filter(reference_prefix__in=prefixes).order_by("pk")
        return [reverse(f"{NAME}{name}", args=[edition.pk]) + query for edition in editions]

    return addresses


def _file(name: str, state: State) -> Callable[[Any], list[str]]:
    def addresses(_: Any) -> list[str]:
        row = Application.objects.filter(edition__reference_prefix=TOLD, state=state).order_by("pk").first()
        return [reverse(f"admin:applications_application_{name}", args=[row.pk])] if row else []

    return addresses


PAGES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    f"{NAME}_release": (STAFF, _of("_release", READY, LACKING, TOLD)),
    f"{NAME}_places": (STAFF, _of("_places", READY, TOLD, CLOSED)),
    f"{NAME}_close": (STAFF, _of("_close", READY, TOLD, CLOSED)),
    "admin:applications_application_leave": (STAFF, _file("leave", State.WAITLISTED)),
    "admin:applications_application_told": (STAFF, _file("told", State.DECLINED)),
}
