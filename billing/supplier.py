"""The files that finance departments ask for: PDF only, looked at by content and size, kept with their fingerprint."""

import re
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.text import slugify

from billing.models import SupplierFile

LARGEST = 5 * 1024 * 1024
TOO_HEAVY = "Ce fichier dépasse 5 Mo."
NO_PDF = "Ce fichier n’est pas un PDF : enregistrez le document en PDF."
BROKEN = "Ce PDF est incomplet ou abîmé : enregistrez-le de nouveau."
LOCKED = "Ce PDF est protégé par un mot de passe : déposez-le sans protection."
ACTIVE = "Ce PDF contient un programme ou un fichier caché : imprimez-le en PDF, puis déposez le résultat."
_ENDS = 2048
_ACTING = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData)(?![A-Za-z0-9])")


def checked(upload: Any) -> bytes:
    """Return the content of what was given; refuse in words what is no plain PDF."""
    content: bytes = upload.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValidationError(TOO_HEAVY)
    if not content.startswith(b"%PDF-"):
        raise ValidationError(NO_PDF)
    if b"%%EOF" not in content[-_ENDS:] or b"startxref" not in content[-_ENDS:]:
        raise ValidationError(BROKEN)
    if b"/Encrypt" in content:
        raise ValidationError(LOCKED)
    if _ACTING.search(content):
        raise ValidationError(ACTIVE)
    return content


def keep(file: SupplierFile, upload: Any, *, now: datetime) -> SupplierFile:
    """Keep a file under a name of ours, with its fingerprint."""
    content = checked(upload)
    file.sha256, file.added_at = sha256(content).hexdigest(), now
    file.file = ContentFile(content, f"{slugify(file.title) or 'piece'}.pdf")
    file.save()
    return file
