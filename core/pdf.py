"""The one WeasyPrint import, done at the first document: a web worker stays light until then.

Short documents are drawn here and now (`render`); those whose length staff decide, in a process of their own (`core.drawing`).
"""

import atexit
import base64
import mimetypes
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from threading import current_thread, main_thread
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from core import covers, enclosing
from core.enclosing import Enclosed

SCHEME = "static:"
# A cover as a background: decoration, that the tags of the document leave out. `.css` asks for the rule, without it for the tiles.
COVER = "cover:"
RULE = ".css"
# What a template of ours writes whole in the page: a QR code, a portrait.
PICTURES = {"data:image/svg+xml;base64": "image/svg+xml", "data:image/jpeg;base64": "image/jpeg"}
VARIANT = "pdf/ua-1"


class Unmade(Exception):  # noqa: N818 - read as a sentence: `raise Unmade(…)`
    """A document could not be drawn: nothing is lost, it may be asked for again (`core.middleware` says so to whoever downloads)."""


class Layout(NamedTuple):
    """A way to lay a document out, and in how many pages it should hold; 0: as many as it takes.

    `styles`: our static stylesheets, read once for all the documents of a process, that the page itself does not name.
    """

    html: str
    pages: int = 0
    styles: Sequence[str] = ()


def render(template: str, context: Mapping[str, Any]) -> bytes:
    """Return the tagged PDF (PDF/UA-1) of a template; only our own static files are read."""
    return draw([Layout(markup(template, context))])


def markup(template: str, context: Mapping[str, Any]) -> str:
    return render_to_string(template, {"trial": settings.TRIAL, **context})


def draw(layouts: Sequence[Layout], enclosed: Enclosed | None = None) -> bytes:
    """Return the PDF of the first layout that holds in its pages; of the last one when none does; an archive when it encloses a file.

    Raises `Unmade` whatever went wrong in the drawing.
    """
    try:
        return _drawn(layouts, enclosed)
    except Exception as error:
        raise Unmade(type(error).__name__) from error


def _drawn(layouts: Sequence[Layout], enclosed: Enclosed | None) -> bytes:
    for layout in layouts:
        document = _laid_out(layout, VARIANT if enclosed is None else enclosing.VARIANT)
        if not layout.pages or len(document.pages) <= layout.pages:
            break
    if enclosed:
        return enclosing.write(document, enclosed)
    drawn: bytes = document.write_pdf(pdf_variant=VARIANT)
    return drawn


def _laid_out(layout: Layout, variant: str) -> Any:
    from weasyprint import HTML

    page = HTML(string=layout.html, base_url=SCHEME, url_fetcher=_fetcher())
    if not layout.styles:
        return page.render(pdf_variant=variant, font_config=_fonts() if current_thread() is main_thread() else None)
    return page.render(pdf_variant=variant, stylesheets=[_style(name) for name in layout.styles], font_config=_fonts())


@lru_cache(maxsize=1)
def _fonts() -> Any:
    """Our fonts, unpacked once for all the documents of a process: they took two thirds of the time of each."""
    from weasyprint.text.fonts import FontConfiguration

    # Let go of while Python still stands: it frees what C holds by functions that are gone at the very end.
    atexit.register(_forget)
    return FontConfiguration()


def _forget() -> None:
    _style.cache_clear()
    _fonts.cache_clear()


@lru_cache(maxsize=8)
def _style(name: str) -> Any:
    from weasyprint import CSS

    return CSS(string=static_file(f"{SCHEME}{name}").read_text(encoding="utf-8"), url_fetcher=_fetcher(), font_config=_fonts())


@lru_cache(maxsize=1)
def _fetcher() -> Any:
    """Return what WeasyPrint asks for files; an address that is refused leaves its place empty, the document is made all the same."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class StaticFetcher(URLFetcher):  # type: ignore[misc]  # the package has no types
        """Gives a static file (`static:path`), a cover (`cover:hue/slug`) or a picture written whole; refuses everything else."""

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            if url.startswith(COVER) and url.endswith(RULE):
                return URLFetcherResponse(url, cover_rule(url), {"Content-Type": "text/css"})
            if url.startswith(COVER):
                return URLFetcherResponse(url, cover_file(url), {"Content-Type": "image/svg+xml"})
            kind, _, content = url.partition(",")
            if kind in PICTURES:
                return URLFetcherResponse(url, base64.b64decode(content), {"Content-Type": PICTURES[kind]})
            path = static_file(url)
            kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})

    return StaticFetcher()


def cover_rule(url: str) -> bytes:
    """Return the stylesheet that puts a cover behind `.cover`, or behind the class `at`: no style stands in a template."""
    address = url.removesuffix(RULE)
    return f'.{_asked(address).get("at", "cover")} {{ background-image: url("{address}"); }}'.encode()


def cover_file(url: str) -> bytes:
    """Return the tiles of a `cover:hue/slug` address: a band of 27, or `?cols=9&rows=3`."""
    hue, _, slug = unquote(url.removeprefix(COVER).partition("?")[0]).partition("/")
    asked = _asked(url)
    drawn = covers.svg(slug, hue, int(asked.get("cols", covers.TILES)), int(asked.get("rows", 1)))
    return drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).encode()


def _asked(url: str) -> dict[str, str]:
    return dict(parse_qsl(url.partition("?")[2]))


def static_file(url: str) -> Path:
    """Return the file of a `static:` address; any other scheme, and a path out of our folders, is refused."""
    if not url.startswith(SCHEME):
        raise ValueError(f"PDF\u00a0: adresse refusée ({url[:40]})")
    name = url.removeprefix(SCHEME).lstrip("/")
    collected = Path(settings.STATIC_ROOT) / name
    inside = ".." not in Path(name).parts
    found = inside and (finders.find(name) or (collected if collected.is_file() else None))
    if not found:
        raise ValueError(f"PDF\u00a0: fichier absent ({name[:60]})")
    return Path(str(found))
