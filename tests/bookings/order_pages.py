"""The pages of whoever orders, for `tests/pages.py`: the form of each kind of day, and an order in each of its states."""

from collections.abc import Callable, Iterable
from typing import Any

from django.urls import reverse

from bookings import links
from bookings.models import Booking
from core import clock
from programmes.models import TrainingSession

EVERYBODY = "everybody"


def _forms(_: Any) -> list[str]:
    """On sale, full, kept to members for now, sold nowhere here, over."""
    rows = TrainingSession.objects.public(now=clock.now()).select_related("programme").order_by("pk")
    return [reverse("order", args=[row.programme.slug, row.slug]) for row in rows]


def _orders(_: Any) -> Iterable[str]:
    """One of each state and payer, as the demonstration leaves them; one that was never proven."""
    seen: dict[tuple[str, str], Booking] = {}
    for row in Booking.objects.filter(session__day__gte=clock.now().date()).order_by("pk"):
        seen.setdefault((row.state, row.payer), row)
    for row in seen.values():
        yield links.path_of(row)
    unproven = Booking.objects.filter(state="HELD").first()
    if unproven:
        Booking.objects.filter(pk=unproven.pk).update(proven_at=None)
        yield links.path_of(unproven)


PAGES: dict[str, tuple[str, Callable[[Any], Iterable[str]]]] = {
    "order": (EVERYBODY, _forms),
    "booking": (EVERYBODY, _orders),
}
NOT_PAGES = {
    "an act on an order, by POST": "booking_prove booking_reference booking_agreement booking_people booking_offer booking_fewer"
    " booking_withdraw booking_extend booking_pay",
}
