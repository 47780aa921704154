"""Five thousand random acts on selections, each compared with what it should be (`selection_model`), and with the promises of B3 to B5."""

import random
import re
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import transaction

from applications import services
from applications.models import Application, EmployerAgreement, Offer, ResultsRelease, Step
from applications.services import closing, places
from applications.services.confirming import confirmed_if_complete
from applications.services.deciding_many import UNDO_DECIDE
from applications.states import State
from core.clock import PARIS
from core.refusals import Refused
from mailing import batches
from mailing.models import Batch, Message
from mailing.states import State as LetterState
from programmes.models import Edition
from programmes.services import changes
from tests.applications.factories import staff
from tests.applications.selecting import CONFIRM_BY, JURY, call, gone
from tests.applications.selection_model import Model, Person

RUNS, STEPS, PEOPLE = 20, 260, 18
SEATS = 5
LAST = datetime(2017, 11, 20, 12, tzinfo=PARIS)
MINE = {f"applications.{name}" for name in (
    "selected", "waitlisted", "declined", "offer", "offer_expired", "offer_declined", "place_lapsed", "place_left", "withdrawn",
    "waitlist_over",
)}  # fmt: skip
# How often each act is drawn: before the release, and after.
BEFORE = {
    "decide": 50,
    "undecide": 3,
    "many": 3,
    "unmany": 3,
    "move_to": 4,
    "release": 2,
    "withdraw": 2,
    "resize": 1,
    "settle": 2,
    "accept": 1,
    "take": 1,
    "tick": 3,
}
AFTER = {
    "decide": 12, "undecide": 1, "move_to": 3, "release": 1, "undo": 3, "hurry": 4, "resize": 3,
    "withdraw": 6, "accept": 12, "agree": 12, "take": 12, "refuse": 5, "settle": 10, "tick": 16,
    "disown": 4, "close": 2, "reopen": 2, "many": 1, "unmany": 1,
}  # fmt: skip
SHORT = [timedelta(minutes=1), timedelta(minutes=4), timedelta(minutes=11)]
LONG = [timedelta(minutes=11), timedelta(hours=5), timedelta(hours=20), timedelta(hours=30), timedelta(hours=72)]
# Of whom an act makes sense; now and then it is asked of anybody.
FITTING = {
    "accept": lambda each: each.state == "SELECTED" and not each.yes,
    "agree": lambda each: each.state == "SELECTED" and not each.word,
    "disown": lambda each: each.word and each.state in ("SELECTED", "CONFIRMED"),
    "withdraw": lambda each: each.state in ("SELECTED", "CONFIRMED", "WAITLISTED"),
    "take": lambda each: each.offer is not None,
    "refuse": lambda each: each.offer is not None,
    "undecide": lambda each: each.state in ("SELECTED", "WAITLISTED", "DECLINED"),
    "move_to": lambda each: each.state == "WAITLISTED",
}


