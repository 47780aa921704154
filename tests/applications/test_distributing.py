"""« Répartir les lectures » and « Réattribuer »: k readings a file, even loads, conflicts kept, explained, undone."""

import random
from collections import Counter
from datetime import timedelta
from itertools import product

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications import services
from applications.models import Application, ConflictOfInterest, Juror, Review
from applications.services import distributing
from applications.services.distributing import _even_out, files_of, moves, shared
from applications.states import ConflictKind, State
from core.refusals import Refused
from mailing import batches
from mailing.batches import open_batch
from mailing.models import Batch, Message
from tests.accounts.factories import UserFactory as ProvenFactory
from tests.accounts.factories import sign_in
from tests.applications.factories import NOON, deposited, reviewer, staff
from tests.applications.said import plain, text
from tests.organisations.factories import OrganisationFactory
from tests.programmes.factories import EditionFactory

pytestmark = pytest.mark.django_db
NOW = NOON + timedelta(days=3, hours=-1)  # a Monday morning


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def call():
    return EditionFactory(reference_prefix="AV17", short_title="Les Aventuriers 2017")


def several(count, call, **fields):
    return [deposited(edition=call, state=State.IN_REVIEW, **fields) for _ in range(count)]


def jury(count):
    return [reviewer(str(number)) for number in range(count)]


def loads(share):
    return [load.after for load in share.loads]


def test_each_file_gets_its_readings_and_the_loads_are_even(call):
    several(10, call)
    share = shared(list(files_of(call)), jury(4), readings=3)
    assert (len(share.given), share.short, sorted(loads(share))) == (30, {}, [7, 7, 8, 8])
    assert {len(share.readers_of(row)) for row in files_of(call)} == {3}


def test_the_same_files_and_people_give_the_same_share(call):
    several(7, call)
    people = jury(3)
    given = [[(row.pk, person.pk) for row, person in shared(list(files_of(call)), people, readings=2).given] for _ in range(2)]
    assert given[0] == given[1]


def test_what_is_given_already_counts_for_the_file_and_for_the_load(call):
    rows, (lou, alix, sam) = several(6, call), jury(3)
    services.assign([row.pk for row in rows[:4]], [lou], by=staff(), now=NOW)
    share = shared(list(files_of(call)), [lou, alix, sam], readings=2)
    assert (len(share.given), sorted(loads(share))) == (8, [4, 4, 4])


def test_a_conflict_is_kept_and_the_file_that_lacks_readers_says_why(call):
    body, (lou, alix) = OrganisationFactory(), jury(2)
    Juror.objects.create(person=lou, body=body)
    one, other = several(2, call)
    Application.objects.filter(pk=one.pk).update(body=body)
    share = shared(list(files_of(call)), [lou, alix], readings=2)
    assert [plain(why) for why in share.short.values()] == ["il lui manque 1 lecture : 0 Exemple, même organisme"]
    assert set(share.readers_of(one)) == {alix}
    assert set(share.readers_of(other)) == {lou, alix}


def test_too_few_people_is_said_of_each_file(call):
    several(2, call)
    share = shared(list(files_of(call)), jury(1), readings=3)
    assert {plain(why) for why in share.short.values()} == {"il lui manque 2 lectures : personne d’autre parmi les personnes choisies"}


def test_a_reading_whose_reader_has_a_conflict_is_not_one(call):
    (row,), (lou, alix, sam) = several(1, call), jury(3)
    services.assign([row.pk], [lou, alix], by=staff(), now=NOW)
    services.declare_conflict(Review.objects.get(reviewer=lou), note="un proche", by=lou, now=NOW)
    share = shared(list(files_of(call)), [lou, alix, sam], readings=2)
    assert [person for _, person in share.given] == [sam]


@pytest.mark.parametrize("seed", range(40))
def test_no_pass_makes_any_share_more_even_and_none_breaks_a_conflict(seed):
    """Against an oracle: among few files and people, the best spread that any share reaches."""
    draw = random.Random(seed)
    people, files = range(3), range(4)
    able = {file: {person for person in people if draw.random() < 0.7} or {draw.choice(list(people))} for file in files}
    taken = {file: {min(able[file])} for file in files}
    counts = Counter(dict.fromkeys(people, 0))
    counts.update(next(iter(taken[file])) for file in files)
    _even_out(taken, able, counts)
    best = min(max(tried) - min(tried) for tried in _every(files, people, able))
    assert all(taken[file] <= able[file] for file in files)
    assert max(counts.values()) - min(counts.values()) == best


