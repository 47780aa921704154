"""On what terms a day is sold: written by the team; a version of the conditions is published, never corrected."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from bookings.models import SaleConditions, SessionTerms
from core.refusals import Refused
from records.services import record


@transaction.atomic
def keep(terms: SessionTerms, changed: list[str], *, by: Any, now: datetime) -> SessionTerms:
    """Keep the terms of a day, and say in the log what changed."""
    is_new = terms.pk is None
    terms.save()
    record(
        "vente de la journée ouverte" if is_new else "vente de la journée changée", terms.session, by=by, now=now, note=", ".join(changed)
    )
    return terms


@transaction.atomic
def publish(text: str, tiers: list[dict[str, int]], *, in_force_from: datetime, by: Any, now: datetime) -> SaleConditions:
    """Make the next version; an order keeps the one it accepted."""
    number = (SaleConditions.objects.aggregate(last=Max("version"))["last"] or 0) + 1
    row = SaleConditions(version=number, text=text, tiers=tiers, in_force_from=in_force_from, by_name=str(by)[:200])
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Refused("Quelqu’un vient de publier une version\u202f: relisez-la avant d’en faire une autre.") from None
    record("conditions de vente publiées", row, by=by, now=now, note=f"version {number}")
    return row
