"""Property tests on dates and zones: whatever the moment and the place, page, calendar and data say the same hour, of the place."""

import io
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical
from hypothesis import example, given, settings
from hypothesis import strategies as st
from icalendar import Timezone

from core.clock import PARIS
from core.zones import vtimezone
from events import calendars, finding, words, zones
from events.finding import Filters
from events.models import Event, Season, TimeSlot
from organisations.regions import Region

ZONES = sorted({*zones._OF_REGION.values(), *zones._OF_COLLECTIVITY.values(), "Europe/Paris"})
PLACES = [*((region, "") for region in Region.values), *(("98", code) for code in zones._OF_COLLECTIVITY), ("", "")]
MOMENTS = st.datetimes(datetime(2010, 1, 1), datetime(2040, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - given the zone apart
# Clocks go back at 1:00 UTC on 31 October 2027; a 29 February.
NIGHT, LEAP = datetime(2027, 10, 31, 0, 30, tzinfo=UTC), datetime(2028, 2, 29, 12, tzinfo=UTC)


def an_event(region: str, department: str) -> Event:
    season = Season(pk=1, slug="2027")
    return Event(pk=1, title="Un essai", slug="essai", region=region, department=department, created_at=NIGHT, season=season)


@settings(deadline=None)
@given(MOMENTS, st.sampled_from(ZONES))
@example(NIGHT, "Europe/Paris")
@example(NIGHT + timedelta(hours=1), "Europe/Paris")
@example(LEAP, "Pacific/Noumea")
def test_a_calendar_file_describes_each_zone_as_the_world_knows_it(moment, zone):
    described = tzical(io.StringIO(f"BEGIN:VCALENDAR\n{vtimezone(zone)}END:VCALENDAR\n")).get(zone)
    assert moment.astimezone(described).utcoffset() == moment.astimezone(ZoneInfo(zone)).utcoffset()
    assert str(Timezone.from_ical(vtimezone(zone))["TZID"]) == zone


@settings(deadline=None)
@given(MOMENTS, st.none() | st.integers(1, 60 * 24 * 9), st.sampled_from(PLACES))
@example(NIGHT, 120, ("11", ""))
@example(NIGHT, None, ("11", ""))
@example(LEAP, None, ("04", ""))
def test_an_entry_begins_and_ends_when_its_sitting_does(start, minutes, place):
    event, zone = an_event(*place), zones.zone_of(*place)
    start = start.replace(microsecond=0)
    end = start + timedelta(minutes=minutes) if minutes else None
    slot = TimeSlot(event=event, starts_at=start, ends_at=end)
    entry = calendars.entry(event, slot)
    first, last = entry.decoded("dtstart"), entry.decoded("dtend")
    if zones.is_all_day(slot.starts_at, slot.ends_at, zone):
        assert (zones.midnight(first, zone), zones.midnight(last, zone)) == (slot.starts_at, slot.ends_at)
    else:
        assert first.astimezone(UTC) == slot.starts_at
        assert last.astimezone(UTC) == (end or slot.starts_at + timedelta(hours=2))
    assert ("deux heures" in str(entry["description"])) is (end is None)


@settings(deadline=None)
@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 30), st.sampled_from(ZONES))
@example(date(2028, 2, 29), 1, "Europe/Paris")
@example(date(2027, 10, 31), 1, "Europe/Paris")
@example(date(2027, 3, 28), 2, "Europe/Paris")
def test_whole_days_are_said_and_read_as_whole_days(day, count, name):
    zone = ZoneInfo(name)
    start, end = zones.midnight(day, zone), zones.midnight(day + timedelta(days=count), zone)
    assert (zones.is_all_day(start, end, zone), zones.last_day(start, end, zone)) == (True, day + timedelta(days=count - 1))
    said = words.slot_in_words(start, end, zone)
    assert ("0\u00a0h" in said, str(day.year) in said) == (False, True)


@settings(deadline=None)
@given(MOMENTS, st.integers(1, 60 * 20), st.sampled_from(ZONES))
@example(NIGHT, 120, "Europe/Paris")
def test_hours_are_those_of_the_place(start, minutes, name):
    zone, end = ZoneInfo(name), start + timedelta(minutes=minutes)
    said = words.slot_in_words(start, end, zone)
    local = start.astimezone(zone)
    if not zones.is_all_day(start, end, zone):
        assert f"{local.hour}\u00a0h" in said
        assert ("(heure de " in said) is (zone != PARIS)
    assert zones.last_day(start, end, zone) >= local.date()


@settings(deadline=None)
@given(st.sampled_from(["", "2027", "x"]), st.dictionaries(st.sampled_from(list(Filters.__dataclass_fields__)), st.text(max_size=40)))
def test_no_address_fails_and_what_is_read_is_read_again_the_same(season, given_words):
    filters, told = finding.read({**given_words, "saison": season}, ["2027"])
    again, _ = finding.read({name: str(value) for name in vars(filters) if (value := getattr(filters, name))}, ["2027"])
    assert (again, all("«" in line or "avant" in line or "région" in line for line in told)) == (filters, True)
    assert filters.address().startswith("?")


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (datetime(2017, 11, 22, 10, tzinfo=PARIS), None, "mercredi 22 novembre 2017, à partir de 10 h"),
        (datetime(2014, 11, 14, tzinfo=PARIS), datetime(2014, 11, 17, tzinfo=PARIS), "du 14 au 16 novembre 2014"),
        (datetime(2014, 11, 12, tzinfo=PARIS), datetime(2014, 11, 14, tzinfo=PARIS), "12 et 13 novembre 2014"),
        (datetime(2027, 11, 22, 9, 30, tzinfo=PARIS), datetime(2027, 11, 22, 12, tzinfo=PARIS), "lundi 22 novembre 2027, 9 h 30 – 12 h"),
        (
            datetime(2027, 11, 26, 18, tzinfo=PARIS),
            datetime(2027, 11, 28, 18, tzinfo=PARIS),
            "du 26 novembre 2027 à 18 h au 28 novembre 2027 à 18 h",
        ),
        (datetime(2028, 2, 29, tzinfo=PARIS), datetime(2028, 3, 1, tzinfo=PARIS), "mardi 29 février 2028"),
    ],
)
def test_when_is_said_as_people_say_it(start, end, said):
    assert words.slot_in_words(start, end, PARIS).replace("\u00a0", " ") == said


def test_midnight_is_that_of_the_place():
    assert zones.midnight(date(2027, 11, 22), ZoneInfo("Indian/Reunion")).astimezone(UTC) == datetime(2027, 11, 21, 20, tzinfo=UTC)
    assert time() == zones.midnight(date(2027, 3, 28), PARIS).timetz().replace(tzinfo=None)
