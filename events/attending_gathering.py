"""What `core` gathers from registrations: the space of who comes, the reminders to come, what is erased and when (domain.md G3)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from core.registry import Planned, Waiting
from events import attending_links as links
from events import attending_reminders as reminders
from events.host_queries import ends_of
from events.models import Registration
from events.models.season import VIEW_EVENT
from events.services.verifying import KEPT
from records.services import label_of

MOST = 50


def space(request: HttpRequest, now: datetime) -> dict[str, Any] | None:
    """« Mes inscriptions », by any address proven to be the person's."""
    person = request.user
    if not isinstance(person, User):
        return None
    rows = Registration.objects.filter(email__in=person.addresses(), erased_at=None).confirmed()
    found = rows.select_related("slot__event__season").order_by("-slot__starts_at", "-pk")[:MOST]
    mine = [(row, links.path_of(row), ends_of(row.slot) <= now) for row in found]
    return {"registrations": mine} if mine else None


def planned(start: datetime, until: datetime) -> Iterator[Planned]:
    """Each reminder, with how many it is for."""
    for moment, slot in reminders.near(start, until):
        event, people = slot.event, vars(slot)["people"]
        url = reverse("admin:events_event_change", args=[event.pk])
        what, whom = f"Rappel deux jours avant : {event.title}", "aux personnes inscrites"
        yield Planned(moment, "envoyé", what, whom, people, url, label_of(event), permission=VIEW_EVENT)


def waiting(now: datetime) -> Iterator[Waiting]:
    """Sittings whose seats were counted wrong last night: mended when they could be; the journal says which."""
    url = reverse("admin:records_act_changelist") + "?q=places"
    yield Waiting("événements : comptes de places trouvés faux cette nuit", cache.get(KEPT, 0), url, VIEW_EVENT)
