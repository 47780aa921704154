"""The pages of an organiser's desk and of invitations, for `tests/pages.py`: a full event, one by invitation, one that is over."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from django.urls import reverse

from core import clock
from events import invitations, organisers
from events.demo_attending import CODE
from events.demo_proposals import ORGANISER
from events.models import Event, Invitation, Organiser
from events.services import host_writing
from events.states import Access
from tests.events.attending import opened

EVERYBODY, STAFF = "everybody", "staff"


def _keys(*access: str) -> list[str]:
    rows = Organiser.objects.filter(email=ORGANISER, event__access__in=access, event__listed_at__isnull=False).order_by("pk")
    return [organisers.secret_of(row) for row in rows]


def _event(access: str) -> Event:
    return Event.objects.filter(organisers__email=ORGANISER, access=access, listed_at__isnull=False).earliest("pk")


def _pages(name: str, *access: str) -> Callable[[Any], Iterable[str]]:
    return lambda _: [reverse(name, args=[key]) for key in _keys(*access)]


def _lists(_: Any) -> Iterable[str]:
    """By link, whole and searched; by number, for the team; something written that can be taken back."""
    full = _event(Access.REGISTRATION)
    author = host_writing.Author(None, "Camille Exemple", ORGANISER)
    written = host_writing.Written("Ce qu’il faut apporter", "De bonnes chaussures.")
    said = {"author": author, "thanks": False, "now": clock.now()}
    count = host_writing.preview(full, written, **said).count
    host_writing.send(full, written, count=count, token="pages-host", **said)
    first, *others = _pages("host", Access.REGISTRATION, Access.INVITATION)(_)
    return [first, *others, f"{first}?q=exemple", f"{first}?q=%25"]


def _over(_: Any) -> Iterable[str]:
    slot = opened(5, slug="desk-over", title="Un événement passé")
    slot.event.slots.update(starts_at=clock.now() - timedelta(days=2), ends_at=clock.now() - timedelta(days=2, hours=-2))
    return [reverse("host_thanks", args=[organisers.secret_of(organisers.make(slot.event, ORGANISER, now=clock.now()))])]


def _somebody(_: Any) -> Iterable[str]:
    row = _event(Access.REGISTRATION).slots.earliest("pk").registrations.seated().earliest("pk")
    return [reverse("host_withdraw", args=[key, row.pk]) for key in _keys(Access.REGISTRATION)[:1]]


def _invitations(_: Any) -> Iterable[str]:
    """Not used, with somebody to come with; used; taken back; a code."""
    rows = Invitation.objects.filter(event=_event(Access.INVITATION)).order_by("pk")
    chosen = [
        rows.filter(used=0, is_personal=True, revoked_at=None, companions__gt=0), rows.filter(used__gt=0, is_personal=True),
        rows.exclude(revoked_at=None), rows.filter(name=CODE),
    ]  # fmt: skip
    return [reverse("invitation", args=[invitations.secret_of(found.earliest("pk"))]) for found in chosen]


PAGES: dict[str, tuple[str, Callable[[Any], Iterable[str]]]] = {
    "host": (EVERYBODY, _lists),
    "host_door": (EVERYBODY, _pages("host_door", Access.REGISTRATION)),
    "host_places": (EVERYBODY, _pages("host_places", Access.REGISTRATION, Access.INVITATION)),
    "host_message": (EVERYBODY, _pages("host_message", Access.REGISTRATION)),
    "host_thanks": (EVERYBODY, _over),
    "host_withdraw": (EVERYBODY, _somebody),
    "host_guests": (EVERYBODY, _pages("host_guests", Access.INVITATION)),
    "invitation_code": (EVERYBODY, lambda _: [reverse("invitation_code")]),
    "invitation": (EVERYBODY, _invitations),
}
NOT_PAGES = {
    "a file or an act of an organiser’s desk, looked at in tests/events/test_hosting_files.py and test_hosting_letters.py": "host_export"
    " host_sheet host_undo",
}
