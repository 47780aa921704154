"""Who organises an event: add a colleague, hand over, leave, ask again for a lost link."""

from datetime import datetime

from django.db import transaction

from accounts.models import normalise
from core.refusals import Refused
from events import organisers
from events import proposal_emails as emails
from events.models import Organiser
from events.services import writing
from records.services import record

MOST = 20


@transaction.atomic
def add(organiser: Organiser, email: str, *, name: str = "", hands_over: bool = False, now: datetime) -> Organiser:
    """Give a colleague the event, by their own link; `hands_over`: mine opens nothing any more."""
    event = writing.lock(organiser.event)
    if normalise(email) == organiser.email:
        raise Refused("C’est votre adresse.")
    if event.organisers.count() >= MOST:
        raise Refused(f"{MOST} organisateurs au plus.")
    made = organisers.make(event, email, name=name, now=now)
    by = writing.by_link(organiser)
    record("organisateur ajouté", event, by=by, now=now, note=made.email)
    emails.post_link(made, by_name=str(by), now=now)
    if hands_over:
        Organiser.objects.filter(pk=made.pk).update(is_lead=organiser.is_lead)
        leave(organiser, now=now)
    return made


@transaction.atomic
def leave(organiser: Organiser, *, now: datetime) -> None:
    """Leave the event: the link opens nothing any more. The last one stays."""
    event = writing.lock(organiser.event)
    if event.organisers.count() < 2:  # noqa: PLR2004 - oneself
        raise Refused("Vous êtes seul à organiser cet événement : ajoutez quelqu’un d’abord.")
    record("organisateur parti", event, by=writing.by_link(organiser), now=now, note=organiser.email)
    was_lead = organiser.is_lead
    Organiser.objects.filter(pk=organiser.pk).delete()
    if was_lead and not event.organisers.filter(is_lead=True).exists():
        first = event.organisers.order_by("pk").first()
        Organiser.objects.filter(pk=first.pk if first else 0).update(is_lead=True)


def ask_links(email: str, *, now: datetime) -> None:
    """Mail again every link of an address; to one that has none, nothing: the page says the same to both."""
    rows = Organiser.objects.filter(email=normalise(email)).select_related("event__season").order_by("-event__created_at", "-pk")
    found = list(rows[:MOST])
    if found and not emails.has_enough(email, now=now):
        emails.post_links(found, now=now)
