"""What keeps a call or a training day from being published: each fault in words, and the field it is in.

An empty link, a weekday that contradicts its date, a required text without a word, a day without an address. Pure reading: the
service that publishes asks it of the rows, the admin's form of what is being typed.
"""

import re
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
# « [mots]() », « [mots](#) », « [](https://…) », « <> »: Markdown shows words that lead nowhere, or nothing at all.
_EMPTY_LINK = re.compile(r"\[[^\]\n]*\]\(\s*(?:<\s*>|#|https?:/*|mailto:)?\s*\)|\[\s*\]\([^)\n]*\)|<\s*>", re.IGNORECASE)


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
    years = years_of(row)
    return [*of_row(row), *(fault for part in _parts(row) for fault in of_texts(part, years=years, part=_named(part))), *of_whole(row)]


def of_row(row: Row) -> list[Fault]:
    """Return the faults of the row's own fields."""
    return [*_missing(row), *_of_programme(row), *_of_place(row), *of_texts(row, years=years_of(row))]


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
    for dated in _DATED.finditer(text):
        known = [int(dated["year"])] if dated["year"] else list(years)
        for weekday, number in _ONE.findall(dated["pairs"]):
            yield from _contradiction(weekday.lower(), number, dated["month"].lower(), known)


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
