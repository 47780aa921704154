"""The next edition and the next day: same weekdays, same hours on the wall, words to read again, nothing of people copied."""

from datetime import UTC, date, datetime, time

import pytest
import time_machine

from accounts.models import Grant, User
from accounts.roles import Role
from core.clock import PARIS
from core.refusals import Refused
from programmes.changes_words import a_year_later, move, move_words, whole_weeks
from programmes.models import AgendaItem, Change, Edition, Partner, Phase, SessionTrainer, Trainer, TrainingSession
from programmes.services.cloning import clone, plan_edition, plan_session
from records.models import Act
from records.services import label_of
from tests.programmes.factories import EditionFactory, PhaseFactory, ProgrammeFactory, SessionFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2017, 12, 4, 10, tzinfo=PARIS)


@pytest.fixture(autouse=True)
def _in_december():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def person():
    person = User.objects.create_user("equipe@la27eregion.example")
    Grant.objects.create(user=person, role=Role.STAFF)
    return person


@pytest.fixture
def staff(client, monkeypatch, person):
    monkeypatch.setattr("accounts.factors.shown_at", lambda _request, _user: NOW.timestamp())
    client.force_login(person, backend="accounts.backends.RoleBackend")
    return client


@pytest.fixture
def edition():
    """The call of 2017: three phases, of which two are fuzzy, and what must not be copied."""
    edition = EditionFactory(
        programme=ProgrammeFactory(slug="aventuriers"),
        slug="2017",
        title="Les Aventuriers de l’innovation publique, édition 2017",
        short_title="Les Aventuriers 2017",
        reference_prefix="AV17",
        lede="En 2017, vingt agents partent.",
        last_number=41,
        results_released_at=datetime(2017, 9, 15, 9, tzinfo=PARIS),
        changed_at=datetime(2017, 9, 1, 9, tzinfo=PARIS),
    )
    PhaseFactory(edition=edition, title="Préparation", when_label="mi-septembre 2017", starts_on=None, sort_on=date(2017, 9, 15))
    PhaseFactory(
        edition=edition, title="Exploration", when_label="courant octobre 2017", starts_on=date(2017, 10, 1), ends_on=date(2017, 10, 31)
    )
    PhaseFactory(edition=edition, title="Partage", starts_on=date(2017, 11, 23))
    Partner.objects.create(edition=edition, name="SGMAP", order=2)
    Change.objects.create(edition=edition, kind="DEADLINE", fact="Clôture", at=NOW)
    return edition


def names(plan, **others):
    fields = ("title", "short_title", "slug", "reference_prefix") if isinstance(plan.row, Edition) else ("title", "slug")
    return {name: getattr(plan.row, name) for name in fields} | others


# --- Dates and words --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "later"),
    [
        (date(2017, 9, 8), date(2018, 9, 7)),
        (date(2019, 3, 19), date(2020, 3, 17)),
        (date(2020, 2, 29), date(2021, 2, 27)),
        (date(2027, 12, 31), date(2028, 12, 29)),
    ],
)
def test_a_year_later_is_the_nearest_same_weekday(day, later):
    assert (a_year_later(day), later.weekday()) == (later, day.weekday())


@pytest.mark.parametrize("wanted", range(4, 11))
def test_any_day_of_the_week_leads_to_the_same_weekday_nearest_to_it(wanted):
    assert whole_weeks(date(2018, 1, 5), date(2018, 5, wanted)) == (119 if wanted <= 7 else 126)


@pytest.mark.parametrize(
    ("moment", "days", "universal"),
    [
        (datetime(2017, 9, 8, 12, tzinfo=PARIS), 364, datetime(2018, 9, 7, 10, tzinfo=UTC)),
        (datetime(2017, 9, 8, 12, tzinfo=PARIS), 84, datetime(2017, 12, 1, 11, tzinfo=UTC)),
        (datetime(2017, 10, 28, 23, 59, 59, tzinfo=PARIS), 7, datetime(2017, 11, 4, 22, 59, 59, tzinfo=UTC)),
        (datetime(2027, 3, 26, 9, tzinfo=PARIS), 7, datetime(2027, 4, 2, 7, tzinfo=UTC)),
    ],
)
def test_the_hour_on_the_wall_stays_across_a_change_of_hour(moment, days, universal):
    assert move(moment, days).astimezone(UTC) == universal


