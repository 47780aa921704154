"""The demonstration of a campaign in its winter: the next year called, one member confirmed, one declined, others silent, one quoted.

Before the day of the call there is nothing to show: nobody is called in spring. All the bodies are invented (`demo_members`).
"""

from datetime import datetime, time, timedelta

from core.clock import PARIS
from memberships import demo_members as people
from memberships import services
from memberships.models import Campaign, Membership
from memberships.services import calling
from records.services import record

CONFIRMED, DECLINED = people.METROPOLIS, people.DEPARTMENT
SILENT = (people.MINISTRY, people.LONGEST)
A_FEW_DAYS = timedelta(days=3)


def load(following: Campaign, *, now: datetime) -> None:
    """Load it once: what somebody has changed since stays."""
    called_at = datetime.combine(following.call_day, time(10), tzinfo=PARIS)
    if now < called_at + A_FEW_DAYS:
        return
    campaign = calling.with_rates(following)
    wanted = {CONFIRMED, DECLINED, *SILENT}
    for row in calling.called(campaign, now=now):
        if row.organisation.name in wanted and not row.why:
            membership = calling.unsaved(row, campaign, now=called_at)
            membership.save()
            record("appel de cotisation", membership, by=None, now=called_at, note="Démonstration : la lettre n’est pas partie.")
    Campaign.objects.filter(pk=campaign.pk, called_at=None).update(called_at=called_at)
    _answer(campaign, called_at + A_FEW_DAYS)


def _answer(campaign: Campaign, at: datetime) -> None:
    to_confirm = Membership.objects.to_confirm().filter(campaign=campaign)
    for row in to_confirm.filter(organisation__name=CONFIRMED):
        services.confirm(row, by=None, now=at, commitment_number="EJ-2027-0042")
    for row in to_confirm.filter(organisation__name=DECLINED):
        services.decline(row, by=None, now=at, reason="Budget voté sans adhésion cette année.")
