"""Reminding of what is unpaid, politely and once (D5, R16); holding a reminder, and letting go."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from billing import emails, reminders
from billing.models import Invoice, ReminderHold
from billing.models.invoice import InvoiceQuerySet
from billing.reminders import Reminder
from billing.sale import sold
from billing.services.matching import may_be_paid_by_waiting_entry
from billing.services.payments import hold_invoice
from billing.states import ON_ITS_WAY
from core import clock
from core.clock import PARIS
from core.refusals import Refused
from core.typography import day_in_words
from mailing.models import Message
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User

# The first reminder comes so long before the due day; what was due so long ago is no more a matter of letters.
_AHEAD, _BEHIND = timedelta(days=6), timedelta(days=730)


def asked(*, on: date) -> InvoiceQuerySet:
    """Leave out those paid or credited, those that Chorus Pro has not received, has suspended or rejected, and those a person holds."""
    held = ReminderHold.objects.standing(on=on).filter(invoice=OuterRef("pk"))
    received = Q(transmission=None, via_chorus=False) | Q(transmission__state__in=ON_ITS_WAY)
    rows = Invoice.objects.unpaid().filter(received, due_on__gte=on - _BEHIND).exclude(Exists(held))
    return rows.select_related("transmission").order_by("due_on", "pk")


def remind(*, now: datetime) -> int:
    """Owe the letters whose hour has come: asked ten times, each is written once. Returns how many were.

    Asked each minute, for letters that leave once a day: the lines of the bank are read only when a letter is to be written.
    """
    today = now.astimezone(PARIS).date()
    rows = asked(on=today).filter(due_on__lte=today + _AHEAD)
    owed = not_owed([found for row in rows if (found := reminders.last_reached(row, now=now))])
    held = _held_by_the_bank([reminder.invoice for reminder in owed])
    return sum(emails.post_reminder(reminder, now=now) for reminder in owed if reminder.invoice.pk not in held)


def _held_by_the_bank(invoices: Sequence[Invoice]) -> set[int]:
    """Which of these a line that waits for a person may pay."""
    if not invoices:
        return set()
    rows = Invoice.objects.with_balance().filter(pk__in=[invoice.pk for invoice in invoices])
    since = min(invoice.issued_on for invoice in invoices)
    return set(may_be_paid_by_waiting_entry(rows, issued_since=since).values_list("pk", flat=True).order_by("pk"))


def unreachable(*, now: datetime) -> list[Reminder]:
    """Return what should have been reminded by now and was not, for want of an address: somebody must find whom to write to."""
    rows = asked(on=now.astimezone(PARIS).date())
    owed = not_owed([found for row in rows if (found := reminders.last_reached(row, now=now))])
    return [reminder for reminder in owed if not ((said := sold(reminder.invoice)) and said.to)]


def between(start: datetime, until: datetime) -> list[Reminder]:
    """Return what will be reminded between two moments, as things stand today (« la liste de demain »)."""
    rows = asked(on=start.astimezone(PARIS).date()).filter(due_on__lte=until.astimezone(PARIS).date() + _AHEAD)
    owed = not_owed([reminder for row in rows for reminder in reminders.moments(row) if start <= reminder.at < until])
    held = _held_by_the_bank([reminder.invoice for reminder in owed])
    return sorted((one for one in owed if one.invoice.pk not in held), key=lambda one: (one.at, one.invoice.pk))


def not_owed(reminders: Sequence[Reminder]) -> list[Reminder]:
    """Leave out those whose letter is written already."""
    if not reminders:
        return []
    keys = {reminder.key: reminder for reminder in reminders}
    written = set(Message.objects.filter(key__in=list(keys)).order_by("pk").values_list("key", flat=True))
    return [reminder for key, reminder in keys.items() if key not in written]


def is_still_due(message: Message) -> bool:
    """Asked again when the reminder is about to leave: still unpaid, received, not held, and no bank line that may pay it.

    Two reminders that an outage of the mail kept back are one letter: the latest.
    """
    now = clock.now()
    row = asked(on=now.astimezone(PARIS).date()).filter(pk=message.key.split(":")[1]).first()
    last = reminders.last_reached(row, now=now) if row else None
    if row is None or last is None or last.key != message.key:
        return False
    return not _held_by_the_bank([row])


@transaction.atomic
def hold(invoice: Invoice, *, reason: str, by: "User", now: datetime, until: date | None = None) -> ReminderHold:
    """Stop the reminders of an invoice, until a day or until somebody resumes them."""
    held = hold_invoice(invoice)
    today = now.astimezone(PARIS).date()
    if not reason.strip():
        raise Refused("Dites pourquoi : « la mairie règle vendredi »…")
    if until and until < today:
        raise Refused("Ce jour est déjà passé.")
    if held.is_credit or held.remaining <= 0:
        raise Refused("Il ne reste rien à payer sur cette facture : rien ne sera relancé.")
    if ReminderHold.objects.standing(on=today).filter(invoice=held).exists():
        raise Refused("Les relances de cette facture sont déjà suspendues.")
    made = ReminderHold.objects.create(invoice=held, reason=reason.strip()[:300], until=until, at=now, by_name=str(by)[:200])
    note = f"{reason.strip()} (jusqu’au {day_in_words(until)})" if until else reason.strip()
    record("relances suspendues", held, by=by, now=now, note=note)
    return made


@transaction.atomic
def release(hold: ReminderHold, *, by: "User", now: datetime) -> None:
    """Resume the reminders: of those missed meanwhile, the latest leaves."""
    if not ReminderHold.objects.filter(pk=hold.pk, released_at=None).update(released_at=now):
        raise Refused("Les relances ont déjà repris.")
    record("relances reprises", hold.invoice, by=by, now=now)
