"""The template tags of the house: `{% load portail %}`."""

import json
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import forms, template
from django.http import HttpRequest
from django.urls import NoReverseMatch
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from core import covers, money, prose
from core.addresses import path_of
from core.clock import PARIS
from core.faults import faults_of
from core.typography import day_in_words, hour_in_words, moment_in_words
from core.typography import typo as set_in_french

register = template.Library()
_NO_MARKUP = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


@register.simple_tag
def cover(slug: str, hue: str, cols: int = 9, rows: int = 3) -> SafeString:
    """Draw the tiles of a slug, decorative: `{% cover edition.slug programme.hue %}`, `{% cover slug hue 27 2 %}` for a frieze."""
    return mark_safe(covers.svg(str(slug), str(hue), cols, rows))  # noqa: S308 - made of numbers and our colours only


@register.simple_tag
def cover_cells(slug: str, hue: str) -> list[str]:
    """Give the 27 colours of a mail's header: `{% cover_cells "portail" "rouge" as cells %}`."""
    return covers.cells(str(slug), str(hue))


@lru_cache(maxsize=1024)
def _in_french(text: str) -> str:
    # A page sets some forty short texts, the same at each visit. Only plain text comes here, only plain text leaves.
    return set_in_french(text)


@register.filter(needs_autoescape=True)
def typo(text: Any, autoescape: bool = True) -> str:
    """Set plain text as in French print; escapes it like any variable, and leaves alone what is already HTML."""
    if isinstance(text, SafeString):
        return text
    words = _raised(_in_french("" if text is None else str(text)), autoescape)
    return conditional_escape(words) if autoescape else words


@register.filter
def euros(amount: Decimal | None) -> str:
    """« 5 000 € », « 566,67 € »; nothing for None."""
    return "" if amount is None else money.euros(amount)


@register.filter
def markdown(text: Any, top: int = 3) -> SafeString:
    """Render Markdown that staff wrote: cleaned, typeset, its highest heading being `<h3>`."""
    return mark_safe(prose.render(str(text or ""), top=top))  # noqa: S308 - cleaned by nh3


@register.filter(needs_autoescape=True)
def jour(day: date | None, how: str = "", autoescape: bool = True) -> str:
    """« 8 septembre 2017 »; `jour:"semaine"` names the weekday; « 1ᵉʳ » is a superscript in HTML, « 1er » in a text."""
    if day is None:
        return ""
    local = day.astimezone(PARIS).date() if isinstance(day, datetime) else day
    return _raised(day_in_words(local, weekday="semaine" in how), autoescape)


@register.filter(needs_autoescape=True)
def paris(moment: datetime | None, how: str = "", autoescape: bool = True) -> str:
    """« vendredi 8 septembre 2017 à 12 h (heure de Paris) ».

    Words of the argument: `midi` (« à midi »), `secondes` (receipts), `court` (neither weekday nor zone).
    """
    if moment is None:
        return ""
    short = "court" in how
    words = moment_in_words(moment, noon="midi" in how, seconds="secondes" in how, zone=not short, weekday=not short)
    return _raised(words, autoescape)


@register.filter
def heure(moment: datetime | None, how: str = "") -> str:
    """« 9 h 05 », in Paris; `heure:"midi"` says « midi »."""
    return hour_in_words(moment.astimezone(PARIS), noon="midi" in how) if moment else ""


@register.filter
def json_ld(data: dict[str, Any]) -> SafeString:
    """Write structured data inside `<script type="application/ld+json">`: no sign in it can close the element."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return mark_safe(text.translate(_NO_MARKUP))  # noqa: S308 - < > & are escaped just here


def _raised(words: str, autoescape: bool) -> str:
    """Raise « 1er » where HTML is written."""
    return words.replace("1er", "1ᵉʳ") if autoescape else words


@register.inclusion_tag("core/_error_summary.html")
def error_summary(form: forms.BaseForm | None) -> dict[str, Any]:
    """List what is to be corrected, each line leading to its field; site.js gives it the focus."""
    if form is None or not form.is_bound or not form.errors:
        return {"count": 0}
    faults = faults_of(form)
    return {"count": faults.count, "lines": faults.lines, "general": faults.general}


@register.simple_tag
def address(name: str, *parts: str | int) -> str:
    """Write the address of a page, as `{% url %}` does, remembered: for what every page holds (`{% address "contact" %}`)."""
    return path_of(name, *parts)


@register.simple_tag(takes_context=True)
def menu_current(context: template.Context, name: str) -> SafeString:
    """Mark the entry of the menu we are on (`page`) or under (`true`): `<a href="…"{% menu_current "programmes" %}>`."""
    request: HttpRequest | None = context.get("request")
    try:
        there = path_of(name)
    except NoReverseMatch:
        there = ""
    if not request or not there:
        return mark_safe("")
    if request.path == there:
        return mark_safe(' aria-current="page"')
    under = there != "/" and request.path.startswith(there)
    return mark_safe(' aria-current="true"' if under else "")  # noqa: S308 - two constants
