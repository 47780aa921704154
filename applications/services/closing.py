"""« Clore la sélection »: everyone has their answer, nothing is offered any more; refused while one person is unanswered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from applications import results_emails, telling
from applications.models import Application, Offer, Selection
from applications.services import places
from applications.services.moving import hold
from applications.services.releasing import to_answer
from applications.states import READ_BY_THE_JURY, State
from core.refusals import Refused
from core.typography import agreeing, moment_in_words
from mailing import batches
from mailing.batches import open_batch
from mailing.models import Batch, Message, Refusal
from mailing.states import State as LetterState
from programmes.models import Edition
from records.services import label_of, record

if TYPE_CHECKING:
    from accounts.models import User

UNDO = "applications.close_selection"
NOT_TOLD = "sa lettre n’est pas partie"


@dataclass(frozen=True)
class Unanswered:
    """Somebody whose answer is not said, or not given, and why."""

    application: Application
    why: str
    # Their answer exists, and did not reach them: somebody may tell them (`told_otherwise`).
    is_untold: bool = False


def register_hooks() -> None:
    """Make known how a closing is undone, and what it locks before its batch."""
    batches.UNDOS[UNDO] = reopened
    batches.HELD_FIRST[UNDO] = lambda batch: hold(int(batch.about.rpartition(":")[2]))


def unanswered(edition: Edition, *, now: datetime) -> list[Unanswered]:
    """Everyone who still waits for us, or for whom we still wait, in the order of the files."""
    rows = to_answer(edition).with_call().order_by("reference", "pk")
    look = _Look(edition, rows, now=now)
    return [found for row in rows if (found := look.at(row))]


class _Look:
    """What is asked once for all the files of a call."""

    def __init__(self, edition: Edition, rows: Iterable[Application], *, now: datetime) -> None:
        self.edition, self.now = edition, now
        self.offers = {offer.application_id: offer for offer in Offer.objects.filter(application__edition=edition, ended_at=None)}
        about = [label_of(row) for row in rows]
        kinds = (*results_emails.OF_STATE.values(), results_emails.OFFER, results_emails.OFFER_EXPIRED, results_emails.LAPSED)
        found = Message.objects.filter(about__in=about, kind__in=kinds).exclude(state=LetterState.VOID).order_by("pk")
        self.letters = {letter.about: letter for letter in found.defer("text")}
        self.refused = Refusal.objects.among(letter.to for letter in self.letters.values())

    def at(self, row: Application) -> Unanswered | None:
        if row.state in READ_BY_THE_JURY:
            return Unanswered(row, "pas de décision")
        if not self.edition.is_released(now=self.now):
            return Unanswered(row, "les résultats ne sont pas publiés")
        untold, waits = self._not_told(row), self._waits(row)
        why = " ; ".join(part for part in (waits, untold) if part)
        return Unanswered(row, why, is_untold=bool(untold)) if why else None

    def _waits(self, row: Application) -> str:
        offer = self.offers.get(row.pk)
        if offer:
            return f"place proposée jusqu’au {moment_in_words(offer.until, zone=False, weekday=False)}"
        return "place à confirmer" if row.state == State.SELECTED else ""

    def _not_told(self, row: Application) -> str:
        """The letter of the last answer: refused, uncertain, not gone; unless the team said it otherwise since."""
        letter = self.letters.get(label_of(row))
        if letter is None:
            return "" if row.told_at else "aucune lettre ne lui est partie"
        if row.told_at and row.told_at >= letter.created_at:
            return ""
        if letter.state == LetterState.FAILED or letter.to in self.refused:
            return "sa lettre est refusée : son adresse ne reçoit pas"
        if letter.state == LetterState.UNCERTAIN:
            return "sa lettre est incertaine : dites si elle est partie"
        return "" if letter.state == LetterState.SENT else NOT_TOLD


@transaction.atomic
def close_selection(edition: Edition, *, by: "User", now: datetime, batch: Batch | None = None) -> list[Application]:
    """Close: nobody is offered a place any more, and who waited is told. Return those who are. Twice is once."""
    edition = hold(edition.pk)
    selection, _ = Selection.objects.get_or_create(edition=edition)
    if selection.closed_at:
        return []
    places.settle_held(edition, now)
    _refuse_unless_answered(edition, now=now)
    told = waiting(edition)
    batch = batch or open_batch("Clôture de la sélection", by=by, now=now, about=edition, undo=UNDO)
    Selection.objects.filter(pk=selection.pk).update(closed_at=now)
    telling.tell_waitlist_over(told, edition, batch=batch, now=now)
    record("sélection close", edition, by=by, now=now, note=_tally(len(told)))
    return told


def waiting(edition: Edition) -> list[Application]:
    """Who is on the waiting list, first rank first."""
    return list(to_answer(edition).filter(state=State.WAITLISTED).with_call().order_by("waitlist_rank", "pk"))


def _refuse_unless_answered(edition: Edition, *, now: datetime) -> None:
    if edition.cancelled_at:
        raise Refused("Cet appel est annulé : il n’y a rien à clore.")
    if not edition.is_released(now=now):
        raise Refused("Les résultats ne sont pas publiés : la sélection ne peut pas être close.")
    if found := unanswered(edition, now=now):
        names = ", ".join(each.application.named for each in found[:3])
        more = f" et {len(found) - 3} autres" if len(found) > 3 else ""  # noqa: PLR2004 - as many as are named
        raise Refused(f"{len(found)} {agreeing(len(found), 'personne n’a', 'personnes n’ont')} pas de réponse : {names}{more}.")


def _tally(count: int) -> str:
    return f"{count} {agreeing(count, 'personne', 'personnes')} sur la liste d’attente" if count else "la liste d’attente est vide"


def reopened(batch: Batch, *, by: "User", now: datetime) -> str:
    """Undo: the waiting list lives again, and what is free is offered."""
    edition = hold(int(batch.about.rpartition(":")[2]))
    Selection.objects.filter(edition=edition).update(closed_at=None)
    record("clôture de la sélection annulée", edition, by=by, now=now)
    places.settle_held(edition, now)
    return "La sélection est de nouveau ouverte."


@transaction.atomic
def told_otherwise(application: Application, *, by: "User", now: datetime, note: str) -> None:
    """The person was told on the phone or by post: they count as answered."""
    if not note.strip():
        raise Refused("Dites comment la personne a été prévenue.")
    Application.objects.filter(pk=application.pk).update(told_at=now)
    record("prévenue autrement", application, by=by, now=now, note=note.strip())
