"""What tests of an organiser's desk share: an organiser, their addresses, and an event by invitation."""

from typing import Any

from django.urls import reverse

from events import organisers
from events.guest_lists import Guest
from events.models import Event, Invitation, Organiser, TimeSlot
from events.services import inviting
from events.states import Access
from memberships.services.answering import ByLink
from tests.events.attending import NOW, opened

CAMILLE = "camille@ville.example"
BY = ByLink("Camille Exemple")


def organiser_of(event: Event, email: str = CAMILLE) -> Organiser:
    return organisers.make(event, email, name="Camille Exemple", is_lead=True, now=NOW)


def at(name: str, event: Event, *more: Any) -> str:
    """An address of the desk of an event, by its organiser's link."""
    return reverse(name, args=[organisers.secret_of(organiser_of(event)), *more])


def by_invitation(seats: int | None = 20, **fields: Any) -> TimeSlot:
    return opened(seats, access=Access.INVITATION, **fields)


def guest(slot: TimeSlot, name: str = "lou", *, companions: int = 0) -> Invitation:
    """Somebody invited by name, in a batch of their own."""
    found = [Guest(f"{name.capitalize()} Exemple", f"{name}@ville.example", 1)]
    said: dict[str, Any] = {"by": BY, "reply_to": CAMILLE, "token": f"{slot.pk}-{name}", "now": NOW}
    inviting.invite(slot.event, found, companions=companions, **said)
    return Invitation.objects.select_related("event__season").get(event=slot.event, email=f"{name}@ville.example", revoked_at=None)


def code(slot: TimeSlot, quota: int = 3, *, companions: int = 0) -> Invitation:
    made = inviting.give_code(slot.event, "Réseau d’Exemple", quota=quota, companions=companions, by=BY, now=NOW)
    return Invitation.objects.select_related("event__season").get(pk=made.pk)


def said_in(answer: Any) -> str:
    """The words of a page, blanks made plain."""
    from tests.programmes.test_views import text_of

    return " ".join(text_of(answer).split())