def _every(files, people, able):
    for choice in product(*(sorted(able[file]) for file in files)):
        tally = Counter(dict.fromkeys(people, 0))
        tally.update(choice)
        yield list(tally.values())


def test_three_hundred_files_and_nine_readers_are_shared_at_once(call):
    base = deposited(edition=call, state=State.IN_REVIEW)
    rows = []
    for number in range(299):
        row = Application.objects.get(pk=base.pk)
        row.pk, row.reference, row.applicant, row.email = None, f"AV17-1{number:03}", None, f"n{number}@c{number}.example"
        rows.append(row)
    Application.objects.bulk_create(rows)
    people = jury(9)
    with CaptureQueriesContext(connection) as asked:
        share = shared(list(files_of(call)), people, readings=3)
    assert (len(share.given), sorted(loads(share)), len(asked) < 30) == (900, [100] * 9, True)


# --- The screen, the act, its undoing ---------------------------------------------------------------


@pytest.fixture
def team(client):
    person = ProvenFactory(roles=["STAFF"], email="equipe@association.example")
    sign_in(client, person)
    return person


def page_of(call, part=""):
    return reverse(f"admin:applications_application_board_jury{part}", args=[call.pk])


def confirm(client, address, typed):
    shown = client.post(address, {**typed, "_preview": "1"})
    hidden = {"token": shown.context["token"], "shown": shown.context["shown"]}
    return shown, client.post(address, {**typed, **hidden, "_confirm": "1"})


def test_the_share_is_previewed_done_told_to_each_in_one_letter_and_undone(client, team, call):
    several(4, call)
    people = jury(3)
    typed = {"reviewers": [person.pk for person in people], "readings": 2}
    shown, answer = confirm(client, page_of(call, "_repartir"), typed)
    said = text(shown)
    assert ("4 candidatures, 3 lettres" in said, "Chaque candidature a toutes ses lectures." in said) == (True, True)
    batch = Batch.objects.get()
    assert (answer.url, Review.objects.count()) == (batch.get_absolute_url(), 8)
    letters = Message.objects.filter(batch=batch)
    told = {letter.to: plain(letter.subject) for letter in letters}
    assert sorted(told.values()) == [
        "2 candidatures à lire : Les Aventuriers 2017",
        "3 candidatures à lire : Les Aventuriers 2017",
        "3 candidatures à lire : Les Aventuriers 2017",
    ]
    assert set(told) == {person.email for person in people}
    batches.undo(batch, by=team, now=NOW + timedelta(minutes=1))
    assert (Review.objects.count(), {letter.state for letter in Message.objects.filter(batch=batch)}) == (0, {"VOID"})


def test_a_reading_sent_before_the_undoing_stays_and_is_said(client, team, call):
    several(2, call)
    (lou,) = people = jury(1)
    confirm(client, page_of(call, "_repartir"), {"reviewers": [lou.pk], "readings": 1})
    review = Review.objects.first()
    services.send_review(review, {}, abstained=True, by=lou, now=NOW)
    undone = batches.undo(Batch.objects.get(), by=team, now=NOW + timedelta(minutes=1))
    assert ([row.pk for row in Review.objects.all()], plain(undone.told)) == (
        [review.pk],
        "Une candidature a changé depuis : elle reste comme elle est.",
    )
    assert len(people) == 1


def test_a_file_withdrawn_between_the_preview_and_the_act_is_not_given(call):
    rows, (lou,) = several(2, call), jury(1)
    pairs = [(row.pk, lou.pk) for row in rows]
    Application.objects.filter(pk=rows[0].pk).update(state=State.WITHDRAWN)
    batch = open_batch("Répartir", by=staff(), now=NOW, undo=distributing.UNDO_SHARE)
    outcomes = services.share_readings(pairs, [lou], by=staff(), now=NOW, batch=batch)
    assert [bool(outcome.why) for outcome in outcomes] == [True, False]
    assert [review.application for review in Review.objects.all()] == [rows[1]]


def test_somebody_who_left_the_jury_since_is_refused(call):
    lou = reviewer()
    lou.grants.all().delete()
    with pytest.raises(Refused, match="n’est plus du jury"):
        services.share_readings([], [lou], by=staff(), now=NOW, batch=open_batch("x", by=staff(), now=NOW))


