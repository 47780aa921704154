"""What is gathered of kits and partners: a link on the organiser's page, what failed, what the night erases (domain.md G3)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.urls import reverse

from core.registry import Erasure, Link, Waiting
from events import organisers
from events.models import Event, Organiser, PartnerLink
from events.models.season import VIEW_EVENT
from events.services import kits
from mailing import outbox
from records.services import forget, label_of

PARTNERS = "portes de partenaires fermées depuis plus d’un an"
KEPT = timedelta(days=365)


def tool(organiser: Organiser, now: datetime) -> Iterator[Link]:
    """On the organiser's page, once the event is listed."""
    if Event.objects.held(now=now).filter(pk=organiser.event_id).exists():
        note = "L’affiche, l’image, des textes prêts à copier et le code QR de votre page."
        yield Link("Le kit de communication", reverse("proposal_kit", args=[organisers.secret_of(organiser)]), note)


def waiting(now: datetime) -> Iterator[Waiting]:
    """Posters that could not be drawn."""
    address = f"{reverse('admin:events_communicationkit_changelist')}?etat=echec"
    count = kits.failed().count()
    yield Waiting("affiche d’événement en échec", count, address, VIEW_EVENT, several="affiches d’événement en échec")


def purge(now: datetime, dry_run: bool) -> Iterator[Erasure]:
    """Erase who held a partner's address, a year after its end, with what they were written."""
    rows = list(PartnerLink.objects.filter(expires_at__lt=now - KEPT).order_by("pk"))
    for row in () if dry_run else rows:
        outbox.forget(label_of(row), now)
        forget(row)
        row.delete()
    yield Erasure(PARTNERS, len(rows))
