"""What staff do to many applications at once: put in review, tag. Each file says what became of it; each act can be undone.

Every verb locks the rows it is given, in order, asks again whether each may, writes in a few queries, and returns an outcome a row.
Given a batch, it keeps there what undoing needs.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from applications.deadlines import limits_running
from applications.models import Application, ApplicationQuerySet, Step, Tag
from applications.services.triage import forget_unused_tags, tag_named, touch_all
from applications.states import State
from core.typography import moment_in_words
from mailing.batches import UNDOS
from mailing.models import Batch
from records.services import Entry, record_many

if TYPE_CHECKING:
    from accounts.models import User

AT_ONCE = 500  # rows written in one go
UNDO_REVIEW = "applications.start_review"
UNDO_TAG = "applications.tag"
UNDO_UNTAG = "applications.untag"


@dataclass(frozen=True)
class Outcome:
    """What became, or would become, of one application: `why` says why it was left out; empty: done."""

    application: Application
    why: str = ""
    note: str = ""


def register_undos() -> None:
    """Make known how our acts are undone."""
    UNDOS.update({UNDO_REVIEW: _back_from_review, UNDO_TAG: _untag_again, UNDO_UNTAG: _tag_again})


def locked(keys: Collection[int]) -> list[Application]:
    """Lock these rows, in order: two acts at once wait for each other and never lock each other out."""
    rows = Application.objects.select_for_update(of=("self",)).filter(pk__in=keys)
    return list(rows.with_call().order_by("pk"))


# --- « Mettre en examen » ---------------------------------------------------------------------------


def reviewed(rows: Collection[Application], *, now: datetime) -> list[Outcome]:
    """Say of each whether it can be put in review, or why not."""
    limits = limits_running(rows, now=now)
    return [Outcome(row, _why_not_reviewed(row, limits.get(row.pk), now=now)) for row in rows]


def _why_not_reviewed(application: Application, limit: datetime | None, *, now: datetime) -> str:
    """`limit` is the person's own, while it runs: a letter promised that they may edit until then."""
    state = State(application.state)
    if state == State.IN_REVIEW:
        return "déjà en examen"
    if state != State.SUBMITTED:
        return f"« {state.label} » : seule une candidature déposée se met en examen"
    if now < application.edition.closes_at:
        return "l’appel n’est pas encore clos : la personne peut encore modifier sa candidature"
    if limit:
        return f"délai personnel jusqu’au {moment_in_words(limit, noon=True, zone=False, weekday=False)}"
    return ""


@transaction.atomic
def start_review(keys: Collection[int], *, by: "User", now: datetime, batch: Batch | None = None) -> list[Outcome]:
    """Put deposited applications in review, once their call is closed: their candidates change them no more."""
    outcomes = reviewed(locked(keys), now=now)
    rows = [outcome.application for outcome in outcomes if not outcome.why]
    move_all(rows, State.IN_REVIEW, by=by, now=now)
    if batch:
        batch.undo_data = {"applications": [row.pk for row in rows]}
    return outcomes


def move_all(rows: Iterable[Application], state: State, *, by: "User", now: datetime, note: str = "") -> None:
    """Move locked rows whose move was checked, with a step each."""
    rows = list(rows)
    Application.objects.filter(pk__in=[row.pk for row in rows]).update(state=state)
    author = {"to_state": state, "at": now, "by": by, "by_name": str(by)[:200] if by else "Portail", "note": note}
    Step.objects.bulk_create([Step(application=row, **author) for row in rows], batch_size=AT_ONCE)
    for row in rows:
        row.state = state


def _back_from_review(batch: Batch, *, by: "User", now: datetime) -> str:
    rows = locked(batch.undo_data["applications"])
    still = [row for row in rows if row.state == State.IN_REVIEW]
    move_all(still, State.SUBMITTED, by=by, now=now, note="Mise en examen annulée.")
    return left_alone(len(batch.undo_data["applications"]) - len(still))


def left_alone(count: int) -> str:
    """Say how many files changed since the act, and so were not put back."""
    if not count:
        return ""
    if count == 1:
        return "Une candidature a changé depuis : elle reste comme elle est."
    return f"{count} candidatures ont changé depuis : elles restent comme elles sont."


