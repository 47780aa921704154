"""Somebody says to work for a member: its contact answers in one click, by mail or in the member's space (domain.md G0, ADR 0051).

The address is proven by whoever calls (an account, the link of an order). One request an address and body; a « no » may be asked again
after a month. A « yes » stands as long as the body is a member, and may be taken back at any time.
"""

import re
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.models import normalise
from core.clock import PARIS
from core.refusals import Refused
from core.typography import day_in_words
from memberships import claim_emails as emails
from memberships import claim_links
from memberships.belonging import ANSWERED, member_of
from memberships.models import Belonging
from memberships.rights import in_force
from memberships.services.answering import ByLink
from memberships.states import Answer
from organisations.models import Organisation
from organisations.services.succession import lock
from records.services import forget, record

# What one address may have waiting, all bodies together: people work for one, and sometimes hesitate between two.
WAITING_AT_MOST = 3
# Letters that one body's contacts receive in a day: the others wait in its space, and in the reminder.
LETTERS_A_DAY = 20
ASKED_AGAIN_AFTER = timedelta(days=30)
_A_DAY = timedelta(days=1)
_ADDRESS = re.compile(r"://|\bwww\.|@", re.IGNORECASE)
# The journal keeps its authors: the address is in the note, which is forgotten with the request.
THEMSELVES = ByLink("La personne elle-même")


@transaction.atomic
def claim(organisation: Organisation, email: str, *, name: str, what: str = "", about: str = "", now: datetime) -> Belonging:
    """Ask the contacts of a member whether a proven address is one of its people's; the letter leaves at once.

    Asked again while it waits, it is the same request and no other letter. `what`: what for, in words; `about`: its row (`label_of`).
    """
    today = now.astimezone(PARIS).date()
    body = lock(organisation.at(today))[organisation.at(today).pk]
    address = normalise(email)
    found = Belonging.objects.filter(organisation__in=body.heirs_of(today), email=address).order_by("answer", "-asked_at").first()
    if found and not found.answer:
        return found
    _refuse(body, address, found, now=now)
    said = {"name": _name(name), "what": what.strip()[:200], "about": about, "asked_at": now, "reminded_at": None}
    row = claim_links.renewed(found or Belonging(organisation=body, email=address))
    for field, value in {**said, "answer": "", "answered_at": None, "answered_by": ""}.items():
        setattr(row, field, value)
    row.save()
    record("rattachement demandé", row, by=THEMSELVES, now=now, note=f"{address} : {body}")
    if Belonging.objects.waiting().filter(organisation=row.organisation, asked_at__gt=now - _A_DAY).count() <= LETTERS_A_DAY:
        emails.post_asked(row, now=now)
    return row


def _name(typed: str) -> str:
    """One line. Contacts read it in our letter, which makes links of addresses: a name holds none."""
    if _ADDRESS.search(typed):
        raise Refused("Un nom ne contient ni adresse de site, ni adresse électronique.")
    return " ".join(typed.split())[:160]


def _refuse(body: Organisation, address: str, before: Belonging | None, *, now: datetime) -> None:
    today = now.astimezone(PARIS).date()
    if in_force(body, today) is None:
        raise Refused(f"« {body} » n’est pas adhérent aujourd’hui : il n’y a rien à lui demander.")
    if belongs := member_of([address], today, body=body):
        raise Refused(f"C’est déjà fait : vous comptez parmi les agents de « {body} » ({belongs.gate.label}).")
    if before and before.answered_at and today < (again := before.answered_at.astimezone(PARIS).date() + ASKED_AGAIN_AFTER):
        day = day_in_words(again)
        raise Refused(f"« {body} » a répondu non. Parlez-en avec votre organisme ; vous pourrez redemander à partir du {day}.")
    if Belonging.objects.waiting().filter(email=address).count() >= WAITING_AT_MOST:
        raise Refused(f"{WAITING_AT_MOST} de vos demandes attendent déjà une réponse : attendez-la, ou retirez-en une.")


@transaction.atomic
def answer(belonging: Belonging, said: Answer, *, by: Any, now: datetime) -> Belonging:
    """Answer a request, or change the answer; the person is told. Of two who answer at once the first does: the other reads who did.

    `by`: a person, or whoever answers by their link (`answering.ByLink`). `belonging`: the row as whoever answers saw it.
    """
    seen = {"answer": belonging.answer, "asked_at": belonging.asked_at}
    values = {"answer": said, "answered_at": now, "answered_by": str(by)[:200]}
    moved = belonging.answer != said and Belonging.objects.filter(pk=belonging.pk, **seen).update(**values)
    row = Belonging.objects.select_related("organisation").filter(pk=belonging.pk).first()
    if row is None:
        raise Refused("Cette demande vient d’être retirée par la personne qui l’avait faite.")
    if not moved:
        raise Refused(already(row))
    verb = "accepté" if said == Answer.YES else "retiré" if belonging.answer else "refusé"
    record(f"rattachement {verb}", row, by=by, now=now, note=f"{row.email} : {row.organisation}")
    emails.post_answered(row, before=belonging.answer, now=now)
    for follow in ANSWERED:
        follow(row, now)
    return row


def already(row: Belonging) -> str:
    """« Camille Exemple a déjà répondu oui le 3 mars 2027. »"""
    if not row.answer or row.answered_at is None:
        return "Cette demande vient d’être faite de nouveau : rechargez la page."
    return f"{row.answered_by} a déjà répondu {row.get_answer_display()} le {day_in_words(row.answered_at.astimezone(PARIS))}."


@transaction.atomic
def take_back(belonging: Belonging, *, now: datetime) -> None:
    """Whoever asked takes the request back, or the answer it had: nothing of it stays but that it was done."""
    row = Belonging.objects.select_for_update(of=("self",)).filter(pk=belonging.pk).first()
    if row is None:
        return
    record("demande de rattachement effacée", row, by=THEMSELVES, now=now)
    forget_it(row, now=now)
    for follow in ANSWERED:
        follow(Belonging(organisation=row.organisation, email=row.email, about=row.about), now)


def forget_it(row: Belonging, *, now: datetime) -> None:
    """Erase a request, its letters and what the journal says of whom it was."""
    emails.forget(row, now)
    forget(row)
    row.delete()
