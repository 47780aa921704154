"""What keeps a call or a training day from being published: each fault in words, and the field it is in.

An empty link, a weekday that contradicts its date, a required text without a word, a day without an address, dates that do not follow
each other. Pure reading: the service that publishes asks it of the rows, the forms of what is being typed.
"""

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from django.db import models

from core.clock import PARIS
from core.typography import day_in_words
from programmes.models import AgendaItem, Edition, Partner, Phase, Programme, TrainingSession

Row = Edition | TrainingSession

_WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTHS = {name: number for number, names in enumerate((
    ("janvier",), ("février", "fevrier"), ("mars",), ("avril",), ("mai",), ("juin",), ("juillet",), ("août", "aout"), ("septembre",),
    ("octobre",), ("novembre",), ("décembre", "decembre"),
), start=1) for name in names}  # fmt: skip
_PAIR = rf"(?:{'|'.join(_WEEKDAYS)})\s+(?:1er|1ᵉʳ|\d{{1,2}})(?!\d)"
# « mardi 20 mars 2019 », « mardi 19 et mercredi 20 mars », « du mardi 19 au jeudi 21 mars 2019 »
_DATED = re.compile(
    rf"\b(?P<pairs>{_PAIR}(?:\s*(?:,|et|au|ou|–|-)\s*(?:le\s+)?{_PAIR})*)\s+(?P<month>{'|'.join(_MONTHS)})\b(?:\s+(?P<year>\d{{4}}))?",
    re.IGNORECASE,
)
_ONE = re.compile(r"([^\W\d]+)\s+(1er|1ᵉʳ|\d{1,2})", re.IGNORECASE)
# « mi-septembre 2017 », « le 14 septembre 2017 », « fin 2017 » says no month and is left to people
_AROUND = re.compile(
    rf"(?:\b(?P<third>début|mi|fin)[\s-]+)?(?:\b(?P<day>\d{{1,2}})(?:er)?\s+)?\b(?P<month>{'|'.join(_MONTHS)})\s+(?P<year>\d{{4}})\b",
    re.IGNORECASE,
)
_LAST_OF_THIRD = {"début": 10, "mi": 20}
# « [mots]() », « [mots](#) », « [](https://…) », « <> »: Markdown shows words that lead nowhere, or nothing at all.
_EMPTY_LINK = re.compile(r"\[[^\]\n]*\]\(\s*(?:<\s*>|#|https?:/*|mailto:)?\s*\)|\[\s*\]\([^)\n]*\)|<\s*>", re.IGNORECASE)
# « [mots](javascript:…) »: an address of a kind that pages do not open; « [mots](www.…) » would lead inside the portal.
_OPENED = r"(?:https?|mailto|tel):"
_ADDRESS = re.compile(
    rf"\[[^\]\n]+\]\(\s*<?\s*(?:(?!{_OPENED})[a-z][a-z0-9+.-]*:|(?P<bare>www\.))[^)\n]*\)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Fault:
    """What is wrong, where: `field` of the row, or of the row below that `part` names; "" is of the whole."""

    field: str
    words: str
    part: str = ""
    label: str = ""

    def __str__(self) -> str:
        where = ", ".join(name for name in (self.part, self.label) if name)
        return f"{where} : {self.words}" if where else self.words


def faults_of(row: Row) -> list[Fault]:
    """Return every fault of a row and of what hangs from it, as the database holds them."""
    return [*of_row(row), *(fault for part in _parts(row) for fault in _of_part(part, row)), *of_whole(row)]


def _of_part(part: Phase | Partner | AgendaItem, row: Row) -> Iterator[Fault]:
    yield from of_texts(part, years=years_of(row), part=_named(part))
    if isinstance(part, Phase) and isinstance(row, Edition):
        yield from of_phase(part, row)


def of_row(row: Row) -> list[Fault]:
    """Return the faults of the row's own fields."""
    return [*_missing(row), *_of_programme(row), *_of_place(row), *of_texts(row, years=years_of(row)), *of_answer(row)]


def of_whole(row: Row) -> list[Fault]:
    """Return what the rows below lack as a whole."""
    if isinstance(row, TrainingSession) and not row.agenda.exists():
        return [Fault("", NO_AGENDA)]
    return []


NO_AGENDA = "Le déroulé est vide : donnez au moins une séquence."


def of_texts(row: models.Model, *, years: Iterable[int] = (), part: str = "") -> list[Fault]:
    """Return the faults of each text of a row: empty links, weekdays that contradict their date."""
    return [
        Fault(field.name, words, part, str(field.verbose_name))
        for field in row._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField) and not field.choices and field.editable
        for words in in_text(str(getattr(row, field.name) or ""), years=years)
    ]


def in_text(text: str, *, years: Iterable[int] = ()) -> Iterator[str]:
    """Say each fault of a text; a date without year is right when one of `years` makes it so."""
    for found in _EMPTY_LINK.finditer(text):
        yield f"le lien « {found[0]} » est vide."
    yield from map(_unopened, _ADDRESS.finditer(text))
    for dated in _DATED.finditer(text):
        known = [int(dated["year"])] if dated["year"] else list(years)
        for weekday, number in _ONE.findall(dated["pairs"]):
            yield from _contradiction(weekday.lower(), number, dated["month"].lower(), known)


