"""The employer's word (domain.md B8): asked of a manager by a link, or a signed PDF; answered once; the team may not take it.

The call is locked first, then the file, then the request: two answers at the same second are one answer and one « déjà répondu ».
"""

import hashlib
import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile
from django.db import transaction

from accounts.models import normalise
from applications import agreements, confirming_emails
from applications.answers import storable
from applications.deadlines import at_least_a_week, confirm_limit
from applications.models import Application, EmployerAgreement, Selection
from applications.services.confirming import confirmed_if_complete, held
from applications.services.moving import move
from applications.states import Agreement, State
from core.refusals import Refused
from core.typography import moment_in_words
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User

# What one candidate may have waiting: a link is a letter to somebody who did not ask for it.
LINKS_AT_ONCE = 5
LINKS_IN_ALL = 20
MOST_WORDS = 2_000

GONE = "Cette demande n’est plus d’actualité."
TOO_MANY = "Cinq demandes attendent déjà une réponse : retirez-en une avant d’en envoyer une autre."
TOO_MANY_IN_ALL = "Beaucoup de demandes ont déjà été envoyées : écrivez à l’équipe, elle vous aidera."
GIVEN = "L’accord de votre employeur est déjà reçu."
OWN = "Cette adresse est la vôtre : l’accord est demandé à la personne qui peut le donner, à son adresse."


class AlreadyAnswered(Refused):
    """A request is answered once, whoever holds its link."""


class OwnAddress(Refused):
    """Nobody agrees for their own employer."""


class ByManager:
    """How the journal and the history name whoever answered by the link: no account."""

    pk = ""

    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return f"{self.name} (par le lien de l’employeur)"


@transaction.atomic
def ask_manager(application: Application, email: str, *, by: "User", now: datetime) -> EmployerAgreement:
    """Open a one-page link; with an address, send it there. The same living address twice is one request, and one letter."""
    locked = held(application)
    refuse_unless_asked(locked, now=now)
    email = normalise(email) if email else ""
    if email and email in own_addresses(locked):
        raise OwnAddress(OWN)
    living = locked.agreements.alive(now=now).filter(answer=Agreement.AWAITED)
    if known := living.filter(email=email).order_by("pk").first():
        return known
    if living.count() >= LINKS_AT_ONCE:
        raise Refused(TOO_MANY)
    if locked.agreements.exclude(digest="").count() >= LINKS_IN_ALL:
        raise Refused(TOO_MANY_IN_ALL)
    link = agreements.new_link(locked, email, now=now)
    link.save()
    record("accord de l’employeur demandé", locked, by=by, now=now)
    if email:
        confirming_emails.post_asked(link, now=now)
    return link


def own_addresses(application: Application) -> set[str]:
    """Return where the candidate is reached: a request for their employer's word goes to none of these."""
    person = application.applicant
    return {normalise(address) for address in (application.address, *(person.addresses() if person else ())) if address}


def refuse_unless_asked(application: Application, *, now: datetime) -> None:
    """Say why an employer's word is of no use now."""
    if not agreements.is_asked(application, now=now):
        raise Refused(GONE)
    if agreements.word_of(application) == Agreement.RECEIVED:
        raise Refused(GIVEN)


@transaction.atomic
def revoke_link(agreement: EmployerAgreement, *, by: "User", now: datetime) -> None:
    """Close a link at once; what was answered stays. Twice is once."""
    locked = EmployerAgreement.objects.select_for_update(of=("self",)).select_related("application").get(pk=agreement.pk)
    if EmployerAgreement.objects.filter(pk=locked.pk, revoked_at=None).exclude(digest="").update(revoked_at=now):
        record("lien de l’employeur retiré", locked.application, by=by, now=now)


def close_links(application: Application, *, now: datetime) -> None:
    """A withdrawn or erased file, or a word that was given: the links still waiting open nothing more."""
    waiting = application.agreements.filter(answer=Agreement.AWAITED, revoked_at=None).exclude(digest="")
    waiting.update(revoked_at=now)


@transaction.atomic
def word_received(agreement: EmployerAgreement, *, agrees: bool, name: str, job: str, words: str = "", now: datetime) -> EmployerAgreement:
    """The manager agrees, or refuses in words: once. The candidate is told; with their yes, the agreement confirms the place."""
    application = held(agreement.application)
    locked = _again(agreement, application)
    if locked.answered_at:
        raise AlreadyAnswered(f"Déjà répondu le {moment_in_words(locked.answered_at, weekday=False)}.")
    if locked.revoked_at or not locked.until or now >= locked.until or not agreements.is_asked(application, now=now):
        raise Refused(GONE)
    if not agrees and not words.strip():
        raise Refused("Dites pourquoi, en quelques mots : la personne les lira.")
    answer = Agreement.RECEIVED if agrees else Agreement.REFUSED
    said = {"name": storable(name).strip(), "job": storable(job).strip(), "words": storable(words).strip()[:MOST_WORDS]}
    _write(locked, answer=answer, answered_at=now, **said)
    _given(locked, application, by=ByManager(locked.name), now=now)
    return locked


