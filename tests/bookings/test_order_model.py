"""Ten thousand random acts on the orders of days, each compared with what it should be (`order_model`): places, ranks, letters, money."""

import random
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from billing import services as billing
from billing.models import Invoice, Refund
from billing.states import Method
from bookings import seats, services
from bookings.models import Booking, PlaceOffer
from bookings.services import cancelling, sweeping
from bookings.states import InvoiceBy, Payer
from core.clock import PARIS
from core.prepared import Prepared
from core.refusals import Refused
from mailing.models import Message
from programmes.models import TrainingSession
from records.services import label_of
from tests.bookings.factories import ask, conditions, session
from tests.bookings.order_model import PRICE, Model, Row

RUNS, STEPS, PEOPLE, SEATS = 20, 500, 9, 6
BEGINS = datetime(2027, 1, 18, 10, tzinfo=PARIS)
# The later runs end where a cancellation is given back in part. How often each act is drawn.
WEIGHTS = {
    "order": 20, "prove": 22, "reference": 9, "pay": 9, "withdraw": 5, "cancel": 6, "accept": 12, "decline": 4, "fewer": 4, "tick": 10,
}  # fmt: skip
SHORT = [timedelta(minutes=2), timedelta(minutes=11), timedelta(minutes=31)]
LONG = [timedelta(hours=5), timedelta(hours=20), timedelta(hours=47), timedelta(hours=73)]
# Of whom an act makes sense; now and then it is asked of anybody.
FITTING = {
    "prove": lambda row: not row.proven and row.state != "CANCELLED",
    "reference": lambda row: row.is_public and row.proven and row.state in ("HELD", "WAITING", "LAPSED"),
    "pay": lambda row: any(not bill.paid for bill in row.bills),
    "cancel": lambda row: row.proven and row.state in ("HELD", "WAITING", "FIRM"),
    "withdraw": lambda row: row.proven and row.state in ("HELD", "WAITING"),
    "accept": lambda row: row.offer is not None,
    "decline": lambda row: row.offer is not None,
    "fewer": lambda row: row.state == "WAITING" and row.proven,
}


# Asked at each step: their SQL is written once.
ONE = Prepared(lambda booking: Booking.objects.with_day().filter(pk=booking), booking=int)
TAKEN = Prepared(lambda day: TrainingSession.objects.filter(pk=day).values_list("taken", flat=True), day=int)
ROWS = Prepared(lambda: Booking.objects.values_list("pk", "state", "proven_at"))
OFFERS = Prepared(lambda: PlaceOffer.objects.filter(ending="").values_list("booking", "places"))
LINE = Prepared(lambda day: Booking.objects.filter(session=day).waiting().values_list("pk", flat=True), day=int)


class Portal:
    """The same acts through the services; a row of the model is known by its key."""

    def __init__(self):
        self.day, self.version = session(seats=SEATS), conditions()
        self.keys = {}

    def row(self, row):
        return ONE.get(booking=self.keys[id(row)])

    def order(self, row, takes_left, *, now):
        wanted = ask(
            email=row.who, name=row.who, places=row.asked, payer=Payer.PUBLIC if row.is_public else Payer.PRIVATE,
            commitment_number=row.number, takes_fewer=row.fewer, takes_left=takes_left, by_card=row.by_card,
            invoice_by=InvoiceBy.PERSON if row.by_person else InvoiceBy.ORDER,
        )  # fmt: skip
        self.keys[id(row)] = services.order(self.day, wanted, conditions=self.version, now=now).pk

    def prove(self, row, *, now):
        services.prove(self.row(row), now=now)

    def reference(self, row, number, *, now):
        services.give_reference(self.row(row), commitment_number=number, by=None, now=now)

    def pay(self, row, number, by_card, *, now):
        invoices = list(Invoice.objects.invoices().about(label_of(self.row(row))).with_balance().order_by("pk"))
        if number >= len(invoices) or invoices[number].paid:
            raise Refused("Rien à payer.")
        invoice = invoices[number]
        how = {"method": Method.CARD, "reference": f"pi_{invoice.pk}"} if by_card else {"method": Method.TRANSFER, "reason": "Virement."}
        billing.record_payment(invoice, invoice.gross - invoice.credited or invoice.gross, received_on=now.date(), by=None, now=now, **how)

    def cancel(self, row, places, *, now):
        booking = self.row(row)
        found = list(booking.seats.filter(released_at=None).order_by("rank", "pk")[:places])
        if len(found) < places:
            raise Refused("Il n’en a pas tant.")
        cancelling.cancel(booking, found, by=None, now=now, seen=cancelling.rule_of(booking, now=now)[0])

    def withdraw(self, row, *, now):
        services.withdraw(self.row(row), by=None, now=now)

    def accept(self, row, *, now):
        services.accept(self._offer(row), by=None, now=now)

    def decline(self, row, *, now):
        services.decline(self._offer(row), by=None, now=now)

    def _offer(self, row):
        offer = PlaceOffer.objects.filter(booking=self.keys[id(row)], ending="").first()
        if offer is None:
            raise Refused("Rien n’est proposé.")
        return offer

    def fewer(self, row, yes, *, now):
        services.take_fewer(self.row(row), yes, by=None, now=now)

    def sweep(self, *, now):
        sweeping.sweep(now=now)