def _unopened(link: re.Match[str]) -> str:
    if link["bare"]:
        return f"le lien « {link[0]} » ne mène nulle part : son adresse commence par https://."
    return f"le lien « {link[0]} » ne s’ouvrira pas : une adresse commence par https:// ou mailto:."


# --- The order of dates: closing, answer, first phase, last phase, end (opening and closing: `Edition.clean`) ---


def of_order(edition: Edition, phases: Iterable[Phase]) -> list[Fault]:
    """Return what comes too early or too late in a call."""
    return [*of_answer(edition), *(fault for phase in phases for fault in of_phase(phase, edition))]


def of_answer(row: Row) -> Iterator[Fault]:
    """The answer, in words, comes after the closing."""
    if not isinstance(row, Edition) or not row.closes_at:
        return
    known = [_latest(found) for found in _AROUND.finditer(row.results_label)]
    closing = row.closes_at.astimezone(PARIS).date()
    if known and max(known) < closing:
        yield Fault(
            "results_label", f"cette réponse viendrait avant la clôture ({day_in_words(closing)}).", label="quand viendra la réponse"
        )


def of_phase(phase: Phase, edition: Edition) -> Iterator[Fault]:
    """A phase begins after the day of the closing, and is over with its edition; one whose days are not fixed, as late as it may be."""
    field, last = _last_day(phase)
    if not (last and edition.closes_at and edition.ends_on):
        return
    closing = edition.closes_at.astimezone(PARIS).date()
    start, earliest = ("starts_on", phase.starts_on) if phase.is_exact and phase.starts_on else (field, last)
    if earliest <= closing:
        words = f"la phase doit commencer après le jour de la clôture ({day_in_words(closing)})."
        yield Fault(start, words, _named(phase), _label(phase, start))
    elif last > edition.ends_on:
        words = f"la phase doit être finie quand l’édition se termine ({day_in_words(edition.ends_on)})."
        yield Fault(field, words, _named(phase), _label(phase, field))


def _last_day(phase: Phase) -> tuple[str, date | None]:
    """The last day a phase may take, and the field that says it; of words alone, where it is set in time, or later if they allow it."""
    if phase.starts_on:
        return ("ends_on", phase.ends_on) if phase.ends_on else ("starts_on", phase.starts_on)
    return "sort_on", max((day for day in (phase.sort_on, *map(_latest, _AROUND.finditer(phase.when_label))) if day), default=None)


def _latest(found: re.Match[str]) -> date:
    """The last day that « mi-septembre 2017 » may mean."""
    year, month = int(found["year"]), _MONTHS[found["month"].lower()]
    end = monthrange(year, month)[1]
    day = int(found["day"]) if found["day"] else _LAST_OF_THIRD.get((found["third"] or "").lower(), end)
    return date(year, month, max(1, min(day, end)))


def years_of(row: Row) -> list[int]:
    """Return the years in which a date of this row may fall when it does not say its own."""
    if isinstance(row, TrainingSession):
        return [row.day.year] if row.day else []
    moments = [moment.astimezone(PARIS).year for moment in (row.opens_at, row.closes_at) if moment]
    return sorted({*moments, *([row.ends_on.year] if row.ends_on else [])})


def _contradiction(weekday: str, number: str, month: str, years: list[int]) -> Iterator[str]:
    day = 1 if number.startswith(("1e", "1ᵉ")) else int(number)
    truths = {year: _weekday(year, _MONTHS[month], day) for year in years}
    if not truths or weekday in truths.values():
        return
    for year, truth in truths.items():
        if truth is None:
            yield f"le {number} {month} {year} n’existe pas."
        else:
            yield f"« {weekday} {number} {month} » : le {day_in_words(date(year, _MONTHS[month], day))} est un {truth}."


def _weekday(year: int, month: int, day: int) -> str | None:
    try:
        return _WEEKDAYS[date(year, month, day).weekday()]
    except ValueError:
        return None


def _missing(row: Row) -> Iterator[Fault]:
    needed = ("title", "lede", "audience") if isinstance(row, TrainingSession) else ("title", "short_title", "lede")
    for name in needed:
        if not str(getattr(row, name) or "").strip():
            yield Fault(name, "ce texte est vide.", label=_label(row, name))


def _of_programme(row: Row) -> Iterator[Fault]:
    programme = Programme.objects.filter(pk=row.programme_id).first()
    if programme and not programme.is_public:
        yield Fault("programme", f"le programme « {programme} » n’est pas publié : publiez-le d’abord.", label="programme")


def _of_place(row: Row) -> Iterator[Fault]:
    if not isinstance(row, TrainingSession):
        return
    if not row.venue:
        yield Fault("venue", "il manque : dites où la journée a lieu.", label="lieu")
    elif not (row.venue.address and row.venue.city):
        yield Fault("venue", f"l’adresse de « {row.venue} » est incomplète (rue et ville).", label="lieu")


def _parts(row: Row) -> list[Phase | Partner | AgendaItem]:
    if isinstance(row, TrainingSession):
        return list(row.agenda.all())
    return [*row.phases.all(), *row.partners.all()]


def _named(part: models.Model) -> str:
    return f"{part._meta.verbose_name} « {part} »"


def _label(row: models.Model, name: str) -> str:
    return str(row._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
