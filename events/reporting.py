"""Who reads the report of which place: the team any, a coordinator their regions, a partner any by their door; and what was asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from core.folding import fold
from events import queries, report
from events.models import RegionCoordinator, Season
from events.models.season import VIEW_EVENT
from organisations.regions import Region

if TYPE_CHECKING:
    from accounts.models import User

# Everywhere, then online, then each region by name.
ALL = (report.EVERYWHERE, *sorted(Region.values, key=lambda code: fold(str(Region(code).label))), report.ONLINE)


def places_of(user: "User") -> tuple[str, ...]:
    """The places whose report this person reads; the national queue is what is online."""
    if user.has_perm(VIEW_EVENT):
        return ALL
    mine = {row or report.ONLINE for row in RegionCoordinator.objects.of(user).values_list("region", flat=True)}
    return tuple(place for place in ALL if place in mine)


@dataclass(frozen=True)
class Asked:
    """A season, a place, and what may be asked instead."""

    season: Season
    place: str
    seasons: list[Season]
    places: tuple[str, ...]

    @property
    def address(self) -> str:
        return f"?saison={self.season.slug}{f'&region={self.place}' if self.place else ''}"

    @property
    def choices(self) -> list[tuple[str, str]]:
        return [(place, report.name_of(place)) for place in self.places]


def asked(given: Mapping[str, str], places: tuple[str, ...], *, now: datetime, hidden: bool = False) -> Asked | None:
    """Read the address; None for a season or a place that is not theirs. `hidden` seasons are the team's and the coordinators'."""
    seasons = list(Season.objects.order_by("-starts_on", "pk")) if hidden else queries.public_seasons(now=now)
    wanted = given.get("saison", "")
    season = next((row for row in seasons if row.slug == wanted), None) if wanted else queries.leading(seasons, now=now)
    place = given.get("region", places[0] if places else "").strip().upper().replace(report.ONLINE.upper(), report.ONLINE)
    return Asked(season, place, seasons, places) if season and place in places else None
