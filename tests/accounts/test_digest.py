"""The digest of 08:30: once a working day, to whom something waits for, and only what their roles open."""

from datetime import datetime, timedelta
from functools import partial
from threading import Barrier

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import digest, tasks
from accounts.roles import Role
from core import asking, hints
from core.clock import PARIS
from core.registry import WAITING, Waiting
from mailing import delivery
from mailing.html import blocks
from mailing.letters import KINDS
from mailing.models import Digest, Message
from tests.accounts.factories import UserFactory
from tests.patience import PATIENCE
from tests.racing import race

pytestmark = pytest.mark.django_db

APPLICATIONS, HOUSE = "applications.view_application", "records.view_association"


def at(day, hour=8, minute=30, second=0, month=9):
    return datetime(2027, month, day, hour, minute, second, tzinfo=PARIS)


@pytest.fixture
def asked(monkeypatch):
    """Two things wait; returns the moments at which that was asked."""
    moments = []

    def waiting(now):
        moments.append(now)
        return [
            Waiting("candidatures sans jury", 3, "/admin/applications/application/?attente=jury&page=2", APPLICATIONS, at(1)),
            Waiting("IBAN à vérifier", 1, "/admin/records/association/1/change/", HOUSE),
            Waiting("rien ici", 0, "/admin/", HOUSE),
        ]

    monkeypatch.setattr(WAITING, "_items", [(0, waiting)])
    return moments


def swept(*moments):
    for moment in moments:
        with time_machine.travel(moment, tick=False):
            tasks.send_digest()


def told():
    return {letter.to: letter.text.count("\n- ") for letter in Message.objects.filter(kind="accounts.digest").order_by("pk")}


def test_each_person_in_charge_has_one_letter_with_what_their_roles_open(asked):
    staff, treasurer = UserFactory(roles=[Role.STAFF], first_name="Claude"), UserFactory(roles=[Role.TREASURER])
    both = UserFactory(roles=[Role.STAFF, Role.ADMINISTRATOR])
    UserFactory(roles=[Role.REVIEWER])
    UserFactory(roles=[Role.COORDINATOR])
    UserFactory(roles=[Role.STAFF], is_active=False)
    UserFactory()
    swept(at(6))
    assert told() == {staff.email: 2, treasurer.email: 1, both.email: 2}
    letter = Message.objects.get(to=staff.email)
    assert letter.subject == "À voir ce lundi 6\u00a0septembre 2027\u00a0: 2 points"
    assert letter.text.split("\n\n")[0] == "Bonjour Claude,"
    assert (
        "- candidatures sans jury (3)\n  https://testserver/admin/applications/application/?attente=jury&page=2\n"
        "- IBAN à vérifier (1)\n  https://testserver/admin/records/association/1/change/"
    ) in letter.text
    assert letter.key == f"digest:2027-09-06:{staff.pk}"
    assert "IBAN" in Message.objects.get(to=treasurer.email).text
    assert "candidatures" not in Message.objects.get(to=treasurer.email).text


def test_the_links_are_links_in_the_formatted_version(asked):
    UserFactory(roles=[Role.STAFF])
    swept(at(6))
    (listing,) = [block for block in blocks(Message.objects.get().text) if block.kind == "list"]
    assert [[piece.text.strip() for piece in item if piece.url] for item in listing.items] == [
        ["https://testserver/admin/applications/application/?attente=jury&page=2"],
        ["https://testserver/admin/records/association/1/change/"],
    ]


def test_nothing_waits_no_digest(monkeypatch):
    monkeypatch.setattr(WAITING, "_items", [(0, lambda _: [Waiting("rien", 0, "/", APPLICATIONS)])])
    UserFactory(roles=[Role.STAFF])
    swept(at(6), at(6, 9))
    assert told() == {}
    assert Digest.objects.get().letters == 0


@pytest.mark.parametrize(
    ("moment", "letters"),
    [
        (at(6, 8, 29, 59), 0),
        (at(6), 1),
        (at(6, 18, 59, 59), 1),
        (at(6, 19), 0),
        (at(4, 9), 0),  # Saturday
        (at(5, 9), 0),  # Sunday
        (at(14, 9, month=7), 0),
        (at(29, 9, month=3), 0),  # Easter Monday
        (at(30, 8, 30, month=3), 1),
    ],
)
def test_it_leaves_from_half_past_eight_on_a_working_day(asked, moment, letters):
    UserFactory(roles=[Role.STAFF])
    swept(moment)
    assert len(told()) == letters


def test_once_however_often_the_sweep_runs_and_what_waits_is_asked_once(asked, django_assert_num_queries):
    UserFactory(roles=[Role.STAFF])
    swept(*(at(6) + timedelta(minutes=minute) for minute in range(5)), at(6, 18))
    assert (len(told()), asked) == (1, [at(6)])
    with time_machine.travel(at(6, 12), tick=False), django_assert_num_queries(1):
        tasks.send_digest()
    with time_machine.travel(at(6, 8, 0), tick=False), django_assert_num_queries(0):
        tasks.send_digest()


