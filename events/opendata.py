"""The programme as open data: the field names of the public OpenAgenda data set (domain.md section 5), our licence, and a date.

Nothing of a person is in it: neither who organises, nor who registered, nor whom to ask about access, nor the press (F2, E8).
Of a picture, the credit that its page says.
"""

import csv
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from core.addresses import absolute
from core.spreadsheets import harmless
from core.typography import day_in_words
from events import pictures
from events.calendars import changed_at
from events.models import Event
from events.states import Access, Mode, State
from events.zones import zone_of
from organisations.reference import departments

LICENCE = "Licence Ouverte 2.0"
LICENCE_URL = "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"
SOURCE = "La 27e Région"
_MODES = {Mode.ONSITE: 1, Mode.ONLINE: 2, Mode.HYBRID: 3}
# Scheduled, called off: the two of the six that we say.
SCHEDULED, CANCELLED = 1, 6
# Each field beside what it holds, as the page « Données ouvertes » explains it.
FIELDS = {
    "uid": "identifiant, qui ne change jamais",
    "slug": "fin de l’adresse de la page",
    "title_fr": "titre",
    "description_fr": "présentation en une phrase",
    "longdescription_fr": "présentation complète, en Markdown",
    "conditions_fr": "conditions de participation et accès",
    "keywords_fr": "formats et publics",
    "firstdate_begin": "début de la première séance, à l’heure du lieu (ISO 8601)",
    "firstdate_end": "fin de la première séance ; vide quand elle n’est pas annoncée",
    "lastdate_end": "fin de la dernière séance ; vide quand elle n’est pas annoncée",
    "timings": "toutes les séances : début et fin (en CSV, du JSON dans la cellule)",
    "location_name": "lieu",
    "location_address": "adresse du lieu",
    "location_postalcode": "code postal",
    "location_city": "commune",
    "location_insee": "code INSEE de la commune",
    "location_department": "département",
    "location_region": "région, d’après le code INSEE ; vide en ligne",
    "location_coordinates": "latitude et longitude",
    "image": "image de l’organisateur s’il en a donné une, sinon la couverture de l’événement",
    "imagecredits": "crédit de l’image, à citer ; l’image d’un organisateur reste à son auteur",
    "thumbnail": "la même image, réduite ; vide pour une couverture",
    "attendancemode": "1 sur place, 2 en ligne, 3 les deux",
    "status": "1 prévu, 6 annulé",
    "canonicalurl": "adresse de la page",
    "updatedat": "dernier changement (ISO 8601)",
}
ADDED = ("licence", "source", "date")
_COORDINATES = "location_coordinates"


def notice(date: datetime) -> dict[str, str]:
    """What the licence asks who uses the data to say: where they come from, and of when they are."""
    return {"licence": f"{LICENCE} ({LICENCE_URL})", "source": SOURCE, "date": date.astimezone(UTC).isoformat(timespec="seconds")}


def sentence(date: datetime) -> str:
    """The same, in a sentence."""
    return f"Source : {SOURCE}, {LICENCE}, données du {day_in_words(date)}."


def of_event(event: Event) -> dict[str, Any]:
    """One event under the names of `FIELDS`."""
    zone = zone_of(event.region, event.department)
    timings = [{"begin": _there(slot.starts_at, zone), "end": _there(slot.ends_at, zone)} for slot in event.slots.all()]
    first, last = timings[0] if timings else {}, timings[-1] if timings else {}
    return {
        "uid": event.pk,
        "slug": event.slug,
        "title_fr": event.title,
        "description_fr": event.summary,
        "longdescription_fr": event.description,
        "conditions_fr": ". ".join(part for part in (_access(event), event.conditions) if part),
        "keywords_fr": [*(str(row) for row in event.formats.all()), *_publics(event)],
        "firstdate_begin": first.get("begin"),
        "firstdate_end": first.get("end"),
        "lastdate_end": last.get("end"),
        "timings": timings,
        **_location(event),
        **_image(event),
        "attendancemode": _MODES[Mode(event.mode)],
        "status": CANCELLED if event.state == State.CANCELLED else SCHEDULED,
        "canonicalurl": absolute(event.get_absolute_url()),
        "updatedat": changed_at(event).astimezone(UTC).isoformat(timespec="seconds"),
    }


def json_lines(events: Iterable[Event], *, about: dict[str, str], date: datetime) -> Iterator[bytes]:
    """Yield one JSON object, event by event: notice first, then what was asked, then the events."""
    head = notice(date) | {"portal": absolute("/evenements/"), "filters": about}
    yield json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}").encode() + b',\n "events": ['
    first = True
    for event in events:
        yield (b"\n" if first else b",\n") + json.dumps(of_event(event), ensure_ascii=False).encode()
        first = False
    yield b"\n]}\n"


def csv_lines(events: Iterable[Event], *, date: datetime) -> Iterator[bytes]:
    """Yield a file that French spreadsheets open as it is: UTF-8 said so, semicolons, and no cell that they would run."""
    line = csv.writer(Echo(), delimiter=";", lineterminator="\r\n")
    yield "\ufeff".encode() + line.writerow([*FIELDS, *ADDED]).encode()
    said = list(notice(date).values())
    for event in events:
        facts = of_event(event)
        yield line.writerow([*(_cell(name, facts[name]) for name in FIELDS), *said]).encode()


class Echo:
    """Where the csv writer writes: each line is handed back."""

    def write(self, line: str) -> str:
        return line


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        # Two numbers are no formula, even south of the equator.
        return value if name == _COORDINATES else harmless(value)
    if name == "keywords_fr":
        return harmless(", ".join(value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)


def _there(moment: datetime | None, zone: Any) -> str | None:
    return moment.astimezone(zone).isoformat(timespec="seconds") if moment else None


def _access(event: Event) -> str:
    words = str(Access(event.access).label)
    return f"{words[0].upper()}{words[1:]}"


def _publics(event: Event) -> list[str]:
    said = ((event.for_agents, "agents publics"), (event.for_citizens, "citoyens"), (event.for_elected, "élus"))
    return [words for is_for, words in said if is_for]


def _image(event: Event) -> dict[str, Any]:
    """The picture that its organiser gave, once described, with its credit; without one, the cover."""
    picture = pictures.shown(event)
    if picture is None:
        return {"image": f"{absolute(event.get_absolute_url())}carte.png", "imagecredits": None, "thumbnail": None}
    large, small = (absolute(pictures.address(picture, size)) for size in ("grande", "petite"))
    return {"image": large, "imagecredits": picture.credit or None, "thumbnail": small}


def _location(event: Event) -> dict[str, Any]:
    online = event.mode == Mode.ONLINE
    found = departments().get(event.department)
    where = f"{event.latitude},{event.longitude}" if event.latitude is not None and event.longitude is not None else None
    return {
        "location_name": None if online else event.place or None,
        "location_address": None if online else event.address or None,
        "location_postalcode": None if online else event.postcode or None,
        "location_city": event.city or None,
        "location_insee": None if online else event.commune or None,
        "location_department": found.name if found else None,
        "location_region": str(event.get_region_display()) if event.region else None,
        _COORDINATES: None if online else where,
    }