def test_conflicts_met_while_sharing_are_written_down(client, team, call):
    body, (lou, alix) = OrganisationFactory(), jury(2)
    Juror.objects.create(person=lou, body=body)
    (row,) = several(1, call)
    Application.objects.filter(pk=row.pk).update(body=body)
    shown, _ = confirm(client, page_of(call, "_repartir"), {"reviewers": [lou.pk, alix.pk], "readings": 2})
    assert "il lui manque 1 lecture : 0 Exemple, même organisme" in text(shown)
    assert [(conflict.application, conflict.reviewer) for conflict in ConflictOfInterest.objects.all()] == [(row, lou)]


# --- « Réattribuer » --------------------------------------------------------------------------------


def test_unread_files_pass_to_the_least_loaded_and_what_was_sent_stays(client, team, call):
    rows, (lou, alix, sam) = several(3, call), jury(3)
    services.assign([row.pk for row in rows], [lou, alix], by=team, now=NOW)
    services.send_review(Review.objects.get(application=rows[0], reviewer=lou), {}, abstained=True, by=lou, now=NOW)
    begun = Review.objects.get(application=rows[1], reviewer=lou)
    services.save_review(begun, {}, comment="Commencé.", by=lou, now=NOW)
    shown, _ = confirm(client, page_of(call, "_reattribuer"), {"late": [lou.pk], "to": [sam.pk]})
    assert ("2 lectures, 1 lettre" in text(shown), "commencée : ce qui y est tapé s’efface" in text(shown)) == (True, True)
    held = {(review.application, review.reviewer) for review in Review.objects.all()}
    assert held == {(rows[0], lou), *((row, alix) for row in rows), (rows[1], sam), (rows[2], sam)}
    batches.undo(Batch.objects.latest("pk"), by=team, now=NOW + timedelta(minutes=1))
    assert {review.reviewer for review in Review.objects.filter(application__in=rows[1:])} == {lou, alix}


def test_what_was_read_by_who_took_over_stays_when_the_act_is_undone(client, team, call):
    rows, (lou, sam) = several(2, call), jury(2)
    services.assign([row.pk for row in rows], [lou], by=team, now=NOW)
    confirm(client, page_of(call, "_reattribuer"), {"late": [lou.pk], "to": [sam.pk]})
    services.send_review(Review.objects.get(application=rows[0], reviewer=sam), {}, abstained=True, by=sam, now=NOW)
    batches.undo(Batch.objects.latest("pk"), by=team, now=NOW + timedelta(minutes=1))
    assert {(review.application, review.reviewer) for review in Review.objects.all()} == {(rows[0], sam), (rows[1], lou)}


def test_a_reading_that_nobody_else_may_do_stays_and_says_so(call):
    (row,), (lou, alix) = several(1, call), jury(2)
    services.assign([row.pk], [lou, alix], by=staff(), now=NOW)
    (move,) = moves(list(files_of(call)), [lou], [alix])
    assert (move.to, move.why) == (None, "personne d’autre ne peut la lire")


def test_nobody_gives_up_readings_to_take_them_back(client, team, call):
    several(1, call)
    (lou,) = jury(1)
    services.assign([Application.objects.get().pk], [lou], by=team, now=NOW)
    page = client.post(page_of(call, "_reattribuer"), {"late": [lou.pk], "to": [lou.pk], "_preview": "1"})
    assert (page.status_code, "une même personne ne rend pas ses lectures pour les reprendre" in text(page)) == (422, True)


def test_a_sent_reading_is_never_taken_back_by_hand_either(call):
    (row,), (lou,) = several(1, call), jury(1)
    services.assign([row.pk], [lou], by=staff(), now=NOW)
    services.send_review(Review.objects.get(), {}, abstained=True, by=lou, now=NOW)
    (outcome,) = services.unassign([row.pk], [lou], by=staff(), now=NOW)
    assert (plain(outcome.why), Review.objects.count()) == ("0 Exemple : l’a déjà lue, sa lecture reste", 1)


@pytest.mark.django_db
def test_a_reading_in_conflict_is_not_passed_on():
    lou, alix = reviewer(), reviewer("Alix")
    one, other = (deposited(state=State.IN_REVIEW) for _ in range(2))
    for row in (one, other):
        Review.objects.create(application=row, reviewer=lou, assigned_at=row.deposited_at)
    ConflictOfInterest.objects.create(application=one, reviewer=lou, kind=ConflictKind.DECLARED, note="un proche", at=one.deposited_at)
    rows = list(distributing.with_reviewers(Application.objects.order_by("pk")))
    assert [(each.application.pk, each.to) for each in distributing.moves(rows, [lou], [alix])] == [(other.pk, alix)]
