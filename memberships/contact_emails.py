"""Letters to a body's contacts: you speak for it now; the page of the finance department is yours now."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Any

from django.urls import reverse

from core.addresses import absolute
from mailing import outbox
from mailing.letters import KINDS, Example, LetterKind, Placeholder, register
from mailing.states import Settling
from memberships import emails, links
from memberships.models import Membership
from memberships.models.membership import VIEW_MEMBERSHIP
from memberships.states import State
from organisations.models import Contact, Organisation
from organisations.states import ContactRole, Kind
from records.models import Association
from records.services import label_of

ADDED = "memberships.contact_added"
FINANCE_PAGE = "memberships.finance_page"
FOLDER = "memberships/emails"
NAMED = {
    "organisme": Placeholder("le nom de l’organisme", lambda context: context["contact"].organisation.name),
    "role": Placeholder("le rôle : référent général, finances, vote", lambda context: str(context["contact"].get_role_display())),
    "par": Placeholder("qui a donné ce rôle", itemgetter("by")),
    "salutation": Placeholder("« Bonjour Camille Exemple », ou « Bonjour »", itemgetter("greeting")),
    "lien": Placeholder("l’adresse de l’espace de l’organisme", itemgetter("page"), button=True),
}


def register_kinds() -> None:
    kind = partial(LetterKind, settling=Settling.RESEND, read_with=VIEW_MEMBERSHIP)
    register(
        kind(
            ADDED,
            "nouveau contact d’un adhérent",
            f"{FOLDER}/contact_added.txt",
            _sample_contact,
            placeholders=NAMED,
            examples=_last_contacts,
        )
    )
    words = emails.ABOUT_IT | emails.FINANCE
    register(
        kind(
            FINANCE_PAGE,
            "dossier financier remis à un autre contact",
            f"{FOLDER}/finance_page.txt",
            _sample_page,
            placeholders=words,
            examples=_last_pages,
        )
    )


def post_added(contact: Contact, *, by: str, now: datetime) -> None:
    """Tell somebody for whom they speak now, and where."""
    _post(f"contact:{contact.pk}:added", ADDED, contact, _context(contact, by), about=label_of(contact.organisation), now=now)


def post_finance_page(membership: Membership, contact: Contact, *, now: datetime) -> None:
    """Give the finance page of a membership to whoever pays from now on."""
    context = {**emails.context_of(membership, name=contact.full_name), "finance": links.give(membership, contact, now)}
    key = f"membership:{membership.pk}:finance-page:{contact.pk}:{now.timestamp():.6f}"
    _post(key, FINANCE_PAGE, contact, context, about=label_of(membership), now=now)


def _post(key: str, kind: str, contact: Contact, context: dict[str, Any], *, about: str, now: datetime) -> None:
    ours = Association.shown()
    reply = ours.dues_email or ours.contact_email
    outbox.post(key, KINDS[kind], to=contact.email, reader=contact.account, context=context, now=now, about=about, reply_to=reply)


def _context(contact: Contact, by: str) -> dict[str, Any]:
    page = absolute(reverse("member", args=[contact.organisation_id]))
    return {"contact": contact, "by": by, "greeting": f"Bonjour {contact.full_name}".strip(), "page": page}


def _sample_contact() -> dict[str, Any]:
    body = Organisation(pk=0, name="Ville d’Exemple", kind=Kind.COMMUNE)
    contact = Contact(pk=0, organisation=body, role=ContactRole.FINANCE, first_name="Sacha", last_name="Exemple")
    return _context(contact, "Camille Exemple")


def _sample_page() -> dict[str, Any]:
    return emails.context_of(emails.sample(), name="Sacha Exemple")


def _last_contacts(scope: str) -> Sequence[Example]:
    """The last contacts of members: real rows for the previews."""
    rows = Contact.objects.filter(organisation__memberships__isnull=False).select_related("organisation").order_by("-pk").distinct()
    return [
        Example(str(row.pk), f"{row}, {row.organisation}", partial(_context, row, "Camille Exemple")) for row in rows[: emails.EXAMPLES]
    ]


def _last_pages(scope: str) -> Sequence[Example]:
    """The last active memberships; the address shown opens nothing."""
    rows = Membership.objects.filter(state=State.ACTIVE).select_related("organisation", "campaign").order_by("-pk")
    return [Example(str(row.pk), str(row), partial(emails.context_of, row, name="Sacha Exemple")) for row in rows[: emails.EXAMPLES]]
