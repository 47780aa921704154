"""Giving a file away: always as an attachment, never shown in our pages, its type never guessed by a browser."""

from django.http import HttpResponse

from memberships import papers
from memberships.models import MembershipDocument
from memberships.states import UPLOADED, DocumentKind

TYPES = {"pdf": papers.PDF, "jpg": "image/jpeg"}


def given(document: MembershipDocument) -> HttpResponse:
    """What a body gave us, or a paper of ours, to keep."""
    content = papers.read(document)
    if document.kind not in UPLOADED:
        return download(content, papers.file_name(document), papers.PDF)
    extension = str(document.file.name).rpartition(".")[2]
    name = "deliberation" if document.kind == DocumentKind.DELIBERATION else "bulletin-signe"
    return download(content, f"{name}-{document.pk}.{extension}", TYPES.get(extension, "application/octet-stream"))


def download(content: bytes, name: str, mimetype: str) -> HttpResponse:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(content, content_type=mimetype, headers=headers)