class Portal:
    """The same acts through the services, one file a number."""

    def __init__(self, team):
        self.team, self.edition = team, call(seats=SEATS)
        rows = [
            Application(edition=self.edition, email=f"p{n}@ville.example", state=State.IN_REVIEW, reference=f"M-{n:04}", started_at=JURY)
            for n in range(PEOPLE)
        ]
        self.keys = [row.pk for row in Application.objects.bulk_create(rows)]
        Step.objects.bulk_create(Step(application_id=pk, to_state=State.IN_REVIEW, at=JURY) for pk in self.keys)

    def row(self, n):
        return Application.objects.with_call().get(pk=self.keys[n])

    def call(self):
        return Edition.objects.select_related("programme").get(pk=self.edition.pk)

    def offer(self, n):
        offer = Offer.objects.filter(application=self.keys[n]).select_related("application").order_by("pk").last()
        if offer is None:
            raise Refused("Aucune place proposée.")
        return offer

    def batch(self):
        release = ResultsRelease.objects.filter(edition=self.edition).first()
        if release is None:
            raise Refused("Rien n’est publié.")
        return release.batch

    def decide(self, n, state, *, now):
        services.decide(self.row(n), State(state), by=self.team, now=now)

    def many(self, ns, state, *, now):
        batch = batches.open_batch("Décision groupée", by=self.team, now=now, undo=UNDO_DECIDE)
        services.decide_all([self.keys[n] for n in ns], State(state), by=self.team, now=now, batch=batch)
        batch.save()

    def unmany(self, *, now):
        batch = Batch.objects.filter(undo=UNDO_DECIDE).order_by("pk").last()
        if batch is None:
            raise Refused("Rien n’est décidé ensemble.")
        batches.undo(batch, by=self.team, now=now)

    def undecide(self, n, *, now):
        services.undecide(self.row(n), by=self.team, now=now)

    def move_to(self, n, rank, *, now):
        services.rank(self.row(n), rank, by=self.team, now=now)

    def release(self, *, now):
        services.release(self.edition, by=self.team, now=now, token=f"{now.timestamp()}-{random.random()}")  # noqa: S311

    def undo(self, *, now):
        batches.undo(self.batch(), by=self.team, now=now)

    def hurry(self, *, now):
        batches.send_now(self.batch(), by=self.team, now=now)

    def resize(self, seats, *, now):
        if why := changes.refused_seats(self.call(), seats, now=now):
            raise Refused(why)
        Edition.objects.filter(pk=self.edition.pk).update(seats=seats)

    def withdraw(self, n, *, now):
        services.withdraw(self.row(n), by=self.team, now=now)

    def accept(self, n, *, now):
        services.accept_place(self.row(n), by=self.team, now=now)

    def agree(self, n, *, now):
        EmployerAgreement.objects.create(application_id=self.keys[n], answer="RECEIVED", asked_at=now, answered_at=now)
        confirmed_if_complete(self.row(n), now)

    def disown(self, n, *, now):
        last = EmployerAgreement.objects.filter(application=self.keys[n]).select_related("application").order_by("pk").last()
        if last is None:
            raise Refused("Aucun accord.")
        services.refuse_agreement(last, by=self.team, now=now, reason="Non signé.")

    def close(self, *, now):
        """What the clock ended is told, and every letter has left; refused, none of it happened."""
        release = self.batch()
        with transaction.atomic():
            places.settle(self.edition, now)
            if not release.can_be_undone(now=now):
                gone()
            services.close_selection(self.edition, by=self.team, now=now)

    def reopen(self, *, now):
        batch = Batch.objects.filter(undo=closing.UNDO).order_by("pk").last()
        if batch is None:
            raise Refused("Rien n’est clos.")
        batches.undo(batch, by=self.team, now=now)

    def take(self, n, *, now):
        services.take_offer(self.offer(n), by=self.team, now=now)

    def refuse(self, n, *, now):
        services.decline_offer(self.offer(n), by=self.team, now=now)

    def settle(self, *, now):
        places.settle(self.edition, now)

    def tried(self, act, *args, now):
        try:
            getattr(self, act)(*args, now=now)
        except Refused:
            return False
        return True


def drawn(rng, model):
    """An act with its arguments."""
    bare = [n for n, each in enumerate(model.people) if each.state == "IN_REVIEW"]
    weights = dict(BEFORE if model.released_at is None else AFTER)
    if model.released_at is None and not bare:
        weights |= {"release": 60, "decide": 10}
    act = rng.choices(list(weights), weights=list(weights.values()))[0]
    fitting = bare if act == "decide" else [n for n, each in enumerate(model.people) if FITTING.get(act, lambda _: False)(each)]
    n = rng.choice(fitting) if fitting and rng.random() < 0.85 else rng.randrange(PEOPLE)
    if act == "decide":
        return act, (n, rng.choice(["SELECTED", "WAITLISTED", "WAITLISTED", "DECLINED"]))
    if act == "many":
        return act, (rng.sample(range(PEOPLE), rng.randint(1, 6)), rng.choice(["SELECTED", "WAITLISTED", "WAITLISTED", "DECLINED"]))
    if act == "move_to":
        return act, (n, rng.randint(1, max(len(model.waiting), 1)))
    if act == "resize":
        return act, (rng.randint(SEATS - 2, SEATS + 2),)
    if act == "tick":
        return act, (rng.choice(SHORT if model.released_at is None else LONG),)
    return act, () if act in ("release", "undo", "hurry", "settle", "close", "reopen", "unmany") else (n,)


