"""Whom a change of a call concerns: those who hold a draft, and those who deposited. Days have no applications."""

from collections.abc import Iterator
from typing import Any

from applications.models import Application
from applications.states import EDITABLE, State
from core.registry import Concerned
from programmes.models import Edition
from records.services import label_of

DRAFT, DEPOSITED, REVIEWED = "draft", "deposited", "reviewed"


def people(row: Any) -> Iterator[Concerned]:
    """Each holder of a file of this call, in the order of the files; whoever is out of it is named with why."""
    if not isinstance(row, Edition):
        return
    for application in row.applications.with_call().order_by("pk"):
        application.edition = row
        yield _concerned(application)


def _concerned(application: Application) -> Concerned:
    return Concerned(
        email=application.address,
        greeting=f"Bonjour {application.draft['first_name']}".strip(),
        why=_why(application),
        reader=application.applicant,
        about=label_of(application),
        page=application.get_absolute_url(),
        holds=_holds(application),
        left_out=_left_out(application),
        name=application.full_name or str(application),
    )


def _holds(application: Application) -> str:
    """What may still be edited and what may not, by what the candidate knows: a decision changes no word of a letter (B4)."""
    if application.state == State.DRAFT or _is_being_changed(application):
        return DRAFT
    return DEPOSITED if application.public_state in EDITABLE else REVIEWED


def _is_being_changed(application: Application) -> bool:
    """What was typed after a deposit and not deposited is a draft too."""
    return application.state == State.SUBMITTED and application.has_changes


def _why(application: Application) -> str:
    if application.state == State.DRAFT:
        return "vous avez un brouillon pour cet appel"
    if _is_being_changed(application):
        return f"votre candidature {application.reference} a des modifications qui ne sont pas déposées"
    return f"vous avez déposé une candidature à cet appel ({application.reference})"


def _left_out(application: Application) -> str:
    """By what the candidate knows: before the results nobody is declined, else the letter's absence would tell (B4)."""
    if not application.address or application.erased_at:
        return "plus d’adresse"
    if application.applicant and not application.applicant.is_active:
        return "compte fermé"
    reasons = {
        State.WITHDRAWN: "candidature retirée",
        State.DECLINED: "candidature non retenue",
        State.DUPLICATE: "doublon d’une autre candidature",
    }
    return reasons.get(application.public_state, "")