# --- Tags -------------------------------------------------------------------------------------------


def why_not_tagged(application: Application, name: str) -> str:
    """`name` is the tag's: say why this application cannot get it; empty when it can. Reads the tags at hand (`with_tags`)."""
    if application.erased_at:
        return "anonymisée"
    return f"porte déjà « {name} »" if name in names(application) else ""


def why_not_untagged(application: Application, name: str) -> str:
    return "" if name in names(application) else f"ne porte pas « {name} »"


def names(application: Application) -> list[str]:
    return sorted(tag.name for tag in application.tags.all())


def with_tags(rows: ApplicationQuerySet) -> ApplicationQuerySet:
    return rows.prefetch_related("tags")


@transaction.atomic
def tag(keys: Collection[int], name: str, *, by: "User", now: datetime, batch: Batch | None = None) -> list[Outcome]:
    """Put a word on many files; a new word is made on the fly."""
    rows = _locked_with_tags(keys)
    found = tag_named(name)
    outcomes = [Outcome(row, why_not_tagged(row, found.name)) for row in rows]
    done = [outcome.application for outcome in outcomes if not outcome.why]
    _add(done, found, by=by, now=now)
    if batch:
        batch.undo_data = {"tag": found.name, "applications": [row.pk for row in done]}
    return outcomes


@transaction.atomic
def untag(keys: Collection[int], name: str, *, by: "User", now: datetime, batch: Batch | None = None) -> list[Outcome]:
    """Take a word away from many files; a word that no file holds any more goes too."""
    rows = _locked_with_tags(keys)
    outcomes = [Outcome(row, why_not_untagged(row, name)) for row in rows]
    done = [outcome.application for outcome in outcomes if not outcome.why]
    _remove(done, name, by=by, now=now)
    if batch:
        batch.undo_data = {"tag": name, "applications": [row.pk for row in done]}
    return outcomes


def _locked_with_tags(keys: Collection[int]) -> list[Application]:
    locked(keys)
    return list(with_tags(Application.objects.filter(pk__in=keys).with_call()).order_by("pk"))


def _add(rows: list[Application], tag: Tag, *, by: "User", now: datetime) -> None:
    through = Application.tags.through
    links = [through(application_id=row.pk, tag_id=tag.pk) for row in rows]
    through.objects.bulk_create(links, batch_size=AT_ONCE, ignore_conflicts=True)
    _touched("étiquette ajoutée", rows, lambda before: sorted({*before, tag.name}), by=by, now=now)


def _remove(rows: list[Application], name: str, *, by: "User", now: datetime) -> None:
    Application.tags.through.objects.filter(tag__name=name, application__in=[row.pk for row in rows]).delete()
    _touched("étiquette retirée", rows, lambda before: [each for each in before if each != name], by=by, now=now)
    forget_unused_tags()


def _touched(verb: str, rows: list[Application], after: Callable[[list[str]], list[str]], *, by: "User", now: datetime) -> None:
    """Note what changed on each file, for its history and for the colleague who has it open."""
    touch_all(rows)
    told = ((row, names(row)) for row in rows)
    record_many(
        verb,
        [Entry(row, changes={"étiquettes": [", ".join(before), ", ".join(after(before))]}) for row, before in told],
        by=by,
        now=now,
    )


def _untag_again(batch: Batch, *, by: "User", now: datetime) -> str:
    name = batch.undo_data["tag"]
    rows = [row for row in _locked_with_tags(batch.undo_data["applications"]) if not why_not_untagged(row, name)]
    _remove(rows, name, by=by, now=now)
    return left_alone(len(batch.undo_data["applications"]) - len(rows))


def _tag_again(batch: Batch, *, by: "User", now: datetime) -> str:
    found = _locked_with_tags(batch.undo_data["applications"])
    tag = tag_named(batch.undo_data["tag"])
    rows = [row for row in found if not why_not_tagged(row, tag.name)]
    _add(rows, tag, by=by, now=now)
    return left_alone(len(batch.undo_data["applications"]) - len(rows))
