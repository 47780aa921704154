"""What was told to people about a call or a training day, in words: compared before and after, and kept so that it can be put back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models

from core.clock import PARIS
from core.typography import day_in_words, moment_in_words
from programmes.models import Edition, Phase, TrainingSession

# What is told, and what is put back when the act is undone.
_OF_EDITION = ("opens_at", "closes_at", "results_label", "ends_on", "cancelled_at", "cancellation_reason")
_OF_SESSION = ("day", "starts_at", "ends_at", "venue_id", "cancelled_at", "cancellation_reason")
OPENING, DEADLINE = "opens_at", "closes_at"

Frozen = dict[str, str | None]


@dataclass(frozen=True)
class Fact:
    """« Préparation (date) », « vendredi 15 septembre 2017 »."""

    label: str
    words: str


@dataclass(frozen=True)
class Difference:
    """A fact that is no longer what it was; `key` names it whatever its words."""

    key: str
    label: str
    before: str
    after: str

    @property
    def what(self) -> str:
        return self.label

    @property
    def is_of_call(self) -> bool:
        """The opening or the deadline: what whoever has not deposited yet must know."""
        return self.key in (OPENING, DEADLINE)


@dataclass(frozen=True)
class Snapshot:
    """A row as it was told: its facts, and the columns behind them."""

    facts: Mapping[str, Fact]
    columns: Frozen
    phases: Mapping[str, Frozen]

    @classmethod
    def of(cls, row: Edition | TrainingSession) -> "Snapshot":
        if isinstance(row, TrainingSession):
            return cls(_facts_of_session(row), _frozen(row, _OF_SESSION), {})
        phases = list(row.phases.with_places().order_by("sort_on", "pk"))
        kept = {str(phase.pk): _frozen(phase, [field.attname for field in Phase._meta.concrete_fields]) for phase in phases}
        return cls(_facts_of_edition(row, phases), _frozen(row, _OF_EDITION), kept)

    def differences(self, later: "Snapshot") -> list[Difference]:
        """What changed since, in the order of the later row; what is gone comes last."""
        keys = [*later.facts, *(key for key in self.facts if key not in later.facts)]
        pairs = ((key, self.facts.get(key), later.facts.get(key)) for key in keys)
        return [_difference(key, before, after) for key, before, after in pairs if _words(before) != _words(after)]


def _difference(key: str, before: Fact | None, after: Fact | None) -> Difference:
    fact = after or before
    return Difference(key, fact.label if fact else "", _words(before), _words(after))


def _words(fact: Fact | None) -> str:
    return fact.words if fact else ""


def _facts_of_edition(edition: Edition, phases: Iterable[Phase]) -> dict[str, Fact]:
    facts = {
        OPENING: Fact("Ouverture", _moment(edition.opens_at)),
        DEADLINE: Fact("Clôture", _moment(edition.closes_at)),
    }
    for phase in phases:
        facts[f"phase-{phase.pk}-when"] = Fact(f"{phase.title} (date)", phase.when)
        facts[f"phase-{phase.pk}-where"] = Fact(f"{phase.title} (lieu)", phase.where)
    return facts


def _moment(moment: datetime) -> str:
    """In Paris, as everywhere on the page; to the second when it has some."""
    return moment_in_words(moment, noon=True, seconds=bool(moment.astimezone(PARIS).second), zone=False)


def _facts_of_session(session: TrainingSession) -> dict[str, Fact]:
    return {
        "day": Fact("Date", day_in_words(session.day, weekday=True)),
        "hours": Fact("Horaires", session.hours_label),
        "where": Fact("Lieu", session.venue.label if session.venue else ""),
    }


def _frozen(row: models.Model, names: Iterable[str]) -> Frozen:
    """Return columns as JSON holds them."""
    fields = {field.attname: field for field in row._meta.concrete_fields}
    return {name: None if getattr(row, name) is None else str(fields[name].value_to_string(row)) for name in names}


def thawed(model: type[models.Model], columns: Frozen) -> dict[str, Any]:
    """Return what `Snapshot` froze, as a row holds it."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    return {name: None if text is None else _typed(fields[name]).to_python(text) for name, text in columns.items()}


def _typed(field: Any) -> Any:
    return field.target_field if isinstance(field, models.ForeignKey) else field
