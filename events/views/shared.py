"""What the views of events share: what was asked of the programme, and the season it is asked of."""

from dataclasses import dataclass, field
from datetime import datetime

from django.http import HttpRequest

from events import finding, queries
from events.finding import Filters
from events.models import Season


@dataclass(frozen=True)
class Asked:
    """A query string, read: the filters, what is to be said of them, and the season they are about."""

    filters: Filters
    told: list[str]
    season: Season | None
    seasons: list[Season] = field(default_factory=list)

    @property
    def title(self) -> str:
        """« Semaine de l’innovation publique 2027 : Bretagne, atelier »."""
        words = ", ".join(finding.in_words(self.filters))
        name = self.season.title if self.season else "Événements"
        return f"{name} : {words}" if words else name


def asked(request: HttpRequest, *, now: datetime) -> Asked:
    """Read the address (1 query)."""
    seasons = queries.public_seasons(now=now)
    filters, told = finding.read(request.GET, (season.slug for season in seasons))
    return Asked(filters, [*told, *finding.misread(request.GET)], queries.season_of(filters, seasons, now=now), seasons)


def page_of(request: HttpRequest) -> int:
    """The page asked for; anything that is no number is the first."""
    typed = request.GET.get("page", "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 6 else 1  # noqa: PLR2004 - more is no page
