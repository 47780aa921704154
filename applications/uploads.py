"""The signed agreement of an employer: a PDF of 5 Mo at most, looked at before it is kept. The content decides, never the name.

Kept byte for byte, for a signature in it to stay good. Nothing is run to look: its objects are read in its bytes, as for the bulletins of
members (`memberships.uploads`, docs/adr/0035), and nothing that acts is taken. A picture is no signed agreement.
"""

import re

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from memberships import uploads

LARGEST = uploads.LARGEST
NOT_A_PDF = "Ce fichier n’est pas un PDF : enregistrez votre document en PDF, ou numérisez-le en PDF."
NO_PAGE = "Ce PDF n’a pas de page lisible : enregistrez-le de nouveau, puis réessayez."
_PAGE = re.compile(rb"/Type\s*/Page(?!s)\b")


def signed_pdf(upload: "UploadedFile[bytes]") -> bytes:
    """Return what to keep; refuse in words what is no PDF, what is too heavy, locked, broken, empty of pages, or acts."""
    if (upload.size or 0) > LARGEST:
        raise ValidationError(uploads.TOO_HEAVY)
    content = upload.read(LARGEST + 1)
    # At its very first byte: what begins as a program or a page and goes on as a PDF is none.
    if not content.startswith(b"%PDF-"):
        raise ValidationError(NOT_A_PDF)
    upload.seek(0)
    kept, _ = uploads.checked(upload)
    if not any(_PAGE.search(part) for part in uploads.plain(kept)):
        raise ValidationError(NO_PAGE)
    return kept
