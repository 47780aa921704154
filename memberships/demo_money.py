"""Dues of the demonstration, in each standing: paid, late and reminded, to pay, to deposit on Chorus Pro. All invented bodies.

After the invoices of `billing.demo`, before those of its bank: dates of a series never go back.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from billing import emails, reminders
from billing import services as billing
from billing.models import Counter, Invoice, Transmission
from billing.services.numbering import day_of
from billing.states import Method, TransmissionState
from core import clock
from memberships import demo_members
from memberships.demo_members import DEPARTMENT, LONGEST, METROPOLIS, MINISTRY
from memberships.models import Membership
from memberships.services import invoicing
from records.services import label_of

# Nobody has a SIREN that begins with seven zeros.
_SIRETS = {METROPOLIS: "00000004200002", DEPARTMENT: "00000005900006", LONGEST: "00000008300006", MINISTRY: "00000009100009"}
# How many days ago each was invoiced: the department's is late by a month, with two reminders.
PAID, LATE, TO_PAY, TO_DEPOSIT = 59, 58, 15, 3


def load(scale: int) -> None:
    """Load them, again and again without doubling."""
    now = clock.now()
    for name, days, commitment in (
        (METROPOLIS, PAID, "EJ-4207"), (DEPARTMENT, LATE, "2026DEP118"), (LONGEST, TO_PAY, ""), (MINISTRY, TO_DEPOSIT, "1300123456"),
    ):  # fmt: skip
        with transaction.atomic():
            if invoice := _invoiced(name, now, days, commitment):
                _go_on(invoice, name, now)


def _invoiced(name: str, now: datetime, days: int, commitment: str) -> Invoice | None:
    """Issue the dues of a body as of so many days ago; None when they are, or when later documents are there already."""
    membership = demo_members.member(name, day_of(now).year)
    if membership is None or Invoice.objects.about(label_of(membership)).exists():
        return None
    at = max(now - timedelta(days=days), (membership.accepted_at or now) + timedelta(hours=1))
    if at > now or Counter.objects.filter(year=at.year, series="F", last_on__gt=day_of(at)).exists():
        return None
    _known(membership, name)
    if commitment:
        invoicing.give_references(membership, by=None, now=at, commitment_number=commitment)
    return invoicing.ask_invoice(membership, by=None, now=at)


def _known(membership: Membership, name: str) -> None:
    body = membership.organisation
    if not body.siret:
        body.siret = _SIRETS[name]
        body.save()


def _go_on(invoice: Invoice, name: str, now: datetime) -> None:
    if name == MINISTRY:
        return
    deposited = day_of(invoice.issued_at + timedelta(days=1))
    moved = {"state": TransmissionState.INTEGRATED, "flow_number": f"DEMO-{invoice.sequence:06d}", "deposited_on": deposited}
    Transmission.objects.filter(invoice=invoice).update(**moved, changed_at=invoice.issued_at + timedelta(days=2))
    if name == METROPOLIS:
        at = min(invoice.issued_at + timedelta(days=25), now)
        billing.record_payment(invoice, Decimal(invoice.gross), method=Method.TRANSFER, received_on=day_of(at), by=None, now=at)
    if name == DEPARTMENT:
        _remind(invoice, now)


def _remind(invoice: Invoice, now: datetime) -> None:
    """Write the reminders whose day has passed, each on its day."""
    row = Invoice.objects.with_balance().select_related("transmission").get(pk=invoice.pk)
    for reminder in reminders.moments(row):
        if reminder.at <= now and reminder.step.kind != reminders.SOON:
            emails.post_reminder(reminder, now=reminder.at)
