"""The pages of the press, for `tests/pages.py`: the demonstration holds a communiqué in each state."""

from collections.abc import Callable, Iterable
from typing import Any

from django.urls import reverse

from core import clock
from events.models import PressRelease

EVERYBODY, STAFF = "everybody", "staff"


def _listed(_: Any) -> Iterable[str]:
    return [row.get_absolute_url() for row in PressRelease.objects.listed(now=clock.now())]


def _hidden(_: Any) -> Iterable[str]:
    """Those that only the team reads."""
    return [reverse("press_release", args=[row.slug]) for row in PressRelease.objects.filter(embargo_until__gt=clock.now()).order_by("pk")]


def _acts(_: Any) -> Iterable[str]:
    """One in each state: not ready, under embargo, public, withdrawn."""
    rows = PressRelease.objects.filter(slug__startswith="demonstration-").order_by("pk")
    return [reverse("admin:events_pressrelease_publication", args=[row.pk]) for row in rows]


PAGES: dict[str, tuple[str, Callable[[Any], Iterable[str]]]] = {
    "press": (EVERYBODY, lambda _: [reverse("press"), f"{reverse('press')}?annee=2014"]),
    "press_release": (EVERYBODY, _listed),
    "admin:events_pressrelease_publication": (STAFF, lambda world: [*_acts(world), *_hidden(world)]),
}
NOT_PAGES = {
    "a file or a picture, looked at in tests/events": "press_atom press_pdf press_version press_card press_kit press_file press_preview"
}
