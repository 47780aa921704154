"""The papers we make of a membership: drawn once, kept for ever, told by their sha256. Their words are in templates/memberships/pdf/.

A paper is drawn again only when what it says changed: then it is a new version, beside the old one. `PAPERS` says what each reads.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction

from core import pdf
from core.addresses import absolute
from core.clock import PARIS
from core.money import euros
from core.numbers import spaced, spaced_iban
from memberships import space
from memberships.addressing import address_line, address_of
from memberships.bulletins import ROLES, people_of
from memberships.models import Membership, MembershipDocument, Right
from memberships.states import UPLOADED, DocumentKind
from organisations.models import Contact
from organisations.states import ContactRole
from records.models import Association

PDF = "application/pdf"


def _nothing_more(membership: Membership, now: datetime) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Paper:
    """`prefix` begins its number, `name` the file people download; `context` gives what its page reads beside what all of them do."""

    prefix: str
    name: str
    context: Callable[[Membership, datetime], dict[str, Any]] = _nothing_more


def _told(membership: Membership, now: datetime) -> dict[str, Any]:
    """What the bulletin and the call of dues say: people, amount, numbers as they are read."""
    association = Association.shown()
    return {
        "people": [(ContactRole(role).label, person) for role, person in _people(membership, now)],
        "amount": euros(membership.amount),
        "address": address_line(list(address_of(membership).values())),
        "payer_siret": spaced(membership.payer_siret),
        "supplier_siret": spaced(association.siret),
        "iban": spaced_iban(association.iban, " "),
    }


def _people(membership: Membership, now: datetime) -> list[tuple[str, Any]]:
    """Whom the bulletin named; of a membership that had none (renewed, imported), the contacts of the day."""
    if named := people_of(membership.bulletin):
        return list(named.items())
    rows = Contact.objects.of(membership.organisation, on=now.astimezone(PARIS).date())
    return [(row.role, row) for role in ROLES for row in rows.filter(role=role).order_by("pk")[:1]]


def _attested(membership: Membership, now: datetime) -> dict[str, Any]:
    """What the attestation says: who, since when, until when; nothing of money, which changes no right (D2)."""
    return {"siret": spaced(membership.organisation.siret) if membership.organisation.siret else ""}


# Other modules add to these what only they know: `PAPERS[DocumentKind.QUOTE] = Paper("D", "devis", quoted)`.
PAPERS: dict[str, Paper] = {
    DocumentKind.BULLETIN: Paper("B", "bulletin-adhesion", _told),
    DocumentKind.DUES_CALL: Paper("AC", "appel-de-cotisation", _told),
    DocumentKind.QUOTE: Paper("D", "devis-adhesion"),
    DocumentKind.ATTESTATION: Paper("AT", "attestation-adhesion", _attested),
    DocumentKind.SUMMARY: Paper("S", "ce-que-l-adhesion-vous-a-apporte", space.brought),
}


def publish(membership: Membership, kind: str, now: datetime) -> MembershipDocument:
    """Return the paper of a membership as its data stands: the one we keep, or a new version when the data changed.

    Drawn outside any lock; of two at once, one is kept.
    """
    if kind in UPLOADED:
        raise ValueError(f"{kind} is given to us, not made")
    if (last := latest(membership, kind)) and (page := _same_page(last, membership)):
        return last if last.file.storage.exists(str(last.file.name)) else _stored(last, page)
    number = _number(membership, kind)
    page = _page(membership, kind, number=number, made_at=now)
    made = MembershipDocument(
        membership=membership, kind=kind, number=number, made_at=now, by_name="Portail", source=_digest(page.encode())
    )
    return _kept(made, pdf.draw([pdf.Layout(page)]))


def preview(membership: Membership, kind: str, now: datetime) -> bytes:
    """Return a paper as it would be, kept nowhere: of a membership that may not be written yet."""
    return pdf.draw([pdf.Layout(_page(membership, kind, number="Aperçu", made_at=now))])


def latest(membership: Membership, kind: str) -> MembershipDocument | None:
    return membership.documents.filter(kind=kind).order_by("-made_at", "-pk").first()


def read(document: MembershipDocument) -> bytes:
    with document.file.open("rb") as opened:
        content: bytes = opened.read()
    return content


def file_name(document: MembershipDocument) -> str:
    """Return the name under which it is downloaded: « appel-de-cotisation-AC2027-0012.pdf »."""
    return f"{PAPERS[document.kind].name}-{document.number}.pdf"


def _same_page(document: MembershipDocument, membership: Membership) -> str:
    """Return the page a paper was drawn from, when the data of today would draw the same, of its own day and number; else nothing."""
    page = _page(membership, document.kind, number=document.number, made_at=document.made_at)
    return page if document.source == _digest(page.encode()) else ""


def _stored(document: MembershipDocument, page: str) -> MembershipDocument:
    """Draw again a paper whose file the storage lost (a backup restored without it): same data, same number."""
    drawn = pdf.draw([pdf.Layout(page)])
    document.sha256 = _digest(drawn)
    document.file.save(_path(document), ContentFile(drawn), save=False)
    document.save(update_fields=["file", "sha256"])
    return document


def _page(membership: Membership, kind: str, *, number: str, made_at: datetime) -> str:
    context = {
        "membership": membership,
        "organisation": membership.organisation,
        "campaign": membership.campaign,
        "contacts": list(Contact.objects.filter(organisation=membership.organisation_id).current(on=made_at.astimezone(PARIS).date())),
        "rights": list(Right.objects.all()),
        "association": Association.shown(),
        "number": number,
        "made_at": made_at,
        "portal": absolute("/"),
        **PAPERS[kind].context(membership, made_at),
    }
    return pdf.markup(f"memberships/pdf/{kind.lower()}.html", context)


def _number(membership: Membership, kind: str) -> str:
    """« AC2027-0012 », and from its second version « AC2027-0012-2 »."""
    number = f"{PAPERS[kind].prefix}{membership.campaign.year}-{membership.pk:04}"
    versions = membership.documents.filter(kind=kind).count()
    return f"{number}-{versions + 1}" if versions else number


@transaction.atomic
def _kept(made: MembershipDocument, drawn: bytes) -> MembershipDocument:
    """Store a paper, unless a faster hand stored the same."""
    Membership.objects.select_for_update(of=("self",), no_key=True).get(pk=made.membership_id)
    last = latest(made.membership, made.kind)
    if last and last.number == made.number:
        return last
    made.sha256 = _digest(drawn)
    made.file.save(_path(made), ContentFile(drawn), save=False)
    made.save()
    return made


def _path(document: MembershipDocument) -> str:
    return f"{document.membership.campaign.year}/{file_name(document)}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
