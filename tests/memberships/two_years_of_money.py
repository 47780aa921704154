"""What becomes of the invoices of two years: paid, undone, credited, given back, replaced; and the reminders that the rules say are owed.

The portal acts by its own services; what remains to pay, and each letter, is counted here from the dates alone.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing import services as billing
from billing.buyers import from_register
from billing.models import Payment, Transmission
from billing.services import correcting, payments, refunding
from billing.states import Method, TransmissionState
from core.clock import PARIS
from core.refusals import Refused
from core.workdays import next_working_moment
from mailing.models import Message
from memberships.services import invoicing
from tests.billing.bank_factories import line
from tests.billing.factories import IBAN

STEPS = (-5, 5, 20, 45)
DAYS_TO_PAY = 30
PLANS = {"pays": 5, "halves": 3, "never": 3, "returned": 4, "credited": 3, "given back": 3, "replaced": 4, "partly": 3}


@dataclass
class Paper:
    """One invoice: when its payer received it, and what lowered what remains of it, day by day."""

    document: Any
    deposited: date
    moves: list[tuple[date, Decimal]] = field(default_factory=list)

    def remains(self, day):
        return self.document.gross - sum((amount for on, amount in self.moves if on <= day), Decimal(0))

    @property
    def counted(self):
        """Chorus: from the later of the printed due date and the deposit plus the legal delay."""
        printed = self.document.issued_on + timedelta(days=DAYS_TO_PAY)
        return max(printed, self.deposited + timedelta(days=DAYS_TO_PAY))

    def moments(self):
        """D5: five days before it is due, five, twenty and forty-five after, on a working day."""
        days = (datetime.combine(self.counted + timedelta(days=step), time(9), tzinfo=PARIS) for step in STEPS)
        return [(step, next_working_moment(day).astimezone(PARIS).date()) for step, day in zip(STEPS, days, strict=True)]

    def last_reached(self, day):
        reached = [step for step, moment in self.moments() if moment <= day and self.deposited <= day]
        if not reached or (reached[-1] < 0 and day > self.counted):
            return None
        return reached[-1]


class Deal:
    """One year's dues: what was drawn that its payer and the treasurer do, on three days one after the other."""

    def __init__(self, row, day, chance, by, now):
        self.row, self.by = row, by
        self.plan = chance.choices(list(PLANS), list(PLANS.values()))[0]
        first = day + timedelta(days=chance.randrange(1, 80))
        second = first + timedelta(days=chance.randrange(1, 40))
        self.days = (first, second, second + timedelta(days=chance.randrange(1, 40)))
        self.in_time = chance.random() < 0.5
        self.papers = []
        self._issued(invoicing.ask_invoice(row, by=by, now=now), day + timedelta(days=chance.choice((0, 0, 3, 25))))

    def _issued(self, document, deposited, moves=()):
        self.papers.append(Paper(document, deposited, list(moves)))

    @property
    def paper(self):
        return self.papers[-1]

    def live(self, day, now):
        if day in self.days:
            getattr(self, "do_" + self.plan.replace(" ", "_"))(self.days.index(day), day, now)
        for paper in self.papers:
            if paper.deposited == day:
                said = {"state": TransmissionState.DEPOSITED, "deposited_on": day, "flow_number": f"CPP{paper.document.pk}"}
                Transmission.objects.filter(invoice=paper.document).update(**said)
        return day in self.days or any(paper.deposited == day or day in dict(paper.moments()).values() for paper in self.papers)

    # --- What was drawn ------------------------------------------------------------------------------------

    def _pays(self, amount, day, now):
        billing.record_payment(self.paper.document, amount, method=Method.TRANSFER, received_on=day, by=None, now=now)
        self.paper.moves.append((day, amount))

    def _credits(self, day, now, amount=None):
        billing.credit(self.paper.document, reason="Convenu.", by=self.by, now=now, amount=amount)
        self.paper.moves.append((day, amount or self.paper.document.gross))

    def do_pays(self, turn, day, now):
        if turn == 0:
            self._pays(self.paper.document.gross, day, now)

    def do_halves(self, turn, day, now):
        half = (self.paper.document.gross / 2).quantize(Decimal("0.01"))
        if turn < 2:
            self._pays(half if turn == 0 else self.paper.document.gross - half, day, now)

    def do_never(self, turn, day, now):
        """Nothing; asked for again by whoever holds the address, it is the same invoice."""
        assert invoicing.ask_invoice(self.row, by=None, now=now) == self.paper.document

    def do_returned(self, turn, day, now):
        """The transfer came back: the invoice is due again, until it is paid for good, or never."""
        if turn == 1:
            paid = Payment.objects.standing().get(invoice=self.paper.document)
            billing.undo_payment(paid, reason="Virement rejeté.", by=self.by, now=now)
            self.paper.moves.append((day, -self.paper.document.gross))
        elif turn == 0 or self.in_time:
            self._pays(self.paper.document.gross, day, now)

    def do_credited(self, turn, day, now):
        """Unpaid and not owed after all: nobody issues it again from outside."""
        if turn == 1:
            self._credits(day, now)
        if turn == 2:
            with pytest.raises(Refused, match="annulée par un avoir"):
                invoicing.ask_invoice(self.row, by=None, now=now)

    def do_given_back(self, turn, day, now):
        """Paid, then credited whole and given back: money goes once, and nothing is due again."""
        document = self.paper.document
        if turn == 0:
            self._pays(document.gross, day, now)
        elif turn == 1:
            self._credits(day, now)
            said = {"to_iban": IBAN, "to_name": document.buyer_name, "reason": "Annulée."}
            self.refund = refunding.refund_invoice(document, document.gross, by=self.by, now=now, **said)
        else:
            gone = line(f"-{document.gross}", on=day)
            refunding.close_refund(self.refund, gone, by=self.by, now=now)
            with pytest.raises(Refused, match="rendus, ou promis"):
                billing.undo_payment(Payment.objects.standing().get(invoice=document), reason="Erreur.", by=self.by, now=now)
            assert payments.hold_invoice(document).remaining == 0

    def do_replaced(self, turn, day, now):
        """Issued again with the reference that was missing; what was paid before goes along."""
        if turn == (0 if self.in_time else 2):
            self._pays(self.paper.document.gross, day, now)
        if turn == 1:
            old, carried = self.paper, self.in_time
            buyer = from_register(self.row.organisation.at(day), commitment_number="EJ-118")
            _, new = correcting.correct(old.document, buyer, reason="Engagement oublié.", by=self.by, now=now)
            old.moves.append((day, Decimal(0) if carried else new.gross))
            self._issued(new, day, [(day, new.gross)] if carried else [])

    def do_partly(self, turn, day, now):
        fifth = (self.paper.document.gross / 5).quantize(Decimal("0.01"))
        if turn == 0:
            self._credits(day, now, fifth)
        elif turn == 1:
            self._pays(self.paper.document.gross - fifth, day, now)


def owed(deals, payer_of, start, end):
    """Replay every day: the last step reached, once, to whoever pays that day, while something remains to pay."""
    found, sent, day = [], set(), start
    while day <= end:
        for deal in deals:
            for paper in deal.papers:
                if paper.document.issued_on > day or paper.remains(day) <= 0 or (step := paper.last_reached(day)) is None:
                    continue
                if (paper.document.pk, step) not in sent:
                    sent.add((paper.document.pk, step))
                    found.append((f"invoice:{paper.document.pk}:reminder:J{step:+d}", day, payer_of(deal, day)))
        day += timedelta(days=1)
    return sorted(found)


def written():
    rows = Message.objects.filter(key__contains=":reminder:J").order_by("pk")
    return sorted((row.key, row.created_at.astimezone(PARIS).date(), row.to) for row in rows)
