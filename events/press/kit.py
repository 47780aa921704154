"""The files of a press kit: looked at, pictures drawn again by us, given to be kept with caption, credit and licence (S16).

The content decides, never the name: a picture leaves without a byte of what was sent (metadata, hidden content), large enough to be
printed; a PDF is kept as it is when it holds nothing that acts (`memberships.uploads`).
"""

import secrets
import tempfile
import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import PurePosixPath
from typing import IO, NamedTuple

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.text import slugify
from PIL import Image

from core.addresses import absolute
from core.typography import typo
from events.models import PressFile, PressRelease
from memberships import uploads
from programmes import photos

PICTURE = "image/jpeg"
PDF = "application/pdf"
# What is kept: 20 cm at 300 dots an inch; what the page shows of it.
SIDE, QUALITY = 2400, 88
PREVIEW_SIDE, PREVIEW_QUALITY = 720, 78
NOT_A_FILE = "Ce fichier n’est ni une image JPEG, PNG ou WebP, ni un PDF : enregistrez-le dans l’un de ces formats."
_HEADER = 1024


class Kept(NamedTuple):
    """What is kept of an upload."""

    file: "ContentFile[bytes]"
    preview: "ContentFile[bytes] | None" = None
    size: tuple[int, int] | None = None


def redrawn(upload: "UploadedFile[bytes]") -> Kept:
    """Return what to keep of an upload; refuse in words what is neither a picture nor an honest PDF."""
    is_pdf = b"%PDF-" in upload.read(_HEADER)
    upload.seek(0)
    return _document(upload) if is_pdf else _picture(upload)


def fill(file: PressFile, kept: Kept) -> None:
    """Put what is kept in a row, which is not saved yet; its former files go once the transaction is over."""
    before = [str(name) for name in (file.file.name, file.preview.name) if name and file.pk]
    file.size = len(kept.file.read())
    kept.file.seek(0)
    file.file.save(str(kept.file.name), kept.file, save=False)
    file.width, file.height = kept.size or (None, None)
    file.preview.name = default_storage.save(f"presse/{kept.preview.name}", kept.preview) if kept.preview else ""
    for name in before:
        forget(name)


def forget(name: str) -> None:
    transaction.on_commit(lambda: default_storage.delete(name), robust=True)


def _document(upload: "UploadedFile[bytes]") -> Kept:
    content, _ = uploads.checked(upload)
    return Kept(ContentFile(content, name=f"{secrets.token_hex(16)}.pdf"))


def _picture(upload: "UploadedFile[bytes]") -> Kept:
    try:
        sent = photos.opened(upload)
    except ValidationError as refusal:
        raise ValidationError(NOT_A_FILE) if photos.NOT_A_PHOTO in refusal.messages else refusal from None
    share = min(1.0, SIDE / max(sent.size))
    least = (max(1, int(sent.width * share)), max(1, int(sent.height * share)))
    picture = photos.decoded(sent, least, SIDE)
    name = secrets.token_hex(16)
    small = picture.copy()
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    return Kept(_jpeg(picture, f"{name}.jpg", QUALITY), _jpeg(small, f"{name}-apercu.jpg", PREVIEW_QUALITY), picture.size)


def _jpeg(picture: Image.Image, name: str, quality: int) -> "ContentFile[bytes]":
    drawn = BytesIO()
    picture.save(drawn, "JPEG", quality=quality, optimize=True, progressive=True)
    return ContentFile(drawn.getvalue(), name=name)


# --- What is given ----------------------------------------------------------------------------------------


def given_name(file: PressFile) -> str:
    """« village-interactif-de-la-cite-12.jpg »: what a journalist reads in a folder."""
    words = slugify(file.caption)[:60].strip("-") or "fichier"
    return f"{words}-{file.pk}{PurePosixPath(str(file.file.name)).suffix}"


def content_type(file: PressFile) -> str:
    return PDF if str(file.file.name).endswith(".pdf") else PICTURE


def archive(release: PressRelease, files: Sequence[PressFile]) -> IO[bytes]:
    """Return the whole kit as one archive, on the disk; a file that the storage lost is left out and said."""
    made = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the answer that gives it
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as into:
        told = [_added(into, file) for file in files]
        head = [release.title, absolute(release.get_absolute_url()), ""]
        into.writestr("LISEZ-MOI.txt", "\r\n".join([*head, *told]))
    made.seek(0)
    return made


def _added(into: zipfile.ZipFile, file: PressFile) -> str:
    name = given_name(file)
    said = typo(f"{name}\r\n  {file.caption}\r\n  Crédit : {file.credit}\r\n  Licence : {file.licence}\r\n")
    try:
        with default_storage.open(str(file.file.name)) as content:
            into.writestr(name, content.read())
    except OSError:
        return f"{said}  Ce fichier manque : écrivez-nous.\r\n"
    return said
