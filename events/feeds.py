"""The events that are found, as Atom (RFC 4287), entry by entry; calendars are in `calendars`, data in `opendata`.

An entry keeps its id as long as its event lives, whatever its address and its title become.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

from django.conf import settings

from core.addresses import absolute
from core.clock import PARIS
from core.typography import typo
from events import opendata, pictures
from events.calendars import changed_at, is_cancelled
from events.models import Event
from events.states import Access
from events.words import place, slot

# Since when this portal names its entries (RFC 4151).
_BORN = "2026"


def atom(events: Iterable[Event], *, title: str, itself: str, page: str, date: datetime) -> Iterator[bytes]:
    """Yield the feed; `updated` is the last change: the feed of an unchanged programme does not change."""
    head = (
        f'<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr">\n'
        f"<id>{_text(itself)}</id><title>{_text(typo(title))}</title><updated>{_iso(date)}</updated>"
        f"<author><name>La 27e Région</name></author><rights>{_text(opendata.LICENCE)}</rights>"
        f'<link rel="self" type="application/atom+xml" href={quoteattr(itself)}/>'
        f'<link rel="alternate" type="text/html" href={quoteattr(page)}/>\n'
    )
    yield head.encode()
    for event in events:
        yield _entry(event).encode()
    yield b"</feed>\n"


def _entry(event: Event) -> str:
    address = absolute(event.get_absolute_url())
    title = f"Annulé : {event.title}" if is_cancelled(event) else event.title
    labels = "".join(f"<category term={quoteattr(str(row))}/>" for row in event.formats.all())
    return (
        f"<entry><id>tag:{urlsplit(settings.PORTAL_URL).hostname},{_BORN}:evenement-{event.pk}</id><title>{_text(typo(title))}</title>"
        f'<link rel="alternate" type="text/html" href={quoteattr(address)}/>'
        f"{_picture(event)}"
        f"<published>{_iso(event.listed_at or event.created_at)}</published><updated>{_iso(changed_at(event))}</updated>"
        f'{labels}<summary type="text">{_text(typo(_summary(event)))}</summary></entry>\n'
    )


def _picture(event: Event) -> str:
    """The picture of its organiser, once described; a cover is no news of it."""
    picture = pictures.shown(event)
    if picture is None:
        return ""
    address, title = absolute(pictures.address(picture, "grande")), _text(picture.alt)
    return f'<link rel="enclosure" type="{pictures.CONTENT_TYPE}" href={quoteattr(address)} title={quoteattr(title)}/>'


def _summary(event: Event) -> str:
    when = [f"Quand : {slot(row, event)}." for row in event.slots.all()]
    where = place(event)
    access = str(Access(event.access).label)
    return "\n".join([event.summary, *when, *([f"Où : {where}."] if where else []), f"Accès : {access}."])


def _text(words: str) -> str:
    """Plain text in XML: what no XML file may hold is left out."""
    return escape("".join(char for char in words if char >= " " or char in "\t\n"))


def _iso(moment: datetime) -> str:
    return moment.astimezone(PARIS).isoformat(timespec="seconds")
