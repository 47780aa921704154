"""The PDF of a communiqué: what its page says, and nothing else, on paper (domain.md F1). Drawn apart, as flyers are."""

from datetime import datetime
from typing import Any

from core import pdf
from core.addresses import absolute
from core.drawing import drawer
from events.models import PressRelease
from events.press.reading import Told
from programmes.flyers import printed_links, qr_code
from records.models import Association

LIMIT = 20.0  # seconds a drawing may take
# From the roomiest to the tightest, on one page, which is read and pinned; then on two; then as many as it takes.
LAYOUTS = (("roomy", 1), ("plain", 1), ("dense", 1))
ON_TWO = (("plain", 2), ("dense", 2), ("plain", 0))
_LONG = 4200  # signs that no layout holds in one page: measured


def file_name(release: PressRelease, number: int = 0) -> str:
    """« communique-republique-collaborative-2017.pdf », and its version when it is not the last one."""
    return f"communique-{release.slug}{f'-version-{number}' if number else ''}.pdf"


def draw(release: PressRelease, said: Told, *, number: int, at: datetime, now: datetime) -> bytes:
    """Return the tagged PDF; raises `Undrawn` when it fails or takes too long. `now` decides whether it says « sous embargo »."""
    return drawer.draw(layouts_of(release, said, number=number, at=at, now=now), seconds=LIMIT)


def layouts_of(release: PressRelease, said: Told, *, number: int, at: datetime, now: datetime) -> list[pdf.Layout]:
    context = _context(release, said, number=number, at=at, now=now)
    tried = ON_TWO if _signs(said) > _LONG else (*LAYOUTS, *ON_TWO)
    return [pdf.Layout(pdf.markup("events/pdf/release.html", {**context, "layout": name}), pages) for name, pages in tried]


def _context(release: PressRelease, said: Told, *, number: int, at: datetime, now: datetime) -> dict[str, Any]:
    url = absolute(release.get_absolute_url())
    return {
        "release": release,
        "told": said,
        "parts": [(part, printed_links(part.text)) for part in said.parts],
        "boilerplate": printed_links(said.boilerplate),
        "number": number,
        "at": at,
        "under_embargo": not release.is_public(now=now),
        "url": url,
        "qr": qr_code(url),
        "association": Association.current(),
    }


def _signs(said: Told) -> int:
    return len(said.lede) + len(said.boilerplate) + sum(len(part.title) + len(part.text) for part in said.parts)