@transaction.atomic
def deposit_agreement(application: Application, content: bytes, *, by: "User", now: datetime) -> EmployerAgreement:
    """Keep a signed PDF, already looked at (`uploads.signed_pdf`): it counts at once, the team may refuse it. The same twice is one."""
    locked = held(application)
    if not agreements.is_asked(locked, now=now):
        raise Refused(GONE)
    digest = hashlib.sha256(content).hexdigest()
    last = agreements.answered(locked)
    if last and last.answer == Agreement.RECEIVED:
        if last.sha256 == digest:
            return last
        raise Refused(GIVEN)
    if locked.agreements.filter(digest="").count() >= LINKS_IN_ALL:
        raise Refused(TOO_MANY_IN_ALL)
    kept = EmployerAgreement(application=locked, asked_at=now, answered_at=now, answer=Agreement.RECEIVED, sha256=digest)
    kept.file.save(f"{secrets.token_hex(16)}.pdf", ContentFile(content), save=False)
    kept.save()
    _given(kept, locked, by=by, now=now)
    return kept


@transaction.atomic
def refuse_agreement(agreement: EmployerAgreement, *, by: "User", now: datetime, reason: str) -> None:
    """The team cannot take this agreement (not signed, another person's): the candidate is told why, and has time for another one.

    A confirmed place is « retenue » again, with at least seven days: it holds its seat, so nobody loses anything. A place that is lost
    already stays lost, and in a closed selection, where nobody could follow, a confirmed place stays confirmed.
    """
    application = held(agreement.application)
    locked = _again(agreement, application)
    if locked.answer == Agreement.REFUSED:
        return
    if locked.answer != Agreement.RECEIVED or agreements.answered(application) != locked:
        raise Refused("Cet accord n’est pas celui qui compte : rechargez la page.")
    _refuse_unless_of_use(application, now=now)
    if not reason.strip():
        raise Refused("Dites pourquoi cet accord ne peut pas être pris : la personne le lira.")
    _write(locked, answer=Agreement.REFUSED, refusal=storable(reason).strip()[:MOST_WORDS])
    record("accord de l’employeur refusé par l’équipe", application, by=by, now=now, note=locked.refusal)
    if application.state == State.CONFIRMED:
        give_time(application, now=now)
        move(application, State.SELECTED, by=by, now=now, note=locked.refusal, confirm_by=application.confirm_by)
    elif application.state == State.SELECTED and application.edition.is_released(now=now):
        give_time(application, now=now)
        Application.objects.filter(pk=application.pk).update(confirm_by=application.confirm_by)
    confirming_emails.post_refused_by_team(locked, now=now)


def _refuse_unless_of_use(application: Application, *, now: datetime) -> None:
    if not agreements.is_asked(application, now=now):
        raise Refused("Cette candidature n’attend plus d’accord : il n’y a plus rien à refuser.")
    if Selection.objects.filter(edition=application.edition_id, closed_at__isnull=False).exists():
        raise Refused("La sélection est close : cet accord ne se refuse plus. Une place ne se libère plus que par un désistement.")


def give_time(application: Application, *, now: datetime) -> None:
    """Leave at least seven days to bring another word."""
    limit = confirm_limit(application)
    application.confirm_by = at_least_a_week(limit, application.edition, now=now) if limit else None


@transaction.atomic
def ask_question(agreement: EmployerAgreement, question: str, *, name: str, email: str, now: datetime) -> None:
    """The manager asks before answering: the team and the candidate are told, the request stays open. One question a link."""
    application = held(agreement.application)
    locked = _again(agreement, application)
    if locked.answered_at:
        raise AlreadyAnswered(f"Déjà répondu le {moment_in_words(locked.answered_at, weekday=False)}.")
    if locked.question_at:
        raise AlreadyAnswered(f"Une question a déjà été posée le {moment_in_words(locked.question_at, weekday=False)}.")
    if locked.revoked_at or not locked.until or now >= locked.until or not agreements.is_asked(application, now=now):
        raise Refused(GONE)
    said = {"name": storable(name).strip(), "question": storable(question).strip()[:MOST_WORDS], "question_email": normalise(email)}
    _write(locked, question_at=now, **said)
    record("question de l’employeur", application, by=ByManager(locked.name), now=now)
    confirming_emails.post_question(locked, now=now)


@transaction.atomic
def reply(agreement: EmployerAgreement, words: str, *, by: "User", now: datetime) -> None:
    """The team answers a manager's question, by mail, once; the candidate reads the answer on their page."""
    application = held(agreement.application)
    locked = _again(agreement, application)
    if not locked.question_at:
        raise Refused("Aucune question n’attend de réponse.")
    if locked.replied_at:
        raise Refused(f"Une réponse est déjà partie le {moment_in_words(locked.replied_at, weekday=False)}.")
    if not words.strip():
        raise Refused("Écrivez la réponse.")
    _write(locked, replied_at=now, reply=storable(words).strip()[:MOST_WORDS])
    record("réponse à la question de l’employeur", application, by=by, now=now)
    confirming_emails.post_reply(locked, now=now)


def _again(agreement: EmployerAgreement, application: Application) -> EmployerAgreement:
    locked = EmployerAgreement.objects.select_for_update(of=("self",)).get(pk=agreement.pk)
    locked.application = application
    return locked


def _write(agreement: EmployerAgreement, **values: Any) -> None:
    for name, value in values.items():
        setattr(agreement, name, value)
    agreement.save(update_fields=list(values))


def _given(agreement: EmployerAgreement, application: Application, *, by: Any, now: datetime) -> None:
    """Tell the candidate, once: « confirmée » when it completes their yes, else what was said and what is left to do."""
    received = agreement.answer == Agreement.RECEIVED
    record(f"accord de l’employeur {'reçu' if received else 'refusé'}", application, by=by, now=now, note=agreement.words)
    if received:
        close_links(application, now=now)
    if not (received and confirmed_if_complete(application, now)):
        confirming_emails.post_word(agreement, now=now)
