"""Making the next edition, or the next day, from a former one: its dates shifted to the same weekdays, its words to read again.

What is copied is what the team wrote. Not copied: applications, announced changes, flyers, numbers, publication, cancellation.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models, transaction

from core.clock import PARIS
from core.refusals import Refused, sentences
from core.typography import day_in_words, moment_in_words
from programmes import changes_words as words
from programmes.models import Edition, Phase, TrainingSession
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User

FARTHEST = 10  # years: further, a date is a slip of the keyboard
_NEVER = {
    "id",
    "published_at",
    "cancelled_at",
    "cancellation_reason",
    "changed_at",
    "results_released_at",
    "last_number",
    "taken",
    "previews_round",
}
_READ_AGAIN = ("subtitle", "lede", "description", "audience", "costs", "questions", "format", "pitch", "links")


@dataclass(frozen=True)
class Moved:
    """One date of the preview, before and after; `note` says what a person has to look at."""

    what: str
    before: str
    after: str
    note: str = ""


@dataclass
class Plan:
    """What would be made: the row, not saved, what hangs from it, and what to tell whoever asks."""

    row: Any
    days: int
    below: list[tuple[str, models.Model]] = field(default_factory=list)  # under which name each child knows the row
    moved: list[Moved] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def shift(self) -> str:
        """« 52 semaines », « 3 semaines en arrière »"""
        weeks = abs(self.days) // words.WEEK
        return f"{weeks} semaine{'s' if weeks > 1 else ''}{' en arrière' if self.days < 0 else ''}"


def plan_edition(source: Edition, closes_on: date) -> Plan:
    """Plan the edition that closes on the day nearest to `closes_on` that has the weekday of its source."""
    closed_on = source.closes_at.astimezone(PARIS).date()
    days = _days(closed_on, closes_on)
    row: Edition = _copy(source)
    plan = Plan(row, days)
    for name in ("opens_at", "closes_at"):
        setattr(row, name, words.move(getattr(source, name), days))
        plan.moved.append(Moved(_label(source, name), _moment(getattr(source, name)), _moment(getattr(row, name))))
    row.ends_on = source.ends_on + timedelta(days=days)
    plan.moved.append(Moved("Fin de l’édition", _day(source.ends_on), _day(row.ends_on)))
    _plan_answer(plan, source, closed_on)
    for phase in source.phases.with_places():
        _plan_phase(plan, phase)
    plan.below += [("edition", _copy(partner)) for partner in source.partners.all()]
    _name(plan, source, closed_on.year, row.closes_at.year)
    row.reference_prefix = _next_prefix(source.reference_prefix, closed_on.year, row.closes_at.year)
    return plan


def plan_session(source: TrainingSession, day: date) -> Plan:
    """Plan the day nearest to `day` that has the weekday of its source, at the same hours."""
    days = _days(source.day, day)
    row: TrainingSession = _copy(source)
    row.day = source.day + timedelta(days=days)
    plan = Plan(row, days, moved=[Moved("Jour", _day(source.day), _day(row.day))])
    plan.below += [("session", _copy(child)) for child in (*source.agenda.all(), *source.team.all())]
    _name(plan, source, source.day.year, row.day.year)
    if source.slug == source.day.isoformat():
        row.slug = _free(row.day.isoformat(), row)
    return plan


@transaction.atomic
def clone(plan: Plan, names: dict[str, Any], *, source: models.Model, by: "User", now: datetime) -> Any:
    """Make the planned row under its own names, visible to the team only."""
    row = plan.row
    for name, value in names.items():
        setattr(row, name, value)
    try:
        row.full_clean()
    except ValidationError as refused:
        raise Refused(" ".join(sentences(refused))) from None
    row.save()
    for name, child in plan.below:
        setattr(child, name, row)
        child.save()
    changes = {line.what: [line.before, line.after] for line in plan.moved}
    record("duplication", row, by=by, now=now, note=f"D’après « {source} ».", changes=changes)
    return row


def _days(start: date, wanted: date) -> int:
    if abs(wanted.year - start.year) > FARTHEST:
        raise Refused(f"Choisissez une date à moins de {FARTHEST} ans de l’originale.")
    return words.whole_weeks(start, wanted)


def _copy(source: models.Model) -> Any:
    """Return a row not saved that says what its source says, without what belongs to the source alone."""
    names = [one.attname for one in source._meta.concrete_fields if one.name not in _NEVER]
    return type(source)(**{name: getattr(source, name) for name in names})


def _plan_answer(plan: Plan, source: Edition, closed_on: date) -> None:
    """The promised answer is in words: shifted when that is sure, else blank."""
    if not source.results_label:
        return
    said = words.move_words(source.results_label, closed_on, closed_on + timedelta(days=plan.days))
    plan.row.results_label = said or ""
    note = "" if said else "À écrire : ces mots ne se décalent pas tout seuls."
    plan.moved.append(Moved("Réponse", source.results_label, said or "", note))


def _plan_phase(plan: Plan, phase: Phase) -> None:
    later: Phase = _copy(phase)
    for name in ("starts_on", "ends_on", "sort_on"):
        day = getattr(phase, name)
        setattr(later, name, day + timedelta(days=plan.days) if day else None)
    note = ""
    if phase.when_label:
        middle = _middle(phase)
        said = words.move_words(phase.when_label, middle, middle + timedelta(days=plan.days))
        later.when_label = said or words.TO_BE_SAID
        note = "Date floue : à relire." if said else "À écrire : ces mots ne se décalent pas tout seuls."
    plan.below.append(("edition", later))
    plan.moved.append(Moved(phase.title, phase.when, later.when, note))


def _middle(phase: Phase) -> date:
    """The day that fuzzy words stand for best."""
    return phase.starts_on + (phase.ends_on - phase.starts_on) / 2 if phase.starts_on and phase.ends_on else phase.sort_on


def _name(plan: Plan, source: Edition | TrainingSession, old: int, new: int) -> None:
    row = plan.row
    for name in ("title", "short_title"):
        if hasattr(row, name):
            setattr(row, name, words.move_years(getattr(source, name), new - old))
    row.slug = _free(words.move_years(source.slug, new - old), row)
    named = [_label(source, name) for name in _READ_AGAIN if old in words.years_in(getattr(source, name, ""))]
    if named and new != old:
        plan.notes.append(f"À relire, l’année {old} y est écrite : {', '.join(named).lower()}.")


def _free(slug: str, row: Edition | TrainingSession) -> str:
    """Return the slug, or the first one after it that this programme has not used."""
    used = set(type(row)._default_manager.filter(programme=row.programme_id).values_list("slug", flat=True))
    most = 40
    numbered = (f"{slug[: most - 3]}-{number}" for number in range(2, 100))
    return next((one for one in (slug, *numbered) if one not in used), "")


def _next_prefix(prefix: str, old: int, new: int) -> str:
    """« AV17 » becomes « AV18 »; any other prefix is left for staff to choose."""
    end = f"{old % 100:02}"
    return f"{prefix.removesuffix(end)}{new % 100:02}" if prefix.endswith(end) and new != old else ""


def _label(row: models.Model, name: str) -> str:
    label = str(getattr(row._meta.get_field(name), "verbose_name", name))
    return label[0].upper() + label[1:]


def _moment(moment: datetime) -> str:
    return moment_in_words(moment, noon=True, zone=False)


def _day(day: date) -> str:
    return day_in_words(day, weekday=True)
