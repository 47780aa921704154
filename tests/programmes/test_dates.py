"""How dates are said."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import PARIS
from core.typography import NBSP
from programmes import dates
from tests.programmes.factories import EditionFactory, PhaseFactory, VenueFactory


def plain(text):
    return text.replace(NBSP, " ")


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2027, 10, 12), None, "mardi 12 octobre 2027"),
        (date(2027, 10, 12), date(2027, 10, 12), "mardi 12 octobre 2027"),
        (date(2027, 10, 12), date(2027, 10, 13), "12 et 13 octobre 2027"),
        (date(2027, 10, 12), date(2027, 10, 14), "du 12 au 14 octobre 2027"),
        (date(2027, 10, 1), date(2027, 10, 3), "du 1er au 3 octobre 2027"),
        (date(2027, 9, 30), date(2027, 10, 1), "30 septembre et 1er octobre 2027"),
        (date(2027, 9, 30), date(2027, 10, 2), "du 30 septembre au 2 octobre 2027"),
        (date(2027, 12, 31), date(2028, 1, 1), "31 décembre 2027 et 1er janvier 2028"),
        (date(2027, 12, 30), date(2028, 1, 2), "du 30 décembre 2027 au 2 janvier 2028"),
    ],
)
def test_what_two_days_share_is_said_once(first, last, words):
    assert plain(dates.span_text(first, last)) == words


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (
            datetime(2017, 9, 8, 12, tzinfo=PARIS),
            "vendredi 8 septembre 2017 à midi (heure de Paris), soit 14 h à La Réunion, 13 h à Mayotte, "
            "6 h en Guadeloupe et en Martinique, 7 h en Guyane",
        ),
        (
            datetime(2027, 12, 8, 12, tzinfo=PARIS),
            "mercredi 8 décembre 2027 à midi (heure de Paris), soit 15 h à La Réunion, 14 h à Mayotte, "
            "7 h en Guadeloupe et en Martinique, 8 h en Guyane",
        ),
        (
            datetime(2027, 12, 8, 23, 59, 59, tzinfo=PARIS),
            "mercredi 8 décembre 2027 à 23 h 59 min 59 s (heure de Paris), soit 2 h 59 min 59 s le lendemain à La Réunion, "
            "1 h 59 min 59 s le lendemain à Mayotte, 18 h 59 min 59 s en Guadeloupe et en Martinique, 19 h 59 min 59 s en Guyane",
        ),
        (
            datetime(2027, 12, 8, 0, 30, tzinfo=PARIS),
            "mercredi 8 décembre 2027 à 0 h 30 (heure de Paris), soit 3 h 30 à La Réunion, 2 h 30 à Mayotte, "
            "19 h 30 la veille en Guadeloupe et en Martinique, 20 h 30 la veille en Guyane",
        ),
    ],
)
def test_the_deadline_names_its_zone_and_the_hour_overseas(moment, words):
    assert plain(dates.deadline_text(moment)) == words


def test_the_sticker_says_day_and_noon():
    assert plain(dates.deadline_short(datetime(2017, 9, 8, 10, tzinfo=UTC))) == "8 septembre 2017, midi"


@given(st.datetimes(datetime(2017, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_the_deadline_is_said_the_same_whatever_the_zone_it_is_kept_in(moment):
    assert dates.deadline_text(moment) == dates.deadline_text(moment.astimezone(PARIS))


def test_a_fuzzy_phase_says_its_words_and_an_exact_one_its_days():
    fuzzy = PhaseFactory.build(edition=None, when_label="mi-septembre 2017", starts_on=date(2017, 9, 11), ends_on=date(2017, 9, 20))
    exact = PhaseFactory.build(edition=None, starts_on=date(2027, 10, 12), ends_on=date(2027, 10, 14))
    assert [(phase.is_exact, plain(phase.when)) for phase in (fuzzy, exact)] == [
        (False, "mi-septembre 2017"),
        (True, "du 12 au 14 octobre 2027"),
    ]


@pytest.mark.django_db
def test_phases_are_in_the_order_of_time_fuzzy_or_not():
    edition = EditionFactory()
    PhaseFactory(edition=edition, title="trois", starts_on=date(2017, 11, 2))
    PhaseFactory(edition=edition, title="deux", when_label="en octobre", starts_on=None, sort_on=date(2017, 10, 1))
    PhaseFactory(edition=edition, title="un", when_label="mi-septembre", starts_on=date(2017, 9, 11), ends_on=date(2017, 9, 20))
    assert [phase.title for phase in edition.phases.all()] == ["un", "deux", "trois"]


@pytest.mark.django_db
def test_a_phase_that_becomes_exact_takes_its_place_by_its_first_day():
    phase = PhaseFactory(when_label="en octobre", starts_on=None, sort_on=date(2017, 10, 1))
    phase.when_label, phase.starts_on = "", date(2017, 10, 20)
    phase.save()
    phase.refresh_from_db()
    assert phase.sort_on == date(2017, 10, 20)


@pytest.mark.django_db
def test_an_edition_says_from_when_to_when_and_each_place_once():
    edition = EditionFactory()
    venue = VenueFactory(name="Superpublic", city="Paris")
    PhaseFactory(edition=edition, when_label="mi-septembre 2017", starts_on=None, sort_on=date(2017, 9, 11), place_label="", venue=venue)
    PhaseFactory(edition=edition, when_label="octobre", starts_on=None, sort_on=date(2017, 10, 1), place_label="dans les territoires")
    PhaseFactory(
        edition=edition, when_label="fin novembre 2017", starts_on=None, sort_on=date(2017, 11, 20), place_label="Superpublic (Paris)"
    )
    assert (edition.when, edition.where) == ("mi-septembre 2017 → fin novembre 2017", "Superpublic (Paris), dans les territoires")
