"""How the team sorts orders: what each is by the clock, whose names are missing, what is invoiced; read at each look, stored nowhere."""

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce

from bookings.models import BilledSeat, Seat
from bookings.models.booking import BookingQuerySet
from bookings.services.invoicing import owed
from bookings.states import Payer, State
from core.clock import PARIS
from core.facets import Facet, of
from core.folding import containing, fold
from programmes.models import TrainingSession

SOON = timedelta(days=7)


class Situation(models.TextChoices):
    """In the order in which they need the team; a hold that ended by the clock is « expirée », whatever its row still says."""

    UNPROVEN = "UNPROVEN", "adresse à confirmer"
    ENDING = "ENDING", "tenue, fin sous sept jours"
    HELD = "HELD", "tenue"
    WAITING = "WAITING", "en attente"
    FIRM = "FIRM", "ferme"
    LAPSED = "LAPSED", "expirée"
    CANCELLED = "CANCELLED", "annulée"


class Names(models.TextChoices):
    MISSING = "MISSING", "noms à donner"
    GIVEN = "GIVEN", "noms donnés"


class Billed(models.TextChoices):
    DUE = "DUE", "à facturer"
    ISSUED = "ISSUED", "facturée"
    LATER = "LATER", "pas encore"
    NEVER = "NEVER", "rien à facturer"


def situated(rows: BookingQuerySet, *, now: datetime) -> Any:
    """Annotate each order with its situation, its places, its names and its invoice."""
    living = Seat.objects.filter(booking=OuterRef("pk"), released_at=None)
    places = living.order_by().values("booking").annotate(number=Count("pk")).values("number")
    return rows.annotate(
        situation=_situation(now),
        places=Coalesce(Subquery(places, output_field=models.IntegerField()), 0),
        names=_names(living),
        billed=_billed(now),
    )


def _situation(now: datetime) -> Case:
    proven = Q(proven_at__isnull=False)
    return Case(
        When(~proven & Q(state__in=[State.HELD, State.WAITING]), then=Value(Situation.UNPROVEN.value)),
        When(state=State.HELD, holds_until__lte=now, then=Value(Situation.LAPSED.value)),
        When(state=State.HELD, holds_until__lte=now + SOON, then=Value(Situation.ENDING.value)),
        default=F("state"),
        output_field=models.CharField(),
    )


def _names(living: Any) -> Case:
    missing = Q(state__in=[State.HELD, State.FIRM]) & Exists(living.filter(name=""))
    return Case(When(missing, then=Value(Names.MISSING.value)), default=Value(Names.GIVEN.value), output_field=models.CharField())


def _billed(now: datetime) -> Case:
    standing = BilledSeat.objects.standing().filter(seat__booking=OuterRef("pk"))
    over = Q(session__day__lt=now.astimezone(PARIS).date(), session__cancelled_at=None, state__in=[State.FIRM, State.CANCELLED])
    return Case(
        When(unit_price=0, then=Value(Billed.NEVER.value)),
        When(over & Exists(owed()), then=Value(Billed.DUE.value)),
        When(Exists(standing), then=Value(Billed.ISSUED.value)),
        When(state__in=[State.LAPSED, State.CANCELLED], then=Value(Billed.NEVER.value)),
        default=Value(Billed.LATER.value),
        output_field=models.CharField(),
    )


def _days() -> dict[str, str]:
    rows = TrainingSession.objects.filter(bookings__isnull=False).distinct().order_by("-day", "pk").values_list("pk", "day", "title")
    return {str(pk): f"{day:%d/%m/%Y}, {title}" for pk, day, title in rows}


FACETS = (
    Facet("situation", "situation", "situation", of(Situation)),
    Facet("journee", "journée", "session_id", _days, is_number=True),
    Facet("payeur", "qui paie", "payer", of(Payer)),
    Facet("noms", "noms", "names", of(Names)),
    Facet("facture", "facture", "billed", of(Billed)),
)


def searched(rows: Any, words: str) -> Any:
    """Those whose orderer, payer, SIRET or order number hold each word; a reference (« JD19-0042 ») finds its order."""
    folded = fold(words)
    if not folded:
        return rows
    found = containing(folded, "search")
    if pk := _pk_of(words):
        found |= Q(pk=pk)
    return rows.filter(found)


def _pk_of(words: str) -> int | None:
    head, _, tail = words.strip().upper().partition("-")
    is_reference = head.startswith("JD") and head[2:].isdecimal() and tail.isdecimal() and len(tail) <= 12  # noqa: PLR2004
    return int(tail) if is_reference else None
