"""What follows from the days of a season."""

from django.db import transaction

from events.models import Event, Season
from events.zones import zone_of


@transaction.atomic
def say_beside(season: Season) -> int:
    """Say anew which of its events begin outside its days, where they take place (E2); return how many changed."""
    moved = []
    for event in Event.objects.filter(season=season, starts_at__isnull=False).order_by("pk"):
        beside = not season.holds(event.starts_at.astimezone(zone_of(event.region, event.department)).date()) if event.starts_at else False
        if beside != event.is_beside:
            event.is_beside = beside
            moved.append(event)
    return Event.objects.bulk_update(moved, ["is_beside"])
