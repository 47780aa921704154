"""Two people at the same second, about who is of a member: one answer, one request, one link. Each with its twin, without the guard."""

from datetime import datetime
from functools import partial
from threading import Barrier

import pytest
from django.db.models import QuerySet

from core.clock import PARIS
from core.refusals import Refused
from mailing.models import Message
from memberships import claim_links, claim_sweeping, services
from memberships.models import Belonging, BookingLink
from memberships.services import claiming, declaring
from memberships.services.answering import ByLink
from memberships.states import Answer
from organisations.models import Organisation
from tests.memberships.factories import a_member
from tests.patience import PATIENCE
from tests.racing import race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
NOW = datetime(2027, 3, 1, 10, tzinfo=PARIS)
SACHA = "sacha@courriel.example"


def two_contacts():
    """Camille and Noa have the same page before them; one says yes, the other no."""
    row = services.claim(a_member("Ville d’Exemple", "camille@ville.example", "noa@ville.example"), SACHA, name="Sacha", now=NOW)
    seen = [Belonging.objects.get(pk=row.pk) for _ in range(2)]
    said = ((Answer.YES, "Camille Exemple"), (Answer.NO, "Noa Exemple"))
    return [partial(services.answer, each, what, by=ByLink(who), now=NOW) for each, (what, who) in zip(seen, said, strict=True)]


def answers():
    return Message.objects.filter(kind__in=["memberships.claim_accepted", "memberships.claim_refused"]).count()


@pytest.mark.parametrize("attempt", range(4))
def test_of_two_contacts_who_answer_at_once_one_does_and_the_other_reads_who(attempt):
    outcomes = race(*two_contacts())
    row = Belonging.objects.get()
    (refused,) = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    (kept,) = [outcome for outcome in outcomes if isinstance(outcome, Belonging)]
    assert (kept.answer, row.answered_by in str(refused), answers()) == (row.answer, True, 1)


def test_without_the_condition_both_would_have_answered(monkeypatch):
    """The twin: each looks, they meet, each writes whatever the other did."""
    acts, met, updated = two_contacts(), Barrier(2, timeout=PATIENCE), QuerySet.update

    def update(rows, **values):
        if rows.model is Belonging:
            met.wait()
            return updated(Belonging.objects.all(), **values)
        return updated(rows, **values)

    monkeypatch.setattr(QuerySet, "update", update)
    monkeypatch.setattr(claiming.emails, "post_answered", lambda *_, **__: None)
    assert [isinstance(outcome, Belonging) for outcome in race(*acts)] == [True, True]


def a_double_click():
    body = a_member("Ville d’Exemple", "camille@ville.example")
    return [partial(services.claim, Organisation.objects.get(pk=body.pk), SACHA, name="Sacha", now=NOW) for _ in range(2)]


@pytest.mark.parametrize("attempt", range(4))
def test_a_double_click_is_one_request_and_one_letter(attempt):
    outcomes = race(*a_double_click())
    assert ([isinstance(outcome, Belonging) for outcome in outcomes], Belonging.objects.count(), Message.objects.count()) == (
        [True, True],
        1,
        1,
    )


def test_without_the_lock_one_of_the_two_would_be_thrown_out(monkeypatch):
    """The twin: both look before either writes; the constraint throws the second out with an error instead of words."""
    acts, met, looked = a_double_click(), Barrier(2, timeout=PATIENCE), claiming._refuse
    monkeypatch.setattr(claiming, "lock", lambda *bodies: {body.pk: body for body in bodies})

    def look(*args, **said):
        looked(*args, **said)
        met.wait()

    monkeypatch.setattr(claiming, "_refuse", look)
    assert sorted(type(outcome).__name__ for outcome in race(*acts)) == ["Belonging", "IntegrityError"]


def two_links(*, has_one=True):
    body = a_member()
    if has_one:
        services.make_link(body, by=None, now=NOW)
    return [partial(services.make_link, Organisation.objects.get(pk=body.pk), by=None, now=NOW) for _ in range(2)]


@pytest.mark.parametrize("attempt", range(4))
def test_two_contacts_who_replace_the_link_at_once_leave_one_that_lives(attempt):
    outcomes = race(*two_links())
    living = (BookingLink.objects.alive().count(), BookingLink.objects.count())
    assert ([isinstance(outcome, BookingLink) for outcome in outcomes], living) == ([True, True], (1, 3))


def test_without_the_lock_one_of_the_two_links_would_be_an_error(monkeypatch):
    """The twin: each looks for the one to close, finds none, and makes its own."""
    acts, met, closed = two_links(has_one=False), Barrier(2, timeout=PATIENCE), declaring._closed
    monkeypatch.setattr(declaring, "lock", lambda *bodies: {body.pk: body for body in bodies})

    def close(body, now):
        count = closed(body, now)
        met.wait()
        return count

    monkeypatch.setattr(declaring, "_closed", close)
    assert sorted(type(outcome).__name__ for outcome in race(*acts)) == ["BookingLink", "IntegrityError"]


@pytest.mark.parametrize("attempt", range(4))
def test_two_sweeps_at_once_remind_once(attempt):
    row = services.claim(a_member("Ville d’Exemple", "camille@ville.example"), SACHA, name="Sacha", now=NOW)
    due = claim_sweeping.reminded_from(row.asked_at)
    assert (sum(race(*[partial(claim_sweeping.remind, now=due)] * 2)), Message.objects.count()) == (1, 2)


def test_without_the_condition_two_sweeps_would_each_say_they_reminded(monkeypatch):
    """The twin: the key of the letter still makes it one letter."""
    row = services.claim(a_member("Ville d’Exemple", "camille@ville.example"), SACHA, name="Sacha", now=NOW)
    due, met, updated = claim_sweeping.reminded_from(row.asked_at), Barrier(2, timeout=PATIENCE), QuerySet.update

    def update(rows, **values):
        if "reminded_at" in values:
            met.wait()
            return updated(Belonging.objects.all(), **values)
        return updated(rows, **values)

    monkeypatch.setattr(QuerySet, "update", update)
    contact = row.organisation.contacts.get()
    assert (sum(race(*[partial(claim_sweeping.remind, now=due)] * 2)), Message.objects.count()) == (2, 2)
    assert claim_links.token_of(row, contact) in Message.objects.get(kind="memberships.claim_reminder").text
