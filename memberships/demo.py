"""The demonstration of memberships: the campaign of 2021 as archive, this year's and the next, members in each state.

Real bodies are members and nothing else; whatever is waiting, unpaid or refused belongs to invented ones.
"""

from typing import Any

from django.db import transaction

from billing.models import TaxProfile
from core import clock
from core.clock import PARIS
from memberships import demo_belonging, demo_campaign, demo_members
from memberships import demo_content as content
from memberships.models import Campaign, Rate, Right
from memberships.states import Category

ARCHIVE = 2021
# The month from which next year's memberships are taken.
NEXT_OPENS = 11
TAX = {
    "category": "E",
    "exemption_code": "VATEX-FR-CGI261-7",
    "exemption_text": "Exonération de TVA, article 261, 7-1° du CGI",
    "account": "756",
}


@transaction.atomic
def load(scale: int) -> None:
    """Load it, again and again without doubling."""
    now = clock.now().astimezone(PARIS)
    rights()
    opens = {now.year, now.year + 1} if now.month >= NEXT_OPENS else {now.year}
    years = {year: campaign(year, is_open=year in opens) for year in sorted({ARCHIVE, now.year - 2, now.year, now.year + 1})}
    demo_members.load(years[now.year], years[now.year - 2], now=now)
    demo_campaign.load(years[now.year + 1], now=now)
    demo_belonging.load(years[now.year], now=now)


def rights() -> None:
    for rank, (title, text, how, unit) in enumerate(content.RIGHTS, start=1):
        Right.objects.update_or_create(title=title, defaults={"rank": rank, "text": text, "how": how, "unit": unit})


def campaign(year: int, *, is_open: bool) -> Campaign:
    """A year with its single rate and its texts; what staff changed since stays."""
    profile, _ = TaxProfile.objects.get_or_create(name="Cotisations", defaults=TAX)
    found, _ = Campaign.objects.get_or_create(year=year, defaults=_texts() | {"is_open": is_open, "tax_profile": profile})
    for category in Category:
        Rate.objects.get_or_create(campaign=found, category=category, population_from=None, defaults={"amount": content.AMOUNT})
    return found


def _texts() -> dict[str, Any]:
    return {
        "citation": content.CITATION,
        "citation_source": content.CITATION_SOURCE,
        "introduction": content.INTRODUCTION,
        "who_can_join": content.WHO_CAN_JOIN,
        "calendar": content.CALENDAR,
    }
