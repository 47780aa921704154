"""What search engines read of a page: schema.org, as data and never as a script (interface.md, CSP)."""

from datetime import datetime
from typing import Any

from core.addresses import absolute
from core.clock import PARIS
from programmes.models import Edition, PartnerRole, Phase, Programme, TrainingSession, Venue

Data = dict[str, Any]
Row = Programme | Edition | TrainingSession
_SCHEMA = "https://schema.org"
_HOUSE = "La 27e Région"


def social(row: Row) -> Data:
    """What is shown where the address of a page is shared: title, first words, and the card (`cards`)."""
    address = absolute(row.get_absolute_url())
    return {"url": address, "title": row.title, "text": row.lede, "image": f"{address}carte.png"}


def of_edition(edition: Edition) -> Data:
    """A call: an event made of its phases, whose entries close at the deadline; a call without dated phase is its own deadline."""
    days = [phase for phase in edition.timeline if phase.starts_on]
    first = days[0].starts_on if days else None
    data = {
        "@context": _SCHEMA,
        "@type": "Event",
        **_head(edition, edition.title, edition.lede),
        "startDate": first.isoformat() if first else _moment(edition.closes_at),
        "endDate": edition.ends_on.isoformat(),
        "eventStatus": _status(edition.cancelled_at),
        "eventAttendanceMode": f"{_SCHEMA}/OfflineEventAttendanceMode",
        "location": _places(edition),
        "maximumAttendeeCapacity": edition.seats,
        "organizer": [_organisation(partner.name) for partner in edition.carried_by if partner.role != PartnerRole.FRAME]
        or [_organisation(_HOUSE)],
        "subEvent": [_of_phase(phase) for phase in days],
        "offers": {
            "@type": "Offer",
            "url": absolute(edition.get_absolute_url()),
            "validFrom": _moment(edition.opens_at),
            "availabilityEnds": _moment(edition.closes_at),
            "category": "Candidature",
        },
    }
    return _filled(data)


def of_session(day: TrainingSession) -> Data:
    """A training day: an event of education at a place, with its price and the seats left."""
    data = {
        "@context": _SCHEMA,
        "@type": "EducationEvent",
        **_head(day, day.title, day.lede),
        "startDate": _moment(day.starts),
        "endDate": _moment(day.ends),
        "eventStatus": _status(day.cancelled_at),
        "eventAttendanceMode": f"{_SCHEMA}/OfflineEventAttendanceMode",
        "location": _place(day.venue) if day.venue else None,
        "maximumAttendeeCapacity": day.seats,
        "remainingAttendeeCapacity": day.seats_left,
        "organizer": [_organisation(_HOUSE)],
        "performer": [{"@type": "Person", "name": trainer.name} for trainer in day.people],
        "offers": {
            "@type": "Offer",
            "url": absolute(day.get_absolute_url()),
            "price": str(day.price),
            "priceCurrency": "EUR",
            "availability": f"{_SCHEMA}/{'InStock' if day.seats_left else 'SoldOut'}",
        },
    }
    return _filled(data)


def _head(row: Edition | TrainingSession, name: str, lede: str) -> Data:
    address = absolute(row.get_absolute_url())
    return {"@id": address, "url": address, "name": name, "description": lede, "image": f"{address}carte.png", "inLanguage": "fr"}


def _of_phase(phase: Phase) -> Data:
    last = phase.ends_on or phase.starts_on
    where = _place(phase.venue) if phase.venue else {"@type": "Place", "name": phase.where} if phase.where else None
    data = {
        "@type": "Event",
        "name": phase.title,
        "description": phase.description,
        "startDate": phase.starts_on.isoformat() if phase.starts_on else "",
        "endDate": last.isoformat() if last else "",
        "location": where,
    }
    return _filled(data)


def _places(edition: Edition) -> list[Data]:
    """Each place once, in the order of the phases; those that are only words are named."""
    found = {phase.where: _place(phase.venue) if phase.venue else {"@type": "Place", "name": phase.where} for phase in edition.timeline}
    return [place for where, place in found.items() if where]


def _place(venue: Venue) -> Data:
    address = {
        "@type": "PostalAddress",
        "streetAddress": venue.address,
        "postalCode": venue.postcode,
        "addressLocality": venue.city,
        "addressCountry": "FR",
    }
    return {"@type": "Place", "name": venue.name, "address": _filled(address)}


def _organisation(name: str) -> Data:
    return {"@type": "Organization", "name": name}


def _status(cancelled_at: datetime | None) -> str:
    return f"{_SCHEMA}/{'EventCancelled' if cancelled_at else 'EventScheduled'}"


def _moment(moment: datetime) -> str:
    return moment.astimezone(PARIS).isoformat(timespec="seconds")


def _filled(data: Data) -> Data:
    """What is empty is not said."""
    return {name: value for name, value in data.items() if value not in ("", None, [], {})}
