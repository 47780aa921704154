"""Quotes in autumn, for the budgets of the next year: one a body and year, numbered, and no promise of an invoice.

A quote is kept beside the last membership of the body. The same one is given again, whoever asks and however often.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction

from core import pdf
from core.clock import PARIS
from core.money import euros
from core.numbers import spaced
from core.typography import day_in_words
from mailing.letters import Attachment
from mailing.models import Message
from memberships import dues, emails, papers
from memberships.models import Campaign, Membership, MembershipDocument
from memberships.states import DocumentKind
from organisations.models import Organisation
from records.models import Association

TEMPLATE = "memberships/pdf/quote.html"


@dataclass(frozen=True)
class Quoted:
    """What a quote says: what a body would owe for a year, whole."""

    organisation: Organisation
    campaign: Campaign
    amount: Decimal
    note: str
    number: str

    @property
    def year(self) -> int:
        return self.campaign.year

    @property
    def called_on(self) -> date:
        return self.campaign.call_day

    def call_in_words(self, today: date) -> str:
        """When the call of dues leaves, or that it has: a quote is also asked for in winter."""
        if self.campaign.called_at:
            return f"est parti le {day_in_words(self.campaign.called_at.astimezone(PARIS).date())}"
        return f"partira le {day_in_words(self.called_on)}" if today <= self.called_on else "va partir"


def number_of(organisation: Organisation, campaign: Campaign) -> str:
    """« D2028-0041 »: the body's own number, so that a body has one quote a year."""
    return f"D{campaign.year}-{organisation.pk:04}"


def quoted(organisation: Organisation, campaign: Campaign) -> Quoted:
    """Return what the quote of a body says; refuse as the rates do."""
    owed = dues.amount_for(campaign, organisation, date(campaign.year, 1, 1))
    return Quoted(organisation, campaign, owed.amount, owed.note, number_of(organisation, campaign))


def kept(organisation: Organisation, campaign: Campaign) -> MembershipDocument | None:
    """Return the quote already made for a body and a year."""
    rows = MembershipDocument.objects.filter(kind=DocumentKind.QUOTE, number=number_of(organisation, campaign))
    return rows.order_by("pk").first()


def draw(quote: Quoted, *, now: datetime) -> bytes:
    return pdf.render(TEMPLATE, context(quote, now=now))


def context(quote: Quoted, *, now: datetime) -> dict[str, Any]:
    ours = Association.shown()
    said = {"quote": quote, "organisation": quote.organisation, "campaign": quote.campaign, "amount": euros(quote.amount)}
    said["call"] = quote.call_in_words(now.astimezone(PARIS).date())
    return {**said, "association": ours, "supplier_siret": spaced(ours.siret), "made_at": now}


def publish(membership: Membership, campaign: Campaign, *, now: datetime, organisation: Organisation | None = None) -> MembershipDocument:
    """Return the quote of a body for a campaign, made the first time; `membership` is the year by which we know the body.

    Drawn outside any lock; of two at once, one is kept.
    """
    body = organisation or membership.organisation
    if found := kept(body, campaign):
        return found
    quote = quoted(body, campaign)
    content = draw(quote, now=now)
    made = MembershipDocument(membership=membership, kind=DocumentKind.QUOTE, number=quote.number, made_at=now, by_name="Portail")
    made.sha256 = hashlib.sha256(content).hexdigest()
    return _stored(made, body, campaign, content)


@transaction.atomic
def _stored(made: MembershipDocument, body: Organisation, campaign: Campaign, content: bytes) -> MembershipDocument:
    Organisation.objects.select_for_update(of=("self",), no_key=True).get(pk=body.pk)
    if found := kept(body, campaign):
        return found
    made.file.save(f"{campaign.year}/{papers.file_name(made)}", ContentFile(content), save=False)
    made.save()
    return made


def read(document: MembershipDocument) -> bytes:
    return papers.read(document)


def enclosed(message: Message) -> Sequence[Attachment]:
    """Return the quote a letter gives, made when it leaves: its number is the end of the letter's key."""
    membership = emails.membership_of(message)
    number = message.fact.rpartition(":")[2]
    campaign = Campaign.objects.filter(year=number[1:5]).first() if number[1:5].isdecimal() else None
    if membership is None or campaign is None:
        return ()
    body = Organisation.objects.get(pk=int(number[6:]))
    made = publish(membership, campaign, now=message.created_at, organisation=body)
    return [Attachment(papers.file_name(made), papers.read(made), papers.PDF)]
