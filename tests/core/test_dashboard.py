"""The admin's first page: what waits, what comes, what has not left, the figures, then everything."""

import pickle
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext

from accounts.roles import Role
from applications.models import LateLink
from core import charts, clock, dashboard
from core.registry import DEMOS, Planned, Registry, Waiting
from mailing import dashboard as mailing_dashboard
from mailing.models import Batch, Message
from mailing.states import State
from programmes.models import Edition
from records.models import Association
from records.services import record
from tests.accounts.factories import UserFactory, sign_in
from tests.applications.factories import ApplicationFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 9, 6, 10, 0, tzinfo=clock.PARIS)


@pytest.fixture(autouse=True)
def _at_ten():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(client):
    return sign_in(client, UserFactory(roles=[Role.STAFF]))


@pytest.fixture
def gathered(monkeypatch: pytest.MonkeyPatch):
    """Fill a registry of the page with what these functions give."""

    def fill(name: str, *functions) -> None:
        fresh: Registry = Registry()
        for function in functions:
            fresh.add(function)
        monkeypatch.setattr(f"core.dashboard.{name}", fresh)

    fill("WAITING")
    fill("TIMELINE")
    fill("DASHBOARD")
    return fill


def page(client) -> str:
    return client.get("/admin/").content.decode().replace("\u00a0", " ").replace("\u202f", " ")


def test_what_waits_is_what_i_may_do_the_oldest_first(gathered):
    items = [
        Waiting("sans date", 1, "/d/", "mailing.view_message"),
        Waiting("récent", 2, "/b/", "mailing.view_message", NOW),
        Waiting("ancien", 3, "/a/", "mailing.view_message", NOW - timedelta(days=3)),
        Waiting("rien", 0, "/z/", "mailing.view_message", NOW),
        Waiting("à d’autres", 9, "/y/", "accounts.invite", NOW),
    ]
    assert [item.label for item in dashboard.mine(items, UserFactory(roles=[Role.STAFF]))] == ["ancien", "récent", "sans date"]


def test_what_waits_says_how_many_what_and_since_when(client, gathered):
    gathered("WAITING", lambda now: [Waiting("lettres incertaines", 2, "/admin/mailing/message/", "mailing.view_message", now)])
    shown = page(client)
    assert "<title>Aujourd’hui, lundi 6 septembre 2027" in shown
    start = shown.index('<section class="waiting"')
    assert '<a href="/admin/mailing/message/"><strong>2</strong> <span>lettres incertaines</span></a>' in shown[start:]
    assert "depuis le" in shown[start : shown.index('<section class="coming"')]


def test_nothing_waits_and_nothing_comes_are_said(client, gathered):
    shown = page(client)
    assert ("Rien ne vous attend." in shown, "Rien n’est prévu." in shown, "incomplète" in shown) == (True, True, False)


def test_the_next_days_are_in_order_and_the_first_few_shown(client, gathered):
    asked = []

    def plan(since, until):
        asked.append((since, until))
        yield Planned(NOW + timedelta(days=2), "envoyé", "Rappels", "brouillons", 12, "/rappels/")
        yield Planned(NOW + timedelta(hours=2), "clos", "L’appel")
        for number in range(8):
            yield Planned(NOW + timedelta(days=1, hours=number), "publié", f"Journée {number}")

    gathered("TIMELINE", plan)
    shown = page(client)
    assert asked == [(NOW, NOW + timedelta(days=7))]
    part = shown[shown.index('<section class="coming"') : shown.index("Tout le portail")]
    assert [name in part for name in ("Aujourd’hui", "Demain", "Journée 6", "Journée 7")] == [True, True, True, False]
    assert part.index("L’appel") < part.index("Journée 0")
    assert "Et 2 autres échéances." in part


def test_what_comes_back_each_day_is_told_once():
    daily = [Planned(NOW + timedelta(days=number), "envoyé", "Récapitulatif") for number in range(3)]
    reminders = [Planned(NOW + timedelta(days=number), "envoyé", "Rappel", about="programmes.edition:1") for number in range(2)]
    assert dashboard.once([*daily, *reminders]) == [daily[0], *reminders]


