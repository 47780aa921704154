"""What the team does with a day: links for its own page, and for its page in programmes' admin."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts.roles import RUN_BOOKINGS
from bookings.models.booking import VIEW_BOOKING
from core.registry import Link
from programmes.models import TrainingSession


def tools(session: TrainingSession, user: Any) -> Sequence[Link]:
    """What there is to do with a day, on its own page and on programmes'."""
    if not user.has_perm(VIEW_BOOKING):
        return []
    at = [session.pk]
    found = [Link("Commandes", f"{reverse('admin:bookings_booking_changelist')}?journee={session.pk}")]
    if user.has_perm("bookings.change_sessionterms"):
        found.append(Link("Vente", reverse("admin:bookings_sessionterms_of", args=at)))
    if user.has_perm(RUN_BOOKINGS):
        found += [
            Link("Présences", reverse("admin:bookings_booking_presences", args=at)),
            Link("Formateurs", reverse("admin:bookings_booking_trainers", args=at)),
            Link("Feuille d’émargement", reverse("booking_sheet", args=at)),
            Link("Saisir une commande", f"{reverse('admin:bookings_booking_enter')}?journee={session.pk}"),
        ]
    return found


def of_day(session: TrainingSession, user: Any, now: datetime) -> Sequence[Link]:
    """On the page of a day in programmes' admin (registry `SESSION_TOOLS`)."""
    may = user.has_perm(VIEW_BOOKING)
    return [Link("Suivre la journée", reverse("admin:bookings_booking_day", args=[session.pk]))] if may else []
