"""The calendar of a training day, and what becomes of the entries when a call or a day is cancelled, read back."""

from datetime import UTC, date, datetime, time

import pytest
from icalendar import Calendar

from core.clock import PARIS
from programmes.documents import calendar, calendar_name, session_calendar
from tests.programmes.factories import EditionFactory, PhaseFactory, SessionFactory, VenueFactory

pytestmark = pytest.mark.django_db
CHANGED = datetime(2019, 1, 7, 9, tzinfo=PARIS)


def event_of(content):
    return Calendar.from_ical(content).walk("VEVENT")[0]


def session(**fields):
    hall = VenueFactory(name="Halle civique", address="27 rue Piat", postcode="75020", city="Paris")
    return SessionFactory(**{"slug": "2019-03-19", "venue": hall, "changed_at": CHANGED, **fields})


def test_a_day_is_from_its_first_hour_to_its_last_in_paris():
    event = event_of(session_calendar(session()))
    assert [event.decoded(name).astimezone(UTC) for name in ("dtstart", "dtend")] == [
        datetime(2019, 3, 19, 8, tzinfo=UTC),
        datetime(2019, 3, 19, 17, tzinfo=UTC),
    ]
    assert {event[name].params["TZID"] for name in ("dtstart", "dtend")} == {"Europe/Paris"}


def test_a_day_in_summer_keeps_its_hour_on_the_wall():
    event = event_of(session_calendar(session(day=date(2019, 7, 2))))
    assert event.decoded("dtstart").astimezone(UTC) == datetime(2019, 7, 2, 7, tzinfo=UTC)


def test_a_day_says_where_and_whom_to_ask():
    event = event_of(session_calendar(session(contact_email="journees@la27eregion.example")))
    assert (str(event["location"]), str(event["organizer"])) == (
        "Halle civique, 27 rue Piat, 75020 Paris",
        "mailto:journees@la27eregion.example",
    )


def test_the_file_of_a_day_carries_the_zone_and_its_own_name():
    day = session()
    file = Calendar.from_ical(session_calendar(day))
    assert (str(file["method"]), [str(zone["tzid"]) for zone in file.walk("VTIMEZONE")]) == ("PUBLISH", ["Europe/Paris"])
    assert calendar_name(day) == f"{day.programme.slug}-2019-03-19-dates.ics"


def test_a_changed_day_is_the_same_entry_with_a_higher_sequence():
    day = session()
    before = event_of(session_calendar(day))
    day.starts_at, day.changed_at = time(10), datetime(2019, 1, 8, 9, tzinfo=PARIS)
    after = event_of(session_calendar(day))
    assert (before["uid"], after["sequence"] - before["sequence"]) == (after["uid"], 86400)


def test_a_cancelled_day_is_cancelled_in_calendars_too():
    day = session(cancelled_at=CHANGED)
    file = Calendar.from_ical(session_calendar(day))
    event = file.walk("VEVENT")[0]
    assert (str(file["method"]), str(event["status"]), str(event["summary"])[:6]) == ("CANCEL", "CANCELLED", "Annulé")


def test_every_entry_of_a_cancelled_call_is_cancelled():
    edition = EditionFactory(cancelled_at=CHANGED)
    PhaseFactory(edition=edition)
    file = Calendar.from_ical(calendar(edition))
    assert (str(file["method"]), [str(event["status"]) for event in file.walk("VEVENT")]) == ("CANCEL", ["CANCELLED"] * 2)
