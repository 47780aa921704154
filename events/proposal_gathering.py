"""What `core` gathers from proposals: what waits, what comes, what is erased, the space of organisers and coordinators, the search."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Min
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from accounts.roles import MODERATE_EVENTS
from core.registry import Erasure, Found, Planned, Waiting
from events import answering, organisers, pictures, proposal_reminders
from events.models import Event, EventStep, Organiser, Season
from events.models.season import VIEW_EVENT
from mailing import outbox
from records.services import forget, label_of

MOST = 8
UNFINISHED = "propositions d’événements jamais envoyées"
ORGANISERS = "organisateurs d’événements de plus de trois ans"
_YEARS = timedelta(days=3 * 365)


def waiting(now: datetime) -> Iterator[Waiting]:
    rows = Event.objects.to_answer()
    late = rows.filter(waits_since__lt=answering.late_before(now))
    url = reverse("coordination")
    for label, found in (("événements : propositions à répondre", rows), ("événements : sans réponse depuis trois jours ouvrés", late)):
        yield Waiting(label, found.count(), url, MODERATE_EVENTS, since=found.aggregate(first=Min("waits_since"))["first"])


def planned(start: datetime, until: datetime) -> Iterator[Planned]:
    """Reminders of unfinished proposals, the end of proposals, and when unfinished ones are erased."""
    for season in Season.objects.filter(listing_closes_at__gte=start - timedelta(days=31)).order_by("starts_on", "pk"):
        about, url = label_of(season), reverse("coordination")
        if season.listing_closes_at and start <= season.listing_closes_at < until:
            yield Planned(season.listing_closes_at, "clos", f"{season.title} : propositions", url=url, about=about, permission=VIEW_EVENT)
        for moment in proposal_reminders.moments(season):
            people = proposal_reminders.drafts(season) if start <= moment < until else []
            people = [row for row in people if row.added_at < moment]
            if people:
                what, whom = f"Rappel des propositions à terminer : {season.title}", "à qui n’a pas terminé"
                yield Planned(moment, "envoyé", what, whom, len(people), url, about, permission=VIEW_EVENT)


def space(request: HttpRequest, now: datetime) -> dict[str, Any] | None:
    """« Mes événements », and the queue of a coordinator."""
    person = request.user
    if not isinstance(person, User):
        return None
    rows = Organiser.objects.filter(email__in=person.addresses()).select_related("event__season").order_by("-event__pk")[:50]
    mine = [(row.event, organisers.path_of(row), _title(row.event)) for row in rows]
    coordinates = answering.may_coordinate(person)
    waits = Event.objects.to_answer().coordinated_by(person).count() if coordinates else 0
    return {"events": mine, "coordinates": coordinates, "waits": waits} if mine or coordinates else None


def _title(event: Event) -> str:
    return event.known_as or "Proposition commencée"


def purge(now: datetime, dry_run: bool) -> Iterator[Erasure]:
    """Erase what was never proposed, 30 days after the end of proposals; who organised, three years after (G3)."""
    drafts = list(Event.objects.filter(proposal_reminders.unfinished(now)).order_by("pk"))
    old = list(Organiser.objects.filter(event__season__ends_on__lt=(now - _YEARS).date()).order_by("pk"))
    if not dry_run:
        for event in drafts:
            forget(event)
            outbox.forget(label_of(event), now)
            pictures.forget_of(event)
            event.delete()
        _forget_organisers(old, now)
    yield Erasure(UNFINISHED, len(drafts))
    yield Erasure(ORGANISERS, len(old))


@transaction.atomic
def _forget_organisers(rows: list[Organiser], now: datetime) -> None:
    """With them, what they were written (it holds a link for life), what the journal notes of them, and their name in the history."""
    for event in Event.objects.filter(pk__in={row.event_id for row in rows}).order_by("pk"):
        outbox.forget(label_of(event), now)
        forget(event)
    EventStep.objects.filter(event__in={row.event_id for row in rows}, by=None).blank("by_name")
    Organiser.objects.filter(pk__in=[row.pk for row in rows]).delete()


def found(user: Any, words: str) -> Iterator[Found]:
    """Events, in the admin's search box."""
    if not user.has_perm(VIEW_EVENT):
        return
    rows = Event.objects.visible_to(user).matching(words).select_related("season").order_by("-starts_at", "-pk")[:MOST]
    for row in rows:
        note = f"{row.season.title}, {row.get_state_display()}"
        yield Found("Événements", str(row), reverse("admin:events_event_change", args=[row.pk]), note)