@pytest.mark.parametrize(
    ("said", "old", "new", "after"),
    [
        ("mi-septembre 2017", date(2017, 9, 15), date(2018, 9, 14), "mi-septembre 2018"),
        ("mi-septembre 2017", date(2017, 9, 15), date(2017, 10, 13), "mi-octobre 2017"),
        ("Fin novembre 2017", date(2017, 11, 28), date(2018, 2, 6), "Début février 2018"),
        ("courant octobre", date(2017, 10, 1), date(2018, 9, 30), "courant octobre"),
        ("courant octobre", date(2017, 10, 1), date(2018, 6, 3), "courant juin"),
        ("pendant la Semaine", date(2017, 11, 20), date(2018, 11, 19), "pendant la Semaine"),
        ("pendant la Semaine", date(2017, 11, 20), date(2018, 5, 14), None),
        ("autour du 15 octobre", date(2017, 10, 15), date(2018, 10, 14), None),
        ("en octobre et novembre", date(2017, 10, 15), date(2018, 4, 14), None),
        ("", date(2017, 10, 15), date(2018, 4, 14), ""),
    ],
)
def test_words_are_shifted_only_when_that_is_sure(said, old, new, after):
    assert move_words(said, old, new) == after


# --- Editions ---------------------------------------------------------------------------------------


def test_an_edition_is_cloned_a_year_later_on_the_same_weekdays(edition, person):
    plan = plan_edition(edition, date(2018, 9, 8))
    copy = clone(plan, names(plan), source=edition, by=person, now=NOW)
    copy.refresh_from_db()
    assert (copy.title, copy.short_title, copy.slug, copy.reference_prefix) == (
        "Les Aventuriers de l’innovation publique, édition 2018",
        "Les Aventuriers 2018",
        "2018",
        "AV18",
    )
    assert (copy.opens_at, copy.closes_at, copy.ends_on) == (
        datetime(2018, 7, 2, 9, tzinfo=PARIS),
        datetime(2018, 9, 7, 12, tzinfo=PARIS),
        date(2018, 11, 29),
    )
    assert [(phase.title, phase.when, phase.sort_on) for phase in copy.phases.order_by("sort_on", "pk")] == [
        ("Préparation", "mi-septembre 2018", date(2018, 9, 14)),
        ("Exploration", "courant octobre 2018", date(2018, 9, 30)),
        ("Partage", "jeudi 22\u00a0novembre 2018", date(2018, 11, 22)),
    ]


def test_what_belongs_to_the_source_alone_is_not_copied(edition, person):
    plan = plan_edition(edition, date(2018, 9, 8))
    copy = clone(plan, names(plan), source=edition, by=person, now=NOW)
    copy.refresh_from_db()
    assert (copy.published_at, copy.last_number, copy.results_released_at, copy.changed_at) == (None, 0, None, None)
    assert (copy.changes.count(), copy.applications.count(), copy.flyers.count()) == (0, 0, 0)
    assert [(partner.name, partner.order) for partner in copy.partners.all()] == [("SGMAP", 2)]


def test_the_source_stays_as_it_was(edition, person):
    before = Edition.objects.values().get(pk=edition.pk)
    phases = list(Phase.objects.filter(edition=edition).order_by("pk").values())
    plan = plan_edition(edition, date(2018, 9, 8))
    clone(plan, names(plan), source=edition, by=person, now=NOW)
    assert (Edition.objects.values().get(pk=edition.pk), list(edition.phases.order_by("pk").values())) == (before, phases)


def test_the_copy_is_told_in_its_history_with_its_dates(edition, person):
    plan = plan_edition(edition, date(2018, 9, 8))
    copy = clone(plan, names(plan), source=edition, by=person, now=NOW)
    act = Act.objects.get(about=label_of(copy))
    assert (act.verb, act.changes["Clôture"]) == (
        "duplication",
        ["vendredi 8\u00a0septembre 2017 à midi", "vendredi 7\u00a0septembre 2018 à midi"],
    )


def test_texts_that_name_the_old_year_are_pointed_out(edition):
    assert plan_edition(edition, date(2018, 9, 8)).notes == ["À relire, l’année 2017 y est écrite\u00a0: chapô."]


@pytest.mark.parametrize(
    ("others", "words"),
    [
        ({"slug": "2017"}, "Ce programme a déjà un appel à cette adresse."),
        ({"reference_prefix": "AV17"}, "Préfixe des références"),
        ({"title": ""}, "vide"),
    ],
)
def test_names_already_taken_are_refused_in_words(edition, person, others, words):
    plan = plan_edition(edition, date(2018, 9, 8))
    with pytest.raises(Refused, match=words):
        clone(plan, names(plan, **others), source=edition, by=person, now=NOW)
    assert Edition.objects.count() == 1


def test_a_date_too_far_is_refused(edition):
    with pytest.raises(Refused, match="moins de 10"):
        plan_edition(edition, date(2117, 9, 8))


def test_a_slug_already_used_leads_to_the_next_one(edition):
    EditionFactory(programme=edition.programme, slug="2018")
    assert plan_edition(edition, date(2018, 9, 8)).row.slug == "2018-2"


# --- Training days ----------------------------------------------------------------------------------


