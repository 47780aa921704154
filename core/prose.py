"""Markdown of editorial texts: rendered, set as in French print, cleaned."""

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from core.typography import NBSP, typo

TAGS = {"p", "br", "ul", "ol", "li", "strong", "em", "a", "blockquote", "hr", "h2", "h3", "h4", "h5", "h6", "cite"}
_LOWEST = 6


@lru_cache(maxsize=256)
def render(text: str, *, top: int = 3) -> str:
    """Return safe HTML; headings start at level `top`, raw HTML is shown as typed.

    Remembered: editorial texts are few, public, and read far more often than written.
    """
    tokens = _parser.parse(text)
    _lower_headings(tokens, top)
    for token in tokens:
        _typeset(token.children or [])
    html = _parser.renderer.render(tokens, _parser.options, {})
    clean = nh3.clean(html, tags=TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto", "tel"}, link_rel=None)
    return clean.replace("&nbsp;", NBSP)


def _typeset(inline: list[Token]) -> None:
    """Set each run of text; one that follows a bold word or a link is set as its continuation (« **Prêt** ? »)."""
    goes_on = False
    for token in inline:
        if token.type == "text":
            token.content = typo(f"x{token.content}")[1:] if goes_on else typo(token.content)
        goes_on = token.type not in ("softbreak", "hardbreak")


def _lower_headings(tokens: list[Token], top: int) -> None:
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    highest = min((int(token.tag[1]) for token in headings), default=top)
    for token in headings:
        token.tag = f"h{min(int(token.tag[1]) - highest + top, _LOWEST)}"


_parser = MarkdownIt("commonmark", {"html": False, "breaks": True})
