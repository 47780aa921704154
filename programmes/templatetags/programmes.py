"""The card of a call, of a training day, or of a programme with neither: `{% load programmes %}{% card entry %}`."""

from functools import lru_cache
from typing import NamedTuple

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from core.templatetags.portail import jour, paris
from programmes.models import Edition, TrainingSession
from programmes.queries import Entry
from programmes.states import ACCEPTING, DayStatus, Status

register = template.Library()


class Facts(NamedTuple):
    """What a card says of its call or of its day; `note` is what to do with it."""

    when: str
    where: str
    seats: int
    costs: str
    note: str


class Card(NamedTuple):
    """All that a card shows, and nothing else: two equal cards are the same HTML."""

    hue: str
    cover: str
    kind: str
    status: Status | DayStatus | None
    title: str
    url: str
    lede: str
    facts: Facts | None


@register.simple_tag
def card(entry: Entry) -> SafeString:
    """Draw the card of a line of the list."""
    programme = entry.programme
    facts = _of_call(entry.edition, entry.status) if entry.edition else _of_day(entry.session, entry.status) if entry.session else None
    return _drawn(Card(programme.hue, entry.cover, programme.get_kind_display(), entry.status, entry.title, entry.url, entry.lede, facts))


def _of_call(call: Edition, status: Status | DayStatus | None) -> Facts:
    return Facts(call.when, call.where, call.seats, call.costs_label, _next_of_call(call, status))


def _next_of_call(call: Edition, status: Status | DayStatus | None) -> str:
    if status == Status.ANNOUNCED:
        return f"Ouvre le {jour(call.opens_at)}"
    if status == Status.CANCELLED:
        return "Cet appel est annulé"
    if status in ACCEPTING:
        return f"Clôture le {paris(call.closes_at, 'midi court')}"
    if status == Status.RELEASED:
        return "Les réponses sont parties"
    return f"Réponse : {call.results_label}" if call.results_label else "L’appel est clos"


def _of_day(day: TrainingSession, status: Status | DayStatus | None) -> Facts:
    return Facts(day.when, day.where, day.seats, day.price_label, _next_of_day(day, status))


_NEXT_OF_DAY = {
    DayStatus.FULL: "Plus de place libre",
    DayStatus.RUNNING: "C’est aujourd’hui",
    DayStatus.OVER: "Pour mémoire",
    DayStatus.CANCELLED: "Cette journée est annulée",
}


def _next_of_day(day: TrainingSession, status: Status | DayStatus | None) -> str:
    if status == DayStatus.TO_COME:
        return f"{day.seats_left} place{'s' if day.seats_left > 1 else ''} libre{'s' if day.seats_left > 1 else ''}"
    return _NEXT_OF_DAY[DayStatus(str(status))]


@lru_cache(maxsize=256)
def _drawn(card: Card) -> SafeString:
    """Remembered: cards make most of the lists, and change when a call does."""
    return render_to_string("programmes/_card.html", {"card": card})
