"""What gathering pages read of the press: home, site map, what waits for the team, the timeline, the admin's search box."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.urls import reverse

from core.clock import PARIS
from core.folding import fold
from core.registry import Found, Link, Planned, Waiting
from core.search import MOST
from core.typography import day_in_words
from events.models import PressLink, PressRelease
from events.models.press import VIEW_RELEASE
from events.press import reading
from records.services import label_of

if TYPE_CHECKING:
    from accounts.models import User

SHOWN = 3
# A communiqué whose hour comes and that nobody said ready is told so long before.
SOON = timedelta(days=2)


def home(request: HttpRequest, now: datetime) -> dict[str, Any] | None:
    """The last communiqués; nothing while there are none."""
    found = reading.remembered(now=now)[:SHOWN]
    return {"releases": found} if found else None


def site_map(now: datetime) -> Iterator[Link]:
    found = reading.remembered(now=now)
    if not found:
        return
    yield Link("Salle de presse", reverse("press"))
    for release in found:
        changed = (release.updated_at or release.published_at or now).astimezone(PARIS).date()
        note = f"{release.place}, le {day_in_words(release.dated_on)}"
        yield Link(release.title, release.get_absolute_url(), note=note, changed_on=changed)


def waiting(now: datetime) -> Iterator[Waiting]:
    """Dead links of what is public, links still « à venir », and communiqués whose hour comes without having been said ready."""
    page = reverse("admin:events_pressrelease_changelist")
    links = PressLink.objects.filter(release__in=PressRelease.objects.listed(now=now)).order_by("pk")
    dead = [link for link in links if link.dead_since]
    since = min((link.dead_since for link in dead if link.dead_since), default=None)
    several = "liens de communiqués qui ne répondent plus"
    yield Waiting("lien de communiqué qui ne répond plus", len(dead), f"{page}?liens=morts", VIEW_RELEASE, since, several)
    coming = [link for link in links if link.is_to_come and not (link.url or link.email)]
    several = "liens « à venir » dans des communiqués parus"
    yield Waiting("lien « à venir » dans un communiqué paru", len(coming), f"{page}?liens=a-venir", VIEW_RELEASE, several=several)
    unready = PressRelease.objects.filter(ready_at=None, withdrawn_at=None, embargo_until__gt=now - SOON, embargo_until__lte=now + SOON)
    yield Waiting("communiqué à dire prêt", unready.count(), f"{page}?etat=brouillon", VIEW_RELEASE, several="communiqués à dire prêts")


def planned(since: datetime, until: datetime) -> Iterator[Planned]:
    """The embargoes that end between the two, of what is ready."""
    ready = PressRelease.objects.filter(ready_at__isnull=False, withdrawn_at=None, embargo_until__gte=since, embargo_until__lt=until)
    for release in ready.order_by("embargo_until", "pk"):
        url = reverse("admin:events_pressrelease_change", args=[release.pk])
        what = f"Communiqué : {release.title}"
        yield Planned(release.embargo_until, "publié", what, "tout le monde", url=url, about=label_of(release), permission=VIEW_RELEASE)


def found(user: "User", words: str) -> Iterator[Found]:
    """Communiqués whose words hold each of those typed, for those who may read them all; tens of them."""
    asked = fold(words).split()
    if not asked or not user.has_perm(VIEW_RELEASE):
        return
    rows = [row for row in PressRelease.objects.order_by("-dated_on", "-pk") if _holds(row, asked)]
    for row in rows[:MOST]:
        yield Found("Communiqués", row.title, reverse("admin:events_pressrelease_change", args=[row.pk]), day_in_words(row.dated_on))


def _holds(release: PressRelease, asked: list[str]) -> bool:
    text = fold(f"{release.title} {release.surtitle} {release.place} {release.lede}")
    return all(word in text for word in asked)
