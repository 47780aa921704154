"""The hour where an event takes place: the zone of its region, Paris for what is online (domain.md E4)."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models.functions import TruncDate

from core.clock import PARIS
from organisations.regions import Region

_OF_REGION = {
    "01": "America/Guadeloupe",
    "02": "America/Martinique",
    "03": "America/Cayenne",
    "04": "Indian/Reunion",
    "06": "Indian/Mayotte",
}
# Overseas collectivities are no regions: their clocks go by their code.
_OF_COLLECTIVITY = {
    "975": "America/Miquelon",
    "977": "America/Guadeloupe",
    "978": "America/Guadeloupe",
    "984": "Indian/Reunion",
    "986": "Pacific/Wallis",
    "987": "Pacific/Tahiti",
    "988": "Pacific/Noumea",
}
_PLACES = {
    "America/Guadeloupe": "heure de la Guadeloupe",
    "America/Martinique": "heure de la Martinique",
    "America/Cayenne": "heure de Cayenne",
    "Indian/Reunion": "heure de La Réunion",
    "Indian/Mayotte": "heure de Mayotte",
    "America/Miquelon": "heure de Saint-Pierre-et-Miquelon",
    "Pacific/Wallis": "heure de Wallis-et-Futuna",
    "Pacific/Tahiti": "heure de Tahiti",
    "Pacific/Noumea": "heure de Nouméa",
}


def zone_of(region: str, department: str = "") -> ZoneInfo:
    """Return the zone in which the hours of an event are typed and said: « 14 h » in Cayenne is 14 h there."""
    name = _OF_REGION.get(region) or (_OF_COLLECTIVITY.get(department) if region == Region.OVERSEAS_COLLECTIVITY else None)
    return ZoneInfo(name) if name else PARIS


def zone_in_words(zone: ZoneInfo) -> str:
    """« heure de La Réunion »; nothing for Paris, where most of the season is."""
    return _PLACES.get(zone.key, "")


def is_all_day(starts_at: datetime, ends_at: datetime | None, zone: ZoneInfo) -> bool:
    """Tell whole days, whose hours nobody gave: from a midnight to a midnight, there."""
    if ends_at is None:
        return False
    first, last = starts_at.astimezone(zone), ends_at.astimezone(zone)
    return first.time() == last.time() == time() and last.date() > first.date()


def last_day(starts_at: datetime, ends_at: datetime | None, zone: ZoneInfo) -> date:
    """The day of the last hour: what ends at midnight ended the day before."""
    if ends_at is None:
        return starts_at.astimezone(zone).date()
    return max(starts_at.astimezone(zone).date(), (ends_at.astimezone(zone) - timedelta(microseconds=1)).date())


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a day, there."""
    return datetime.combine(day, time(), zone)


def day_there(moment: str, *, of: str = "event__") -> models.Case:
    """The calendar day of a column, where the event takes place, in SQL; `of` leads from the row to its event."""
    return _by_zone(lambda zone: TruncDate(moment, tzinfo=zone), of, models.DateField())


def midnight_there(day: date, *, of: str = "event__") -> models.Case:
    """The first moment of a day, where the event takes place, in SQL."""
    return _by_zone(lambda zone: models.Value(midnight(day, zone)), of, models.DateTimeField())


def _by_zone(expression: Callable[[ZoneInfo], Any], of: str, output: "models.Field[Any, Any]") -> models.Case:
    # First what most events are, so that the other clocks are looked at for the others only.
    here = models.When(~models.Q(**{f"{of}region__in": [*_OF_REGION, Region.OVERSEAS_COLLECTIVITY]}), then=expression(PARIS))
    regions = [models.When(**{f"{of}region": code}, then=expression(ZoneInfo(name))) for code, name in _OF_REGION.items()]
    others = [models.When(**{f"{of}department": code}, then=expression(ZoneInfo(name))) for code, name in _OF_COLLECTIVITY.items()]
    # What is left is a collectivity.
    return models.Case(here, *regions, *others, default=expression(PARIS), output_field=output)