def test_an_app_that_fails_does_not_close_the_admin(client, gathered, caplog: pytest.LogCaptureFixture):
    def broken(now):
        raise RuntimeError("panne")

    gathered("WAITING", broken, lambda _: [Waiting("autre chose", 1, "/x/", "mailing.view_message")])
    shown = page(client)
    assert ("cette page est incomplète" in shown, "autre chose" in shown) == (True, True)
    assert [record.message for record in caplog.records if "gave no answer" in record.message] == [
        "tests.core.test_dashboard.test_an_app_that_fails_does_not_close_the_admin.<locals>.broken gave no answer"
    ]


def test_the_work_comes_first_and_the_house_last(client):
    shown = page(client)
    names = ["Candidatures", "Programmes et appels", "Organismes", "Personnes", "Courrier", "La 27e Région"]
    places = [shown.index(f'class="section" title="Modèles de l’application {name}"') for name in names if f"application {name}" in shown]
    assert places == sorted(places)
    assert len(places) >= 4


def test_the_page_costs_little_whatever_there_is(client, django_assert_max_num_queries):
    for load in DEMOS:
        load(1)
    Association.forget_shown()  # read again each ten seconds: not between the two pages
    page(client)  # what is the same for everybody is kept for a minute
    with django_assert_max_num_queries(15):
        shown = page(client)
    assert "incomplète" not in shown


def test_what_waits_is_asked_again_as_soon_as_somebody_acts(client, gathered):
    asked = []

    def one(now):
        asked.append(now)
        return [Waiting("une chose", 1, "/x/", "mailing.view_message")]

    gathered("WAITING", one)
    page(client)
    page(client)
    assert len(asked) == 1
    record("geste", UserFactory(), by=None, now=NOW)
    page(client)
    assert len(asked) == 2


def test_the_next_days_are_asked_once_a_minute(client, gathered):
    asked = []
    gathered("TIMELINE", lambda since, _: asked.append(since) or [Planned(NOW + timedelta(hours=1), "clos", "L’appel")])
    assert ["L’appel" in page(client) for _ in range(2)] == [True, True]
    assert asked == [NOW]


@pytest.mark.parametrize("rows", [1, 3])
def test_what_is_kept_for_a_minute_names_nobody_and_costs_the_same(rows, monkeypatch):
    for number in range(rows):
        ApplicationFactory(applicant__email=f"camille{number}@ville.example", typed={"last_name": "Exemple"})
        LateLink.objects.create(
            edition=Edition.objects.latest("pk"), email="alix@ville.example", until=NOW + timedelta(days=3), reason="Panne.", created_at=NOW
        )
    Edition.objects.update(closes_at=NOW + timedelta(days=8))
    kept = []
    monkeypatch.setattr("core.dashboard.cache.set", lambda _key, plans, _seconds: kept.append(pickle.dumps(plans)))
    with CaptureQueriesContext(connection) as seen:
        plans = dashboard.coming(NOW)
    assert {line.read_with for line in plans.items if line.about} >= {"applications.view_application"}
    assert [word in kept[0] for word in (b"@ville.example", b"Exemple", b"applications.models")] == [False, False, False]
    assert not [query for query in seen if "applications_application" in query["sql"] and '"motivation"' in query["sql"]]


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.TREASURER])
def test_a_line_is_told_to_those_whose_roles_open_it(client, gathered, role: Role):
    lines = [
        Planned(NOW, "publié", "Secret 2018", permission="programmes.view_edition"),
        Planned(NOW, "effacé", "Retenues", permission="applications.view_application"),
        Planned(NOW, "envoyé", "Récapitulatif"),
    ]
    gathered("TIMELINE", lambda *_: lines)
    told = [[name in page(client) for name in ("Secret 2018", "Retenues", "Récapitulatif")]]
    sign_in(client, UserFactory(roles=[role]))
    told.append([name in page(client) for name in ("Secret 2018", "Retenues", "Récapitulatif")])
    assert told == [[True, True, True], [False, False, True]]


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.TREASURER])
def test_who_may_read_no_letter_sees_no_figure_of_them(client, role: Role):
    sign_in(client, UserFactory(roles=[role]))
    assert 'id="courrier"' not in page(client)


