"""The one WeasyPrint import, done at the first document: a web worker stays light until then."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

SCHEME = "static:"


def render(template: str, context: Mapping[str, Any]) -> bytes:
    """Return the tagged PDF (PDF/UA-1) of a template; only our own static files are read."""
    from weasyprint import HTML

    html = render_to_string(template, dict(context))
    document: bytes = HTML(string=html, base_url=SCHEME, url_fetcher=_fetch).write_pdf(pdf_variant="pdf/ua-1")
    return document


def _fetch(url: str, *_: object, **__: object) -> dict[str, Any]:
    """Give one of our static files, named `static:path`; refuse everything else."""
    if not url.startswith(SCHEME):
        raise ValueError(f"PDF : adresse refusée ({url[:40]})")
    path = _static_file(url.removeprefix(SCHEME).lstrip("/"))
    return {"string": path.read_bytes(), "redirected_url": url}


def _static_file(name: str) -> Path:
    collected = Path(settings.STATIC_ROOT) / name
    found = finders.find(name) or (collected if collected.is_file() else None)
    if not found:
        raise ValueError(f"PDF : fichier absent ({name[:60]})")
    return Path(str(found))
