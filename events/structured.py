"""What search engines read of a season and of an event: schema.org, as data and never as a script."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from core.addresses import absolute
from events import pictures
from events.models import Event, Season, TimeSlot
from events.states import Access, Mode, State
from events.zones import is_all_day, last_day, zone_of
from programmes import cards

Data = dict[str, Any]
_SCHEMA = "https://schema.org"
HEIGHT = 630  # of a card
_MODES = {Mode.ONSITE: "OfflineEventAttendanceMode", Mode.ONLINE: "OnlineEventAttendanceMode", Mode.HYBRID: "MixedEventAttendanceMode"}


def social(row: Season | Event) -> Data:
    """What is shown where the address of a page is shared: the picture that an organiser gave, once described, else the card."""
    address = absolute(row.get_absolute_url())
    text = row.lede if isinstance(row, Season) else row.summary
    said = {"url": address, "title": row.title, "text": text, "image": f"{address}carte.png", "width": cards.WIDTH, "height": HEIGHT}
    picture = pictures.shown(row) if isinstance(row, Event) else None
    if picture is None:
        return said | {"alt": row.title}
    given = {"image": absolute(pictures.address(picture, "grande")), "width": picture.width, "height": picture.height}
    return said | given | {"alt": picture.alt}


def of_season(season: Season) -> Data:
    """A season: a series of free events over its days."""
    data = {
        "@context": _SCHEMA, "@type": "EventSeries", **_head(season, season.title, season.lede),
        "startDate": season.starts_on.isoformat(), "endDate": season.ends_on.isoformat(),
        "location": {"@type": "Country", "name": "France"}, "isAccessibleForFree": True,
        "organizer": _organisation(season.carriers) if season.carriers else None,
    }  # fmt: skip
    return _filled(data)


def of_event(event: Event, slots: Iterable[TimeSlot], parts: Iterable[Event] = ()) -> Data:
    """An event: one of its sittings, or what goes from the first to the last, with each of them."""
    sittings = list(slots)
    data = {
        "@context": _SCHEMA, "@type": "Event", **_head(event, event.title, event.summary), **_pictured(event), **_times(event, sittings),
        "eventStatus": f"{_SCHEMA}/{'EventCancelled' if event.state == State.CANCELLED else 'EventScheduled'}",
        "eventAttendanceMode": f"{_SCHEMA}/{_MODES[Mode(event.mode)]}",
        "location": _location(event), "isAccessibleForFree": event.is_free,
        "organizer": _organisation(event.carrier) if event.carrier else None,
        "superEvent": _named(event.parent) if event.parent and _is_shown(event.parent) else _series(event.season),
        "subEvent": [_named(part) for part in parts] or (_sittings(event, sittings) if len(sittings) > 1 else []),
        "offers": _offer(event),
    }  # fmt: skip
    return _filled(data)


def _is_shown(event: Event) -> bool:
    return event.listed_at is not None


def _head(row: Season | Event, name: str, words: str) -> Data:
    address = absolute(row.get_absolute_url())
    return {"@id": address, "url": address, "name": name, "description": words, "image": f"{address}carte.png", "inLanguage": "fr"}


def _pictured(event: Event) -> Data:
    """The picture that its organiser gave, then the card; without one, the card alone."""
    picture = pictures.shown(event)
    return {"image": [absolute(pictures.address(picture, "grande")), f"{absolute(event.get_absolute_url())}carte.png"]} if picture else {}


def _times(event: Event, slots: list[TimeSlot]) -> Data:
    if not slots:
        return {}
    last = max(slots, key=lambda slot: slot.ends_at or slot.starts_at)
    return {"startDate": _start(event, slots[0]), "endDate": _end(event, last)}


def _start(event: Event, slot: TimeSlot) -> str:
    """The hour of the place; a day alone where nobody gave hours."""
    zone = zone_of(event.region, event.department)
    local = slot.starts_at.astimezone(zone)
    return local.date().isoformat() if is_all_day(slot.starts_at, slot.ends_at, zone) else _moment(local)


def _end(event: Event, slot: TimeSlot) -> str:
    """Nothing when no end is announced: we make none up."""
    zone = zone_of(event.region, event.department)
    if slot.ends_at is None:
        return ""
    if is_all_day(slot.starts_at, slot.ends_at, zone):
        return last_day(slot.starts_at, slot.ends_at, zone).isoformat()
    return _moment(slot.ends_at.astimezone(zone))


def _sittings(event: Event, slots: list[TimeSlot]) -> list[Data]:
    named = {"@type": "Event", "name": event.title, "location": _location(event)}
    return [_filled(named | {"startDate": _start(event, slot), "endDate": _end(event, slot)}) for slot in slots]


def _location(event: Event) -> Data | list[Data]:
    """The place; online, our page: the address to connect to goes to the registered only (E8)."""
    online = {"@type": "VirtualLocation", "url": absolute(event.get_absolute_url())}
    if event.mode == Mode.ONLINE:
        return online
    return [_place(event), online] if event.mode == Mode.HYBRID else _place(event)


def _place(event: Event) -> Data:
    address = {
        "@type": "PostalAddress", "streetAddress": event.address, "postalCode": event.postcode, "addressLocality": event.city,
        "addressRegion": str(event.get_region_display()) if event.region else "", "addressCountry": "FR",
    }  # fmt: skip
    where = None
    if event.latitude is not None and event.longitude is not None:
        where = {"@type": "GeoCoordinates", "latitude": float(event.latitude), "longitude": float(event.longitude)}
    return _filled({"@type": "Place", "name": event.place or event.city, "address": _filled(address), "geo": where})


def _offer(event: Event) -> Data | None:
    """Free of charge, where one may register; by invitation nothing is offered."""
    if event.access == Access.INVITATION or event.state == State.CANCELLED or not event.is_free:
        return None
    url = event.registration_url if event.access == Access.ELSEWHERE else ""
    return {"@type": "Offer", "price": "0", "priceCurrency": "EUR", "url": url or absolute(event.get_absolute_url())}


def _series(season: Season) -> Data:
    return {"@type": "EventSeries", "name": season.title, "url": absolute(season.get_absolute_url())}


def _named(event: Event) -> Data:
    found = {"@type": "Event", "name": event.title, "url": absolute(event.get_absolute_url()), "location": _location(event)}
    if event.starts_at:
        found["startDate"] = _moment(event.starts_at.astimezone(zone_of(event.region, event.department)))
    return found


def _organisation(name: str) -> Data:
    return {"@type": "Organization", "name": name}


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _filled(data: Data) -> Data:
    """What is empty is not said."""
    return {name: value for name, value in data.items() if value not in ("", None, [], {})}
