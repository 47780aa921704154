"""Keeping what a body gives us: its signed bulletin, its deliberation. One more row each time; the old ones stay."""

import hashlib
import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from core.refusals import Refused
from memberships import uploads
from memberships.models import Membership, MembershipDocument
from memberships.services.moving import lock
from memberships.states import UPLOADED, Signature, State
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User

TAKES_PAPERS = frozenset({State.PROPOSED, State.ASKED, State.ACTIVE, State.TO_CONFIRM})
MOST = 20


@transaction.atomic
def file_paper(membership: Membership, kind: str, upload: "UploadedFile[bytes]", *, by: "User", now: datetime) -> MembershipDocument:
    """Keep a paper, once it was looked at; the same file twice is kept once. A signed bulletin signs what was not."""
    membership = lock(membership)
    if kind not in UPLOADED:
        raise Refused("Dites ce que vous déposez : un bulletin signé, ou une délibération.")
    if membership.state not in TAKES_PAPERS:
        raise Refused(f"Cette adhésion est « {State(membership.state).label} » : plus rien ne s’y dépose.")
    content, extension = uploads.checked(upload)
    digest = hashlib.sha256(content).hexdigest()
    # Those of this bulletin: a row that begins again keeps what it was given before, which is not its new asker's.
    given = membership.documents.filter(kind__in=UPLOADED, made_at__gte=membership.asked_at)
    if known := given.filter(kind=kind, sha256=digest, depositor=by).first():
        return known
    if given.count() >= MOST:
        raise Refused(f"{MOST} pièces sont déjà déposées : écrivez-nous si une autre est nécessaire.")
    document = MembershipDocument(membership=membership, kind=kind, sha256=digest, made_at=now, by_name=str(by)[:200], depositor=by)
    document.file.save(f"{membership.campaign.year}/{secrets.token_hex(16)}.{extension}", ContentFile(content), save=False)
    document.save()
    if not membership.signature:
        Membership.objects.filter(pk=membership.pk).update(signature=Signature.UPLOAD, signed_at=now)
    record("pièce déposée", membership, by=by, now=now, note=document.get_kind_display())
    return document
