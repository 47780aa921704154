"""What is owed to us, by payer and by age (aged balance): for the treasurer and the accountant, on a day."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Q

from billing.models import Invoice
from billing.states import Kind

ZERO = Decimal(0)
# Days of delay, counted from the due date; the last has no end.
BANDS = ((0, "pas encore échu"), (30, "1 à 30 jours"), (60, "31 à 60 jours"), (90, "61 à 90 jours"), (None, "plus de 90 jours"))


@dataclass
class Payer:
    """One payer, and what it owes in each band."""

    name: str
    siret: str
    owed: list[Decimal] = field(default_factory=lambda: [ZERO] * len(BANDS))
    numbers: list[str] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        return sum(self.owed, ZERO)


def balance(*, on: date) -> list[Payer]:
    """Return those who owe something as things stand, the largest debt first; what is to be given back is below zero."""
    found: dict[str, Payer] = {}
    rows = Invoice.objects.filter(kind=Kind.INVOICE).with_balance().exclude(Q(remaining=0)).order_by("due_on", "pk")
    for row in rows:
        payer = found.setdefault(row.buyer_siret or row.buyer_name, Payer(row.buyer_name, row.buyer_siret))
        payer.owed[band_of(row.due_on, on)] += row.remaining
        payer.numbers.append(row.number)
    return sorted(found.values(), key=lambda payer: (-payer.total, payer.name))


def band_of(due: date | None, on: date) -> int:
    """Return which band a due date is in, on a day."""
    late = (on - due).days if due else 0
    return next(rank for rank, (most, _) in enumerate(BANDS) if most is None or late <= most)


def totals(payers: list[Payer]) -> list[Decimal]:
    """Return the sum of each band, and of all."""
    columns = [sum((payer.owed[rank] for payer in payers), ZERO) for rank in range(len(BANDS))]
    return [*columns, sum(columns, ZERO)]
