"""What a communiqué says: one content, from which come the page, the PDF, the feed and the fingerprint (domain.md F1).

`told` gathers it as plain words, links resolved at a moment: what nobody may see yet is words without address.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Prefetch
from django.db.models.functions import ExtractYear

from core.addresses import absolute
from core.caching import MAX_AGE
from events.models import PressContact, PressFile, PressLink, PressRelease, PressSection, Season
from events.models.press import PressReleaseQuerySet
from events.press import targets

# What the home page and the site map say of a communiqué, kept for a minute as a cache in front may keep the pages themselves.
KEPT = "events:press"
_SHORT = ("slug", "title", "place", "dated_on", "embargo_until", "ready_at", "updated_at")
Texts = dict[str, Any]


@dataclass(frozen=True)
class Way:
    """A link as it is read: its words, where it leads (nothing: it is still to come)."""

    label: str
    url: str = ""
    is_to_come: bool = False


@dataclass(frozen=True)
class Part:
    title: str
    text: str
    ways: tuple[Way, ...] = ()


@dataclass(frozen=True)
class Person:
    """Whom to call, by function (F1)."""

    name: str
    function: str
    phone: str
    mobile: str
    email: str
    website: str


@dataclass(frozen=True)
class Told:
    """All that a communiqué says, and nothing else."""

    surtitle: str
    title: str
    place: str
    dated_on: date
    lede: str
    parts: tuple[Part, ...]
    ways: tuple[Way, ...]
    boilerplate_title: str
    boilerplate: str
    people: tuple[Person, ...]

    @property
    def fingerprint(self) -> str:
        """Return what changes with any of its words."""
        return hashlib.sha256(json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, default=str).encode()).hexdigest()


def whole(releases: PressReleaseQuerySet) -> PressReleaseQuerySet:
    """Read with what hangs from them: five queries, however many; the former versions are asked for where there are some."""
    return releases.select_related("season").prefetch_related(
        Prefetch("sections", PressSection.objects.order_by("order", "pk")),
        Prefetch("links", PressLink.objects.order_by("order", "pk")),
        Prefetch("contacts", PressContact.objects.order_by("function", "pk")),
        Prefetch("files", PressFile.objects.order_by("order", "pk")),
    )


def told(release: PressRelease, *, now: datetime) -> Told:
    """Return what a release read `whole` says at this moment."""
    links = list(release.links.all())
    rows = targets.found((link.target for link in links), now=now)
    by_section: dict[int | None, list[Way]] = {}
    for link in links:
        by_section.setdefault(link.section_id, []).append(_way(link, rows))
    parts = tuple(Part(part.title, part.text, tuple(by_section.get(part.pk, ()))) for part in release.sections.all())
    people = tuple(
        Person(each.name, each.function, each.phone, each.mobile, each.email, each.website) for each in release.contacts.all()
    )  # fmt: skip
    return Told(
        release.surtitle, release.title, release.place, release.dated_on, release.lede, parts, tuple(by_section.get(None, ())),
        release.boilerplate_title, release.boilerplate, people,
    )  # fmt: skip


def _way(link: PressLink, rows: dict[str, Any]) -> Way:
    """« À venir » ends by itself: the event it names takes registrations, or an address was written."""
    if link.email:
        return Way(link.label, f"mailto:{link.email}")
    if link.url:
        return Way(link.label, link.url)
    path = _opened(link, rows) if link.is_to_come else targets.path_of(link.target, rows)
    full = absolute(path) if path.startswith("/") else path
    return Way(link.label, full, is_to_come=link.is_to_come and not path)


def _opened(link: PressLink, rows: dict[str, Any]) -> str:
    event = rows.get(link.target)
    return targets.registering(event) if link.target.startswith("events.event:") and event else ""


# --- Lists ----------------------------------------------------------------------------------------------


def listed_of(season: Season, *, now: datetime) -> PressReleaseQuerySet:
    """Return the communiqués of a season, the latest first: what its page lists."""
    return PressRelease.objects.listed(now=now).filter(season=season).order_by("-dated_on", "-pk")


def listed(*, now: datetime, year: int | None = None) -> PressReleaseQuerySet:
    found = PressRelease.objects.listed(now=now).select_related("season").order_by("-dated_on", "-pk")
    return found.filter(dated_on__year=year) if year else found


def remembered(*, now: datetime) -> list[PressRelease]:
    """Return those that are listed, read once a minute for the pages that gather much; exact to the second all the same.

    Those whose embargo ends within that minute are read too, and each is asked whether it is public; acts forget it at once.
    """
    due = PressRelease.objects.listed(now=now + timedelta(seconds=MAX_AGE)).order_by("-dated_on", "-pk")
    rows: list[PressRelease] = cache.get_or_set(KEPT, lambda: list(due.only(*_SHORT)), MAX_AGE) or []
    return [row for row in rows if row.is_public(now=now)]


def forget() -> None:
    cache.delete(KEPT)


def years(*, now: datetime) -> list[tuple[int, int]]:
    """Return each year of the archive and how many communiqués it holds, the latest first."""
    counted = PressRelease.objects.listed(now=now).order_by().values(year=ExtractYear("dated_on")).annotate(count=Count("pk"))
    return sorted(((row["year"], row["count"]) for row in counted), reverse=True)
