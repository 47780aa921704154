"""An application that came by mail or on paper: staff enter it under the rules of the form; whoever has the address takes it over."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from accounts.models import User as Person
from accounts.models import normalise
from applications import staff_emails
from applications.models import Application, Step
from applications.services.depositing import delete_draft, deposit_locked
from applications.states import Origin, State
from core.clock import PARIS
from core.refusals import Refused
from programmes.models import Edition
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class Arrival:
    """How an application came: of whom, by what, on what day, at what hour; and why it is taken when that is too late (A2)."""

    email: str
    origin: Origin
    received_on: date
    note: str = ""
    received_at: time | None = None


def is_in_time(edition: Edition, arrival: Arrival, *, now: datetime) -> bool:
    """A1 by when it came, not by when it is entered: before the day of the deadline, or that day before its second.

    A day alone knows no noon: without its hour, what came on that day is not said to be in time.
    """
    closes = edition.closes_at.astimezone(PARIS)
    if now < closes or arrival.received_on < closes.date():
        return True
    return arrival.received_on == closes.date() and arrival.received_at is not None and arrival.received_at < closes.time()


def asks_hour(edition: Edition, received_on: date, *, now: datetime) -> bool:
    """The hour decides of what came on the day of the deadline, once that is past."""
    closes = edition.closes_at.astimezone(PARIS)
    return now >= closes and received_on == closes.date()


@transaction.atomic
def enter(edition: Edition, answers: dict[str, Any], arrival: Arrival, *, by: "User", now: datetime) -> Step:
    """Deposit what came otherwise than by the form; one per address and call, a second click gives the first one.

    No account is made. A draft the person began online stays, as changes that are not deposited.
    """
    email = normalise(arrival.email)
    # The call's row is the lock: two colleagues who open the same envelope.
    edition = Edition.objects.select_for_update(of=("self",)).select_related("programme").get(pk=edition.pk)
    refuse_arrival(edition, arrival, now=now)
    application = _row_for(edition, email, now=now)
    if application.state != State.DRAFT:
        return _entered_already(application, answers)
    kept = application.typed
    _say_how_it_came(application, arrival)
    late = not is_in_time(edition, arrival, now=now)
    step = deposit_locked(application, answers, by=by, now=now, note=arrival.note.strip() if late else "", letter=staff_emails.post_entered)
    if kept:
        _keep_typing(application, kept)
    record("candidature saisie par l’équipe", application, by=by, now=now, note=arrival.note.strip())
    return step


def _say_how_it_came(application: Application, arrival: Arrival) -> None:
    came = {"origin": arrival.origin, "received_on": arrival.received_on, "received_at": arrival.received_at}
    Application.objects.filter(pk=application.pk).update(**came)
    for name, value in came.items():
        setattr(application, name, value)


def refuse_arrival(edition: Edition, arrival: Arrival, *, now: datetime) -> None:
    """Say why nothing can be entered."""
    today = now.astimezone(PARIS)
    if edition.cancelled_at:
        raise Refused("Cet appel est annulé : plus rien ne peut y être déposé.")
    if edition.results_released_at:
        raise Refused("Les résultats de cet appel sont publiés : plus rien ne peut y être déposé.")
    if arrival.origin == Origin.ONLINE:
        raise Refused("Une candidature en ligne se dépose par le formulaire de l’appel.")
    if (arrival.received_on, arrival.received_at or time.min) > (today.date(), today.time()):
        raise Refused("Cette date de réception n’est pas encore venue.")
    if arrival.received_on < edition.opens_at.astimezone(PARIS).date():
        raise Refused("Cette date de réception précède l’ouverture de l’appel.")
    if asks_hour(edition, arrival.received_on, now=now) and arrival.received_at is None:
        raise Refused("Arrivée le jour de la clôture : indiquez l’heure, qui dit si elle est arrivée à temps.")
    if not is_in_time(edition, arrival, now=now) and not arrival.note.strip():
        raise Refused("Arrivée après la clôture : indiquez pourquoi elle est acceptée.")


def _row_for(edition: Edition, email: str, *, now: datetime) -> Application:
    """The row of this address, locked: its account's when there is one, else a new one that waits for its person."""
    person = account_of(email)
    mine = {"applicant": person} if person else {"email": email}
    known = Application.objects.select_for_update(of=("self",)).of_address(email).filter(edition=edition).order_by("pk").first()
    application = known or _begin(edition, mine, now=now)
    application.edition = edition
    return application


def _begin(edition: Edition, mine: dict[str, Any], *, now: datetime) -> Application:
    """Insert the row; the person may begin a draft of their own at this very moment."""
    try:
        with transaction.atomic():
            return Application.objects.create(edition=edition, started_at=now, **mine)
    except IntegrityError:
        raise Refused("Cette personne vient de commencer sa candidature en ligne : enregistrez de nouveau.") from None


def account_of(email: str) -> "User | None":
    """Return whose address this is, proven."""
    proven = EmailAddress.objects.filter(email=email, verified=True).values("user")
    found: User | None = Person.objects.filter(pk__in=proven).first() or Person.objects.filter(email=email).first()
    return found


def _entered_already(application: Application, answers: dict[str, Any]) -> Step:
    deposits = application.steps.deposits()
    if application.origin != Origin.ONLINE and application.state == State.SUBMITTED and answers == application.answers and deposits:
        return deposits.last()  # type: ignore[return-value]
    raise Refused(f"Cette adresse a déjà une candidature à cet appel : {application} ({State(application.state).label}).")


def _keep_typing(application: Application, typed: dict[str, str]) -> None:
    Application.objects.filter(pk=application.pk).update(typed=typed, **application.folded(typed=typed))
    application.typed = typed


def take_over(person: "User", now: datetime) -> int:
    """Give a person, at sign-in, the files that staff entered for an address that is now proven theirs. Return how many."""
    waiting = Application.objects.filter(applicant=None, email__in=person.addresses(), erased_at=None)
    return sum(_take(pk, person, now=now) for pk in waiting.order_by("pk").values_list("pk", flat=True)) if person.is_active else 0


def _take(pk: int, person: "User", *, now: datetime) -> bool:
    """Give one file to its person. Their own draft of the call becomes changes to it; a file they deposited themselves is for staff."""
    try:
        with transaction.atomic():
            application = Application.objects.select_for_update(of=("self",)).with_call().filter(pk=pk, applicant=None).first()
            if application is None:
                return False
            own = Application.objects.select_for_update(of=("self",)).filter(edition=application.edition_id, applicant=person).first()
            if own and own.state != State.DRAFT:
                return False
            typed = own.typed if own else {}
            if own:
                delete_draft(own, by=person, now=now)
            application.applicant, application.email, application.typed = person, "", typed or application.typed
            application.save(update_fields=["applicant", "email", "typed"])
            record("candidature reprise par la personne", application, by=person, now=now)
            return True
    except IntegrityError:
        return False  # a draft begun at this very moment: the next sign-in finds it
