"""What somebody looks for among the events, as an address says it: `?region=53&format=atelier&du=2027-11-22`.

Regions, départements and days are written by their codes, so that an address can be shared and kept. A value that means nothing is said
in words and left aside: it never fails, and never finds everything in silence.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db import models
from django.http import QueryDict
from django.utils.text import slugify

from core.folding import asked_words, only_signs
from core.typography import day_in_words
from events.models import TimeSlot
from events.models.event import EventQuerySet
from events.states import Access, Format, Mode
from events.zones import day_there, midnight_there
from organisations.reference import departments
from organisations.regions import Region, region_of_code
from programmes.dates import span_text

WORDS_LENGTH = 100
FORMATS = {slugify(str(choice.label).replace("’", "-")): choice for choice in Format}
ACCESSES = {"libre": Access.OPEN, "inscription": Access.REGISTRATION, "ailleurs": Access.ELSEWHERE, "invitation": Access.INVITATION}
# Column and words of each.
PUBLICS = {"agents": ("for_agents", "agents publics"), "citoyens": ("for_citizens", "citoyens"), "elus": ("for_elected", "élus")}
ACCESSIBLES = {
    "fauteuil": ("wheelchair", "en fauteuil roulant"),
    "lsf": ("sign_language", "en langue des signes"),
    "sous-titrage": ("captions", "avec sous-titrage"),
    "boucle": ("hearing_loop", "avec boucle magnétique"),
    "salle-calme": ("quiet_room", "avec salle calme"),
}
# What a page does of a filter it cannot follow; a feed serves nothing then.
ASIDE = " Ce filtre est laissé de côté."
# No season is held before or after; beyond, databases, calendars and the clocks of other places count no more.
EARLIEST, LATEST = date(1900, 1, 1), date(2800, 1, 1)
_YES = frozenset({"oui", "1", "on"})
# What a pager adds to an address, and what newsletters, networks, measures and caches of other sites do.
_OF_TOOLS = re.compile(r"page|_|fbclid|gclid|mc_[ce]id|(utm|mtm|pk|at)_\w+")


@dataclass(frozen=True)
class Filters:
    """What is looked for; each field beside its name in addresses."""

    saison: str = ""
    region: str = ""
    departement: str = ""
    format: str = ""
    acces: str = ""
    public: str = ""
    en_ligne: str = ""
    accessible: str = ""
    du: date | None = None
    au: date | None = None
    q: str = ""

    def address(self, **changed: Any) -> str:
        """Return the query string that finds this, with what is `changed`: `?region=53`; nothing looked for is « ? »."""
        wanted = replace(self, **changed)
        pairs = [(field.name, str(value)) for field in fields(Filters) if (value := getattr(wanted, field.name))]
        return f"?{urlencode(pairs)}"

    @property
    def are_any(self) -> bool:
        """Something but the season is looked for."""
        return replace(self, saison="") != Filters()

    @property
    def are_more(self) -> bool:
        """Something is looked for that the form keeps folded."""
        return bool(self.acces or self.public or self.accessible or self.du or self.au or self.en_ligne)


class _Reading:
    """Reads a query string, one filter after the other; keeps what is to be said of it."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self.given, self.told = given, list[str]()

    def text(self, name: str) -> str:
        return self.given.get(name, "").strip()[:WORDS_LENGTH]

    def choice(self, name: str, known: Iterable[str], what: str) -> str:
        asked = self.text(name).lower()
        if not asked or asked in known:
            return asked
        return self._unknown(what, asked)

    def region(self) -> str:
        """A code of before 2016 leads to today's region."""
        asked = self.text("region").upper()
        if not asked:
            return ""
        code = region_of_code(asked)
        return str(code) if code else self._unknown("cette région", asked)

    def department(self, region: str) -> str:
        asked = self.text("departement").upper()
        if not asked:
            return ""
        found = departments().get(asked)
        if found is None:
            return self._unknown("ce département", asked)
        if region and found.region != region:
            self.told.append(f"{found.name} n’est pas dans la région choisie ({Region(region).label}).{ASIDE}")
            return ""
        return asked

    def yes(self, name: str, what: str) -> str:
        asked = self.text(name).lower()
        if asked in ("", "non", "0"):
            return ""
        return "oui" if asked in _YES else self._unknown(what, asked)

    def day(self, name: str) -> date | None:
        asked = self.text(name)
        if not asked:
            return None
        try:
            found = date.fromisoformat(asked)
        except ValueError:
            found = None
        if found is None or not EARLIEST <= found <= LATEST:
            self.told.append(f"« {asked} » n’est pas une date que nous comprenons : écrivez par exemple 2027-11-22.")
            return None
        return found

    def _unknown(self, what: str, asked: str) -> str:
        self.told.append(f"Nous ne connaissons pas {what} : « {asked} ».{ASIDE}")
        return ""


def read(given: Mapping[str, str], seasons: Iterable[str]) -> tuple[Filters, list[str]]:
    """Return what is looked for, and what is to be said of it."""
    reading = _Reading(given)
    region = reading.region()
    found = Filters(
        saison=reading.choice("saison", set(seasons), "cette saison"),
        region=region,
        departement=reading.department(region),
        format=reading.choice("format", FORMATS, "ce format"),
        acces=reading.choice("acces", ACCESSES, "cet accès"),
        public=reading.choice("public", PUBLICS, "ce public"),
        en_ligne=reading.yes("en_ligne", "la valeur d’« en ligne »"),
        accessible=reading.choice("accessible", ACCESSIBLES, "cet aménagement"),
        du=reading.day("du"),
        au=reading.day("au"),
        q=reading.text("q"),
    )
    if found.departement:
        found = replace(found, region=departments()[found.departement].region)
    if found.du and found.au and found.au < found.du:
        reading.told.append(f"La recherche finit le {day_in_words(found.au)}, avant de commencer : aucun jour n’est entre les deux.")
    return found, reading.told


