"""What memberships answer about an invoice of theirs (`billing.sale.SOLD`): whom to write to, where it is read, what is joined again."""

from collections.abc import Sequence
from functools import partial

from django.urls import reverse

from billing.models import Invoice, SupplierFile
from billing.sale import Sold
from core import clock
from core.addresses import absolute
from core.clock import PARIS
from mailing.letters import Attachment
from memberships import documents, links
from memberships.models import Membership
from memberships.states import DocumentKind
from organisations.speaking import speakers
from records.services import label_of

ABOUT = "memberships.membership:"


def sold(invoice: Invoice) -> Sold | None:
    """The finance contact pays, the general one reads the last reminders too (D5). Without finance contact, the general one pays."""
    if not invoice.about.startswith(ABOUT):
        return None
    rows = Membership.objects.select_related("organisation", "campaign")
    membership = rows.filter(pk=invoice.about.removeprefix(ABOUT)).first()
    if membership is None:
        return None
    now = clock.now()
    today = now.astimezone(PARIS).date()
    told = speakers(membership.organisation, on=today)
    payer = told.payer
    return Sold(
        title=invoice.subject,
        page=partial(links.give, membership, payer, now),
        staff_page=absolute(reverse("admin:memberships_membership_change", args=[membership.pk])),
        space=absolute(reverse("member", args=[membership.organisation.at(today).pk])),
        to=payer.email if payer else "",
        cc=told.copied,
        greeting=f"Bonjour {payer.full_name}".strip() if payer else "Bonjour",
        reader=payer.account if payer else None,
        scope=label_of(membership.campaign),
        enclosures=partial(_enclosures, membership),
    )


def _enclosures(membership: Membership) -> Sequence[Attachment]:
    """Everything a finance department asks for, again: bulletin, call of dues, RIB."""
    now = clock.now()
    papers = [documents.attached(membership, kind, now) for kind in (DocumentKind.BULLETIN, DocumentKind.DUES_CALL)]
    ribs = SupplierFile.objects.filter(kind="RIB", is_offered=True).exclude(file="").order_by("-pk")[:1]
    return [*papers, *(Attachment("rib-la-27e-region.pdf", content, "application/pdf") for content in map(_read, ribs) if content)]


def _read(row: SupplierFile) -> bytes:
    """Return its content; nothing when the file is lost: a letter leaves without it rather than never."""
    try:
        with row.file.open("rb") as opened:
            content: bytes = opened.read()
    except FileNotFoundError:
        return b""
    return content
