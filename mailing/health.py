"""What `/sante/pret/` says of the letters. Read by everybody: numbers and moments, no address."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Min

from core.registry import Fact
from mailing.models import Message, Relay
from mailing.states import State

LATE = timedelta(minutes=10)


def facts(now: datetime) -> Iterator[Fact]:
    """Tell the oldest letter due, whether the mail server answers, and what waits for a person."""
    waiting = Message.objects.overdue(now=now).aggregate(oldest=Min("next_at"), count=Count("pk"))
    oldest = waiting["oldest"]
    since = f", la plus ancienne depuis le {oldest.isoformat(timespec='seconds')}" if oldest else ""
    yield Fact("letters", ok=oldest is None or now - oldest < LATE, detail=f"{waiting['count']} à envoyer{since}")
    relay = Relay.current()
    yield Fact("mail-server", ok=not relay.failures, detail="injoignable" if relay.failures else "")
    uncertain, failed = (Message.objects.filter(state=state).count() for state in (State.UNCERTAIN, State.FAILED))
    yield Fact("letters-to-settle", ok=not uncertain, detail=f"{uncertain} incertaines, {failed} refusées")
