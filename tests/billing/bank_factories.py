"""Lines of the bank, without a file."""

from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from billing.models import Statement, StatementEntry
from billing.states import StatementFormat
from tests.billing import bank_samples as bank
from tests.billing.factories import NOW, TODAY

_NUMBERS = count(1)


def line(amount: str = "5000.00", label: str = "", *, on: date = TODAY, **fields: Any) -> StatementEntry:
    """A line that came, with what is left of it."""
    statement, _ = Statement.objects.get_or_create(
        digest="essai", defaults={"name": "releve.xml", "format": StatementFormat.CAMT, "imported_at": NOW, "iban": bank.OURS}
    )
    values = {"party_name": "SGC D’EXEMPLE", "party_iban": bank.PAYER, "iban": bank.OURS} | fields
    entry = StatementEntry(
        statement=statement, fingerprint=f"essai-{next(_NUMBERS)}", booked_on=on, amount=Decimal(amount), label=label, **values
    )
    entry.derive()
    entry.save()
    return StatementEntry.objects.with_rest().get(pk=entry.pk)
