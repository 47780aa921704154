"""Letters about a request to be counted among a member's people (domain.md G0): to its contacts, and the answer to the person.

Nothing here tells the person who the contacts are: a member answers, not somebody.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Any

from django.urls import reverse

from core import clock
from core.addresses import absolute
from core.clock import PARIS
from core.typography import day_in_words
from mailing import outbox
from mailing.letters import KINDS, Context, Example, LetterKind, Placeholder, register
from mailing.models import Message
from mailing.states import Settling
from memberships import claim_links, emails
from memberships.models import Belonging
from memberships.models.membership import VIEW_MEMBERSHIP
from memberships.states import Answer
from organisations.models import Contact, Organisation
from organisations.states import ContactRole, Kind
from records.models import Association
from records.services import label_of

ASKED = "memberships.claim_asked"
REMINDER = "memberships.claim_reminder"
ACCEPTED = "memberships.claim_accepted"
REFUSED = "memberships.claim_refused"
ENDED = "memberships.claim_ended"
FOLDER = "memberships/emails"


def _who(context: Context) -> str:
    row: Belonging = context["row"]
    return f"{row.name} ({row.email})" if row.name else row.email


ABOUT_IT = {
    "organisme": Placeholder("le nom de l’organisme", lambda context: context["row"].organisation.name),
    "demande_le": Placeholder("le jour de la demande", lambda context: day_in_words(context["row"].asked_at.astimezone(PARIS))),
}
TO_CONTACTS = {
    **ABOUT_IT,
    "salutation": Placeholder("« Bonjour Camille Exemple », ou « Bonjour »", itemgetter("greeting")),
    "personne": Placeholder("le nom et l’adresse de la personne", _who, essential=True),
    "pour": Placeholder("ce pour quoi elle le demande ; peut être vide", lambda context: context["row"].what),
    "lien": Placeholder("l’adresse de la page aux deux boutons, oui et non", itemgetter("page"), button=True),
}
TO_THE_PERSON = {**ABOUT_IT, "lien": Placeholder("l’adresse où la personne lit où elle en est", itemgetter("page"), button=True)}


def register_kinds() -> None:
    """Answers to an act leave at once; the reminder is ours, and keeps to working hours (domain.md G8)."""
    kind = partial(LetterKind, settling=Settling.RESEND, read_with=VIEW_MEMBERSHIP)
    asks: dict[str, Any] = {"placeholders": TO_CONTACTS, "still_due": _waits, "overtaken": _overtaken, "examples": _last_asked}
    register(kind(ASKED, "demande de rattachement à un adhérent", f"{FOLDER}/claim_asked.txt", _sample, **asks))
    reminds: dict[str, Any] = {"in_working_hours": True, **asks}
    register(kind(REMINDER, "rappel d’une demande de rattachement", f"{FOLDER}/claim_reminder.txt", _sample, **reminds))
    tells = partial(kind, sample=_sample_answer, placeholders=TO_THE_PERSON, examples=_last_answered)
    register(tells(ACCEPTED, "rattachement accepté par un adhérent", f"{FOLDER}/claim_accepted.txt"))
    register(tells(REFUSED, "rattachement refusé par un adhérent", f"{FOLDER}/claim_refused.txt"))
    register(tells(ENDED, "rattachement retiré par un adhérent", f"{FOLDER}/claim_ended.txt"))


def post_asked(row: Belonging, *, now: datetime, kind: str = ASKED) -> int:
    """Ask each contact who may answer, by an address of their own; return how many that is."""
    contacts = claim_links.answering(row, on=now.astimezone(PARIS).date())
    for contact in contacts:
        key = f"belonging:{row.pk}:{kind.rpartition('.')[2]}:{_stamp(row.asked_at)}:{contact.pk}"
        _post(key, kind, row, contact.email, context_of(row, contact), reader=contact.account, now=now)
    return len(contacts)


def post_answered(row: Belonging, *, before: str, now: datetime) -> None:
    """Tell the person what was answered; a yes that became a no is told as such."""
    kind = ACCEPTED if row.answer == Answer.YES else ENDED if before == Answer.YES else REFUSED
    _post(f"belonging:{row.pk}:answered:{_stamp(now)}", kind, row, row.email, answer_of(row), now=now)


def forget(row: Belonging, now: datetime) -> None:
    outbox.forget(label_of(row), now)


def context_of(row: Belonging, contact: Contact) -> dict[str, Any]:
    return {"row": row, "greeting": f"Bonjour {contact.full_name}".strip(), "page": claim_links.address_of(row, contact)}


def answer_of(row: Belonging) -> dict[str, Any]:
    return {"row": row, "page": absolute(reverse("belongings"))}


def _post(key: str, kind: str, row: Belonging, to: str, context: dict[str, Any], *, reader: Any = None, now: datetime) -> None:
    ours = Association.shown()
    reply = ours.dues_email or ours.contact_email
    outbox.post(key, KINDS[kind], to=to, reader=reader, context=context, now=now, about=label_of(row), reply_to=reply)


def _stamp(moment: datetime) -> str:
    return f"{moment.timestamp():.6f}".replace(".", "")


# --- Whether it is still true ---------------------------------------------------------------------------


def row_of(message: Message) -> Belonging | None:
    label, _, pk = message.about.partition(":")
    return Belonging.objects.filter(pk=pk).select_related("organisation").first() if label == Belonging._meta.label_lower else None


def _waits(message: Message) -> bool:
    """Neither once it is answered or taken back, nor to whoever no longer speaks for the body."""
    row = row_of(message)
    if row is None or row.answer:
        return False
    return message.to in {contact.email for contact in claim_links.answering(row, on=clock.now().astimezone(PARIS).date())}


def _overtaken(message: Message) -> str:
    return "" if _waits(message) else "Cette demande a reçu sa réponse, a été retirée, ou ce contact n’y répond plus."


# --- Samples --------------------------------------------------------------------------------------------


def _row(answer: str = "") -> Belonging:
    body = Organisation(pk=0, name="Ville d’Exemple", kind=Kind.COMMUNE)
    said = {"what": "la journée découverte du 19 mars 2027", "asked_at": clock.now(), "nonce": "0" * 32}
    return Belonging(pk=0, organisation=body, email="sacha@ville.example", name="Sacha Exemple", answer=answer, **said)


def _contact() -> Contact:
    return Contact(pk=0, role=ContactRole.GENERAL, first_name="Camille", last_name="Exemple", email="camille@ville.example")


def _shown(row: Belonging) -> dict[str, Any]:
    """What is only looked at: the address opens nothing."""
    return {**context_of(row, _contact()), "page": absolute("/rattachements/exemple/")}


def _sample() -> dict[str, Any]:
    return _shown(_row())


def _sample_answer() -> dict[str, Any]:
    return answer_of(_row(Answer.YES))


def _last_asked(scope: str) -> Sequence[Example]:
    rows = Belonging.objects.select_related("organisation").order_by("-asked_at", "-pk")
    return [Example(str(row.pk), f"{row}, {row.organisation}", partial(_shown, row)) for row in rows[: emails.EXAMPLES]]


def _last_answered(scope: str) -> Sequence[Example]:
    rows = Belonging.objects.exclude(answer="").select_related("organisation").order_by("-answered_at", "-pk")
    return [Example(str(row.pk), f"{row}, {row.organisation}", partial(answer_of, row)) for row in rows[: emails.EXAMPLES]]
