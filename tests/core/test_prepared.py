"""The SQL of what every visitor asks is written once; the rows are those of the queryset, at each moment."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.clock import PARIS
from core.prepared import Prepared
from programmes.models import Edition, Phase
from tests.programmes.factories import EditionFactory, PhaseFactory, ProgrammeFactory, VenueFactory

pytestmark = pytest.mark.django_db
OPENING = datetime(2017, 7, 3, 9, tzinfo=PARIS)
LAST_DAY = datetime(2017, 11, 30, 23, 30, tzinfo=PARIS)


def _current():
    return Prepared(lambda now: Edition.objects.current(now=now).order_by("pk"), now=datetime)


def test_the_rows_are_those_of_the_queryset_at_each_moment():
    call = EditionFactory()
    current = _current()
    moments = [OPENING - timedelta(microseconds=1), OPENING, LAST_DAY, LAST_DAY + timedelta(hours=1)]
    assert [current(now=now) for now in moments] == [list(Edition.objects.current(now=now)) for now in moments]
    assert [current(now=now) for now in moments] == [[], [call], [call], []]


def test_the_rows_are_read_anew_each_time():
    call = EditionFactory(seats=20)
    current = _current()
    assert [row.seats for row in current(now=OPENING)] == [20]
    Edition.objects.filter(pk=call.pk).update(seats=21)
    with CaptureQueriesContext(connection) as asked:
        assert [row.seats for row in current(now=OPENING)] == [21]
    assert len(asked) == 1


def test_it_asks_the_very_sql_of_the_queryset():
    EditionFactory()
    current = _current()
    current(now=OPENING)
    with CaptureQueriesContext(connection) as asked:
        current(now=LAST_DAY)
        list(Edition.objects.current(now=LAST_DAY).order_by("pk"))
    assert asked[0]["sql"] == asked[1]["sql"]


def test_what_is_read_with_a_row_comes_with_it():
    phase = PhaseFactory(venue=VenueFactory(name="Maison des essais"))
    phases = Prepared(lambda edition: Phase.objects.with_places().filter(edition=edition), edition=int)
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            found = phases(edition=phase.edition_id)
            assert [(one, one.venue.name, one.starts_on) for one in found] == [(phase, "Maison des essais", phase.starts_on)]
        assert len(asked) == 1
    assert phases(edition=phase.edition_id + 1) == []


def test_texts_are_given_as_they_are():
    call = EditionFactory(slug="2017", programme=ProgrammeFactory(slug="aventuriers"))
    by_address = Prepared(
        lambda programme, edition: Edition.objects.filter(programme__slug=programme, slug=edition), programme=str, edition=str
    )
    assert by_address(programme="aventuriers", edition="2017") == [call]
    assert by_address(programme="2017", edition="aventuriers") == []
    assert by_address(programme="aventuriers' OR '1'='1", edition="2017") == []


def test_what_is_made_of_a_moment_otherwise_is_refused():
    a_week = Prepared(lambda now: Edition.objects.filter(closes_at__gt=now - timedelta(days=7)), now=datetime)
    with pytest.raises(ValueError, match="cannot be prepared"):
        a_week(now=OPENING)


def test_the_one_row_is_given_alone_and_none_is_said_as_ever():
    call = EditionFactory()
    one = Prepared(lambda edition: Edition.objects.filter(pk=edition), edition=int)
    assert one.get(edition=call.pk) == call
    with pytest.raises(Edition.DoesNotExist):
        one.get(edition=call.pk + 1)


def test_a_small_number_may_be_given():
    call = EditionFactory(seats=20)
    with_seats = Prepared(lambda seats: Edition.objects.filter(seats=seats), seats=int)
    assert (with_seats(seats=20), with_seats(seats=21)) == ([call], [])
