"""Staff write everything of a call in the admin; what they change is kept; a deadline is typed in Paris time."""

from datetime import UTC, date, datetime

import pytest
import time_machine

from accounts.models import Grant, User
from accounts.roles import Role
from core.clock import PARIS
from programmes.models import Edition, Programme, Venue
from records.models import Act
from records.services import label_of
from tests.programmes.factories import EditionFactory, PhaseFactory, ProgrammeFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2017, 9, 1, 10, tzinfo=PARIS)
COUNTS = {"TOTAL_FORMS": "0", "INITIAL_FORMS": "0", "MIN_NUM_FORMS": "0", "MAX_NUM_FORMS": "1000"}
PHASES = {f"{rows}-{name}": count for rows in ("phases", "partners") for name, count in COUNTS.items()}


@pytest.fixture(autouse=True)
def _first_of_september():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def staff(client, monkeypatch):
    """A colleague of the team, second factor shown: how it is shown is the affair of `accounts`."""
    person = User.objects.create_user("equipe@la27eregion.example")
    Grant.objects.create(user=person, role=Role.STAFF)
    monkeypatch.setattr("accounts.factors.shown_at", lambda _request, _user: NOW.timestamp())
    client.force_login(person, backend="accounts.backends.RoleBackend")
    return client


def typed(programme, **fields):
    """What a browser posts for a call."""
    return PHASES | {
        "programme": str(programme.pk),
        "title": "Les Aventuriers de l’innovation publique, édition 2027",
        "short_title": "Les Aventuriers 2027",
        "slug": "2027",
        "lede": "Vingt agents partent enquêter.",
        "seats": "20",
        "motivation_lines": "10",
        "reference_prefix": "AV27",
        "published_at": "",
        "opens_at": "2027-03-01T09:00:00",
        "closes_at": "2027-09-08T12:00",
        "ends_on": "2027-11-30",
        **fields,
    }


def test_a_call_is_made_with_its_phases_and_its_deadline_typed_in_paris_time(staff):
    programme = ProgrammeFactory(slug="aventuriers")
    phases = {
        "phases-TOTAL_FORMS": "2",
        "phases-0-title": "Préparation",
        "phases-0-starts_on": "2027-09-16",
        "phases-1-title": "Exploration",
        "phases-1-when_label": "courant octobre 2027",
        "phases-1-sort_on": "2027-10-01",
    }
    answer = staff.post("/admin/programmes/edition/add/", typed(programme, **phases))
    edition = Edition.objects.get()
    assert answer.status_code == 302
    assert (edition.opens_at, edition.closes_at) == (datetime(2027, 3, 1, 8, tzinfo=UTC), datetime(2027, 9, 8, 10, tzinfo=UTC))
    assert [(phase.title, phase.sort_on) for phase in edition.phases.all()] == [
        ("Préparation", date(2027, 9, 16)),
        ("Exploration", date(2027, 10, 1)),
    ]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"closes_at": "2027-02-28T12:00:00"}, "L’ouverture doit précéder la clôture."),
        ({"ends_on": "2027-09-07"}, "L’édition ne peut pas finir avant la clôture de l’appel."),
        ({"closes_at": "2027-03-28T02:30:00"}, "n’a pas pu être interprété"),
        ({"phases-TOTAL_FORMS": "1", "phases-0-title": "Préparation"}, "Indiquez à quelle date ranger cette phase."),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(staff, fields, message):
    answer = staff.post("/admin/programmes/edition/add/", typed(ProgrammeFactory(), **fields))
    assert (message in answer.content.decode().replace("&#x27;", "’"), Edition.objects.count()) == (True, 0)


def test_a_moved_deadline_is_kept_to_the_second_and_told_in_the_history(staff):
    edition = EditionFactory(slug="2027", opens_at=datetime(2017, 7, 3, 9, tzinfo=PARIS))
    fields = typed(edition.programme, opens_at="2017-07-03T09:00:00", closes_at="2017-09-10T23:59:59", ends_on="2017-11-30")
    staff.post(f"/admin/programmes/edition/{edition.pk}/change/", fields)
    edition.refresh_from_db()
    assert (edition.closes_at, edition.changed_at) == (datetime(2017, 9, 10, 21, 59, 59, tzinfo=UTC), NOW)
    act = Act.objects.get(about=label_of(edition), verb="modification")
    assert act.changes["Clôture"] == ["8 septembre 2017, 12:00:00", "10 septembre 2017, 23:59:59"]


