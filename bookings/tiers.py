"""What is given back of a seat cancelled before the day, by the tiers of the accepted conditions (docs/adr/0050).

`[{"days": 30, "percent": 100}, {"days": 15, "percent": 50}]`: all of it until the thirtieth day before, half of it from the
twenty-ninth to the fifteenth, nothing after. Days are those of the calendar in Paris: the hour of the act does not count.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from core.clock import PARIS
from core.typography import day_in_words

CENT = Decimal("0.01")
MOST = 100


@dataclass(frozen=True)
class Tier:
    """Cancelled so many days before, or more: so much of the price is given back."""

    days: int
    percent: int


def tiers_of(conditions: Any) -> list[Tier]:
    """Return the tiers of a version of the conditions, the farthest from the day first."""
    return sorted((Tier(int(row["days"]), int(row["percent"])) for row in conditions.tiers), key=lambda tier: -tier.days)


def percent_on(tiers: list[Tier], day: date, *, on: date) -> int:
    """Return how much of a seat's price is given back when it is cancelled `on` a date."""
    left = (day - on).days
    return next((tier.percent for tier in tiers if left >= tier.days), 0)


def percent_at(conditions: Any, day: date, *, now: datetime) -> int:
    return percent_on(tiers_of(conditions), day, on=now.astimezone(PARIS).date())


def given_back(price: Decimal, percent: int) -> Decimal:
    """Return what is given back of a price, to the cent."""
    return (price * percent / MOST).quantize(CENT, ROUND_HALF_UP)


def in_words(conditions: Any, day: date) -> list[str]:
    """Say each tier with its last day, for the page that asks before anything is done."""
    lines, until = [], ""
    for tier in tiers_of(conditions):
        last = day_in_words(day - timedelta(days=tier.days))
        lines.append(f"jusqu’au {last}\u00a0: {_part(tier.percent)}")
        until = last
    lines.append(f"après le {until}\u00a0: rien n’est remboursé" if until else "rien n’est remboursé")
    return lines


def _part(percent: int) -> str:
    if percent == MOST:
        return "tout est remboursé"
    return f"{percent}\u00a0% remboursés" if percent else "rien n’est remboursé"


def faults(rows: list[dict[str, int]]) -> list[str]:
    """Say what is wrong of tiers that somebody typed: the nearer the day, the less is given back."""
    found = []
    days = [row["days"] for row in rows]
    if len(days) != len(set(days)):
        found.append("Deux paliers disent le même nombre de jours.")
    percents = [row["percent"] for row in sorted(rows, key=lambda row: -row["days"])]
    if percents != sorted(percents, reverse=True):
        found.append("Plus la journée approche, moins on rembourse\u202f: un palier plus proche rend plus que celui d’avant.")
    return found
