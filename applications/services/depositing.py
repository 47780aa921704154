"""What a person does with an application: begin, type, deposit, withdraw, delete; what staff may accept late.

Every verb takes the moment from its door (`now`), locks the application's row, and loses gracefully to a faster hand.
Withdrawn is resumed by depositing again (`submit`), under the same reference, until the deadline.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import F

from applications import answers as asked
from applications import emails, retention
from applications.deadlines import closing_at, own_limit
from applications.models import Application, Step
from applications.services import moving, places
from applications.services.agreeing import close_links
from applications.services.bodies import body_of
from applications.states import AFTER_THE_DEADLINE, EDITABLE, NEXT, State
from core.lines import count_lines
from core.refusals import Refused
from core.typography import grouped, moment_in_words
from mailing import outbox
from programmes.models import Edition
from records.services import label_of, record

if TYPE_CHECKING:
    from accounts.models import User


class Closed(Refused):
    """It is noon, or later (A1)."""


class Stale(Refused):
    """Another tab saved something newer: nothing was overwritten."""


# (step, again=, now=): owes the receipt of a deposit.
Letter = Callable[..., None]


@dataclass(frozen=True)
class Typing:
    """What a tab sends: the answers as typed, the revision it started from, and which tab it is.

    `asked` is True when the person pressed a button; False when the page saves by itself.
    """

    answers: dict[str, str]
    revision: int = 0
    tab: str = ""
    asked: bool = False


def save_typing(edition: Edition, typing: Typing, *, by: "User", now: datetime) -> Application | None:
    """Keep what is being typed; the first keystroke begins the draft, an empty form begins nothing.

    After the deadline the text is kept too, as a draft (A2), as long as drafts are.
    """
    _refuse_what_cannot_be_kept(edition, typing, now=now)
    begins = not asked.is_empty(typing.answers)
    # A page that showed no draft most often begins one: the constraint says if another request was faster.
    if begins and not typing.revision and (begun := _begin(edition, typing, by=by, now=now)):
        return begun
    with transaction.atomic():
        application = _locked(edition, by)
        if application is None and begins and (begun := _begin(edition, typing, by=by, now=now)):
            return begun
        application = application or _locked(edition, by)
        return _keep(application, typing, now=now) if application else None


@transaction.atomic
def submit(application: Application, answers: dict[str, Any], *, by: "User", now: datetime, revision: int | None = None) -> Step:
    """Deposit the answers: a reference at the first deposit, a full copy and a receipt at each one that changes something.

    A second click, or a deposit that changes nothing, gives the receipt already given: no second letter.
    """
    locked = _lock(application)
    if receipt := _already_deposited(locked, answers):
        return receipt
    limit = own_limit(locked.edition, by, now=now, hold=True)
    if limit:
        locked.edition = closing_at(locked.edition, limit)
    if not locked.edition.is_accepting(now=now):
        raise Closed("L’appel est clos : votre texte est gardé, mais il ne peut plus être déposé.")
    if revision is not None and revision != locked.revision:
        raise Stale("Votre texte a changé dans une autre fenêtre depuis cette relecture : relisez-le avant de le déposer.")
    note = f"Délai personnel jusqu’au {moment_in_words(limit, noon=True)}." if limit else ""
    return deposit_locked(locked, answers, by=by, now=now, note=note)


@transaction.atomic
def accept_late(application: Application, answers: dict[str, Any], *, by: "User", now: datetime, note: str) -> Step:
    """Deposit a draft after the deadline, by staff, with a reason, logged (A2)."""
    # The call first: a release that answers everybody, and a file that is let in, wait for each other.
    moving.hold(application.edition_id)
    locked = _lock(application)
    if not note.strip():
        raise Refused("Indiquez pourquoi cette candidature est acceptée hors délai.")
    if locked.edition.cancelled_at:
        raise Refused("Cet appel est annulé : plus rien ne peut y être déposé.")
    if locked.edition.results_released_at:
        raise Refused("Les résultats de cet appel sont publiés : plus rien ne peut y être déposé.")
    if locked.state != State.DRAFT or locked.edition.is_accepting(now=now):
        raise Refused("Seul un brouillon peut être accepté hors délai, une fois l’appel clos.")
    step = deposit_locked(locked, answers, by=by, now=now, note=note)
    record("candidature acceptée hors délai", locked, by=by, now=now, note=note)
    return step


@transaction.atomic
def withdraw(application: Application, *, by: "User", now: datetime, reason: str = "") -> None:
    """Withdraw a deposited application, with or without a reason; twice is once. A place it held goes to the next rank."""
    moving.hold(application.edition_id)
    moving.hold_files([application.edition_id], application.pk)
    locked = _lock(application)
    if locked.state == State.WITHDRAWN:
        return
    if locked.public_state == State.DECLINED:
        raise Refused("Cette candidature n’a pas été retenue : il n’y a plus rien à retirer.")
    if locked.state == State.DUPLICATE:
        raise Refused("Cette candidature est jointe à une autre : il n’y a rien à retirer ici. Pour vous retirer, retirez l’autre.")
    if locked.state in AFTER_THE_DEADLINE:
        places.give_back(locked, by=by, now=now, reason=asked.storable(reason).strip())
        return
    _move(locked, State.WITHDRAWN)
    close_links(locked, now=now)
    step = _step(locked, by=by, now=now, note=asked.storable(reason).strip())
    emails.post_withdrawn(step, now=now)


@transaction.atomic
def delete_draft(application: Application, *, by: "User", now: datetime) -> None:
    """Erase a draft that was never deposited, and the letters about it."""
    locked = _lock(application)
    if locked.state != State.DRAFT:
        raise Refused("Cette candidature est déposée : elle ne s’efface pas, elle peut être retirée.")
    outbox.forget(label_of(locked), now)
    locked.delete()


@transaction.atomic
def discard_changes(application: Application, *, by: "User", now: datetime) -> None:
    """Forget what was typed since the deposit: what was deposited stands, as it was."""
    locked = _lock(application)
    if not locked.has_changes:
        return
    kept = locked.folded(typed={})
    Application.objects.filter(pk=locked.pk).update(typed={}, revision=F("revision") + 1, saved_at=now, **kept)


def _refuse_what_cannot_be_kept(edition: Edition, typing: Typing, *, now: datetime) -> None:
    if now < edition.opens_at:
        raise Refused("L’appel n’est pas encore ouvert.")
    if now >= retention.drafts_erased_at(edition):
        raise Closed("L’appel est clos depuis trop longtemps : ce texte ne peut plus être gardé ici.")
    if asked.too_long(typing.answers):
        raise Refused(f"Ce texte est trop long pour être gardé : {grouped(asked.MOST_CHARACTERS)} caractères au plus par réponse.")


def _begin(edition: Edition, typing: Typing, *, by: "User", now: datetime) -> Application | None:
    """Insert the row; None when there is one: another request was faster, or another tab began it."""
    try:
        with transaction.atomic():
            return Application.objects.create(
                edition=edition, applicant=by, typed=typing.answers, typed_tab=typing.tab, revision=1, started_at=now, saved_at=now
            )
    except IntegrityError:
        return None


def _keep(application: Application, typing: Typing, *, now: datetime) -> Application:
    if application.state == State.DUPLICATE:
        raise Refused("Cette candidature est jointe à une autre : elle ne se modifie plus.")
    if application.state not in EDITABLE:
        raise Refused("Cette candidature est en examen : elle ne se modifie plus.")
    if typing.answers == application.draft:
        return application
    same_tab = typing.asked and typing.tab == application.typed_tab
    if typing.revision != application.revision and not same_tab:
        raise Stale("Une autre fenêtre a enregistré un texte plus récent : celui-ci n’a pas été enregistré.")
    nothing_new = application.state != State.DRAFT and typing.answers == asked.as_typed(application.answers)
    application.typed = {} if nothing_new else typing.answers
    application.typed_tab, application.saved_at = typing.tab, now
    application.revision += 1
    application.save(update_fields=["typed", "typed_tab", "saved_at", "revision"])
    return application


def _already_deposited(application: Application, answers: dict[str, Any]) -> Step | None:
    if application.state != State.SUBMITTED or answers != application.answers:
        return None
    return application.steps.deposits().last()


def deposit_locked(
    application: Application, answers: dict[str, Any], *, by: "User", now: datetime, note: str = "", letter: Letter = emails.post_received
) -> Step:
    """Deposit on a row that the caller holds, whose moment it has checked; `letter` owes the receipt."""
    _refuse_unless_complete(application.edition, answers)
    first = application.reference is None
    kept = {
        "typed": {},
        "set_aside_at": None,
        "revision": application.revision + 1,
        "deposited_at": now,
        "body_id": body_of(application, answers, now=now),
        **answers,
    }
    if first:
        kept |= {"reference": _next_reference(application.edition), "submitted_at": now}
        _name(application, answers)
    _move(application, State.SUBMITTED, **kept)
    step = _step(application, by=by, now=now, note=note, answers={"email": application.address, **answers})
    letter(step, again=not first, now=now)
    return step


def _name(application: Application, answers: dict[str, Any]) -> None:
    """Give an account without a name the one its person deposits."""
    person = application.applicant
    if person and not person.get_full_name():
        person.first_name, person.last_name = answers["first_name"], answers["last_name"]
        person.save(update_fields=["first_name", "last_name"])


def _refuse_unless_complete(edition: Edition, answers: dict[str, Any]) -> None:
    """The rules of the form once more, for the doors that have none (A4, A6)."""
    if missing := [label for name, label in asked.LABELS.items() if not answers.get(name)]:
        raise Refused(f"Il manque : {', '.join(missing)}.")
    lines = count_lines(answers["motivation"])
    if lines > edition.motivation_lines:
        raise Refused(f"Votre motivation fait {lines} lignes : ramenez-la à {edition.motivation_lines}.")


def _next_reference(edition: Edition) -> str:
    """Give the call's next number in the caller's transaction, which holds the row until it ends: no gap, no double."""
    Edition.objects.filter(pk=edition.pk).update(last_number=F("last_number") + 1)
    number = Edition.objects.values_list("last_number", flat=True).get(pk=edition.pk)
    return f"{edition.reference_prefix}-{number:04}"


def _move(application: Application, state: State, **values: Any) -> None:
    before = State(application.state)
    if state not in NEXT[before]:
        raise Refused(f"Une candidature « {before.label} » ne peut pas devenir « {state.label} ».")
    values |= application.folded(state=state, **values)
    if not Application.objects.filter(pk=application.pk, state=before, revision=application.revision).update(state=state, **values):
        raise Refused("Cette candidature vient de changer : rechargez la page.")
    for name, value in {"state": state, **values}.items():
        setattr(application, name, value)


def _step(application: Application, *, by: "User", now: datetime, note: str, answers: dict[str, Any] | None = None) -> Step:
    # The row's own person knows the name this deposit has just given.
    author = application.applicant if application.applicant == by else by
    return Step.objects.create(
        application=application, to_state=application.state, at=now, by=by, by_name=str(author)[:200], note=note, answers=answers
    )


def _locked(edition: Edition, person: "User") -> Application | None:
    application = Application.objects.select_for_update(of=("self",)).filter(edition=edition, applicant=person).first()
    if application:
        application.edition, application.applicant = edition, person
    return application


def _lock(application: Application) -> Application:
    """Read the row again, locked, with its call: what the caller holds may be old."""
    return Application.objects.select_for_update(of=("self",)).with_call().get(pk=application.pk)
