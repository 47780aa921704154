"""The desk of an event: its organisers by their own link, the team by the number of the event, once signed in.

One address for both, so that each page exists once: `/evenements/organiser/<key>/`, whose key is a secret (core/logs.py masks it) or a
number. Coordinators have no desk: they read counts only (domain.md, « Who may see what »).
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from accounts.models import User
from accounts.roles import MODERATE_EVENTS
from core.secret_pages import kept_secret
from events import organisers
from events.models import Event, Organiser
from events.models.attending import VIEW_REGISTRATION
from events.services import host_writing, writing
from events.states import Access, State
from programmes.views.shared import visitor_of
from records.models import Association

_LONGEST_NUMBER = 12
_SIGNS = 32


@dataclass(frozen=True)
class Desk:
    """An event, and who sits at its desk."""

    event: Event
    key: str
    by: Any
    organiser: Organiser | None = None

    @property
    def author(self) -> host_writing.Author:
        """Letters are answered to whoever writes; those of the team, to the organiser."""
        who = self.organiser or self.event.organisers.order_by("-is_lead", "pk").first()
        name = (self.organiser.name if self.organiser else "") or self.event.carrier or (who.name if who else "") or "l’organisateur"
        return host_writing.Author(self.by, name, who.email if who else Association.shown().contact_email)

    @property
    def home(self) -> str:
        return reverse("host", args=[self.key])

    @property
    def back(self) -> str:
        """Where this person came from: the page of the proposal; the coordination for the team."""
        return organisers.path_of(self.organiser) if self.organiser else reverse("coordination_event", args=[self.event.pk])

    @property
    def reads_needs(self) -> bool:
        """What people need is read by the organisers only: the form promises it."""
        return self.organiser is not None

    @property
    def is_by_invitation(self) -> bool:
        return self.event.access == Access.INVITATION

    @property
    def is_cancelled(self) -> bool:
        return self.event.state == State.CANCELLED


def at_desk(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Open the desk that a key names; a dead or invented one is told kindly, the same whichever it is."""

    @login_not_required
    @never_cache
    @wraps(view)
    def opened(request: HttpRequest, key: str, *args: Any, **kwargs: Any) -> HttpResponse:
        is_number = key.isascii() and key.isdecimal() and len(key) <= _LONGEST_NUMBER
        if is_number and not visitor_of(request).is_authenticated:
            return redirect_to_login(request.get_full_path())
        desk = _of_the_team(request, int(key)) if is_number else _by_link(key)
        return kept_secret(view(request, desk, *args, **kwargs) if desk else render(request, "events/propose/gone.html", status=404))

    return opened


def _by_link(key: str) -> Desk | None:
    organiser = organisers.organiser_of(key)
    return Desk(organiser.event, key, writing.by_link(organiser), organiser) if organiser else None


def _of_the_team(request: HttpRequest, pk: int) -> Desk | None:
    person = visitor_of(request)
    if not isinstance(person, User) or not person.has_perms([VIEW_REGISTRATION, MODERATE_EVENTS]):
        return None
    event = Event.objects.visible_to(person).select_related("season").filter(pk=pk).first()
    return Desk(event, str(pk), person) if event else None


def confirmation(typed: str | None) -> str:
    """What our own form was given: thirty-two hexadecimal signs; anything else is a confirmation of its own."""
    is_ours = typed is not None and len(typed) == _SIGNS and set(typed) <= set("0123456789abcdef")
    return typed if typed and is_ours else secrets.token_hex(_SIGNS // 2)
