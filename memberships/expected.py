"""What memberships tell the treasurer's pages: the dues expected of a year, and who is to be invoiced."""

from datetime import datetime

from django.urls import reverse

from accounts.roles import ISSUE_INVOICES
from billing.accounts import Expected
from core.clock import PARIS
from core.registry import Waiting
from memberships import figures, situations
from memberships.models import Campaign, Membership
from memberships.situations import Paid


def dues(year: int, now: datetime) -> Expected | None:
    """The dues of a campaign: expected of those who joined, invoiced, received."""
    campaign = Campaign.objects.filter(year=year).first()
    if campaign is None:
        return None
    found = figures.of(campaign, on=now.astimezone(PARIS).date())
    url = f"{reverse('admin:memberships_membership_changelist')}?annee={year}"
    return Expected(f"Cotisations {year}", url, found.expected, found.invoiced, found.received)


def to_invoice(now: datetime) -> Waiting:
    """Members accepted whose dues nobody has invoiced: their finance department has not asked yet."""
    rows = situations.situated(Membership.objects.accepted(), on=now.astimezone(PARIS).date())
    count = rows.filter(paid=Paid.TO_INVOICE).count()
    url = f"{reverse('admin:memberships_membership_changelist')}?paiement={Paid.TO_INVOICE}"
    return Waiting("adhésion à facturer", count, url, ISSUE_INVOICES, several="adhésions à facturer")
