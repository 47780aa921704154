"""The communiqués for feed readers: Atom (RFC 4287). An entry keeps its id whatever its address becomes; contacts stay on the page."""

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from django.conf import settings
from django.urls import reverse

from core.addresses import absolute
from core.clock import PARIS
from core.typography import day_in_words, typo
from events.models import PressRelease

TITLE = "La 27e Région : communiqués de presse"
# How many entries: the archive is on the site.
LATEST = 30
_ATOM = "http://www.w3.org/2005/Atom"
_BORN = "2026"  # since when this portal names its entries (RFC 4151)


def atom(releases: Sequence[PressRelease]) -> bytes:
    """`updated` is that of the entry corrected last: the feed of an unchanged press room does not change."""
    ET.register_namespace("", _ATOM)
    feed = ET.Element(f"{{{_ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": "fr"})
    last = max((updated(release) for release in releases), default=datetime(int(_BORN), 1, 1, tzinfo=UTC))
    _add(feed, "id", absolute(reverse("press_atom")))
    _add(feed, "title", typo(TITLE))
    _add(feed, "updated", _iso(last))
    _add(_add(feed, "author"), "name", "La 27e Région")
    _add(feed, "link", rel="self", type="application/atom+xml", href=absolute(reverse("press_atom")))
    _add(feed, "link", rel="alternate", type="text/html", href=absolute(reverse("press")))
    for release in releases:
        _entry(feed, release)
    content: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return content


def updated(release: PressRelease) -> datetime:
    published = release.published_at or release.embargo_until
    return max(published, release.updated_at or published)


def _entry(feed: ET.Element, release: PressRelease) -> None:
    address = absolute(release.get_absolute_url())
    entry = _add(feed, "entry")
    _add(entry, "id", f"tag:{urlsplit(settings.PORTAL_URL).hostname},{_BORN}:communique-{release.pk}")
    _add(entry, "title", typo(release.title))
    _add(entry, "link", rel="alternate", type="text/html", href=address)
    _add(entry, "link", rel="related", type="application/pdf", href=absolute(reverse("press_pdf", args=[release.slug])))
    _add(entry, "published", _iso(release.published_at or release.embargo_until))
    _add(entry, "updated", _iso(updated(release)))
    if release.season:
        _add(entry, "category", term=release.season.title)
    _add(entry, "summary", "\n".join(_lines(release)), type="text")


def _lines(release: PressRelease) -> list[str]:
    dated = f"{release.place}, le {day_in_words(release.dated_on)}. {release.lede}"
    changed = (
        f"Mis à jour le {day_in_words(release.updated_at.astimezone(PARIS).date())} : {release.update_note}" if release.updated_at else ""
    )
    return [typo(line) for line in (dated, changed) if line]


def _add(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
    child = ET.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
    child.text = text or None
    return child


def _iso(moment: datetime) -> str:
    return moment.astimezone(PARIS).isoformat(timespec="seconds")