# --- Letters ----------------------------------------------------------------------------------------


def letter(number: int, **fields) -> Message:
    given = {"kind": "essai", "to": "a@ville.example", "created_at": NOW, "due_at": NOW, "next_at": NOW, **fields}
    return Message.objects.create(key=f"essai:{number}", message_id=f"<{number}@x>", **given)


def letters_part(rf) -> str:
    request = rf.get("/admin/")
    request.user = UserFactory(roles=[Role.STAFF])
    context = mailing_dashboard.letters(request, NOW)
    return render_to_string("admin/mailing/_dashboard.html", context).replace("\u00a0", " ").replace("\u202f", " ")


def test_letters_not_sent_yet_are_told(rf):
    batch = Batch.objects.create(label="Refus", created_at=NOW, due_at=NOW + timedelta(minutes=10))
    gone = Batch.objects.create(label="Parti", created_at=NOW, due_at=NOW)
    undone = Batch.objects.create(label="Annulé", created_at=NOW, due_at=NOW + timedelta(minutes=9), undone_at=NOW)
    for number, of in enumerate((batch, batch, gone, undone)):
        letter(number, batch=of, next_at=of.due_at)
    letter(8, next_at=NOW - timedelta(minutes=30))
    part = letters_part(rf)
    assert [name in part for name in ("Refus", "Parti", "Annulé", "2 lettres, à 10 h 10")] == [True, False, False, True]
    assert "state__exact=DUE" in part
    assert "1 lettre</a> aurait dû partir depuis le 6 septembre 2027 à 9 h 30" in part


def test_when_all_left_it_is_said_with_the_figures(rf):
    letter(1, state=State.SENT, sent_at=NOW - timedelta(days=1))
    letter(2, state=State.SENT, sent_at=NOW)
    letter(3, state=State.SENT, sent_at=NOW - timedelta(days=20))
    part = letters_part(rf)
    assert "Toutes les lettres dues sont parties." in part
    assert "24/08 : 0, " in part
    assert "05/09 : 1, 06/09 : 1" in part
    assert '<th scope="row">Total</th><td>2</td>' in part


# --- Charts -----------------------------------------------------------------------------------------


def test_a_chart_and_its_table_say_the_same():
    chart = charts.bars("Par état", [("Déposée", 120, "/a/"), ("Retenue", 30), ("Vide", 0)], "candidatures")
    assert [(mark.label, mark.value, mark.size, mark.at) for mark in chart.marks] == [
        ("Déposée", 120, 100.0, 0),
        ("Retenue", 30, 25.0, charts.LINE),
        ("Vide", 0, 0.0, 2 * charts.LINE),
    ]
    html = render_to_string("core/_bars.html", {"chart": chart}).replace("\u00a0", " ")
    assert "<desc" in html
    assert "Déposée : 120, Retenue : 30, Vide : 0</desc>" in html
    assert '<th scope="row"><a href="/a/">Déposée</a></th><td>120</td>' in html
    assert 'width="25.0%"' in html
    assert "style=" not in html


def test_columns_stand_in_order_and_nothing_is_said_in_words():
    chart = charts.columns("Par jour", [("1/9", 2), ("2/9", 4)])
    assert [(mark.at, mark.size) for mark in chart.marks] == [(0.0, 50.0), (50.0, 100.0)]
    for rows in ([], [("1/9", 0)]):
        html = render_to_string("core/_columns.html", {"chart": charts.columns("Vide", rows), "width": 72})
        assert ("Rien à compter" in html, "<svg" in html) == (True, False)


def test_two_charts_of_one_title_have_their_own_names():
    assert charts.bars("Par état", []).id != charts.bars("Par état", []).id


def test_what_a_row_says_is_escaped():
    html = render_to_string("core/_bars.html", {"chart": charts.bars("Par état", [("<script>", 1)])})
    assert ("<script>" in html, html.count("&lt;script&gt;")) == (False, 3)
