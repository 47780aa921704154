"""« Écrire »: one letter, in the team's words, to each person of a selection of applications. Part of a batch: ten minutes to undo it."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from applications import written
from applications.models import Application
from applications.services.acts import Outcome
from applications.states import State
from core.refusals import Refused
from mailing import outbox, rendering, wordings
from mailing.models import Batch, Message, Refusal
from mailing.rendering import Words
from records.services import label_of

if TYPE_CHECKING:
    from accounts.models import User


def recipients(applications: Iterable[Application], words: Words) -> list[Outcome]:
    """Say who gets the letter, one a person even with two files, and why not the others."""
    rows = sorted(applications, key=lambda row: (row.state == State.DRAFT, -row.pk))
    addresses = {row.address for row in rows if row.address}
    refused, told = Refusal.objects.among(addresses), _told(addresses, words)
    first: dict[str, Application] = {}
    outcomes = []
    for row in rows:
        why = _why_not(row) or _why_no_letter(row, refused, told, first.get(row.address))
        if not why:
            first[row.address] = row
        outcomes.append(Outcome(row, why))
    return sorted(outcomes, key=lambda outcome: outcome.application.pk)


def _why_not(application: Application) -> str:
    if application.erased_at:
        return "anonymisée"
    if application.state == State.DUPLICATE:
        return f"doublon de {application.duplicate_of}" if application.duplicate_of_id else "doublon"
    if not application.address:
        return "sans adresse"
    if application.applicant and not application.applicant.is_active:
        return "compte fermé"
    return ""


def _why_no_letter(application: Application, refused: set[str], told: set[str], other: Application | None) -> str:
    address = application.address.lower()
    if address in refused:
        return "son adresse ne reçoit pas"
    if address in told:
        return "a déjà cette lettre"
    return f"même personne que {other} : une seule lettre" if other else ""


def _told(addresses: set[str], words: Words) -> set[str]:
    """Whom these very words were sent to."""
    letters = Message.objects.filter(kind=written.WRITTEN, key__endswith=f":written:{written.digest(words)}", to__in=addresses)
    return set(letters.order_by("pk").values_list("to", flat=True))


def preview(application: Application, words: Words) -> tuple[str, str]:
    """Return the subject and the text that this application's person would get."""
    kind = written.kind()
    return rendering.render(kind, wordings.current(kind), written.context(application, words))


@transaction.atomic
def write(keys: Iterable[int], words: Words, *, batch: Batch, now: datetime) -> list[Outcome]:
    """Owe the letters, with the batch: each in the journal and in the person's space, answered to the programme."""
    _refuse_faults(words)
    rows = Application.objects.filter(pk__in=list(keys)).with_call().select_related("duplicate_of").order_by("pk")
    outcomes = recipients(rows, words)
    owed = [_owed(outcome.application, words) for outcome in outcomes if not outcome.why]
    outbox.post_all(written.kind(), owed, batch=batch, now=now)
    return outcomes


def _owed(application: Application, words: Words) -> outbox.Owed:
    return outbox.Owed(
        written.key(application, words),
        application.address,
        written.context(application, words),
        reader=application.applicant,
        about=label_of(application),
        reply_to=application.edition.programme.contact_email,
    )


def try_on_myself(application: Application, words: Words, *, by: "User", now: datetime) -> None:
    """Send the letter of this application to the colleague who prepares it, at once; two clicks of one second are one."""
    _refuse_faults(words)
    said = written.context(application, words)
    outbox.post(
        f"{written.trial_key(application)}{by.pk}:{written.digest(words)}:{now:%Y%m%dT%H%M%S}",
        written.kind(),
        to=by.email,
        reader=by,
        context={**said, "subject": f"Essai : {said['subject']}"},
        now=now,
        about=label_of(application),
        reply_to=application.edition.programme.contact_email,
    )


def _refuse_faults(words: Words) -> None:
    """The rules of the form once more, for the doors that have none."""
    if faults := rendering.faults(written.TYPED, words):
        raise Refused(faults[0][1])
