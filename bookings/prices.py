"""What a place costs an order, and why: the members' price when who orders is of a member, by which gate (domain.md C1, C3, G0)."""

from dataclasses import dataclass
from decimal import Decimal

from billing import amounts
from billing.sale import Item
from bookings.openings import terms_of
from bookings.sales import LABEL_LENGTH, tax_of
from bookings.states import PriceKind
from core.money import euros
from memberships.belonging import Belongs
from programmes.models import TrainingSession


@dataclass(frozen=True)
class Price:
    """For one person, tax included; `note` is kept on the order."""

    unit: Decimal
    kind: PriceKind = PriceKind.FULL
    note: str = ""


def member_price(session: TrainingSession) -> Decimal | None:
    """The members' price when there is one; None: theirs is everybody's."""
    terms = terms_of(session)
    return terms.member_price if terms else None


def price_for(session: TrainingSession, belongs: Belongs | None) -> Price:
    """Return what somebody pays for a place, and why."""
    lower = member_price(session)
    if belongs is None:
        return Price(session.price)
    note = f"{belongs.organisation.name}, adhérent\u00a0: {belongs.gate.label}"
    if lower is None:
        return Price(session.price, note=note[:200])
    return Price(lower, PriceKind.MEMBER, note[:200])


def totals(session: TrainingSession, unit: Decimal, places: int) -> amounts.Totals:
    """What so many places come to, exactly as the invoice will say it (R10, R10b)."""
    item = Item(session.title[:LABEL_LENGTH], tax_of(session), gross=unit)
    return amounts.totals([item] * places)


def parts(session: TrainingSession, unit: Decimal, places: int) -> tuple[str, str]:
    """« 2 720 € TTC », and what it holds: « soit 2 266,67 € hors taxes et 453,33 € de TVA à 20 % »."""
    if not unit:
        return "gratuit", ""
    found = totals(session, unit, places)
    if not found.vat:
        mention = tax_of(session).exemption_text
        return euros(found.gross), f"sans TVA{f' ({mention})' if mention else ''}"
    return f"{euros(found.gross)} TTC", f"soit {euros(found.net)} hors taxes et {euros(found.vat)} de TVA à 20\u00a0%"


def in_words(session: TrainingSession, unit: Decimal, places: int) -> str:
    """The two together, for a letter."""
    return ", ".join(part for part in parts(session, unit, places) if part)
