"""« Laisser de côté »: the « no » to drafts that went on after the deadline."""

from datetime import timedelta

import pytest
import time_machine

from accounts.models import User
from accounts.roles import ACCEPT_LATE, PERMISSIONS, Role
from applications import facets, services
from applications.columns import state_of
from applications.models import Application
from applications.services import aside
from core.refusals import Refused
from mailing.batches import open_batch, undo
from mailing.models import Message
from records.models import Act
from tests.accounts.factories import UserFactory, sign_in
from tests.applications.factories import NOON, TYPED, ApplicationFactory, deposited
from tests.applications.test_acts import confirmed, keys, screen
from tests.programmes.factories import EditionFactory

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=2)
CHANGE = "/admin/applications/application/{}/change/"


@pytest.fixture(autouse=True)
def _closed():
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def call():
    return EditionFactory(reference_prefix="AV17")


@pytest.fixture
def colleague(client) -> User:
    colleague = UserFactory(roles=[Role.STAFF])
    sign_in(client, colleague)
    return colleague


def late(call, **typed) -> Application:
    return ApplicationFactory(edition=call, typed=TYPED | typed, saved_at=NOON + timedelta(minutes=5))


def to_decide() -> set[Application]:
    return set(facets.late(Application.objects.all()))


def test_the_answer_may_be_no_with_a_reason_and_nothing_waits_any_more(client, colleague, call):
    one, other = late(call), late(call)
    batch = confirmed(client, screen("laisser-de-cote", [one]), {"reason": "Arrivé bien après la clôture."})
    assert (to_decide(), batch.label, Message.objects.count()) == ({other}, "Laisser de côté", 0)
    act = Act.objects.get(verb="brouillon laissé de côté")
    assert (act.about_name, act.note, act.by_name) == (str(one), "Arrivé bien après la clôture.", str(colleague))
    one = Application.objects.with_call().get(pk=one.pk)
    assert (one.typed, state_of(one)) == (TYPED, "Brouillon, laissé de côté")
    undo(batch, by=colleague, now=LATER)
    assert to_decide() == {one, other}


def test_it_is_taken_back_at_any_time_and_that_can_be_undone_too(client, colleague, call):
    one = late(call)
    services.set_aside([one.pk], "Trop tard.", by=colleague, now=LATER)
    batch = confirmed(client, screen("remettre-a-decider", [one]), {})
    assert to_decide() == {one}
    undo(batch, by=colleague, now=LATER)
    one.refresh_from_db()
    assert (to_decide(), one.set_aside_at) == (set(), LATER)


def test_the_page_of_the_draft_offers_it_then_offers_to_take_it_back(client, colleague, call, monkeypatch):
    one = late(call)
    page = client.get(CHANGE.format(one.pk)).content.decode()
    assert ("/laisser-de-cote/" in page, "/remettre-a-decider/" in page) == (True, False)
    services.set_aside([one.pk], "Trop tard.", by=colleague, now=LATER)
    page = client.get(CHANGE.format(one.pk)).content.decode()
    assert ("/laisser-de-cote/" in page, "/remettre-a-decider/" in page, "Trop tard." in page) == (False, True, False)
    monkeypatch.setitem(PERMISSIONS, Role.STAFF, PERMISSIONS[Role.STAFF] - {ACCEPT_LATE})
    assert "/remettre-a-decider/" not in client.get(CHANGE.format(one.pk)).content.decode()
    assert client.get(screen("laisser-de-cote", [one])).status_code == 403


def test_what_is_not_left_aside_says_why(call, colleague):
    known, draft = late(call), late(call)
    services.set_aside([known.pk], "Trop tard.", by=colleague, now=LATER)
    with time_machine.travel(NOON - timedelta(days=1), tick=False):
        kept = deposited(at=NOON - timedelta(days=1), edition=call)
    limited = late(call)
    until = LATER + timedelta(days=2)
    services.give_late_link(call, limited.address, until=until, reason="Panne.", by=colleague, now=LATER)
    rows = Application.objects.filter(pk__in=keys([known, draft, kept, limited])).with_call().order_by("pk")
    told = {outcome.application.pk: outcome.why.replace("\u00a0", " ") for outcome in aside.planned(list(rows), now=LATER)}
    assert told == {
        known.pk: "déjà laissé de côté",
        draft.pk: "",
        kept.pk: "« déposée » : seul un brouillon se laisse de côté",
        limited.pk: "délai personnel jusqu’au 10 septembre 2017 à 14 h",
    }
    before = aside.planned(list(rows.filter(pk=draft.pk)), now=NOON - timedelta(hours=1))
    assert "pas encore clos" in before[0].why
    assert [outcome.why for outcome in aside.planned_back(list(rows.filter(pk=draft.pk)))] == ["n’est pas laissé de côté"]
    with pytest.raises(Refused, match="Indiquez pourquoi"):
        services.set_aside([draft.pk], "  ", by=colleague, now=LATER)


def test_it_may_be_accepted_all_the_same_and_undoing_leaves_it_deposited(call, colleague):
    one = late(call)
    batch = open_batch("Laisser de côté", by=colleague, now=LATER, undo=aside.UNDO_ASIDE)
    services.set_aside([one.pk], "Trop tard.", by=colleague, now=LATER, batch=batch)
    batch.save()
    answers = {**one.draft, "costs_covered": True}
    services.accept_late(one, answers, by=colleague, now=LATER, note="Elle a appelé.")
    assert "a changé depuis" in undo(batch, by=colleague, now=LATER).told
    one.refresh_from_db()
    assert (one.state, one.set_aside_at) == ("SUBMITTED", None)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({}, "complet, peut être accepté"),
        ({"costs_covered": ""}, "incomplet : case des frais non cochée"),
        ({"job": " ", "region": ""}, "incomplet : fonction, région"),
        ({"motivation": "mot\n" * 14}, "incomplet : motivation de 14 lignes, 10 au plus"),
    ],
)
def test_a_late_draft_says_in_the_teams_words_whether_it_can_be_accepted(client, colleague, call, typed, told):
    one = late(call, **typed)
    listed = client.get("/admin/applications/application/?waiting=hors-delai").content.decode().replace("\u00a0", " ")
    read = client.get(CHANGE.format(one.pk)).content.decode().replace("\u00a0", " ")
    assert (state_of(one).replace("\u00a0", " "), told in listed, told in read) == (f"Brouillon, {told}", True, True)
    in_time = ApplicationFactory(edition=call, typed=TYPED | typed)
    assert state_of(in_time) == "Brouillon"
