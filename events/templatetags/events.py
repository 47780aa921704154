"""Lines of the programme and what every page of events says alike: `{% load events %}`."""

from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from core.addresses import path_of
from core.typography import day_in_words, grouped, hour_in_words
from events import covers, pictures, structured, words
from events.finding import PUBLICS, Filters, choices, in_words
from events.homes import Home
from events.models import Event, EventPicture, Season, TimeSlot
from events.queries import Programme, Sitting, Tile
from events.rooms import FULL, Rooms
from events.states import Access, Mode, State
from events.words import hours_in_words, place_in_words
from events.zones import last_day, zone_in_words, zone_of
from programmes.dates import span_text

register = template.Library()
_HELPS = {
    "wheelchair": "accessible en fauteuil roulant",
    "sign_language": "interprétation en langue des signes",
    "captions": "sous-titrage",
    "hearing_loop": "boucle magnétique",
    "quiet_room": "salle calme",
}
register.filter("place", words.place)
register.filter("sittings", words.sittings)
register.filter("slot", words.slot)


class Line(NamedTuple):
    """All that a line of the programme shows."""

    url: str
    cover: str
    hue: str
    title: str
    summary: str
    hours: str
    until: str
    place: str
    formats: str
    access: str
    mode: str
    full: str
    tab: bool


@register.simple_tag
@lru_cache(maxsize=64)
def programme_head(programme: Programme) -> SafeString:
    """Draw what stands above the programme, once for what it holds (`queries.programme`)."""
    return render_to_string("events/_programme_head.html", {"programme": programme, "season": programme.season})


@register.simple_tag
@lru_cache(maxsize=64)
def found_in(programme: Programme, tab: bool) -> SafeString:
    """Draw what is found, its days and where it leads, once for what it holds."""
    filters, calendar, page = programme.filters, programme.calendar, programme.page
    address = filters.address()
    said = {
        "programme": programme, "filters": filters, "season": programme.season, "tab": tab, "address": address,
        "leads": calendar.leads(address), "words": ", ".join(in_words(filters)), "anew": Filters(saison=filters.saison).address(),
        "previous": f"{address}&page={page - 1}" if page > 1 else "", "next": f"{address}&page={page + 1}" if page < calendar.pages else "",
        "whole": filters.address(du=programme.season.starts_on) if programme.season else "",
    }  # fmt: skip
    return render_to_string("events/_found_drawn.html", said)


@register.simple_tag
def days_of(programme: Programme, tab: bool = False) -> SafeString:
    """Draw the days of a page with their lines; `tab` opens each event in another one."""
    days = tuple((day.day, day.is_beside, tuple(day.lines)) for day in programme.days)
    season = programme.season
    return _days(days, season.slug, season.short_kind, tab) if season else SafeString()


@lru_cache(maxsize=256)
def _days(days: tuple[tuple[date, bool, tuple[Sitting, ...]], ...], season: str, kind: str, tab: bool) -> SafeString:
    """Remembered: the days make most of the programme, and change when an event does."""
    drawn = [Day(day, is_beside, [_line(line, season, tab) for line in lines]) for day, is_beside, lines in days]
    return render_to_string("events/_days.html", {"days": drawn, "kind": kind})


class Day(NamedTuple):
    """A day of the programme and its lines, as they are drawn."""

    day: date
    is_beside: bool
    lines: list[Line]


def _line(line: Sitting, season: str, tab: bool) -> Line:
    zone = zone_of(line.region, line.department)
    last = last_day(line.starts, line.ends, zone)
    hours = hours_in_words(line.starts, line.ends, zone) or "toute la journée"
    there = zone_in_words(zone)
    return Line(
        path_of("event", season, line.slug), covers.cover_of(season, line.slug), covers.hue_of(line.slug), line.title, line.summary,
        f"{hours} ({there})" if there else hours, f"jusqu’au {day_in_words(last)}" if last > line.day else "",
        place_in_words(line.mode, line.place, line.city, line.department), ", ".join(line.formats),
        "" if line.access == Access.OPEN else str(Access(line.access).label),
        str(Mode.HYBRID.label) if line.mode == Mode.HYBRID else "", FULL if line.is_full else "", tab,
    )  # fmt: skip


@register.simple_tag
def grid(tiles: list[Tile], base: str = "", *, swapped: bool = False) -> SafeString:
    """Draw the eighteen regions with their counts; `base` is the list, from another page; `swapped` for htmx, apart from the rest."""
    return _grid(tuple(tiles), base, swapped)


@lru_cache(maxsize=256)
def _grid(tiles: tuple[Tile, ...], base: str, swapped: bool) -> SafeString:
    return render_to_string("events/_tiles.html", {"tiles": tiles, "base": base, "swapped": swapped})


@register.simple_tag
def finder(filters: Filters, season: Season | None, seasons: list[Season]) -> SafeString:
    """Draw the form, with what is looked for in it."""
    return _finder(filters, season.slug if season else "", tuple((row.slug, row.starts_on.year) for row in seasons))


@lru_cache(maxsize=128)
def _finder(filters: Filters, season: str, seasons: tuple[tuple[str, int], ...]) -> SafeString:
    """Remembered: its sixty choices are always the same."""
    anew = Filters(saison=filters.saison).address()
    return render_to_string("events/_filters.html", {"filters": filters, "season": season, "seasons": seasons, "anew": anew, **choices()})


