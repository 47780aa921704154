"""Many issuers at once, of whom some give up and some are killed before they commit: what `make bench` runs in full (issue 4)."""

import random
from collections import Counter as Count
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from threading import Barrier, Lock
from typing import Any

from django.db import OperationalError, connection, transaction

from billing import services
from billing.buyers import from_register
from billing.models import Counter, Invoice
from billing.sale import Buyer, Item, Sale
from billing.states import Kind
from tests.billing.factories import NOW, association, body, dues
from tests.patience import PATIENCE

ROLLBACK, KILL, COMMIT = "rollback", "kill", "commit"
# Three in ten never commit: two give up, one dies with its connection.
FATES = (COMMIT,) * 7 + (ROLLBACK,) * 2 + (KILL,)


class GivenUp(Exception):
    """The issuer changes its mind after the number was taken."""


@dataclass
class Storm:
    """So many issuers, until so many numbers are kept."""

    wanted: int
    issuers: int
    seed: int = 27
    now: datetime = NOW
    fates: Count[str] = field(default_factory=Count)
    _left: int = 0
    _guard: Lock = field(default_factory=Lock)

    def run(self) -> "Storm":
        association()
        buyer, item = from_register(body()), dues()
        self._left, start = self.wanted, Barrier(self.issuers, timeout=PATIENCE)
        with ThreadPoolExecutor(self.issuers) as pool:
            for done in [pool.submit(self._issue_on, rank, start, buyer, item) for rank in range(self.issuers)]:
                done.result()
        return self

    def _issue_on(self, rank: int, start: Barrier, buyer: Buyer, item: Item) -> None:
        chosen = random.Random(f"{self.seed}-{rank}")  # noqa: S311 - not a secret
        try:
            start.wait()
            while self._take_turn():
                fate = chosen.choice(FATES)
                while fate != COMMIT:
                    self._once(fate, buyer, item)
                    fate = chosen.choice(FATES)
                self._once(COMMIT, buyer, item)
        finally:
            connection.close()

    def _take_turn(self) -> bool:
        with self._guard:
            self._left -= 1
            return self._left >= 0

    def _once(self, fate: str, buyer: Buyer, item: Item) -> None:
        with self._guard:
            self.fates[fate] += 1
            key = f"orage:{sum(self.fates.values())}"
        sale = Sale(key=key, about="orage:1", subject="Cotisation 2027", buyer=buyer, items=[item])
        try:
            with transaction.atomic():
                services.issue(sale, by=None, now=self.now)
                if fate == ROLLBACK:
                    raise GivenUp
                if fate == KILL:
                    with connection.cursor() as cursor:
                        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        except GivenUp:
            pass
        except OperationalError:
            if fate != KILL:
                raise
            connection.close()


def outcome(year: int = NOW.year) -> dict[str, Any]:
    """Return what is left: how many documents, how many gaps and doubles in their numbers, and what the counter says."""
    issued = Invoice.objects.filter(kind=Kind.INVOICE, year=year)
    rows = list(issued.order_by("sequence").values_list("sequence", "number", "issued_on"))
    sequences = [sequence for sequence, _, _ in rows]
    days = [day for _, _, day in rows]
    return {
        "issued": len(rows),
        "gaps": len(set(range(1, len(rows) + 1)) - set(sequences)),
        "doubles": len(rows) - len({number for _, number, _ in rows}),
        "dates_back": sum(1 for before, after in zip(days, days[1:], strict=False) if after < before),
        "counter": Counter.objects.get(series="F", year=year).last,
    }
