"""What the pages below ask of memberships, through the registries of `core`: the home page, the site map, the way in."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from core import clock
from core.registry import Erasure, Link, SignInNote
from memberships import queries, retention
from memberships.models import Campaign


def home(request: HttpRequest, now: datetime) -> dict[str, Any] | None:
    """The band « Adhérer », while a year is open."""
    grid = queries.joining(now)
    return {"grid": grid} if grid is not None else None


def site_map(now: datetime) -> Iterator[Link]:
    yield Link("Adhérer", reverse("membership"))
    yield Link("Les adhérents", reverse("members"))
    for year in Campaign.objects.filter(year__lt=queries.today(now).year).order_by("-year").values_list("year", flat=True):
        yield Link(f"Adhésions {year}", reverse("membership_year", args=[year]), note="archive")


def sign_in_note(path: str) -> SignInNote | None:
    """On the way to the bulletin: whose address to give."""
    if not path.startswith("/adhesion/rejoindre/"):
        return None
    campaign = next(iter(queries.open_campaigns(clock.now())), None)
    return SignInNote(
        f"Adhérer{f' en {campaign.year}' if campaign else ''}",
        "D’abord, votre adresse professionnelle : le code, puis l’accusé de réception du bulletin y sont envoyés. "
        "Vous pourrez vous arrêter et reprendre : ce que vous tapez est gardé.",
        aim="remplir le bulletin d’adhésion",
    )


def purge(now: datetime, dry_run: bool) -> Iterator[Erasure]:
    yield Erasure("brouillons d’adhésion", retention.erase_drafts(now, dry_run=dry_run))