def test_the_form_shows_one_native_field_for_a_moment_with_its_seconds(staff):
    edition = EditionFactory(closes_at=datetime(2017, 9, 8, 23, 59, 59, tzinfo=PARIS))
    html = staff.get(f"/admin/programmes/edition/{edition.pk}/change/").content.decode()
    assert html.count('type="datetime-local" name="closes_at" value="2017-09-08T23:59:59"') == 1
    assert (html.count('name="opens_at" value="2017-07-03T09:00"'), html.count('step="1"')) == (1, 1)


def test_saving_the_form_as_it_is_changes_no_moment(staff):
    edition = EditionFactory(slug="2027")
    fields = typed(edition.programme, opens_at="2017-07-03T09:00:00", closes_at="2017-09-08T12:00:00", ends_on="2017-11-30")
    fields |= {"published_at": "2017-07-03T09:00:00"}
    before = (edition.published_at, edition.opens_at, edition.closes_at)
    staff.post(f"/admin/programmes/edition/{edition.pk}/change/", fields)
    edition.refresh_from_db()
    assert (edition.published_at, edition.opens_at, edition.closes_at) == before


def test_the_list_says_the_computed_status_and_what_nobody_sees_yet(staff):
    EditionFactory(short_title="un")
    EditionFactory(published_at=None, opens_at=datetime(2017, 10, 1, tzinfo=PARIS), closes_at=datetime(2017, 11, 1, tzinfo=PARIS))
    html = staff.get("/admin/programmes/edition/").content.decode()
    assert ("Candidatures ouvertes" in html, "Pas encore publié (annoncé)" in html) == (True, True)


def test_staff_go_from_the_form_to_the_preview_of_an_unpublished_call(staff):
    edition = EditionFactory(published_at=None)
    html = staff.get(f"/admin/programmes/edition/{edition.pk}/change/").content.decode()
    preview = staff.get(edition.get_absolute_url())
    assert (f'<a href="{edition.get_absolute_url()}">Aperçu, pour l’équipe seulement</a>' in html, preview.status_code) == (True, 200)
    assert "Pas encore publiée" in preview.content.decode()


def test_a_programme_and_a_place_are_made_too(staff):
    programme = {
        "title": "Journées découverte",
        "slug": "journees-decouverte",
        "kind": "TRAINING",
        "lede": "Une journée.",
        "contact_email": "journees@la27eregion.example",
        "hue": "jaune",
        "order": "2",
        "is_public": "on",
    }
    staff.post("/admin/programmes/programme/add/", programme)
    staff.post("/admin/programmes/venue/add/", {"name": "Halle civique", "address": "27 rue Piat", "postcode": "75020", "city": "Paris"})
    assert (Programme.objects.get().slug, Venue.objects.get().label) == (
        "journees-decouverte",
        "Halle civique, 27 rue Piat, 75020 Paris",
    )


def test_a_person_without_role_is_kept_out(client):
    client.force_login(User.objects.create_user("camille@ville.example"), backend="accounts.backends.RoleBackend")
    assert client.get("/admin/programmes/edition/").status_code in (302, 403)


def test_the_list_costs_the_same_with_one_and_three_calls(staff, django_assert_max_num_queries):
    def cost():
        with django_assert_max_num_queries(10) as seen:
            assert staff.get("/admin/programmes/edition/").status_code == 200
        return len(seen)

    PhaseFactory(edition=EditionFactory())
    staff.get("/admin/programmes/edition/")
    one = cost()
    EditionFactory.create_batch(2)
    assert cost() == one


def test_what_receipts_already_name_is_frozen_with_the_first_reference(staff):
    edition = EditionFactory(slug="2027", reference_prefix="AV27", last_number=1)
    fields = typed(ProgrammeFactory(), slug="autre", reference_prefix="ZZ", opens_at="2017-07-03T09:00:00", title="Un titre corrigé")
    assert staff.get(f"/admin/programmes/edition/{edition.pk}/change/").status_code == 200
    staff.post(f"/admin/programmes/edition/{edition.pk}/change/", fields)
    before = (edition.programme_id, edition.slug, edition.reference_prefix)
    edition.refresh_from_db()
    assert ((edition.programme_id, edition.slug, edition.reference_prefix), edition.title) == (before, "Un titre corrigé")
