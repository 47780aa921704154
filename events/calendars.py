"""The calendar entries of events: one for each sitting, the same everywhere it is given (file, subscription, letter).

A UID lives as long as its sitting; SEQUENCE grows with each change, so that importing again corrects; hours are those of the place.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from icalendar import Calendar, Component, Timezone
from icalendar import Event as Entry

from core.addresses import absolute
from core.zones import vtimezone
from events.models import Event, TimeSlot
from events.states import Access, Mode, State
from events.zones import is_all_day, last_day, zone_of

# An entry needs an end where the event announces none; it says that it does not know it.
SUPPOSED = timedelta(hours=2)
NO_END = "L’heure de fin n’est pas annoncée : cette entrée dure deux heures."
_SEPARATE = "END:VCALENDAR"


def calendar(event: Event, slots: Iterable[TimeSlot], *, more: str = "", where: str = "") -> bytes:
    """Return the file of one event; letters to the registered add a line and the address that is theirs (E8)."""
    file = _file("CANCEL" if is_cancelled(event) else "PUBLISH", event.title)
    file.add_component(_zone(event))
    for slot in slots:
        file.add_component(entry(event, slot, more=more, where=where))
    content: bytes = file.to_ical()
    return content


def subscription(rows: Iterable[tuple[Event, Iterable[TimeSlot]]], zones: Iterable[str], *, name: str, notes: str) -> Iterator[bytes]:
    """Yield a calendar to subscribe to, piece by piece; `zones` are those of its entries."""
    file = _file("PUBLISH", name)
    file.add("x-wr-caldesc", notes)
    for key in sorted(set(zones)):
        file.add_component(Timezone.from_ical(vtimezone(key)))
    head, _, tail = file.to_ical().decode().rpartition(_SEPARATE)
    yield head.encode()
    for event, slots in rows:
        yield b"".join(entry(event, slot).to_ical() for slot in slots)
    yield f"{_SEPARATE}{tail}".encode()


def entry(event: Event, slot: TimeSlot, *, more: str = "", where: str = "") -> Entry:
    """Return the entry of one sitting."""
    zone, stamp = zone_of(event.region, event.department), changed_at(event).astimezone(UTC)
    found = Entry()
    found.add("uid", f"{slot.uid}@{urlsplit(settings.PORTAL_URL).hostname}")
    found.add("dtstamp", stamp)
    found.add("last-modified", stamp)
    # A cancellation is one more change, whoever forgot to count it.
    found.add("sequence", slot.sequence + is_cancelled(event))
    found.add("summary", f"Annulé : {event.title}" if is_cancelled(event) else event.title)
    found.add("status", "CANCELLED" if is_cancelled(event) else "CONFIRMED")
    found.add("url", absolute(event.get_absolute_url()))
    if place := where or location(event):
        found.add("location", place)
    _put_hours(found, slot, zone)
    found.add("description", _description(event, slot, more))
    return found


def location(event: Event) -> str:
    """« CENTQUATRE-PARIS, 75019 Paris », or « En ligne »; never the address to connect to (E8)."""
    if event.mode == Mode.ONLINE:
        return "En ligne"
    town = f"{event.postcode} {event.city}".strip()
    return ", ".join(part for part in (event.place, event.address, town) if part)


def is_cancelled(event: Event) -> bool:
    return event.state == State.CANCELLED


def changed_at(event: Event) -> datetime:
    """When it last changed, for what asks for a date."""
    return event.changed_at or event.listed_at or event.created_at


def _put_hours(found: Entry, slot: TimeSlot, zone: ZoneInfo) -> None:
    starts = slot.starts_at.astimezone(zone)
    if is_all_day(slot.starts_at, slot.ends_at, zone):
        found.add("dtstart", starts.date())
        found.add("dtend", last_day(slot.starts_at, slot.ends_at, zone) + timedelta(days=1))
        return
    found.add("dtstart", starts)
    # Two hours that pass, also on the night the clocks change: added in UTC.
    found.add("dtend", (slot.ends_at or slot.starts_at.astimezone(UTC) + SUPPOSED).astimezone(zone))


def _description(event: Event, slot: TimeSlot, more: str) -> str:
    lines = [
        event.summary,
        str(Access.INVITATION.label).capitalize() if event.access == Access.INVITATION else "",
        "" if slot.ends_at else NO_END,
        more,
    ]
    return "\n".join(line for line in lines if line)


def _zone(event: Event) -> Component:
    return Timezone.from_ical(vtimezone(zone_of(event.region, event.department).key))


def _file(method: str, name: str) -> Calendar:
    file = Calendar()
    file.add("prodid", "-//La 27e Région//Portail//FR")
    file.add("version", "2.0")
    file.add("method", method)
    file.add("x-wr-calname", name)
    return file