def seen(portal):
    """What the database holds of each person, read apart from the portal's own questions."""
    offers = dict(Offer.objects.filter(ended_at=None).order_by("pk").values_list("application", "until"))
    letters = {pk: [] for pk in portal.keys}
    for about, kind in Message.objects.exclude(state=LetterState.VOID).order_by("pk").values_list("about", "kind"):
        if kind in MINE:
            letters[int(about.rpartition(":")[2])].append(kind.partition(".")[2])
    columns = ("pk", "state", "waitlist_rank", "confirm_by", "accepted_at")
    rows = {pk: rest for pk, *rest in Application.objects.order_by("pk").values_list(*columns)}
    return [
        (state, rank, offers.get(pk), own, yes is not None, letters[pk]) for pk, (state, rank, own, yes) in rows.items()
    ]  # fmt: skip


def expected(model):
    return [(each.state, model.rank(n), each.offer, each.own, each.yes, each.letters) for n, each in enumerate(model.people)]


def held(rows, model, now):
    """How many places are held, from the rows alone: B3 to B5 hold, whatever the model says."""
    out = model.released_at is not None and model.released_at <= now
    in_time = [row for row in rows if row[0] == "SELECTED" and not (out and (row[3] or CONFIRM_BY) <= now)]
    confirmed = [row for row in rows if row[0] == "CONFIRMED"]
    offered = [row for row in rows if row[2] is not None and row[2] > now]
    count = len(in_time) + len(confirmed) + len(offered)
    assert count <= model.seats
    ranks = sorted(row[1] for row in rows if row[1])
    assert ranks == list(range(1, len(ranks) + 1))
    assert all(row[0] == "WAITLISTED" for row in rows if row[2] is not None)
    return count


def ranks_said(portal, model, now):
    """While the letters wait to leave, each says the rank of now."""
    if model.released_at is None or model.hurried or now >= model.released_at:
        return
    for letter in Message.objects.filter(kind="applications.waitlisted", state=LetterState.DUE).order_by("pk"):
        rank = model.rank(portal.keys.index(int(letter.about.rpartition(":")[2])))
        if rank is None:  # who withdrew: their letter is dropped as it leaves
            continue
        assert re.findall(r"rang[\u00a0 ](\d+)", letter.text) == [str(rank)]


def play(seed, steps=STEPS):
    """Draw and do so many steps, and compare after each."""
    rng, now = random.Random(seed), JURY  # noqa: S311
    portal, model = Portal(staff(email="equipe@la27eregion.example")), Model(SEATS, CONFIRM_BY, [Person() for _ in range(PEOPLE)])
    for step in range(steps):
        act, args = drawn(rng, model)
        if act == "tick":
            now = min(now + args[0], LAST)
            continue
        with time_machine.travel(now, tick=False):
            outcome = portal.tried(act, *args, now=now)
        assert outcome == model.tried(act, *args, now=now), (step, act, args, now)
        rows = seen(portal)
        assert rows == expected(model), (step, act, args, now)
        count = held(rows, model, now)
        ranks_said(portal, model, now)
        # Right after a sweep no place is left that somebody of the list could have.
        if act == "settle" and model.is_out(now) and count < model.seats and not model.closed:
            assert [row for row in rows if row[0] == "WAITLISTED" and row[2] is None] == []
    return portal, model, now


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(RUNS))
def test_a_selection_stays_what_it_should_be_through_random_acts(seed):
    portal, model, now = play(seed)
    # A second sweep at the same moment changes nothing and tells nobody anything.
    for _ in range(2):
        portal.settle(now=now)
        assert model.settle(now) is True
        assert seen(portal) == expected(model)


def test_all_the_runs_are_five_thousand_steps():
    assert RUNS * STEPS >= 5_000


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("free", lambda edition, now: max(edition.seats + 1 - places.held(edition, now), 0)),
        ("offered_until", lambda _, now: now + timedelta(hours=71)),
        ("_lapse", lambda *_: []),
    ],
)
def test_a_portal_that_breaks_a_promise_is_seen(monkeypatch, name, broken):
    """The twin: one place too many, an offer an hour short, places that never lapse; some run of the first ones sees each."""
    monkeypatch.setattr(places, name, broken)
    with pytest.raises(AssertionError):
        each_undone()


def each_undone():
    """Play every run, each taken back."""
    for seed in range(RUNS):
        with transaction.atomic():
            play(seed)
            transaction.set_rollback(True)
