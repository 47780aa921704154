"""A signed agreement: a PDF of 5 Mo at most, whose content is looked at before it is kept, byte for byte (`memberships.uploads`)."""

import re

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from memberships import uploads

NOT_A_PDF = "Ce fichier n’est pas un PDF : enregistrez la convention signée en PDF, ou numérisez-la en PDF."
NO_PAGE = "Ce PDF n’a pas de page lisible : enregistrez-le de nouveau, puis réessayez."
_PAGE = re.compile(rb"/Type\s*/Page(?!s)\b")


def signed_pdf(upload: "UploadedFile[bytes]") -> bytes:
    """Return what to keep; refuse in words what is no PDF, too heavy, locked, broken, empty of pages, or acts."""
    if (upload.size or 0) <= uploads.LARGEST and not upload.read(5).startswith(b"%PDF-"):
        raise ValidationError(NOT_A_PDF)
    upload.seek(0)
    content, _ = uploads.checked(upload)
    if not any(_PAGE.search(part) for part in uploads.plain(content)):
        raise ValidationError(NO_PAGE)
    return content
