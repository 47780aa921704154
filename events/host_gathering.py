"""What the desk of an event gives elsewhere: its links on the organiser's page; what the night erases of invitations (domain.md G3)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Max, Q
from django.urls import reverse

from core.registry import Erasure, Link
from events import host_queries, organisers
from events.models import Event, Invitation, Organiser
from events.states import Access
from mailing import outbox
from records.services import forget, label_of

INVITED = "personnes invitées à un événement, trois mois après"
KEPT = timedelta(days=92)


def tools(organiser: Organiser, now: datetime) -> Iterator[Link]:
    """Who comes, the door, and the guests of an event by invitation; nothing where one registers elsewhere, or not at all."""
    event, key = organiser.event, organisers.secret_of(organiser)
    if event.listed_at is None or not takes_people(event):
        return
    counts = host_queries.counts(event, now=now)
    registered, waiting = (sum(getattr(count, name) for count in counts) for name in ("registered", "waiting"))
    note = f"{registered} inscrit{'s' if registered > 1 else ''}{f', {waiting} en attente' if waiting else ''}"
    yield Link("Les inscrits : liste, places, message, feuille", reverse("host", args=[key]), note)
    yield Link("L’accueil, le jour même", reverse("host_door", args=[key]), "Sur un téléphone : un nom, un bouton.")
    if event.access == Access.INVITATION:
        yield Link("Les invitations", reverse("host_guests", args=[key]), "Par nom ou par code.")


def takes_people(event: Event) -> bool:
    """One registers here, or did."""
    is_here = event.access in (Access.REGISTRATION, Access.INVITATION)
    return is_here or event.slots.filter(registrations__isnull=False).exists()


def purge(now: datetime, dry_run: bool) -> Iterator[Erasure]:
    """Leave of a guest that they were invited, and whether they answered."""
    over = Event.objects.annotate(last=Max("slots__starts_at", default=None)).filter(last__lt=now - KEPT)
    rows = list(Invitation.objects.filter(erased_at=None, event__in=over.values("pk")).filter(~Q(email="") | ~Q(name="")).order_by("pk"))
    if not dry_run:
        for row in rows:
            forget(row)
            outbox.forget(label_of(row), now)
        Invitation.objects.filter(pk__in=[row.pk for row in rows]).update(name="", email="", erased_at=now)
    yield Erasure(INVITED, len(rows))
