"""When an unpaid invoice is reminded (domain.md D5, R16): to change a reminder's date, change this table.

Days are counted from the day payment is due; for a Chorus Pro payer, from the later of the printed due date and of the deposit plus the
legal delay. Before the deposit nothing is counted: the payer has received nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from billing.models import Invoice
from billing.states import TransmissionState
from core.clock import PARIS
from core.workdays import next_working_moment

# They leave with the day's work; G8 moves to the next working day what falls on another.
AT = time(9)


@dataclass(frozen=True)
class Step:
    """A reminder so many days after the day payment is due; `copied`: the general contact reads it too."""

    days: int
    kind: str
    copied: bool = False

    @property
    def name(self) -> str:
        return f"J{self.days:+d}"

    @property
    def words(self) -> str:
        """« 5 jours avant l’échéance », « 20 jours après, copie à la direction »."""
        told = f"{abs(self.days)} jours {'avant' if self.days < 0 else 'après'} l’échéance"
        return f"{told}, copie au contact général" if self.copied else told


SOON, LATE, LAST = "billing.due_soon", "billing.overdue", "billing.overdue_last"
STEPS = (Step(-5, SOON), Step(5, LATE), Step(20, LATE, copied=True), Step(45, LAST, copied=True))


@dataclass(frozen=True)
class Reminder:
    """One reminder of one invoice; `at` is when it leaves."""

    invoice: Invoice
    step: Step
    at: datetime

    @property
    def key(self) -> str:
        return f"invoice:{self.invoice.pk}:reminder:{self.step.name}"


def day_due(invoice: Invoice) -> date | None:
    """Return the day from which the reminders of an invoice are counted; None while its payer has not received it."""
    if invoice.due_on is None:
        return None
    if not invoice.via_chorus:
        return invoice.due_on
    road = getattr(invoice, "transmission", None)
    if road is None or road.deposited_on is None or road.state == TransmissionState.TO_DEPOSIT:
        return None
    legal: date = road.deposited_on + timedelta(days=int(invoice.terms["payment_days"]))
    return max(invoice.due_on, legal)


def moments(invoice: Invoice) -> Iterator[Reminder]:
    """Give the reminders of an invoice, in order, whatever has left already."""
    if (due := day_due(invoice)) is None:
        return
    for step in STEPS:
        at = datetime.combine(due + timedelta(days=step.days), AT, tzinfo=PARIS)
        yield Reminder(invoice, step, next_working_moment(at))


def last_reached(invoice: Invoice, *, now: datetime) -> Reminder | None:
    """Return the latest reminder reached: after an outage, or a hold, only that one leaves.

    « Bientôt » is never sent once the day has passed.
    """
    reached = [reminder for reminder in moments(invoice) if reminder.at <= now]
    if not reached:
        return None
    last, due = reached[-1], day_due(invoice)
    return None if last.step.kind == SOON and due and now.astimezone(PARIS).date() > due else last
