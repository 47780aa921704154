"""When a day may be booked, and by whom (domain.md C3, G0): members seven days before everybody; nobody once its eve is over."""

from dataclasses import dataclass
from datetime import datetime, time

from django.db import models

from bookings.models import SaleConditions, SessionTerms
from bookings.sales import tax_of
from core.clock import PARIS
from core.refusals import Refused
from core.typography import moment_in_words
from programmes.models import TrainingSession


class Phase(models.TextChoices):
    NOT_SOLD = "NOT_SOLD", "pas en vente ici"
    SOON = "SOON", "pas encore ouverte"
    MEMBERS = "MEMBERS", "ouverte aux adhérents"
    OPEN = "OPEN", "ouverte à tous"
    CLOSED = "CLOSED", "close"


@dataclass(frozen=True)
class Opening:
    """Where a day stands; `next_at` is when the next gate opens, None when none will."""

    phase: Phase
    opens_to_members_at: datetime | None = None
    opens_at: datetime | None = None

    @property
    def takes_orders(self) -> bool:
        return self.phase in (Phase.MEMBERS, Phase.OPEN)

    @property
    def next_at(self) -> datetime | None:
        return {Phase.SOON: self.opens_to_members_at, Phase.MEMBERS: self.opens_at}.get(self.phase)

    @property
    def in_words(self) -> str:
        """« Réservation ouverte aux adhérents le …, à tous le … »; nothing more is said once it is open to all."""
        if self.phase == Phase.SOON:
            return f"La réservation ouvre aux adhérents le {_said(self.opens_to_members_at)}, et à tous le {_said(self.opens_at)}."
        if self.phase == Phase.MEMBERS:
            return f"Pour l’instant, la réservation est ouverte aux adhérents. Elle ouvre à tous le {_said(self.opens_at)}."
        if self.phase == Phase.CLOSED:
            return "La réservation est close."
        return ""


def _said(moment: datetime | None) -> str:
    return moment_in_words(moment.astimezone(PARIS), noon=True) if moment else ""


def closes_at(session: TrainingSession) -> datetime:
    """The end of the eve: no order after it, and no hold past it."""
    return datetime.combine(session.day, time(), PARIS)


def terms_of(session: TrainingSession) -> SessionTerms | None:
    """What the team decided for its sale; None: it is not sold here."""
    found: SessionTerms | None = getattr(session, "terms", None)
    return found


def gates_matter(session: TrainingSession, opening: Opening) -> bool:
    """Being of a member changes something: a price, or a day; else nobody is asked."""
    terms = terms_of(session)
    return opening.phase in (Phase.SOON, Phase.MEMBERS) or (terms is not None and terms.member_price is not None)


def conditions(*, now: datetime) -> SaleConditions | None:
    return SaleConditions.objects.in_force(now=now)


def of(session: TrainingSession, *, now: datetime) -> Opening:
    """Say where a day stands. Without terms, or while they do not agree with its page, nothing is sold."""
    terms = terms_of(session)
    if terms is None or session.cancelled_at or not session.is_public(now=now) or not _agrees(session):
        return Opening(Phase.NOT_SOLD)
    gates = {"opens_to_members_at": terms.opens_to_members_at, "opens_at": terms.opens_at}
    if now.timestamp() >= closes_at(session).timestamp():
        return Opening(Phase.CLOSED, **gates)
    if now < terms.opens_to_members_at:
        return Opening(Phase.SOON, **gates)
    return Opening(Phase.OPEN if now >= terms.opens_at else Phase.MEMBERS, **gates)


def _agrees(session: TrainingSession) -> bool:
    try:
        tax_of(session)
    except Refused:
        return False
    return True
