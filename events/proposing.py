"""What a proposal asks, screen by screen: how it is typed and kept, how it is read back from an event, how it is read out.

One list of names for forms, drafts, pages and changes. A sitting is typed in five fields: `day_0`, `from_0`, `to_0`, `last_0`, `slot_0`.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict

from core.clock import PARIS
from core.typography import NBSP
from events.models import Event, TimeSlot
from events.states import Access, Carrier, Format, Mode
from events.words import slot_in_words
from events.zones import zone_of
from organisations.reference import communes
from organisations.regions import department_of, region_of_commune

Typed = dict[str, Any]

WHAT, WHEN, WHO = "quoi", "quand", "acces"
SCREENS = {WHAT: "Quoi", WHEN: "Quand et où", WHO: "Qui, accès, conditions"}
SITTING = ("day", "from", "to", "last", "slot")
MOST_SITTINGS = 40
BLANKS = 3
LISTS = frozenset({"formats", "publics", "helps"})
PUBLICS = {"for_agents": "agents publics", "for_citizens": "citoyens", "for_elected": "élus"}
HELPS = {
    "wheelchair": "accessible en fauteuil roulant",
    "sign_language": "interprétation en langue des signes",
    "captions": "sous-titrage",
    "hearing_loop": "boucle magnétique",
    "quiet_room": "salle calme",
}
NAMES: dict[str, tuple[str, ...]] = {
    WHAT: ("title", "summary", "formats", "description", "publics", "parent", "programme_url", "website"),
    WHEN: ("mode", "commune", "place", "address", "postcode", "online_url", "exception_asked"),
    WHO: (
        "carrier", "carrier_kind", "partners", "is_free", "is_open_to_public", "access", "registration_url", "seats_onsite",
        "seats_online", "conditions", "helps", "access_contact",
    ),
}  # fmt: skip
# What a coordinator reads again once the event is listed (E5): dates, place, access, and what the conditions rest on.
HEAVY = frozenset({"mode", "sittings", "commune", "place", "address", "postcode", "access", "is_free", "is_open_to_public", "carrier_kind"})
LABELS = {
    "title": "Titre",
    "summary": "En une phrase",
    "formats": "Formats",
    "description": "Présentation",
    "publics": "Pour qui",
    "parent": "Fait partie de",
    "programme_url": "Programme",
    "website": "En savoir plus",
    "mode": "Tenue",
    "sittings": "Dates",
    "commune": "Commune",
    "place": "Lieu",
    "address": "Adresse",
    "postcode": "Code postal",
    "online_url": "Adresse de connexion",
    "exception_asked": "Pourquoi hors des dates",
    "carrier": "Porté par",
    "carrier_kind": "Nature du porteur",
    "partners": "Partenaires",
    "is_free": "Gratuit",
    "is_open_to_public": "Ouvert au public",
    "access": "Accès",
    "registration_url": "Adresse d’inscription",
    "seats_onsite": "Places sur place",
    "seats_online": "Places en ligne",
    "conditions": "Conditions de participation",
    "helps": "Accessibilité du lieu",
    "access_contact": "Contact pour l’accessibilité",
}
YES, NO = "oui", "non"
# Longer than any honest answer: shown again with its error, and not kept.
MOST_CHARACTERS = 200_000
_SITTING = re.compile(r"^(day|from|to|last|slot)_(\d{1,2})$")


def typed_in(post: QueryDict, screen: str) -> Typed:
    """Keep what was typed on a screen, without the characters no database stores."""
    typed: Typed = {}
    for name in NAMES[screen]:
        typed[name] = [storable(text) for text in post.getlist(name)][:40] if name in LISTS else storable(post.get(name, ""))
    if screen == WHEN:
        typed["sittings"] = sittings_in(post)
    return typed


def sittings_in(post: Mapping[str, Any]) -> list[Typed]:
    """The sittings that were typed, in their order; an empty one is none."""
    rows: dict[int, Typed] = {}
    for name in post:
        if found := _SITTING.match(name):
            rows.setdefault(int(found[2]), {})[found[1]] = storable(str(post.get(name) or "")).strip()[:40]
    ordered = [rows[number] for number in sorted(rows)]
    whole = [{part: row.get(part, "") for part in SITTING} for row in ordered]
    return [row for row in whole if any(row[part] for part in SITTING if part != "slot")][:MOST_SITTINGS]


def storable(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in lines if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cs"))


def kept(typed: Typed) -> Typed:
    """What a draft keeps of it."""
    return {name: said for name, said in typed.items() if not isinstance(said, str) or len(said) <= MOST_CHARACTERS}


def is_begun(event: Event) -> bool:
    return any(said for said in event.typed.values())


# --- An event, as it would be typed ---------------------------------------------------------------------------------


def typed_of(event: Event) -> Typed:
    """Return an event as its organiser would type it."""
    slots = list(event.slots.all())
    place = communes().get(event.commune) if event.commune else None
    texts = (*NAMES[WHAT], *NAMES[WHEN], *NAMES[WHO])
    plain = {name: str(getattr(event, name) or "") for name in texts if hasattr(event, name) and name not in ("parent", "partners")}
    return plain | {
        "formats": [row.format for row in event.formats.all()],
        "publics": [name for name in PUBLICS if getattr(event, name)],
        "helps": [name for name in HELPS if getattr(event, name)],
        "parent": event.parent.slug if event.parent else "",
        "commune": f"{place.name} ({place.code})" if place else "",
        "is_free": YES if event.is_free else NO,
        "is_open_to_public": YES if event.is_open_to_public else NO,
        "partners": "\n".join(", ".join(part for part in (row.name, row.website) if part) for row in event.partners.all()),
        "seats_onsite": _number(slots[0].seats_onsite) if slots else "",
        "seats_online": _number(slots[0].seats_online) if slots else "",
        "sittings": [sitting_of(slot, event) for slot in slots],
    }


def sitting_of(slot: TimeSlot, event: Event) -> Typed:
    zone = zone_of(event.region, event.department)
    first = slot.starts_at.astimezone(zone)
    last = slot.ends_at.astimezone(zone) if slot.ends_at else None
    row = {"day": first.date().isoformat(), "from": f"{first:%H:%M}", "to": "", "last": "", "slot": str(slot.pk or "")}
    if last:
        row["to"] = f"{last:%H:%M}"
        row["last"] = last.date().isoformat() if last.date() != first.date() else ""
    return row


def _number(number: int | None) -> str:
    return "" if number is None else str(number)


def same_sittings(one: Iterable[Typed], other: Iterable[Typed]) -> bool:
    def bare(rows: Iterable[Typed]) -> list[tuple[str, ...]]:
        return sorted(tuple(str(row.get(part, "")) for part in SITTING) for row in rows)

    return bare(one) == bare(other)


def changed(before: Typed, after: Typed) -> list[str]:
    """The names whose answer differs, in the order of the screens."""
    names = [name for name in LABELS if name in after]
    return [name for name in names if not _same(name, before.get(name), after.get(name))]


def _same(name: str, one: Any, other: Any) -> bool:
    if name == "sittings":
        return same_sittings(one or [], other or [])
    if name in LISTS:
        return set(one or []) == set(other or [])
    return str(one or "").strip() == str(other or "").strip()


# --- Read out --------------------------------------------------------------------------------------------------------


def read_out(typed: Typed, names: Iterable[str] | None = None) -> list[tuple[str, str]]:
    """Each answer in words, with its label; nothing is said of what nobody answered."""
    wanted = list(names) if names is not None else list(LABELS)
    rows = [(LABELS[name], in_words(name, typed)) for name in wanted]
    return [(label, words) for label, words in rows if words]


def shown_on(screen: str) -> list[str]:
    """What a screen asks, in the order of the copy."""
    names = (*NAMES[screen], "sittings") if screen == WHEN else NAMES[screen]
    return [name for name in LABELS if name in names]


def in_words(name: str, typed: Typed) -> str:
    said = typed.get(name)
    if name == "sittings":
        return "\n".join(sitting_in_words(row, typed) for row in said or [])
    if name in LISTS:
        chosen: dict[str, str] = {"formats": dict(Format.choices), "publics": PUBLICS, "helps": HELPS}[name]
        return ", ".join(chosen[code] for code in said or [] if code in chosen)
    choices: dict[str, dict[str, str]] = {
        "mode": dict(Mode.choices), "access": dict(Access.choices), "carrier_kind": dict(Carrier.choices),
    }  # fmt: skip
    text = str(said or "").strip()
    return str(choices[name].get(text, text)) if name in choices else text


def sitting_in_words(row: Typed, typed: Typed) -> str:
    """« mardi 23 novembre 2027, 10 h – 12 h »; as it was typed when it makes no date."""
    try:
        zone = zone_typed(typed)
        starts = datetime.fromisoformat(f"{row['day']}T{row['from'] or '00:00'}").replace(tzinfo=zone)
        ends = datetime.fromisoformat(f"{row['last'] or row['day']}T{row['to']}").replace(tzinfo=zone) if row["to"] else None
    except ValueError:
        return " ".join(str(row[part]) for part in SITTING if part != "slot" and row[part])
    return slot_in_words(starts, ends, zone)


def zone_typed(typed: Typed) -> ZoneInfo:
    """The zone of the place that was typed; Paris online, or while the place is not known."""
    code = commune_code(str(typed.get("commune") or ""))
    known = code and typed.get("mode") != Mode.ONLINE and communes().get(code)
    return zone_of(region_of_commune(code) or "", department_of(code)) if known else PARIS


# In brackets anywhere, or at the end.
_CODE = re.compile(r"\(([0-9][0-9AB][0-9]{3})\)|\b([0-9][0-9AB][0-9]{3})$", re.IGNORECASE)


def commune_code(text: str) -> str:
    """The INSEE code that « Rennes (35238) », « Saint-Denis (93066), Seine-Saint-Denis » or « 35238 » says; nothing when it says none."""
    found = _CODE.search(text.strip())
    return (found[1] or found[2]).upper() if found else ""


def first_day(typed: Typed) -> date | None:
    for row in typed.get("sittings") or []:
        try:
            return date.fromisoformat(row["day"])
        except ValueError:
            continue
    return None


def count_in_words(number: int, one: str, several: str) -> str:
    return f"{number}{NBSP}{several if number > 1 else one}"
