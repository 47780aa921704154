"""Moving what was announced: a deadline, a phase, a day; postponing, cancelling, reopening. Told publicly, told to the people concerned.

One way for all: a `Move` writes the row, what changed is read by comparing before and after, each fact becomes a `Change` shown on the
page, and each person concerned gets one letter in a batch that can be undone for ten minutes. Nothing is announced of what is not public.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models, transaction

from core.refusals import Refused, sentences
from core.registry import CHANGED, CONCERNED, HELD, Concerned
from core.typography import moment_in_words
from mailing.models import Batch
from programmes import checks, emails
from programmes.changes_facts import Difference, Snapshot, thawed
from programmes.emails import DRAFT, WAITING, Announcement
from programmes.models import Change, ChangeKind, Edition, Phase, TrainingSession
from programmes.states import DayStatus, Status
from records.services import label_of, record

if TYPE_CHECKING:
    from accounts.models import User

UNDO = "programmes.changes"
Row = Edition | TrainingSession
# Of a phase, what is put back; its words belong to whoever wrote them since.
_PHASE_DATES = ("starts_on", "ends_on", "when_label", "sort_on", "venue_id", "place_label")
_VERBS = {
    ChangeKind.DEADLINE: "dates changées",
    ChangeKind.DATES: "dates changées",
    ChangeKind.POSTPONED: "report",
    ChangeKind.CANCELLED: "annulation",
    ChangeKind.REOPENED: "réouverture",
}


@dataclass(frozen=True)
class Move:
    """What is done to a row: `apply` is given it locked, writes it, and may refuse."""

    kind: ChangeKind
    apply: Callable[[Any, datetime], None]
    reason: str = ""


# --- Looking, and doing ----------------------------------------------------------------------------


class _TakenBack(Exception):
    """The end of a rehearsal."""


def rehearse(row: Row, move: Move, *, now: datetime) -> tuple[Announcement, list[Concerned]]:
    """Say what a move would announce and to whom, by doing it and taking it back: the preview is the act."""
    found: list[tuple[Announcement, list[Concerned]]] = []
    with suppress(_TakenBack), transaction.atomic():
        announcement, *_ = _moved(row, move, now=now)
        found.append((announcement, concerned(announcement)))
        raise _TakenBack
    return found[0]


@transaction.atomic
def carry_out(row: Row, move: Move, *, batch: Batch, by: "User", now: datetime) -> list[Concerned]:
    """Do a move: the row, what its page tells, one letter each in the batch. Return the people, those left out with why."""
    announcement, before, after = _moved(row, move, now=now)
    changes = _written(announcement, by=by, now=now)
    type(announcement.row)._default_manager.filter(pk=announcement.row.pk).update(changed_at=now)
    people = concerned(announcement)
    told = [person for person in people if not person.left_out]
    emails.post_announcement(announcement, changes[0], told, batch=batch, now=now)
    batch.undo, batch.about = UNDO, label_of(announcement.row)
    batch.undo_data = {
        "before": {"columns": before.columns, "phases": before.phases},
        "after": {"columns": after.columns, "phases": after.phases},
        "changes": [change.pk for change in changes],
    }
    batch.save(update_fields=["undo", "about", "undo_data"])
    _follow(announcement.row, announcement.kind, now=now)
    changed = {difference.label: [difference.before, difference.after] for difference in announcement.differences}
    record(_VERBS[move.kind], announcement.row, by=by, now=now, note=move.reason, changes=changed)
    return people


@transaction.atomic
def try_on_myself(announcement: Announcement, person: Concerned, *, by: "User", now: datetime) -> None:
    """Send the letter of one of the people to whoever prepares it; nothing else is done."""
    emails.post_trial(announcement, person, by=by, now=now)


def concerned(announcement: Announcement) -> list[Concerned]:
    """Gather the people concerned, those whom this change leaves as they were marked with why."""
    found = [person for gather in CONCERNED for person in gather(announcement.row)]
    return [replace(person, left_out=person.left_out or _why_not(announcement, person)) for person in found]


def announced(row: Row, *, now: datetime) -> Snapshot | None:
    """Lock a row that is about to be saved, and return what people know of it; nothing of what is not public, or is called off."""
    locked = _locked(row)
    return Snapshot.of(locked) if locked.is_public(now=now) and not locked.cancelled_at else None


def differences(row: Row, before: Snapshot | None, *, now: datetime) -> list[Difference]:
    """Return what a save changed of what was announced; nothing when it takes the row off the site."""
    if before is None or not row.is_public(now=now):
        return []
    return before.differences(Snapshot.of(row))


def _why_not(announcement: Announcement, person: Concerned) -> str:
    if person.holds == WAITING and announcement.kind != ChangeKind.CANCELLED:
        return "sera prévenue à l’ouverture, quelle que soit sa date"
    if announcement.kind not in (ChangeKind.DEADLINE, ChangeKind.DATES) or not person.holds:
        return ""
    of_call = {difference.is_of_call for difference in announcement.differences}
    if person.holds == DRAFT:
        return "" if True in of_call else "brouillon : seule la clôture le concerne"
    return "" if False in of_call else "déjà déposée : la clôture ne change rien pour elle"


def _moved(row: Row, move: Move, *, now: datetime) -> tuple[Announcement, Snapshot, Snapshot]:
    locked = _locked(row)
    _refuse_unless_announced(locked, now=now)
    before = Snapshot.of(locked)
    move.apply(locked, now)
    fresh = _locked(row)
    after = Snapshot.of(fresh)
    found = before.differences(after)
    if move.kind != ChangeKind.CANCELLED and not found:
        raise Refused("Rien ne change : ces dates et ces lieux sont ceux qui sont déjà annoncés.")
    return Announcement(fresh, move.kind, tuple(found), move.reason), before, after


def _locked(row: Row) -> Row:
    """Read the row again, alone to write it until the transaction ends."""
    rows: Any = type(row)._default_manager.select_for_update(of=("self",)).select_related("programme")
    locked: Row = rows.get(pk=row.pk)
    return locked


def _refuse_unless_announced(row: Row, *, now: datetime) -> None:
    if not row.is_public(now=now):
        raise Refused("Rien n’est encore publié : changez les dates dans la fiche, personne n’en est prévenu.")
    if row.cancelled_at:
        raise Refused("C’est déjà annulé. Pour proposer de nouvelles dates, dupliquez la fiche.")
    waiting = Batch.objects.filter(about=label_of(row), undo=UNDO, undone_at=None, due_at__gt=now).order_by("pk").first()
    if waiting and waiting.letters.exists():
        until = moment_in_words(waiting.due_at, zone=False, weekday=False)
        raise Refused(
            f"Les lettres du changement précédent (« {waiting} ») partent le {until} : attendez leur départ, "
            "ou annulez-le d’abord, dans « Envois groupés »."
        )


def _written(announcement: Announcement, *, by: "User", now: datetime) -> list[Change]:
    """What the page tells from now on, the first being the one that letters name."""
    row, kind = announcement.row, announcement.kind
    about = {"edition": row} if isinstance(row, Edition) else {"session": row}
    common = {**about, "reason": announcement.reason, "at": now, "by_name": str(by)[:200]}
    if kind == ChangeKind.CANCELLED:
        return [Change.objects.create(kind=kind, fact="Annulation", after="annulé", **common)]
    return [
        Change.objects.create(
            kind=ChangeKind.DEADLINE if kind == ChangeKind.DATES and one.is_of_call else kind,
            fact=one.label[:160], before=one.before[:250], after=one.after[:250], **common,
        )
        for one in announcement.differences
    ]  # fmt: skip


def _follow(row: Row, kind: str, *, now: datetime) -> None:
    for follow in CHANGED:
        follow(row, kind, now)


# --- Undoing ---------------------------------------------------------------------------------------


def undo(batch: Batch, *, by: "User", now: datetime) -> None:
    """Put back dates, places and state as they were, and tell nothing of it; refused once somebody wrote them again."""
    data = batch.undo_data
    row = _locked(_row_of(batch))
    if _told(Snapshot.of(row)) != _told(Snapshot({}, **data["after"])):
        raise Refused("Les dates ou les lieux ont changé de nouveau depuis : cet acte ne se défait plus.")
    columns = {**thawed(type(row), data["before"]["columns"]), "changed_at": now}
    type(row)._default_manager.filter(pk=row.pk).update(**columns)
    _put_phases_back(data["before"]["phases"], data["after"]["phases"])
    Change.objects.filter(pk__in=data["changes"]).update(undone_at=now)
    row.refresh_from_db()
    kind = Change.objects.filter(pk__in=data["changes"]).order_by("pk").values_list("kind", flat=True).first() or ""
    _follow(row, kind, now=now)
    record("changement annulé", row, by=by, now=now, note=batch.label)


def _row_of(batch: Batch) -> Row:
    label, _, pk = batch.about.partition(":")
    model = Edition if label == Edition._meta.label_lower else TrainingSession
    row: Row = model._default_manager.get(pk=pk)
    return row


def _told(snapshot: Snapshot) -> tuple[Any, ...]:
    phases = {pk: {name: columns[name] for name in _PHASE_DATES} for pk, columns in snapshot.phases.items()}
    return snapshot.columns, phases


def _put_phases_back(before: dict[str, Any], after: dict[str, Any]) -> None:
    Phase.objects.filter(pk__in=after.keys() - before.keys()).delete()
    for pk, columns in before.items():
        if pk in after:
            Phase.objects.filter(pk=pk).update(**thawed(Phase, {name: columns[name] for name in _PHASE_DATES}))
        else:
            Phase.objects.bulk_create([Phase(**thawed(Phase, columns))])


# --- The moves -------------------------------------------------------------------------------------


def cancelling(reason: str) -> Move:
    """Call it off: nothing can be deposited any more, its page says so and stays."""

    def apply(row: Row, now: datetime) -> None:
        if is_over(row, now=now):
            raise Refused("C’est terminé : il n’y a plus rien à annuler.")
        row.cancelled_at, row.cancellation_reason = now, reason
        row.save(update_fields=["cancelled_at", "cancellation_reason"])

    return Move(ChangeKind.CANCELLED, apply, reason)


def postponing(values: dict[str, Any], phases: dict[int, dict[str, Any]], reason: str) -> Move:
    """Give new dates: to the row itself, and to each of its phases."""

    def apply(row: Row, now: datetime) -> None:
        if is_over(row, now=now):
            raise Refused("C’est terminé : cela ne se reporte plus.")
        if isinstance(row, Edition):
            refuse_deadline(row, values.get("closes_at", row.closes_at), now=now)
            refuse_opening(row, values.get("opens_at", row.opens_at), now=now)
        _set(row, values)
        for phase in row.phases.filter(pk__in=phases) if isinstance(row, Edition) else ():
            _set(phase, phases[phase.pk])
        if isinstance(row, TrainingSession):
            refuse_past_day(row, now=now)
        _refuse_disorder(row)

    return Move(ChangeKind.POSTPONED, apply, reason)


def reopening(values: dict[str, Any], reason: str) -> Move:
    """Accept applications again until a new deadline, after the first one and before results are published."""

    def apply(row: Edition, now: datetime) -> None:
        if row.status(now=now) not in (Status.CLOSED, Status.SELECTING):
            raise Refused("Un appel se rouvre après sa clôture, tant que les résultats ne sont pas publiés.")
        if row.results_released_at is not None:
            raise Refused("La publication des résultats est demandée, ses lettres vont partir : annulez-la d’abord, puis rouvrez l’appel.")
        refuse_past(values["closes_at"], now=now)
        _set(row, values)
        _refuse_disorder(row)

    return Move(ChangeKind.REOPENED, apply, reason)


def is_over(row: Row, *, now: datetime) -> bool:
    return row.status(now=now) in (Status.OVER, DayStatus.OVER)


def refused_dates(edition: Edition, dates: dict[str, Any], *, now: datetime) -> dict[str, str]:
    """Return, by the name of its field, why the deadline or the opening cannot become that."""
    told = {}
    for name, refuse in (("closes_at", refuse_deadline), ("opens_at", refuse_opening)):
        try:
            if moment := dates.get(name):
                refuse(edition, moment, now=now)
        except Refused as refusal:
            told[name] = str(refusal)
    return told


def refuse_past(closes_at: datetime, *, now: datetime) -> None:
    """A call does not reopen until a moment that has passed."""
    if closes_at.astimezone(UTC) <= now.astimezone(UTC):
        raise Refused("La nouvelle clôture est déjà passée : choisissez un moment à venir.")


def refuse_past_day(session: TrainingSession, *, now: datetime) -> None:
    """A day is not moved to one that has passed."""
    if is_over(session, now=now):
        raise Refused("Ce jour est déjà passé : choisissez un jour à venir.")


def refuse_deadline(edition: Edition, closes_at: datetime, *, now: datetime) -> None:
    """Refuse to close an open call in the past, and to reopen a closed one by its date alone; an archive is corrected freely."""
    if not edition.is_public(now=now) or edition.cancelled_at or closes_at == edition.closes_at:
        return
    was_closed, is_past = (moment.astimezone(UTC) <= now.astimezone(UTC) for moment in (edition.closes_at, closes_at))
    if is_past and not was_closed:
        raise Refused(
            f"Cette clôture est déjà passée (il est {moment_in_words(now, zone=False)}) : l’appel fermerait aussitôt, "
            "sans que personne ait pu le savoir. Choisissez un moment à venir."
        )
    if was_closed and not is_past:
        raise Refused("L’appel est clos : pour accepter de nouveau des candidatures, choisissez « Rouvrir » en haut de sa fiche.")


def refused_seats(edition: Row, seats: int | None, *, now: datetime) -> str:
    """Say why a call, or a day, cannot offer so few places: people hold them (domain.md B3, C1). It is held until the transaction ends."""
    if seats is None or seats >= edition.seats:
        return ""
    held = max((count(_locked(edition), now) for count in HELD), default=0)
    return f"{held} places sont déjà tenues : on ne descend pas en dessous. Une place se libère par un désistement." if seats < held else ""


def refuse_opening(edition: Edition, opens_at: datetime, *, now: datetime) -> None:
    """An open call does not open again later: drafts are begun."""
    is_open = edition.opens_at.astimezone(UTC) <= now.astimezone(UTC)
    if edition.is_public(now=now) and is_open and opens_at.astimezone(UTC) > now.astimezone(UTC):
        raise Refused("L’appel est déjà ouvert : son ouverture ne se déplace plus.")


def _refuse_disorder(row: Row) -> None:
    """Closing, answer, phases and end follow each other, whatever moved."""
    if isinstance(row, Edition) and (faults := checks.of_order(row, row.phases.order_by("sort_on", "pk"))):
        raise Refused("Ces dates ne se suivent pas : " + " ; ".join(map(str, faults)))


def _set(row: models.Model, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    try:
        row.full_clean()
    except ValidationError as refused:
        raise Refused(" ".join(sentences(refused))) from None
    row.save()
