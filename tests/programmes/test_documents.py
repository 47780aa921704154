"""The calendar file, read back."""

from datetime import UTC, date, datetime

import pytest
from icalendar import Calendar

from core.clock import PARIS
from programmes.documents import calendar
from tests.programmes.factories import EditionFactory, PhaseFactory, VenueFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition():
    edition = EditionFactory(short_title="Les Aventuriers 2017", changed_at=datetime(2017, 7, 3, 9, tzinfo=PARIS))
    PhaseFactory(
        edition=edition,
        title="Préparation",
        starts_on=date(2017, 9, 15),
        venue=VenueFactory(name="Superpublic", address="4 rue La Vacquerie", postcode="75011", city="Paris"),
    )
    PhaseFactory(edition=edition, title="Exploration", when_label="en octobre", starts_on=date(2017, 10, 1), ends_on=date(2017, 10, 31))
    PhaseFactory(edition=edition, title="Partage", when_label="fin novembre", starts_on=None, sort_on=date(2017, 11, 20))
    return edition


def events(edition):
    return Calendar.from_ical(calendar(edition)).walk("VEVENT")


def test_the_deadline_is_at_noon_in_paris_and_at_ten_in_universal_time(edition):
    deadline = events(edition)[0]
    assert deadline.decoded("dtstart").astimezone(UTC) == datetime(2017, 9, 8, 10, tzinfo=UTC)
    assert (deadline["dtstart"].params["TZID"], str(deadline["summary"])) == (
        "Europe/Paris",
        "Clôture des candidatures : Les Aventuriers 2017",
    )


def test_the_file_carries_the_zone_with_both_sides_of_the_change_of_hour(edition):
    file = Calendar.from_ical(calendar(edition))
    zone = file.walk("VTIMEZONE")[0]
    offsets = {part.name: part.decoded("tzoffsetto") for part in zone.subcomponents}
    assert (file["method"], str(zone["tzid"]), {name: delta.total_seconds() / 3600 for name, delta in offsets.items()}) == (
        "PUBLISH",
        "Europe/Paris",
        {"STANDARD": 1, "DAYLIGHT": 2},
    )


def test_a_winter_deadline_is_at_eleven_in_universal_time():
    edition = EditionFactory(closes_at=datetime(2027, 12, 8, 12, tzinfo=PARIS), ends_on=date(2027, 12, 31))
    assert events(edition)[0].decoded("dtstart").astimezone(UTC) == datetime(2027, 12, 8, 11, tzinfo=UTC)


def test_exact_phases_are_whole_days_and_fuzzy_ones_tentative(edition):
    seen = [
        (str(event["summary"]), event.decoded("dtstart"), event.decoded("dtend"), str(event["status"])) for event in events(edition)[1:]
    ]
    assert seen == [
        ("Les Aventuriers 2017 : Préparation", date(2017, 9, 15), date(2017, 9, 16), "CONFIRMED"),
        ("Les Aventuriers 2017 : Exploration (dates à confirmer)", date(2017, 10, 1), date(2017, 11, 1), "TENTATIVE"),
    ]


def test_a_phase_without_days_is_named_with_the_deadline(edition):
    assert "Partage\u00a0: fin novembre (dates à confirmer)" in str(events(edition)[0]["description"])


def test_a_phase_says_where(edition):
    assert str(events(edition)[1]["location"]) == "Superpublic, 4 rue La Vacquerie, 75011 Paris"


def test_identities_stay_and_the_sequence_grows_when_the_call_changes(edition):
    before = events(edition)
    edition.changed_at = datetime(2017, 7, 4, 9, tzinfo=PARIS)
    after = events(edition)
    assert [str(event["uid"]) for event in before] == [str(event["uid"]) for event in after]
    assert [later["sequence"] - earlier["sequence"] for earlier, later in zip(before, after, strict=True)] == [86400] * 3


def test_the_same_call_gives_the_same_file(edition):
    assert calendar(edition) == calendar(edition)
