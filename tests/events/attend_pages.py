"""The pages of who comes to an event, for `tests/pages.py`: the form, and a registration in each of its states."""

from collections.abc import Callable, Iterable
from typing import Any

from django.urls import reverse

from core import clock
from events import attending_links as links
from events.models import Event, EventPicture, Registration, TimeSlot
from events.services import attending
from events.states import Access, Mode

EVERYBODY, STAFF = "everybody", "staff"
EMAIL = "visite@ville.example"


def _to_come() -> Iterable[TimeSlot]:
    rows = TimeSlot.objects.filter(starts_at__gt=clock.now(), event__access=Access.REGISTRATION).select_related("event__season")
    return rows.filter(event__in=Event.objects.held(now=clock.now())).order_by("pk")


def _forms(_: Any) -> list[str]:
    """Of one sitting, of several, on site and online."""
    several = next((slot.event for slot in _to_come() if slot.event.slots.count() > 1), None)
    hybrid = next((slot.event for slot in _to_come() if slot.event.mode == Mode.HYBRID), None)
    events = [next(iter(_to_come())).event, several, hybrid]
    return [reverse("event_register", args=[event.season.slug, event.slug]) for event in events if event]


def _row(email: str = EMAIL, **fields: Any) -> Registration:
    slot = next(iter(_to_come()))
    return attending.register(slot, email=email, name="Lou Exemple", mode="", now=clock.now(), **fields)


def _tokens(_: Any = None) -> list[str]:
    """To confirm, seated with companions and needs, waiting, withdrawn."""
    now = clock.now()
    rows = [_row("a@ville.example"), attending.confirm(_row("b@ville.example", companions=2, needs="Un accès."), now=now)]
    waits, left = attending.confirm(_row("c@ville.example"), now=now), attending.confirm(_row("d@ville.example"), now=now)
    Registration.objects.filter(pk=waits.pk).update(seated_at=None)
    return [links.secret_of(row) for row in (*rows, waits, attending.withdraw(left, now=now))]


def _seated(name: str) -> Callable[[Any], Iterable[str]]:
    return lambda _: [reverse(name, args=[links.secret_of(attending.confirm(_row(), now=clock.now()))])]


def _pictured() -> list[int]:
    """With a picture, and without."""
    there = EventPicture.objects.values("event")
    return [Event.objects.filter(pk__in=there).earliest("pk").pk, Event.objects.exclude(pk__in=there).earliest("pk").pk]


PAGES: dict[str, tuple[str, Callable[[Any], Iterable[str]]]] = {
    "event_register": (EVERYBODY, _forms),
    "registration": (EVERYBODY, lambda _: [reverse("registration", args=[token]) for token in _tokens(_)]),
    "registration_change": (EVERYBODY, _seated("registration_change")),
    "registration_withdraw": (EVERYBODY, _seated("registration_withdraw")),
    "admin:events_event_picture": (STAFF, lambda _: [reverse("admin:events_event_picture", args=[pk]) for pk in _pictured()]),
    "admin:events_event_priority": (STAFF, lambda _: [reverse("admin:events_event_priority", args=[next(iter(_to_come())).event_id])]),
}
NOT_PAGES = {
    "proves an address, by POST": "registration_confirm",
    "a calendar file, looked at in tests/events/test_attending_ics.py": "registration_ics",
}
