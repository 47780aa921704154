"""The social cards of seasons and events: their cover, their title and their dates, drawn once for what they say."""

from typing import Any

from core.typography import typo
from events.covers import cover_of, hue_of
from events.models import Event, Season
from events.words import place, sittings
from programmes import cards
from programmes.dates import span_text


def of_event(event: Event) -> bytes:
    return cards.kept(f"{cards.FOLDER}/event-{event.pk}", content_of(event))


def of_season(season: Season) -> bytes:
    said = {
        "hue": hue_of(season.slug), "slug": cover_of(season.slug, ""), "kind": season.get_kind_display(), "title": season.title,
        "line": span_text(season.starts_on, season.ends_on),
    }  # fmt: skip
    return cards.kept(f"{cards.FOLDER}/season-{season.pk}", said)


def content_of(event: Event) -> dict[str, Any]:
    """All that a card says; of an event called off, that it is."""
    line = ", ".join(part for part in (sittings(event), place(event)) if part)
    return {
        "hue": hue_of(event.slug), "slug": cover_of(event.season.slug, event.slug), "kind": event.season.title, "title": event.title,
        "line": typo(f"Annulé : {line}") if event.state == "CANCELLED" else line,
    }  # fmt: skip