def test_what_begins_to_wait_later_waits_for_tomorrow(monkeypatch):
    items = []
    monkeypatch.setattr(WAITING, "_items", [(0, lambda _: items)])
    UserFactory(roles=[Role.STAFF])
    swept(at(6))
    items.append(Waiting("candidatures sans jury", 1, "/admin/", APPLICATIONS))
    swept(at(6, 12))
    assert told() == {}
    swept(at(7))
    assert len(told()) == 1


def test_after_an_outage_it_leaves_the_same_day_and_yesterdays_never(asked):
    UserFactory(roles=[Role.STAFF])
    swept(at(6, 15))
    letter = Message.objects.get()
    assert letter.due_at == at(6, 15)
    swept(at(8))
    assert [row.day.day for row in Digest.objects.order_by("day")] == [6, 8]


def test_a_digest_that_could_not_leave_that_day_never_does(asked):
    UserFactory(roles=[Role.STAFF])
    swept(at(6))
    still_due = KINDS["accounts.digest"].still_due
    for moment, due in [(at(6, 18), True), (at(7, 8), False)]:
        with time_machine.travel(moment, tick=False):
            assert still_due(Message.objects.get()) is due


def test_whoever_left_the_team_in_the_meantime_gets_none(asked):
    person = UserFactory(roles=[Role.STAFF])
    swept(at(6))
    person.grants.all().delete()
    with time_machine.travel(at(6, 9), tick=False):
        assert not KINDS["accounts.digest"].still_due(Message.objects.get())


def test_an_app_that_fails_takes_nobody_elses_lines_away(monkeypatch):
    monkeypatch.setattr(WAITING, "_items", [(0, lambda _: 1 / 0), (1, lambda _: [Waiting("une chose", 1, "/admin/", APPLICATIONS)])])
    UserFactory(roles=[Role.STAFF])
    swept(at(6, 9, 30))
    assert list(told().values()) == [1]


def test_two_sweeps_at_once_make_one_digest(asked, monkeypatch):
    UserFactory(roles=[Role.STAFF])

    def ask(*arguments):
        # The other worker makes it between our look and our write.
        Digest.objects.create(day=at(6).date(), made_at=at(6))
        return asking.everyone(*arguments)

    monkeypatch.setattr(digest, "everyone", ask)
    swept(at(6))
    assert (told(), Digest.objects.count()) == ({}, 1)


def test_each_letter_costs_the_same_however_many(asked):
    costs = []
    for day, count in ((6, 1), (7, 2), (8, 2)):
        UserFactory.create_batch(count, roles=[Role.STAFF])
        with time_machine.travel(at(day), tick=False), CaptureQueriesContext(connection) as counted:
            tasks.send_digest()
        costs.append((Message.objects.filter(created_at=at(day)).count(), len(counted)))
    (one, first), (three, second), (five, third) = costs
    assert (one, three, five) == (1, 3, 5)
    assert third - second == second - first


def test_the_timeline_says_when_the_next_ones_leave(asked):
    moments = [item.at for item in digest.planned(at(3, 9), at(8, 9))]
    assert moments == [at(6), at(7), at(8)]
    UserFactory(roles=[Role.STAFF])
    swept(at(6))
    assert [item.at for item in digest.planned(at(6, 8), at(7, 9))] == [at(7)]


def test_it_leaves_through_the_house(asked, mailoutbox):
    UserFactory(roles=[Role.STAFF])
    swept(at(6))
    with time_machine.travel(at(6), tick=False):
        delivery.deliver(clock=lambda: at(6))
    assert [mail.subject for mail in mailoutbox] == ["À voir ce lundi 6\u00a0septembre 2027\u00a0: 2 points"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_the_same_instant_make_one_digest(asked, monkeypatch):
    monkeypatch.setattr(hints, "_send", lambda _: None)
    UserFactory.create_batch(2, roles=[Role.STAFF])
    both_have_looked = Barrier(2, timeout=PATIENCE)

    def ask(*arguments):
        both_have_looked.wait()
        return asking.everyone(*arguments)

    monkeypatch.setattr(digest, "everyone", ask)
    counts = race(*[partial(digest.make, now=at(6))] * 2)
    assert (sorted(counts), len(told()), Digest.objects.count()) == ([0, 2], 2, 1)


def test_the_digest_waits_an_hour_for_an_app_that_fails(asked, monkeypatch):
    def broken(now):
        raise ZeroDivisionError

    UserFactory(roles=[Role.STAFF])
    items = list(WAITING._items)
    monkeypatch.setattr(WAITING, "_items", [*items, (1, broken)])
    swept(at(6), at(6, 9, 29))
    assert (told(), Digest.objects.count()) == ({}, 0)
    swept(at(6, 9, 30))
    assert (list(told().values()), Digest.objects.count()) == ([2], 1)


def test_the_digest_leaves_whole_once_the_app_answers_again(asked, monkeypatch):
    def broken(now):
        raise ZeroDivisionError

    UserFactory(roles=[Role.STAFF])
    with monkeypatch.context() as patched:
        patched.setattr(WAITING, "_items", [*WAITING._items, (1, broken)])
        swept(at(6))
    swept(at(6, 8, 31))
    assert list(told().values()) == [2]
