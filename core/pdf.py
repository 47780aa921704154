"""The one WeasyPrint import, done at the first document: a web worker stays light until then."""

import mimetypes
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from core import covers

SCHEME = "static:"
# A cover as a background: decoration, that the tags of the document leave out. `.css` asks for the rule, without it for the tiles.
COVER = "cover:"
RULE = ".css"


def render(template: str, context: Mapping[str, Any]) -> bytes:
    """Return the tagged PDF (PDF/UA-1) of a template; only our own static files are read."""
    from weasyprint import HTML

    html = render_to_string(template, {"trial": settings.TRIAL, **context})
    document: bytes = HTML(string=html, base_url=SCHEME, url_fetcher=_fetcher()).write_pdf(pdf_variant="pdf/ua-1")
    return document


@lru_cache(maxsize=1)
def _fetcher() -> Any:
    """Return what WeasyPrint asks for files; an address that is refused leaves its place empty, the document is made all the same."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class StaticFetcher(URLFetcher):  # type: ignore[misc]  # the package has no types
        """Gives one of our static files (`static:path`) or a cover (`cover:hue/slug`); refuses everything else."""

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            if url.startswith(COVER) and url.endswith(RULE):
                return URLFetcherResponse(url, cover_rule(url), {"Content-Type": "text/css"})
            if url.startswith(COVER):
                return URLFetcherResponse(url, cover_file(url), {"Content-Type": "image/svg+xml"})
            path = static_file(url)
            kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})

    return StaticFetcher()


def cover_rule(url: str) -> bytes:
    """Return the stylesheet that puts a cover behind `.cover`: no style stands in a template."""
    return f'.cover {{ background-image: url("{url.removesuffix(RULE)}"); }}'.encode()


def cover_file(url: str) -> bytes:
    """Return the band of tiles of a `cover:hue/slug` address."""
    hue, _, slug = unquote(url.removeprefix(COVER)).partition("/")
    return covers.svg(slug, hue, 27, 1).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).encode()


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
