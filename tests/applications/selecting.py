"""A selection in the state a test is about: decided through the services, released, its letters sent or not."""

from datetime import datetime, timedelta

from django.utils.crypto import get_random_string

from applications import services
from applications.models import Application, Offer, Selection
from applications.states import State
from core.clock import PARIS
from mailing.models import Message
from mailing.states import State as LetterState
from tests.applications.factories import deposited
from tests.programmes.factories import EditionFactory

JURY = datetime(2017, 9, 11, 10, tzinfo=PARIS)  # a Monday
RELEASED = JURY + timedelta(minutes=10)
CONFIRM_BY = datetime(2017, 9, 20, 12, tzinfo=PARIS)
THREE_DAYS = timedelta(hours=72)


def call(seats=2, *, confirm_by=CONFIRM_BY, prefers_balance=False, **fields):
    """A call with its places, and by when they are confirmed."""
    edition = EditionFactory(seats=seats, **fields)
    Selection.objects.create(edition=edition, confirm_by=confirm_by, prefers_balance=prefers_balance)
    return edition


def decided(edition, team, states, *, at=JURY, **fields):
    """One file for each state, decided through the service; « retenue » last, as places go."""
    rows = [deposited(edition=edition, state=State.IN_REVIEW, **fields) for _ in states]
    for row, state in zip(rows, states, strict=True):
        if state != State.IN_REVIEW:
            services.decide(row, state, by=team, now=at)
    return [again(row) for row in rows]


def release(edition, team, *, at=JURY, token=""):
    return services.release(edition, by=team, now=at, token=token or get_random_string(16))


def released(edition, team, states, *, at=JURY):
    """Decided and published; the letters are due ten minutes after `at`, and gone."""
    rows = decided(edition, team, states, at=at)
    release(edition, team, at=at)
    gone()
    return [again(row) for row in rows]


def gone():
    """Every letter that waits has left, as the worker would say it."""
    for letter in Message.objects.filter(state=LetterState.DUE):
        Message.objects.filter(pk=letter.pk).update(state=LetterState.SENT, sent_at=letter.due_at)


def again(row) -> Application:
    return Application.objects.with_call().get(pk=row.pk)


def states(edition):
    return [(row.state, row.waitlist_rank) for row in Application.objects.filter(edition=edition).order_by("pk")]


def open_offers(edition, now):
    return list(Offer.objects.open(now=now).filter(application__edition=edition).order_by("pk"))


def letters(row):
    """The kinds of letters a person was owed about their file, receipts aside, the oldest first."""
    found = Message.objects.filter(about=f"applications.application:{row.pk}").exclude(kind="applications.received").order_by("pk")
    return list(found.values_list("kind", flat=True))


def one_of_each(edition, now):
    """A file in each state of a call that was told, a place offered: rows only, for what shows them."""
    made = {state: deposited(at=now, edition=edition, state=state) for state in (
        State.SELECTED, State.CONFIRMED, State.WAITLISTED, State.DECLINED, State.LAPSED, State.WITHDRAWN,
    )}  # fmt: skip
    Selection.objects.get_or_create(edition=edition, defaults={"confirm_by": CONFIRM_BY})
    Application.objects.filter(pk=made[State.WAITLISTED].pk).update(waitlist_rank=1)
    Offer.objects.create(application=made[State.WAITLISTED], rank=1, at=now, until=now + THREE_DAYS)
    type(edition).objects.filter(pk=edition.pk).update(results_released_at=now)
    return made