def drawn(chance, model):
    """An act and what it is given; one that fits nobody gives way to another."""
    while True:
        act = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        if found := _drawn(chance, model, act):
            return found


def _drawn(chance, model, act):
    if act == "tick":
        return "tick", ()
    if act == "order":
        is_public = chance.random() < 0.7
        row = Row(
            f"p{chance.randrange(PEOPLE)}@ville.example", chance.choice([1, 1, 1, 2, 2, 3, 4, 7]), is_public, "WAITING",
            number="EJ-1" if is_public and chance.random() < 0.25 else "", fewer=chance.random() < 0.3, by_card=chance.random() < 0.2,
            by_person=chance.random() < 0.4,
        )  # fmt: skip
        return act, (row, chance.random() < 0.3)
    fitting = [row for row in model.rows if FITTING[act](row)] if chance.random() < 0.93 else model.rows
    if not fitting:
        return None
    row = chance.choice(fitting)
    return act, (row, *_more(chance, act, row))


def _more(chance, act, row):
    """What an act on an order is given besides."""
    if act == "pay":
        unpaid = [number for number, bill in enumerate(row.bills) if not bill.paid]
        return chance.choice(unpaid or [0]), chance.random() < 0.25
    return {
        "reference": (f"EJ-{chance.randrange(9)}",), "fewer": (chance.random() < 0.6,), "cancel": (chance.choice([1, 1, row.places]),),
    }.get(act, ())  # fmt: skip


def compared(portal, model):
    day = portal.day.pk
    rows = {pk: (state, proven is not None) for pk, state, proven in ROWS()}
    offers, line = dict(OFFERS()), LINE(day=day)
    assert TAKEN(day=day) == [model.taken]
    assert model.taken <= SEATS
    assert rows == {portal.keys[id(row)]: (row.state, row.proven) for row in model.rows}
    assert offers == {portal.keys[id(row)]: row.offer[0] for row in model.rows if row.offer}
    assert line == [portal.keys[id(row)] for row in model.line]


def compared_in_full(portal, model):
    """Letters, ends, money: read now and then, for they are many."""
    letters = {}
    for about, kind in Message.objects.filter(kind__startswith="bookings.").exclude(to="").values_list("about", "kind"):
        letters.setdefault(int(about.rpartition(":")[2]), []).append(kind.partition(".")[2])
    ends = dict(Booking.objects.filter(state="HELD").values_list("pk", "holds_until"))
    standing, remains, owed = {}, {}, {}
    for invoice in Invoice.objects.invoices().with_balance():
        key = int(invoice.about.rpartition(":")[2])
        standing[key] = standing.get(key, 0) + invoice.gross - invoice.credited
        remains[key] = remains.get(key, Decimal(0)) + invoice.remaining
    for refund in Refund.objects.open().select_related("invoice"):
        key = int(refund.invoice.about.rpartition(":")[2])
        owed[key] = owed.get(key, 0) + refund.amount
    assert seats.recount(portal.day) == model.taken
    for row in model.rows:
        key = portal.keys[id(row)]
        assert sorted(letters.get(key, [])) == sorted(row.letters), (key, row)
        assert ends.get(key) == (row.end if row.state == "HELD" else None), (key, row)
        assert standing.get(key, 0) == sum(bill.gross - bill.credited for bill in row.bills), (key, row)
        assert remains.get(key, 0) == sum(bill.remains for bill in row.bills), (key, row)
        assert owed.get(key, 0) == sum(bill.owed for bill in row.bills), (key, row)


@pytest.mark.django_db
@pytest.mark.parametrize("run", range(RUNS))
def test_orders_are_always_what_they_should_be(run):
    chance, now = random.Random(f"journée-{run}"), BEGINS + run % 3 * timedelta(days=14)
    portal = Portal()
    starts = portal.day.starts
    model = Model(SEATS, starts, starts.replace(hour=0, minute=0))
    for step in range(STEPS):
        act, args = drawn(chance, model)
        if act == "tick":
            now += chance.choice(SHORT if chance.random() < 0.75 else LONG)
            act = "sweep"
        with time_machine.travel(now, tick=False):
            done = model.tried(act, *args, now=now)
            try:
                getattr(portal, act)(*args, now=now)
                was_done, why = True, ""
            except Refused as refused:
                was_done, why = False, str(refused)
            assert was_done == done, (run, step, act, args, why)
            compared(portal, model)
            if step % 20 == 19:
                compared_in_full(portal, model)
    compared_in_full(portal, model)
    assert int(portal.day.price) == PRICE
