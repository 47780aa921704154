"""What leaves by itself about proposals: unfinished ones reminded, late answers told once, each morning what waits."""

from datetime import datetime, time, timedelta
from itertools import groupby

from django.db.models import Q

from accounts import digest
from accounts.models import User
from core.clock import PARIS
from events import answering
from events import proposal_emails as emails
from events.models import Event, Organiser, RegionCoordinator, Season
from events.proposing import is_begun
from events.states import State
from mailing.models import Message
from records.services import label_of

DAYS, AT = (7, 1), time(10)


def moments(season: Season) -> list[datetime]:
    """When the unfinished proposals of a season are reminded: seven days and one day before listing closes, at ten."""
    if season.listing_closes_at is None:
        return []
    last = season.listing_closes_at.astimezone(PARIS).date()
    return [datetime.combine(last - timedelta(days=days), AT, PARIS) for days in DAYS]


def drafts(season: Season) -> list[Organiser]:
    """Whom a reminder is for: those who wrote something and did not propose it."""
    rows = Organiser.objects.filter(event__season=season, event__state=State.DRAFT).select_related("event__season").order_by("pk")
    return [row for row in rows if is_begun(row.event)]


def remind(*, now: datetime) -> int:
    """Remind the unfinished; after an outage, only the latest missed reminder leaves. Return how many are owed."""
    owed = 0
    for season in Season.objects.taking_proposals(now=now).filter(listing_closes_at__lte=now + timedelta(days=8)).order_by("pk"):
        reached = max((moment for moment in moments(season) if moment <= now), default=None)
        for organiser in drafts(season) if reached else ():
            if reached and organiser.added_at < reached:
                emails.post_reminder(organiser, reached, now=now)
                owed += 1
    return owed


def tell_late(*, now: datetime) -> int:
    """Tell once whoever answers that a proposal waits for more than three working days (E9)."""
    late = list(Event.objects.to_answer().filter(waits_since__lt=answering.late_before(now)).select_related("season"))
    known = set(Message.objects.filter(kind=emails.LATE, about__in=[label_of(event) for event in late]).values_list("key", flat=True))
    owed = 0
    for event in late:
        for person in answering.coordinators_of(event):
            owed += emails.post_late(event, person, known, now=now)
    return owed


def tell_morning(*, now: datetime) -> int:
    """From 08:30 on a working day, one letter to each coordinator for whom something waits; none when nothing does.

    The team has it in its own digest.
    """
    if not digest.is_time(now):
        return 0
    day, owed = now.astimezone(PARIS).date(), 0
    known = set(Message.objects.filter(key__startswith=f"coordination:{day}:").values_list("key", flat=True))
    for person in coordinators():
        key = f"coordination:{day}:{person.pk}"
        waits = [] if key in known else list(Event.objects.to_answer().coordinated_by(person).select_related("season"))
        if waits:
            emails.post_queue(emails.MORNING, person, waits, key, now=now)
            owed += 1
    return owed


def coordinators() -> list[User]:
    """Each person who coordinates something, once."""
    rows = RegionCoordinator.objects.active().select_related("person").order_by("person", "pk")
    return [person for person, _ in groupby(row.person for row in rows)]


def unfinished(now: datetime) -> "Q":
    """Drafts of seasons that stopped taking proposals 30 days ago (G3)."""
    return Q(state=State.DRAFT, proposed_at=None, season__listing_closes_at__lt=now - timedelta(days=30))
