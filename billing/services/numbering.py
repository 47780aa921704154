"""The next number of a series: one locked row a year, in the issuing transaction (R1, R4, docs/adr/0030)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from billing.models import Counter
from core.clock import PARIS
from core.refusals import Refused
from core.typography import day_in_words
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User

# Who reads the clock before midnight and gets the row after it is late by moments; more than a day is a wrong clock.
LATE_BY = timedelta(days=1)
HIGHEST_FIRST = 99_999


@dataclass(frozen=True)
class Place:
    """Where a document stands in its series."""

    series: str
    year: int
    sequence: int
    on: date

    @property
    def number(self) -> str:
        return f"{self.series}{self.year}-{self.sequence:04d}"


def day_of(now: datetime) -> date:
    """The date of a document is the day in Paris (R4)."""
    return now.astimezone(PARIS).date()


def take(counter: Counter, day: date) -> Place:
    """Take the next number of a series that is held; it stays locked until the transaction ends: a rollback gives the number back."""
    on = max(day, counter.last_on or day)
    if on - day > LATE_BY:
        raise Refused(
            f"La dernière pièce de la série {counter} est datée du {day_in_words(on)} : "
            "les dates ne reviennent pas en arrière. Vérifiez l’horloge du serveur."
        )
    counter.last, counter.last_on = counter.last + 1, on
    counter.save(update_fields=["last", "last_on"])
    return Place(counter.series, counter.year, counter.last, on)


def hold(series: str, year: int) -> Counter:
    """Return the row of a series, locked; the first to ask makes it."""
    if not Counter.objects.filter(series=series, year=year).exists():
        Counter.objects.bulk_create([Counter(series=series, year=year)], ignore_conflicts=True)
    return Counter.objects.select_for_update().get(series=series, year=year)


@transaction.atomic
def set_first(series: str, year: int, first: int, *, by: "User", now: datetime) -> Counter:
    """Begin a year elsewhere than at 1, once, before its first document: what another tool has issued keeps its numbers."""
    if not 1 < first <= HIGHEST_FIRST:
        raise Refused("Donnez un numéro de 2 à 99 999 : sans rien faire, une série commence à 1.")
    counter = hold(series, year)
    if counter.last_on:
        raise Refused(f"La série {counter} est commencée : son premier numéro ne change plus.")
    if counter.first > 1:
        raise Refused(f"Le premier numéro de la série {counter} est déjà choisi : {counter.first}.")
    counter.first, counter.last = first, first - 1
    counter.save(update_fields=["first", "last"])
    record("premier numéro choisi", counter, by=by, now=now, changes={"premier numéro": ["1", str(first)]})
    return counter
