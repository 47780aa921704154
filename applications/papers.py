"""« Accord de l’employeur », to print and sign: drawn when asked for, from what was deposited. Its words: templates/applications/pdf/."""

from typing import Any

from applications.confirming_emails import due
from applications.models import Application
from core import pdf
from core.addresses import absolute
from records.models import Association

PDF = "application/pdf"
TEMPLATE = "applications/pdf/agreement.html"


def asked_of(application: Application) -> dict[str, Any]:
    """What a manager reads, on the page and on the paper: who asks and what is asked; never the motivation, never a decision."""
    edition = application.edition
    return {
        "edition": edition,
        "call": absolute(edition.get_absolute_url()),
        "candidate": f"{application.first_name} {application.last_name}".strip(),
        "job": application.job,
        "structure": application.organisation,
        "reference": application.reference,
        "phases": list(edition.phases.with_places()),
        "association": Association.shown(),
    }


def to_sign(application: Application) -> bytes:
    return pdf.render(TEMPLATE, {**asked_of(application), "due": due(application)})


def name_of(application: Application) -> str:
    return f"{application.reference}-accord-employeur.pdf"
