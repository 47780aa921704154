"""The card of a call, or of a programme between two calls: `{% load programmes %}{% card entry %}`."""

from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from programmes.queries import Entry
from programmes.states import Status

register = template.Library()


class Call(NamedTuple):
    """What a card says of its call."""

    when: str
    where: str
    seats: int
    costs: str
    opens_at: datetime
    closes_at: datetime
    results: str


class Card(NamedTuple):
    """All that a card shows, and nothing else: two equal cards are the same HTML."""

    hue: str
    cover: str
    kind: str
    status: Status | None
    title: str
    url: str
    lede: str
    call: Call | None


@register.simple_tag
def card(entry: Entry) -> SafeString:
    """Draw the card of a line of the list."""
    programme = entry.programme
    kind, call = programme.get_kind_display(), _call_of(entry)
    return _drawn(Card(programme.hue, entry.cover, kind, entry.status, entry.title, entry.url, entry.lede, call))


def _call_of(entry: Entry) -> Call | None:
    call = entry.edition
    if call is None:
        return None
    return Call(call.when, call.where, call.seats, call.costs_label, call.opens_at, call.closes_at, call.results_label)


@lru_cache(maxsize=256)
def _drawn(card: Card) -> SafeString:
    """Remembered: cards make most of the lists, and change when a call does."""
    return render_to_string("programmes/_card.html", {"card": card})
