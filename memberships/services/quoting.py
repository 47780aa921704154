"""Quotes given in autumn: to one body by download, to many by letter. The PDF is made when the letter leaves, and kept."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from core.clock import PARIS
from core.refusals import Refused
from mailing.models import Batch
from memberships import quotes, renewal_emails, rights
from memberships.models import Campaign, Membership
from memberships.renewal_emails import Told
from memberships.services.calling import NO_FINANCE
from organisations.models import Organisation


@dataclass(frozen=True)
class ToQuote:
    """One member, and the quote it would get: `why` says why it gets none."""

    organisation: Organisation
    why: str = ""
    quote: quotes.Quoted | None = None
    last: Membership | None = None
    to: Told | None = None


def to_quote(campaign: Campaign, *, now: datetime, only: Collection[int] | None = None) -> list[ToQuote]:
    """Say, of each member of the day, whether it gets a quote for this campaign, or why not."""
    today = now.astimezone(PARIS).date()
    members = [body for body in rights.members(today) if only is None or body.pk in only]
    return [_about(body, campaign, now=now) for body in members]


def _about(body: Organisation, campaign: Campaign, *, now: datetime) -> ToQuote:
    today = now.astimezone(PARIS).date()
    last, to = rights.in_force(body, today), renewal_emails.told(body, on=today)
    if quotes.kept(body, campaign):
        return ToQuote(body, "devis déjà remis")
    if to is None:
        return ToQuote(body, NO_FINANCE)
    if Membership.objects.filter(organisation=body, campaign=campaign).exists():
        return ToQuote(body, f"déjà dans la campagne {campaign.year}")
    try:
        return ToQuote(body, "", quotes.quoted(body, campaign), last, to)
    except Refused as refusal:
        return ToQuote(body, f"pas de tarif : {refusal}")


@transaction.atomic
def give_quotes(campaign: Campaign, keys: Collection[int], *, now: datetime, batch: Batch) -> list[ToQuote]:
    """Owe their letter to these members: a second one for the same year is the first."""
    rows = to_quote(campaign, now=now, only=set(keys))
    for row in rows:
        if row.quote and row.last and row.to:
            renewal_emails.post_quote(row.last, row.quote, row.to, batch=batch, now=now)
    return rows


def quote_for(organisation: Organisation, campaign: Campaign, *, now: datetime, keep: bool = True) -> bytes:
    """Return the quote of one body: the one it has, else a new one, kept beside the last membership it had."""
    if found := quotes.kept(organisation, campaign):
        return quotes.read(found)
    last = Membership.objects.filter(organisation=organisation).order_by("-campaign__year", "pk").select_related("organisation").first()
    if last is None or not keep:
        return quotes.draw(quotes.quoted(organisation, campaign), now=now)
    return quotes.read(quotes.publish(last, campaign, now=now, organisation=organisation))
