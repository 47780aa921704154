"""Double clicks and simultaneous posts, on PostgreSQL; each with its twin that shows the race once the protection is gone."""

from functools import partial
from threading import Barrier, Event

import pytest
from django.db import transaction

from applications import services
from applications.models import Application, Step
from applications.services import Typing, depositing, triage
from applications.states import State
from core.refusals import Refused
from mailing.models import Message
from tests.applications.factories import ANSWERS, OPEN, TYPED, ApplicationFactory, UserFactory, deposited
from tests.patience import PATIENCE
from tests.programmes.factories import EditionFactory
from tests.racing import race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PEOPLE = 50
AT_ONCE = 10


def in_turns(calls):
    """Race the calls, some people at once: a test database takes so many connections."""
    return [outcome for start in range(0, len(calls), AT_ONCE) for outcome in race(*calls[start : start + AT_ONCE])]


def test_fifty_people_who_begin_twice_at_once_have_one_row_each():
    edition, people = EditionFactory(), UserFactory.create_batch(PEOPLE)
    begin = [partial(services.save_typing, edition, Typing(TYPED, tab="a"), by=person, now=OPEN) for person in people for _ in range(2)]
    outcomes = in_turns(begin)
    assert [outcome for outcome in outcomes if not isinstance(outcome, Application)] == []
    assert sorted(Application.objects.values_list("applicant", "revision")) == sorted((person.pk, 1) for person in people)


def test_fifty_people_who_deposit_twice_at_once_have_one_number_one_receipt_one_letter_each():
    edition = EditionFactory(reference_prefix="AV17")
    drafts = ApplicationFactory.create_batch(PEOPLE, edition=edition)
    deposit = [
        partial(services.submit, draft, dict(ANSWERS), by=draft.applicant, now=OPEN, revision=1) for draft in drafts for _ in range(2)
    ]
    outcomes = in_turns(deposit)
    assert [outcome for outcome in outcomes if not isinstance(outcome, Step)] == []
    references = list(Application.objects.order_by("reference").values_list("reference", flat=True))
    assert references == [f"AV17-{number:04}" for number in range(1, PEOPLE + 1)]
    assert (Step.objects.count(), Message.objects.count()) == (PEOPLE, PEOPLE)


def test_a_withdrawal_pressed_twice_at_once_is_one_letter():
    draft = ApplicationFactory()
    services.submit(draft, dict(ANSWERS), by=draft.applicant, now=OPEN)
    outcomes = race(*[partial(services.withdraw, draft, by=draft.applicant, now=OPEN)] * 4)
    assert (outcomes, Message.objects.filter(kind="applications.withdrawn").count()) == ([None] * 4, 1)


def test_of_two_tabs_that_save_at_once_one_is_told():
    draft = ApplicationFactory()
    tabs = [Typing({**TYPED, "job": job}, revision=1, tab=job, asked=True) for job in ("juriste", "cadre")]
    outcomes = race(*(partial(services.save_typing, draft.edition, tab, by=draft.applicant, now=OPEN) for tab in tabs))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Application", "Stale"]
    kept = next(outcome for outcome in outcomes if isinstance(outcome, Application))
    assert (Application.objects.get().typed, Application.objects.get().revision) == (kept.typed, 2)


def add_while_the_last_holder_loses_it():
    """One colleague puts a word on a file, and has not committed when another takes it from the only file that has it."""
    edition, by = EditionFactory(), UserFactory()
    held, other = deposited(edition=edition), deposited(edition=edition)
    tag = services.add_tag(held, "rare", by=by, now=OPEN)
    added, removed = Event(), Event()

    def add():
        with transaction.atomic():
            services.add_tag(other, "rare", by=by, now=OPEN)
            added.set()
            removed.wait(30)

    def remove():
        added.wait(30)
        try:
            services.remove_tag(held, tag, by=by, now=OPEN)
        finally:
            removed.set()

    return race(add, remove), other


def test_a_word_put_on_a_file_while_its_last_other_holder_loses_it_stays():
    outcomes, other = add_while_the_last_holder_loses_it()
    assert (outcomes, [tag.name for tag in other.tags.all()]) == ([None, None], ["rare"])


def test_without_the_lock_the_word_goes_and_its_link_breaks(monkeypatch):
    """The twin: the whole act of the colleague who adds is lost."""
    monkeypatch.setattr(triage, "_held", lambda tag: tag)
    outcomes, other = add_while_the_last_holder_loses_it()
    assert ([type(outcome).__name__ for outcome in outcomes], list(other.tags.all())) == (["IntegrityError", "NoneType"], [])


@pytest.fixture
def look_together(monkeypatch):
    """Remove the lock, and hold everybody between the look and the write."""
    barrier = Barrier(2, timeout=PATIENCE)

    def look(application):
        found = Application.objects.with_call().get(pk=application.pk)
        barrier.wait()
        return found

    monkeypatch.setattr(depositing, "_lock", look)


def test_without_the_lock_two_deposits_do_race(look_together):
    """The twin: the second deposit is then stopped by the conditional update, loudly, instead of quietly giving the receipt."""
    draft = ApplicationFactory()
    outcomes = race(*[partial(services.submit, draft, dict(ANSWERS), by=draft.applicant, now=OPEN)] * 2)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Refused", "Step"]


def test_without_lock_and_conditional_update_two_deposits_give_two_receipts(look_together, monkeypatch):
    """The twin of the twin: both protections gone, the person has two letters."""

    def move(application, state, **values):
        Application.objects.filter(pk=application.pk).update(state=state, **values)
        for name, value in {"state": state, **values}.items():
            setattr(application, name, value)

    monkeypatch.setattr(depositing, "_move", move)
    draft = ApplicationFactory()
    race(*[partial(services.submit, draft, dict(ANSWERS), by=draft.applicant, now=OPEN)] * 2)
    assert (Step.objects.count(), Message.objects.count()) == (2, 2)


def test_a_deposit_and_a_withdrawal_at_once_leave_one_truth():
    draft = ApplicationFactory()
    services.submit(draft, dict(ANSWERS), by=draft.applicant, now=OPEN)
    changed = {**ANSWERS, "job": "juriste"}
    outcomes = race(
        partial(services.submit, draft, changed, by=draft.applicant, now=OPEN),
        partial(services.withdraw, draft, by=draft.applicant, now=OPEN),
    )
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception) and not isinstance(outcome, Refused)] == []
    last = Step.objects.last()
    assert Application.objects.get().state == last.to_state
    assert last.to_state in (State.SUBMITTED, State.WITHDRAWN)
