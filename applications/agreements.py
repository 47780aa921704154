"""The employer's word on an application (domain.md B8): what it is today, and the address by which a manager gives it without account.

Only the fingerprint of the secret is kept (as `memberships.links`). The secret is derived from the row's seed and the portal's key, so that
the candidate's page shows the same address again, and a copy of the database alone opens nothing.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import models
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.crypto import salted_hmac

from applications.deadlines import confirm_limit, end_of, has_lapsed, is_list_over
from applications.models import Application, ApplicationQuerySet, EmployerAgreement
from applications.states import Agreement, State
from core.addresses import absolute
from core.typography import moment_in_words

# A link opens for so long, and never past the edition.
OPEN_FOR = timedelta(days=60)
# What the person reads of their file while an employer's word is of use.
ASKED_WHILE = frozenset({State.SUBMITTED, State.IN_REVIEW, State.SELECTED, State.WAITLISTED, State.CONFIRMED})


def word_of(application: Application) -> Agreement:
    """Return the last word given; none given: awaited."""
    last = answered(application)
    return Agreement(last.answer) if last else Agreement.AWAITED


def answered(application: Application) -> EmployerAgreement | None:
    """Return the last request that was answered."""
    return application.agreements.exclude(answer=Agreement.AWAITED).order_by("-answered_at", "-pk").first()


def with_word(applications: ApplicationQuerySet) -> ApplicationQuerySet:
    """Annotate each file with `word`, the employer's: for lists and the board, in the same query."""
    rows = EmployerAgreement.objects.filter(application=models.OuterRef("pk")).exclude(answer=Agreement.AWAITED)
    last = models.Subquery(rows.order_by("-answered_at", "-pk").values("answer")[:1])
    return applications.annotate(word=Coalesce(last, models.Value(Agreement.AWAITED.value)))


def is_asked(application: Application, *, now: datetime) -> bool:
    """True while an employer's word may still be of use; says nothing that the candidate does not read (`public_state`).

    A place that the clock took back asks for nothing more, whether or not a job ran; nor does a waiting list that is closed.
    """
    if has_lapsed(application, now) or is_list_over(application, now=now):
        return False
    return application.public_state in ASKED_WHILE and not application.edition.cancelled_at and not application.erased_at


def answer_before(application: Application, *, now: datetime) -> str:
    """Say by when a manager answers: the date of the place once the candidate is told of it; before, nothing that would tell (B4)."""
    told = application.state == State.SELECTED and application.edition.is_released(now=now)
    limit = confirm_limit(application) if told and not has_lapsed(application, now) else None
    return f"Répondez avant le {moment_in_words(limit, noon=True)}." if limit else "Répondez le plus tôt possible."


def end_of_link(application: Application, now: datetime) -> datetime:
    return min(now + OPEN_FOR, end_of(application.edition))


def new_link(application: Application, email: str, *, now: datetime) -> EmployerAgreement:
    """Return a request by link, not saved."""
    link = EmployerAgreement(application=application, email=email, asked_at=now, nonce=secrets.token_hex(16))
    link.digest, link.until = _digest(secret_of(link)), end_of_link(application, now)
    return link


def address_of(link: EmployerAgreement) -> str:
    return absolute(reverse("agreement", args=[secret_of(link)]))


def secret_of(link: EmployerAgreement) -> str:
    return salted_hmac("applications.agreement", link.nonce, algorithm="sha256").hexdigest()


def agreement_of(token: str, *, now: datetime) -> EmployerAgreement | None:
    """Return the living request a secret opens, of a file whose word is still of use; anything else opens nothing."""
    rows = EmployerAgreement.objects.alive(now=now).filter(digest=_digest(token))
    found = rows.select_related("application__edition__programme", "application__applicant", "application__edition__selection").first()
    return found if found and is_asked(found.application, now=now) else None


def note_opened(link: EmployerAgreement, *, now: datetime) -> None:
    """Keep when a link was first opened: the candidate and the team know whether it reached somebody."""
    if link.opened_at is None:
        EmployerAgreement.objects.filter(pk=link.pk, opened_at=None).update(opened_at=now)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
