"""What an event may be a part of: looked for while its organiser types (« fait partie de »), or read whole from an address or a title."""

from collections import Counter
from difflib import get_close_matches

from django.db.models import Count, Q, QuerySet

from core.addresses import absolute
from core.folding import asked_words, fold
from core.registry import Link
from events.models import Event
from events.states import State
from events.words import place, sittings

MOST, NEAR = 8, 0.5


def wholes_of(event: Event) -> QuerySet[Event]:
    """Of the same season, listed or of the same organiser; itself apart."""
    rows = Event.objects.filter(season=event.season_id).exclude(pk=event.pk).exclude(slug="")
    mine = list(event.organisers.order_by("pk").values_list("email", flat=True)) if event.pk else []
    return rows.filter(Q(state=State.LISTED) | Q(organisers__email__in=mine)).distinct()


def found(event: Event, words: str) -> QuerySet[Event]:
    """The event at this address or with exactly this title; none, or one."""
    rows = wholes_of(event).order_by("pk")
    slug = words.split("?")[0].rstrip("/").rpartition("/")[2]
    exact = rows.filter(slug=slug).values_list("pk", flat=True).first() if slug else None
    meant = exact or next((pk for pk, title in rows.values_list("pk", "title") if fold(title) == fold(words)), 0)
    return wholes_of(event).filter(pk=meant)


def proposed(event: Event, words: str) -> list[Link]:
    """What may be meant: those with every word in their title, those that have parts already first (2 queries)."""
    rows = wholes_of(event).filter(parent=None)
    for word in asked_words(words):
        rows = rows.filter(search__contains=word)
    rows = rows.annotate(sittings=Count("slots", distinct=True), parts=Count("children", distinct=True))
    shown = list(rows.order_by("-parts", "title", "pk").select_related("season")[:MOST]) if asked_words(words) else []
    titles = Counter(fold(title) for title in wholes_of(event).values_list("title", flat=True)) if shown else Counter()
    return [_proposed(row, titles[fold(row.title)] > 1) for row in shown]


def _proposed(row: Event, is_shared: bool) -> Link:
    """By its title; of a title that several have, its address, which is its own."""
    note = ", ".join(part for part in (sittings(row), place(row)) if part)
    if is_shared:
        return Link(absolute(row.get_absolute_url()), "", f"{row.title}, {note}")
    return Link(row.title, "", note)


def near(event: Event, words: str) -> list[str]:
    """The titles that look like this one: for who made a slip, and has no suggestions while typing."""
    titles = {fold(title): title for title in wholes_of(event).filter(parent=None).order_by("pk").values_list("title", flat=True)}
    return [titles[key] for key in get_close_matches(fold(words), titles, n=3, cutoff=NEAR)]
