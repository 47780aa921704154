"""What anybody may come to in a season, as a letter says it (`core.registry.OPEN`): its programme, then its next events."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import F, Q

from core.registry import Link
from events import homes
from events.models import Event, TimeSlot
from events.models.event import EventQuerySet
from events.queries import leading, public_seasons
from events.states import Access
from events.words import place, sittings
from programmes.dates import span_text

MOST = 10


def events(now: datetime) -> Iterator[Link]:
    """The programme of the season that is held or comes next, with how many one may still come to; then the first of them."""
    season = leading(public_seasons(now=now), now=now)
    if season is None or season.is_over(now=now):
        return
    to_come = may_come(now=now).filter(season=season)
    count = to_come.count()
    if not count:
        return
    days = span_text(season.starts_on, season.ends_on)
    yield Link(season.title, season.get_absolute_url(), f"{days}, {count} événement{'s' if count > 1 else ''}")
    for event in homes.counted(to_come).order_by("starts_at", "pk")[:MOST]:
        event.season = season
        yield Link(event.title, event.get_absolute_url(), ", ".join(part for part in (sittings(event), place(event)) if part))


def may_come(*, now: datetime) -> EventQuerySet:
    """What anybody may still come to: neither by invitation nor closed to the public, to come, with a seat left where seats are counted."""
    onsite = Q(seats_onsite=None) | Q(taken_onsite__lt=F("seats_onsite"))
    online = Q(seats_online=None) | Q(taken_online__lt=F("seats_online"))
    to_come = TimeSlot.objects.filter(starts_at__gt=now)
    with_room = to_come.filter(
        Q(event__mode="ONSITE") & onsite | Q(event__mode="ONLINE") & online | Q(event__mode="HYBRID") & (onsite | online)
    )
    open_ones = Event.objects.held(now=now).exclude(access=Access.INVITATION).exclude(members_until__gt=now).filter(is_open_to_public=True)
    counted = Q(access=Access.REGISTRATION)
    return open_ones.filter(counted & Q(pk__in=with_room.values("event")) | ~counted & Q(pk__in=to_come.values("event")))
