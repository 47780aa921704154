"""What the public pages read: the campaign that is open, its rate card, the members of a day."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import models

from core.clock import PARIS
from core.folding import fold
from core.money import euros
from core.prepared import Prepared
from core.typography import day_in_words
from memberships import dues, rights
from memberships.models import Campaign, Membership, Rate
from memberships.states import CATEGORY_OF, Category, LateRule
from organisations.models import Organisation
from organisations.regions import Region
from organisations.states import Kind


def today(now: datetime) -> date:
    return now.astimezone(PARIS).date()


def open_campaigns(now: datetime) -> list[Campaign]:
    """Return the campaigns one may join, this year's first; a year that is over is closed, whatever its box says."""
    rows = Campaign.objects.filter(is_open=True, year__gte=today(now).year)
    return list(rows.select_related("tax_profile").prefetch_related("rates").order_by("year"))


_JOINING = Prepared(
    lambda year: Campaign.objects.filter(is_open=True, year__gte=year).annotate(amount=models.F("rates__amount")).order_by("year"), year=int
)


def joining(now: datetime) -> "Grid | None":
    """The amounts of the first campaign one may join (1 query, for the home page); None when there is none."""
    rows = _JOINING(year=today(now).year)
    if not rows:
        return None
    return Grid([Line("", "", row.amount) for row in rows if row.pk == rows[0].pk and row.amount is not None])  # type: ignore[attr-defined]


def shown_campaign(now: datetime, year: int | None = None) -> Campaign | None:
    """Return the campaign of the page « Adhérer »: the one asked for, else the open one, else the last."""
    rows = Campaign.objects.select_related("tax_profile").prefetch_related("rates")
    if year is not None:
        return rows.filter(year=year, year__lte=today(now).year + 1).first()
    found = list(rows.filter(year__lte=today(now).year + 1).order_by("year"))
    return next((row for row in found if row.is_open and row.year >= today(now).year), found[-1] if found else None)


def next_year(campaign: Campaign | None, now: datetime) -> int | None:
    """Return the year after a campaign's when one may already join for it: in autumn, the page of this year leads there."""
    if campaign is None or campaign.year != today(now).year:
        return None
    following = Campaign.objects.filter(is_open=True, year=campaign.year + 1)
    return campaign.year + 1 if following.exists() else None


# --- The rate card ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """« commune de moins de 10 000 habitants », « 500 € »."""

    label: str
    band: str
    amount: Decimal

    @property
    def price(self) -> str:
        return euros(self.amount)


@dataclass(frozen=True)
class Grid:
    """The rates of a year: one for all when there is one, else line by line."""

    lines: list[Line]

    @property
    def single(self) -> Decimal | None:
        amounts = {line.amount for line in self.lines}
        return amounts.pop() if len(amounts) == 1 else None

    @property
    def lowest(self) -> Decimal | None:
        return min((line.amount for line in self.lines), default=None)

    @property
    def in_words(self) -> str:
        """« 5 000 € », « à partir de 500 € »; empty without rates."""
        if self.single is not None:
            return euros(self.single)
        return f"à partir de {euros(self.lowest)}" if self.lowest is not None else ""


def grid_of(campaign: Campaign) -> Grid:
    rates = sorted(campaign.rates.all(), key=_rank)
    return Grid([Line(Category(rate.category).label, dues.band_in_words(rate), rate.amount) for rate in rates])


def _rank(rate: Rate) -> tuple[int, int]:
    return Category.values.index(rate.category), rate.population_from or 0


def late_in_words(campaign: Campaign) -> str:
    """Say what is owed by who joins late in the year."""
    if campaign.late_rule == LateRule.FULL or campaign.late_from is None:
        return "La cotisation est due pour l’année civile entière, quel que soit le mois d’adhésion."
    day = day_in_words(campaign.late_from)
    if campaign.late_rule == LateRule.PRO_RATA:
        return f"À partir du {day}, la cotisation est comptée au prorata des mois qui restent."
    return f"À partir du {day}, le reste de l’année est offert : la cotisation due est celle de l’année suivante."


# --- The directory -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tile:
    """A region on the grid of the eighteen: its short name, how many members, whether it is the one chosen."""

    code: str
    name: str
    short: str
    count: int
    chosen: bool


# Where each region stands on the grid is in static/css/site.css (`.tile-53`).
SHORT = {
    "32": "HDF", "28": "NOR", "11": "IDF", "44": "GES", "53": "BRE", "52": "PDL", "24": "CVL", "27": "BFC", "75": "NAQ", "84": "ARA",
    "76": "OCC", "93": "PAC", "94": "COR", "01": "GUA", "02": "MTQ", "03": "GUY", "04": "REU", "06": "MAY",
}  # fmt: skip


@dataclass(frozen=True)
class Directory:
    """The members of a day, as filtered; figures are of all of them."""

    found: list[Organisation]
    total: int
    tiles: list[Tile]
    kinds: list[tuple[str, str, int]]


def directory(now: datetime, *, region: str = "", kind: str = "", words: str = "") -> Directory:
    """Return who is a member today: organisations only, by name."""
    members = rights.members(today(now))
    found = [body for body in members if _fits(body, region, kind, words)]
    regions, kinds = Counter(body.region for body in members), Counter(body.kind for body in members)
    tiles = [Tile(code, Region(code).label, short, regions[code], code == region) for code, short in SHORT.items()]
    return Directory(found, len(members), tiles, [(value, str(Kind(value).label), kinds[value]) for value in CATEGORY_OF if kinds[value]])


def _fits(body: Organisation, region: str, kind: str, words: str) -> bool:
    wanted = fold(words).split()
    return (not region or body.region == region) and (not kind or body.kind == kind) and all(word in body.search for word in wanted)


def categories(rates: Iterable[Rate]) -> list[str]:
    """Return the categories that have a rate, in words."""
    held = {rate.category for rate in rates}
    return [category.label for category in Category if category in held]


def price_of(membership: Membership) -> str:
    """« 5 000 € », with how it was counted."""
    return euros(membership.amount) + (f" ({membership.amount_note})" if membership.amount_note else "")
