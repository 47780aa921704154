"""What the dashboard and the digest say of the flyers."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Min
from django.urls import reverse

from core.registry import Waiting
from programmes.services import flyers


def waiting(now: datetime) -> Iterator[Waiting]:
    """Those that could not be made, since when."""
    found = flyers.failed().order_by().aggregate(count=Count("pk"), since=Min("created_at"))
    url = f"{reverse('admin:programmes_flyer_changelist')}?etat=echec"
    several = "dépliants qui n’ont pas pu être faits"
    yield Waiting("dépliant qui n’a pas pu être fait", found["count"], url, "programmes.view_flyer", found["since"], several)