def test_a_day_is_cloned_with_its_hours_its_trainers_and_no_seat_taken(person):
    day = SessionFactory(slug="2019-03-19", taken=7)
    AgendaItem.objects.create(session=day, starts_at=time(10), title="Tu sors d’où, Monique ?", order=1)
    AgendaItem.objects.create(session=day, title="Des cas, Patrick !", order=2)
    SessionTrainer.objects.create(session=day, trainer=Trainer.objects.create(name="Formatrice Exemple"), order=1)
    plan = plan_session(day, date(2019, 10, 8))
    copy = clone(plan, names(plan), source=day, by=person, now=NOW)
    copy.refresh_from_db()
    assert (copy.slug, copy.day, copy.starts_at, copy.taken, copy.published_at) == ("2019-10-08", date(2019, 10, 8), time(9), 0, None)
    assert [(item.title, item.starts_at) for item in copy.agenda.all()] == [
        ("Tu sors d’où, Monique ?", time(10)),
        ("Des cas, Patrick !", None),
    ]
    assert ([str(one) for one in copy.team.all()], day.agenda.count()) == (["Formatrice Exemple"], 2)


# --- In the admin -----------------------------------------------------------------------------------


def test_staff_see_the_dates_before_anything_is_made(staff, edition):
    html = staff.get(f"/admin/programmes/edition/{edition.pk}/dupliquer/?jour=2018-06-05").content.decode()
    assert ("vendredi 8\u00a0juin 2018 à midi" in html, "39 semaines" in html, Edition.objects.count()) == (True, True, 1)


def test_the_form_of_a_call_leads_to_its_copy(staff, edition):
    html = staff.get(f"/admin/programmes/edition/{edition.pk}/change/").content.decode()
    assert f'<a href="/admin/programmes/edition/{edition.pk}/dupliquer/">Dupliquer</a>' in html


def test_staff_make_the_copy_and_are_led_to_it_with_what_to_read_again(staff, edition):
    PhaseFactory(edition=edition, title="Rencontre", when_label="autour du 15 octobre", starts_on=None, sort_on=date(2017, 10, 15))
    typed = {
        "jour": "2018-09-08",
        "title": "Édition 2018",
        "short_title": "Les Aventuriers 2018",
        "slug": "2018",
        "reference_prefix": "AV18",
    }
    answer = staff.post(f"/admin/programmes/edition/{edition.pk}/dupliquer/", typed, follow=True)
    copy = Edition.objects.get(slug="2018")
    assert answer.redirect_chain == [(f"/admin/programmes/edition/{copy.pk}/change/", 302)]
    said = [str(message) for message in answer.context["messages"]]
    assert said[0].startswith("« Édition 2018 » est prête".replace("« ", "«\u00a0").replace(" »", "\u00a0»"))
    assert any("Rencontre" in words and "À écrire" in words for words in said)


@pytest.mark.parametrize("jour", ["", "hier", "2018-02-31", "9999-12-31", "0001-01-01"])
def test_a_date_that_is_none_is_refused_and_nothing_is_made(staff, edition, jour):
    url = f"/admin/programmes/edition/{edition.pk}/dupliquer/"
    typed = {"jour": jour, "title": "t", "short_title": "t", "slug": "t", "reference_prefix": "T1"}
    assert ([staff.get(url, {"jour": jour}).status_code, staff.post(url, typed).status_code], Edition.objects.count()) == ([422, 422], 1)


def test_a_second_press_is_told_that_the_copy_exists(staff, edition):
    url = f"/admin/programmes/edition/{edition.pk}/dupliquer/"
    typed = {"jour": "2018-09-08", "title": "t", "short_title": "t", "slug": "2018", "reference_prefix": "AV18"}
    codes = [staff.post(url, typed).status_code for _ in range(2)]
    assert (codes, Edition.objects.count()) == ([302, 422], 2)


def test_who_may_not_add_may_not_clone(client, monkeypatch, edition):
    person = User.objects.create_user("tresoriere@la27eregion.example")
    Grant.objects.create(user=person, role=Role.TREASURER)
    monkeypatch.setattr("accounts.factors.shown_at", lambda _request, _user: NOW.timestamp())
    client.force_login(person, backend="accounts.backends.RoleBackend")
    assert client.get(f"/admin/programmes/edition/{edition.pk}/dupliquer/").status_code in (302, 403, 404)


def test_a_day_that_does_not_exist_is_not_found(staff):
    assert (staff.get("/admin/programmes/edition/12345/dupliquer/").status_code, TrainingSession.objects.count()) == (404, 0)


@pytest.mark.parametrize(
    ("make", "kind", "left"), [(EditionFactory, "edition", "candidatures"), (SessionFactory, "trainingsession", "réservations")]
)
def test_the_page_says_in_the_words_of_a_call_or_of_a_day_what_is_not_copied(staff, make, kind, left):
    html = staff.get(f"/admin/programmes/{kind}/{make().pk}/dupliquer/").content.decode()
    assert f"Elle ne reprend ni les {left}, ni les changements annoncés" in html
