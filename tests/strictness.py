"""What the tests refuse anywhere, whatever they are about: unknown template variables, inline code, chance order."""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.template import engines
from django.template.base import Node, Origin
from django.test import Client

# Django's and allauth's own pages read variables that may be absent; what we write over them lives here.
LENIENT = ("admin", "allauth")


class UnknownVariable(str):
    """Put in place of an unknown variable; fails when the template that reads it is ours."""

    __slots__ = ()

    def __mod__(self, variable: object) -> str:
        origin = _template_being_rendered()
        if origin and _is_ours(Path(origin.name)):
            raise AssertionError(f"{origin.template_name} : variable inconnue {variable}")
        return ""


def _template_being_rendered() -> Origin | None:
    frame = sys._getframe(2)
    while frame:
        node = frame.f_locals.get("self")
        if isinstance(node, Node) and getattr(node, "origin", None):
            return node.origin
        frame = frame.f_back
    return None


def _is_ours(path: Path) -> bool:
    folder = Path(settings.BASE_DIR) / "templates"
    return path.is_relative_to(folder) and path.relative_to(folder).parts[0] not in LENIENT


def refuse_unknown_variables() -> None:
    for engine in engines.all():
        engine.engine.string_if_invalid = UnknownVariable("%s")


class InlineCode(HTMLParser):
    """Collects what our Content-Security-Policy would block."""

    DATA = ("application/json", "application/ld+json")

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in given and given.get("type") not in self.DATA):
            self.found.append(self.get_starttag_text() or tag)
        self.found += [f"<{tag} {name}=…>" for name in given if name == "style" or re.fullmatch(r"on[a-z]+", name)]

    handle_startendtag = handle_starttag


# Where none of it stands there is nothing to find, and most pages need not be read tag by tag.
PERHAPS = re.compile(r"<style|<script(?!\s+src=)|(?:style|\bon[a-z]+)\s*=", re.IGNORECASE)


def inline_code(html: str) -> list[str]:
    if not PERHAPS.search(html):
        return []
    parser = InlineCode()
    parser.feed(html)
    return parser.found


def check(response: HttpResponseBase, path: str) -> None:
    """Fail on a page that its own policy would break (a previewed letter carries a policy that lets its styles in)."""
    if getattr(response, "streaming", False) or not response.get("Content-Type", "").startswith("text/html"):
        return
    if "'unsafe-inline'" in response.get("Content-Security-Policy", ""):
        return
    found = inline_code(response.content.decode(response.charset or "utf-8", "replace"))
    assert found == [], f"{path} : {found}"


def check_every_response(monkeypatch: Any) -> None:
    plain = Client.request

    def request(self: Client, **environ: Any) -> Any:
        response = plain(self, **environ)
        check(response, str(environ.get("PATH_INFO", "")))
        return response

    monkeypatch.setattr(Client, "request", request)


def turn_unordered_rows_over(monkeypatch: Any) -> None:
    """A query that names no order comes back reversed: what relies on chance fails here."""
    plain = QuerySet._fetch_all

    def fetch_all(self: QuerySet[Any]) -> None:
        fresh = self._result_cache is None
        plain(self)
        if fresh and not self.ordered and isinstance(self._result_cache, list):
            self._result_cache.reverse()

    monkeypatch.setattr(QuerySet, "_fetch_all", fetch_all)