def misread(given: QueryDict) -> list[str]:
    """What is to be said of names that are no filter's, `?regon=53` would find everything, and of those given several times."""
    known = {field.name for field in fields(Filters)}
    strange = [" ".join(name.split())[:WORDS_LENGTH] for name in given if name not in known and not _OF_TOOLS.fullmatch(name)]
    several = [name for name, values in given.lists() if name in known and len(set(filter(None, values))) > 1]
    return [
        *(f"Il n’y a pas de filtre « {name} ».{ASIDE}" for name in strange),
        *(f"Le filtre « {name} » est donné plusieurs fois : seule la dernière valeur compte." for name in several),
    ]


def choices() -> dict[str, Any]:
    """What the form offers."""
    return {
        "regions": [(region.value, region.label) for region in Region],
        "formats": [(slug, str(choice.label)) for slug, choice in FORMATS.items()],
        "accesses": [(slug, str(choice.label)) for slug, choice in ACCESSES.items()],
        "publics": [(slug, words) for slug, (_, words) in PUBLICS.items()],
        "accessibles": [(slug, words) for slug, (_, words) in ACCESSIBLES.items()],
    }


def in_words(filters: Filters) -> list[str]:
    """What is looked for, as a title says it: « Bretagne », « atelier », « du 22 au 26 novembre 2027 »."""
    labels = {
        "departement": departments()[filters.departement].name if filters.departement else "",
        "region": str(Region(filters.region).label) if filters.region and not filters.departement else "",
        "format": str(FORMATS[filters.format].label) if filters.format else "",
        "acces": str(ACCESSES[filters.acces].label) if filters.acces else "",
        "public": f"pour les {PUBLICS[filters.public][1]}" if filters.public else "",
        "en_ligne": "à suivre en ligne" if filters.en_ligne else "",
        "accessible": ACCESSIBLES[filters.accessible][1] if filters.accessible else "",
        "days": _days_in_words(filters.du, filters.au),
        "q": f"« {filters.q} »" if filters.q else "",
    }
    return [label for label in labels.values() if label]


def _days_in_words(first: date | None, last: date | None) -> str:
    if first and last:
        return span_text(first, last) if first <= last else ""
    if first:
        return f"à partir du {day_in_words(first)}"
    return f"jusqu’au {day_in_words(last)}" if last else ""


def narrowed(events: EventQuerySet, filters: Filters, *, places: bool = True) -> EventQuerySet:
    """Return the events that are looked for, dates apart; without `places`, wherever they are."""
    exact: dict[str, Any] = {}
    if places and filters.region:
        exact["region"] = filters.region
    if places and filters.departement:
        exact["department"] = filters.departement
    if filters.acces:
        exact["access"] = ACCESSES[filters.acces]
    if filters.public:
        exact[PUBLICS[filters.public][0]] = True
    if filters.accessible:
        exact[ACCESSIBLES[filters.accessible][0]] = True
    if filters.en_ligne:
        exact["mode__in"] = (Mode.ONLINE, Mode.HYBRID)
    if filters.format:  # an event has each of its formats once
        exact["formats__format"] = FORMATS[filters.format]
    found = events.filter(**exact) if exact else events
    return with_words(found, filters.q) if filters.q else found


def with_words(events: EventQuerySet, words: str) -> EventQuerySet:
    """Every word is somewhere in what is said of the event; signs alone find nothing."""
    return events.none() if only_signs(words) or not asked_words(words) else events.matching(words)


def with_sittings(events: EventQuerySet) -> Any:
    """One row for each sitting, with its day where it takes place."""
    return events.filter(slots__isnull=False).annotate(
        sitting=models.F("slots__pk"),
        starts=models.F("slots__starts_at"),
        ends=models.F("slots__ends_at"),
        day=day_there("slots__starts_at", of=""),
    )


def between(first: date | None, last: date | None, *, of: str = "", starts: str = "starts", ends: str = "ends") -> models.Q:
    """The condition that a sitting is held between two days where it takes place, both included, were it in part."""
    found = models.Q()
    if first:
        since = midnight_there(first, of=of)
        found &= models.Q(**{f"{ends}__gt": since}) | models.Q(**{f"{ends}__isnull": True, f"{starts}__gte": since})
    if last:
        found &= models.Q(**{f"{starts}__lt": midnight_there(last + timedelta(days=1), of=of)})
    return found


def since(moment: datetime | None, *, starts: str = "starts", ends: str = "ends") -> models.Q:
    """The condition that a sitting is not over at a moment: « from today on », for who asked for no day."""
    return models.Q() if moment is None else models.Q(**{f"{starts}__gte": moment}) | models.Q(**{f"{ends}__gt": moment})


def held_between(events: EventQuerySet, first: date | None, last: date | None) -> EventQuerySet:
    """The events with a sitting between two days: each once, with all its sittings."""
    if not (first or last):
        return events
    slots = TimeSlot.objects.filter(between(first, last, of="event__", starts="starts_at", ends="ends_at"))
    return events.filter(pk__in=slots.values("event"))
