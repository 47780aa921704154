"""The one status, the half-open deadline, and what may be seen when."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from hypothesis import given
from hypothesis import strategies as st

from core.clock import PARIS
from programmes.models import Edition, Programme
from programmes.states import Status
from tests.programmes.factories import EditionFactory, PhaseFactory, ProgrammeFactory

SECOND = timedelta(seconds=1)
NOON = datetime(2017, 9, 8, 10, tzinfo=UTC)
# Noon before and after each change of hour, and both two o'clocks of the night it goes back.
AROUND_DST = [
    datetime(2027, 3, 27, 11, tzinfo=UTC),
    datetime(2027, 3, 28, 10, tzinfo=UTC),
    datetime(2027, 10, 30, 10, tzinfo=UTC),
    datetime(2027, 10, 31, 11, tzinfo=UTC),
    datetime(2027, 10, 31, 0, 30, tzinfo=UTC),
    datetime(2027, 10, 31, 1, 30, tzinfo=UTC),
]


def call(closes_at, **fields):
    return EditionFactory.build(
        opens_at=closes_at - timedelta(days=60), closes_at=closes_at, ends_on=closes_at.date() + timedelta(days=90), **fields
    )


@pytest.mark.parametrize(
    ("moment", "status"),
    [
        (datetime(2017, 7, 3, 6, 59, 59, tzinfo=UTC), Status.ANNOUNCED),
        (datetime(2017, 7, 3, 7, tzinfo=UTC), Status.OPEN),
        (NOON - timedelta(days=7, seconds=1), Status.OPEN),
        (NOON - timedelta(days=7), Status.CLOSING),
        (NOON - SECOND, Status.CLOSING),
        (NOON, Status.CLOSED),
        (NOON + timedelta(hours=24) - SECOND, Status.CLOSED),
        (NOON + timedelta(hours=24), Status.SELECTING),
        (datetime(2017, 9, 13, 7, 59, 59, tzinfo=UTC), Status.SELECTING),
        (datetime(2017, 9, 13, 8, tzinfo=UTC), Status.RELEASED),
        (datetime(2017, 11, 30, 22, 59, 59, tzinfo=UTC), Status.RELEASED),
        (datetime(2017, 11, 30, 23, tzinfo=UTC), Status.OVER),
    ],
)
def test_the_life_of_the_2017_call(moment, status):
    edition = EditionFactory.build(results_released_at=datetime(2017, 9, 13, 10, tzinfo=PARIS))
    assert [edition.status(now=moment), edition.status(now=moment.astimezone(PARIS))] == [status, status]


def test_results_released_early_are_released_even_on_the_closing_day():
    edition = EditionFactory.build(results_released_at=NOON + timedelta(hours=2))
    assert edition.status(now=NOON + timedelta(hours=3)) == Status.RELEASED


@given(st.sampled_from(AROUND_DST), st.integers(-7200, 7200), st.booleans())
def test_the_deadline_is_half_open_to_the_second_also_when_the_hour_changes(closes_at, seconds, in_paris):
    edition = call(closes_at.astimezone(PARIS) if in_paris else closes_at)
    now = (closes_at + timedelta(seconds=seconds)).astimezone(PARIS)
    assert edition.is_accepting(now=now) == (seconds < 0)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)), st.integers(-100, 100))  # noqa: DTZ001
def test_a_call_is_accepting_from_its_opening_to_its_deadline_and_never_else(closes_at, days):
    edition = call(closes_at)
    now = closes_at + timedelta(days=days)
    assert edition.is_accepting(now=now) == (-60 <= days < 0)


@pytest.mark.django_db
@pytest.mark.parametrize("closes_at", AROUND_DST)
def test_the_rows_open_and_the_status_agree_around_the_deadline(closes_at):
    edition = EditionFactory(
        opens_at=closes_at - timedelta(days=60),
        published_at=closes_at - timedelta(days=60),
        closes_at=closes_at,
        ends_on=closes_at.date() + timedelta(days=90),
    )
    edition.refresh_from_db()
    seen = [
        (Edition.objects.open(now=now).exists(), edition.is_accepting(now=now))
        for now in (closes_at - SECOND, closes_at, closes_at + SECOND, closes_at - timedelta(days=60, seconds=1))
    ]
    assert seen == [(True, True), (False, False), (False, False), (False, False)]


@pytest.mark.django_db
def test_only_what_is_published_of_a_public_programme_is_public():
    now = datetime(2017, 8, 1, tzinfo=PARIS)
    shown = EditionFactory()
    EditionFactory(published_at=None)
    EditionFactory(published_at=now + SECOND)
    EditionFactory(programme__is_public=False)
    rows = list(Edition.objects.public(now=now))
    assert rows == [shown]
    assert [edition for edition in Edition.objects.select_related("programme") if edition.is_public(now=now)] == [shown]
    assert Programme.objects.public().count() == 3


@pytest.mark.django_db
def test_a_programme_has_one_call_at_an_address():
    programme = ProgrammeFactory()
    EditionFactory(programme=programme, slug="2017")
    with pytest.raises(ValidationError) as refusal:
        EditionFactory.build(programme=programme, slug="2017").validate_constraints()
    assert refusal.value.messages == ["Ce programme a déjà un appel à cette adresse."]
    with pytest.raises(IntegrityError):
        EditionFactory(programme=programme, slug="2017")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"ends_on": date(2017, 9, 7)}, "L’édition ne peut pas finir avant la clôture de l’appel."),
        ({"opens_at": datetime(2017, 9, 8, 12, tzinfo=PARIS)}, "L’ouverture doit précéder la clôture."),
        ({"seats": 0}, "Assurez-vous que cette valeur est supérieure ou égale à 1."),
    ],
)
@pytest.mark.django_db
def test_dates_and_seats_that_make_no_sense_are_refused(fields, message):
    edition = EditionFactory.build(programme=ProgrammeFactory(), **fields)
    with pytest.raises(ValidationError) as refusal:
        edition.full_clean()
    assert message in refusal.value.messages


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"starts_on": date(2017, 9, 15), "ends_on": date(2017, 9, 14)}, "La phase doit commencer avant de finir."),
        ({"starts_on": None, "when_label": "bientôt"}, "Indiquez à quelle date ranger cette phase."),
        ({"starts_on": None, "sort_on": date(2017, 9, 15)}, "Dites quand, par des mots ou par une date."),
    ],
)
def test_a_phase_says_when(fields, message):
    phase = PhaseFactory.build(edition=EditionFactory(), **fields)
    with pytest.raises(ValidationError) as refusal:
        phase.full_clean()
    assert refusal.value.messages == [message]


@pytest.mark.parametrize("prefix", ["AV17", "AV-17", "27", "A"])
def test_a_prefix_that_an_address_holds_is_taken(db, prefix):
    edition = EditionFactory(reference_prefix=prefix)
    edition.full_clean()
    assert Edition.objects.get().reference_prefix == prefix


@pytest.mark.parametrize("prefix", ["a/b é", "av17", "É17", "AV 17", "AV_17", "AV17\n", "-AV", "AV-", "A--B", "А17"])
def test_a_prefix_that_no_address_could_hold_is_refused_by_the_form_and_by_the_database(db, prefix):
    """It would make every deposit fail: the reference is part of its address."""
    edition = EditionFactory.build(programme=ProgrammeFactory(), reference_prefix=prefix)
    with pytest.raises(ValidationError) as refusal:
        edition.full_clean()
    with pytest.raises(IntegrityError):
        edition.save()
    assert "reference_prefix" in refusal.value.message_dict