@register.simple_tag
def leaves(leads: list[tuple[date, int, str, bool]]) -> SafeString:
    """Draw the days, each leading to where it begins."""
    return _leaves(tuple(leads))


@lru_cache(maxsize=128)
def _leaves(leads: tuple[tuple[date, int, str, bool], ...]) -> SafeString:
    return render_to_string("events/_leaves.html", {"leads": leads})


@register.simple_tag
@lru_cache(maxsize=64)
def season_home(home: Home, is_listing: bool, is_over: bool, preview: bool) -> SafeString:
    """Draw the home of a season, once for what it holds (`homes.home_of`)."""
    said = {"home": home, "season": home.season, "is_listing": is_listing, "is_over": is_over, "preview": preview}
    return render_to_string("events/_season_drawn.html", said)


@register.simple_tag
def season_meta(home: Home, preview: bool) -> SafeString:
    return _season_meta(home, preview, settings.PORTAL_URL)


@lru_cache(maxsize=64)
def _season_meta(home: Home, preview: bool, portal: str) -> SafeString:
    """What other programs read of it; nothing before it is public."""
    season = home.season
    social, data = (None, None) if preview else (structured.social(season), structured.of_season(season))
    return render_to_string("events/_meta.html", {"season": season, "social": social, "data": data})


@register.simple_tag
def poster(event: Event) -> SafeString:
    """Draw an event with its cover above."""
    told = (event.get_absolute_url(), words.sittings(event), event.title, words.place(event), event.access == Access.INVITATION)
    return _poster(covers.cover_of(event.season.slug, event.slug), covers.hue_of(event.slug), *told)


@lru_cache(maxsize=256)
def _poster(cover: str, hue: str, url: str, when: str, title: str, where: str, is_invited: bool) -> SafeString:
    told = {"cover": cover, "hue": hue, "url": url, "when": when, "title": title, "where": where, "is_invited": is_invited}
    return render_to_string("events/_poster.html", told)


@register.filter
def hue(event: Event) -> str:
    return covers.hue_of(event.slug)


@register.filter
def tiles(event: Event) -> str:
    """What the cover of an event is drawn from: `{% cover event|tiles event|hue %}`."""
    return covers.cover_of(event.season.slug, event.slug)


@register.filter
def is_cancelled(event: Event) -> bool:
    return event.state == State.CANCELLED


@register.filter
def iso(moment: datetime | None, event: Event) -> str:
    """For `<time datetime>`: the moment at the hour of its place."""
    return moment.astimezone(zone_of(event.region, event.department)).isoformat(timespec="minutes") if moment else ""


@register.filter
def weekday(day: date) -> str:
    """« lundi »: a day of the programme is its weekday, then its number, then its month."""
    return day_in_words(day, weekday=True).split(" ")[0]


@register.filter
def month(day: date) -> str:
    """« novembre 2027 »"""
    return day_in_words(day).split("\u00a0")[1]


@register.filter
def days(season: Season) -> str:
    """« du 22 au 28 novembre 2027 »"""
    return span_text(season.starts_on, season.ends_on)


@register.filter
def short_days(season: Season) -> str:
    """« 22 → 28 novembre »: the year stands beside."""
    first, last = (day_in_words(day).removesuffix(f" {day.year}") for day in (season.starts_on, season.ends_on))
    start = first.split("\u00a0")[0] if season.starts_on.month == season.ends_on.month else first
    return f"{start} → {last}"


@register.filter
def hue_of(season: Season) -> str:
    return covers.hue_of(season.slug)


@register.filter
def nombre(count: int) -> str:
    """« 25 000 », in one piece."""
    return grouped(count)


@register.filter
def held_on(row: TimeSlot, event: Event) -> str:
    """The day of a sitting, or its days: « 14 → 16 novembre 2014 »."""
    zone = zone_of(event.region, event.department)
    first, last = row.starts_at.astimezone(zone).date(), last_day(row.starts_at, row.ends_at, zone)
    if first == last:
        return day_in_words(first)
    shared = (first.year, first.month) == (last.year, last.month)
    return f"{first.day if shared else day_in_words(first)} → {day_in_words(last)}"


@register.filter
def hours(row: TimeSlot, event: Event) -> str:
    """« 10 h – 12 h », « à partir de 10 h »: `{{ row|hours:event }}`."""
    return hours_in_words(row.starts_at, row.ends_at, zone_of(event.region, event.department))


@register.filter
def hour_there(moment: datetime | None, event: Event) -> str:
    """« 9 h 05 », at the hour of the place."""
    return hour_in_words(moment.astimezone(zone_of(event.region, event.department))) if moment else ""


@register.filter
def left_at(rooms: Rooms, row: TimeSlot) -> str:
    """« 3 places », « complet, liste d’attente »: what is left at a sitting."""
    return rooms.words.get(row.pk, "")


@register.filter
def helps(event: Event) -> list[str]:
    """What the place offers to who needs it, in words."""
    return [words for name, words in _HELPS.items() if getattr(event, name)]


@register.filter
def publics(event: Event) -> str:
    """« agents publics, citoyens »"""
    return ", ".join(words for column, words in PUBLICS.values() if getattr(event, column))


@register.filter
def picture(row: EventPicture, size: str) -> str:
    """Where a page reads the picture of an event."""
    return pictures.address(row, size)
