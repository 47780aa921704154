"""What the admin's search finds of programmes, and what the timeline says is to come."""

from datetime import datetime, timedelta

import pytest

from core.clock import PARIS
from core.registry import Found, Planned
from programmes import staffing
from records.services import label_of
from tests.programmes.factories import EditionFactory, ProgrammeFactory, SessionFactory, TrainerFactory, VenueFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2017, 7, 1, 10, tzinfo=PARIS)


class Everything:
    """Somebody who may see what `staffing` shows."""

    def has_perm(self, permission):
        return permission.startswith("programmes.view_")


class Nothing:
    def has_perm(self, permission):
        return False


def titles(words, person=None):
    return [(line.group, line.title) for line in staffing.found(person or Everything(), words)]


def test_rows_are_found_by_any_part_whatever_its_accents():
    programme = ProgrammeFactory(title="Journées découverte")
    EditionFactory(title="Les Aventuriers, édition 2017", reference_prefix="AV17", published_at=None)
    SessionFactory(programme=programme, title="Vers une action ingénierieuse")
    TrainerFactory(name="Élise Exemple")
    VenueFactory(name="Halle civique", address="27 rue Piat")
    assert titles("JOURNEES decouv") == [("Programmes", "Journées découverte")]
    assert titles("av17") == [("Appels", "Les Aventuriers, édition 2017")]
    assert titles("ingenier 19 mars 2019") == [("Journées", "Vers une action ingénierieuse")]
    assert titles("elise") == [("Formateurs", "Élise Exemple")]
    assert titles("rue piat") == [("Lieux", "Halle civique")]


def test_who_may_not_see_a_row_does_not_find_it():
    EditionFactory(title="Les Aventuriers")
    assert (titles("aventuriers", Nothing()), titles("")) == ([], [])


def test_what_is_found_leads_to_its_page_in_the_admin():
    day = SessionFactory(title="Ingénierieuse")
    assert list(staffing.found(Everything(), "ingenierieuse")) == [
        Found("Journées", "Ingénierieuse", f"/admin/programmes/trainingsession/{day.pk}/change/", day.when)
    ]


def test_the_timeline_says_what_is_published_opens_closes_and_takes_place():
    published_at = NOW + timedelta(days=1)
    edition = EditionFactory(
        short_title="Les Aventuriers 2017", title="Les Aventuriers", published_at=published_at, opens_at=NOW + timedelta(days=2)
    )
    day = SessionFactory(title="Une journée", taken=2, published_at=NOW - timedelta(days=1))
    until = datetime(2019, 12, 31, tzinfo=PARIS)
    told = [(line.at, line.act, line.what, line.whom) for line in staffing.planned(NOW, until)]
    assert told == [
        (published_at, "publié", "Les Aventuriers", "tout le monde"),
        (NOW + timedelta(days=2), "ouvert", "Les Aventuriers 2017", ""),
        (edition.closes_at, "clos", "Les Aventuriers 2017", ""),
        (day.starts, "a lieu", "Une journée", "2 places sur 20"),
    ]


def test_each_line_names_its_row():
    day = SessionFactory()
    [line] = staffing.planned(datetime(2019, 3, 19, tzinfo=PARIS), datetime(2019, 3, 20, tzinfo=PARIS))
    url, may_see = f"/admin/programmes/trainingsession/{day.pk}/change/", "programmes.view_trainingsession"
    assert line == Planned(day.starts, "a lieu", day.title, "0 place sur 20", url=url, about=label_of(day), permission=may_see)


def test_what_nobody_will_see_and_what_is_called_off_is_not_to_come():
    EditionFactory(published_at=None)
    EditionFactory(programme=ProgrammeFactory(is_public=False))
    EditionFactory(cancelled_at=NOW, published_at=NOW - timedelta(days=1))
    SessionFactory(cancelled_at=NOW, published_at=NOW - timedelta(days=1))
    assert list(staffing.planned(NOW, datetime(2019, 12, 31, tzinfo=PARIS))) == []


def test_the_end_of_the_span_is_left_out():
    edition = EditionFactory(published_at=NOW - timedelta(days=1), opens_at=NOW - timedelta(days=1))
    assert [len(list(staffing.planned(NOW, end))) for end in (edition.closes_at, edition.closes_at + timedelta(seconds=1))] == [0, 1]
