"""What is gathered of kits and partners: a link on the organiser's page, what failed, what anybody may still come to."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse

from core.registry import Link, Waiting
from events import organisers
from events.models import Event, Organiser
from events.models.season import VIEW_EVENT
from events.services import kits


def tool(organiser: Organiser, now: datetime) -> Iterator[Link]:
    """On the organiser's page, once the event is listed."""
    if Event.objects.held(now=now).filter(pk=organiser.event_id).exists():
        note = "L’affiche, l’image, des textes prêts à copier et le code QR de votre page."
        yield Link("Le kit de communication", reverse("proposal_kit", args=[organisers.secret_of(organiser)]), note)


def waiting(now: datetime) -> Iterator[Waiting]:
    """Posters that could not be drawn."""
    address = f"{reverse('admin:events_communicationkit_changelist')}?etat=echec"
    yield Waiting("affiches d’événements en échec", kits.failed().count(), address, VIEW_EVENT)
