"""The two PDFs of a deposit and the text of an application. Their words are in templates/applications/pdf/."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile
from django.db.models.fields.files import FieldFile
from django.template.loader import render_to_string

from applications import answers as asked
from applications.models import Application, Step
from core import pdf
from core.addresses import absolute
from mailing.letters import Attachment
from programmes import documents as calls
from programmes.models import Phase
from records.models import Association

if TYPE_CHECKING:
    from datetime import datetime

PDF = "application/pdf"
# The column of a step, its template, and the name under which it is downloaded after the reference.
RECEIPT = ("receipt", "applications/pdf/receipt.html", "recepisse")
EMPLOYER_LETTER = ("employer_letter", "applications/pdf/employer_letter.html", "lettre-employeur")


def publish(step: Step, phases: Sequence[Phase] | None = None) -> Step:
    """Make the two documents of a deposit, once: the letter, the sweep and whoever downloads first call this.

    Rendered outside any lock, from the copy that the step froze; of two at once, one pair is kept.
    Files that the storage lost (a backup restored without them) are made again.
    """
    if step.receipt and step.employer_letter:
        if all(file.storage.exists(str(file.name)) for file in (step.receipt, step.employer_letter)):
            return step
        Step.objects.filter(pk=step.pk, receipt=step.receipt.name).blank("receipt", "employer_letter")
    context = _context(step, phases)
    names = {column: _store(step, column, template, name, context) for column, template, name in (RECEIPT, EMPLOYER_LETTER)}
    if not Step.objects.filter(pk=step.pk, answers__isnull=False).fill(**names):
        for column, name in names.items():
            getattr(step, column).storage.delete(name)
        step.refresh_from_db(fields=["receipt", "employer_letter"])
        return step
    step.receipt, step.employer_letter = names["receipt"], names["employer_letter"]
    return step


def enclosures(step: Step) -> Sequence[Attachment]:
    """Return what a receipt carries: the receipt, the letter for the employer, the dates."""
    edition = step.application.edition
    phases = list(edition.phases.with_places())
    publish(step, phases)
    return (
        Attachment(file_name(step, RECEIPT), _read(step.receipt), PDF),
        Attachment(file_name(step, EMPLOYER_LETTER), _read(step.employer_letter), PDF),
        Attachment(calls.calendar_name(edition), calls.calendar(edition, phases), "text/calendar"),
    )


def file_name(step: Step, document: tuple[str, str, str]) -> str:
    return f"{step.application.reference}-{document[2]}.pdf"


def text(application: Application, typed: dict[str, str], *, now: "datetime") -> str:
    """Return what the person typed as a plain text to keep."""
    context = {"application": application, "edition": application.edition, "copy": asked.read_out(typed), "now": now}
    return render_to_string("applications/texte.txt", context, using="text")


def _context(step: Step, phases: Sequence[Phase] | None) -> dict[str, Any]:
    application, edition = step.application, step.application.edition
    return {
        "application": application,
        "edition": edition,
        "step": step,
        "answers": step.answers,
        "copy": asked.read_out(step.answers or {}),
        "phases": list(edition.phases.with_places()) if phases is None else phases,
        "page": absolute(application.get_absolute_url()),
        "call": absolute(edition.get_absolute_url()),
        "association": Association.shown(),
    }


def _store(step: Step, column: str, template: str, name: str, context: dict[str, Any]) -> str:
    file: FieldFile = getattr(step, column)
    content = ContentFile(pdf.render(template, context))
    path = file.field.generate_filename(step, f"{step.application.reference}-{step.pk}-{name}.pdf")
    return str(file.storage.save(path, content))


def _read(file: FieldFile) -> bytes:
    with file.open("rb") as opened:
        content: bytes = opened.read()
    return content
