"""The selection board through its door: lines, filters, decisions one at a time and many at once, the balance, what changed meanwhile."""

import re

import pytest
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from applications import services
from applications.models import Application, ConflictOfInterest, Review
from applications.states import Axis, State
from mailing.models import Batch, Message
from programmes.models import Edition
from records.models import Act
from tests.accounts.factories import UserFactory, sign_in
from tests.applications import boards

NAME = "admin:applications_application_board"
pytestmark = pytest.mark.django_db


@pytest.fixture
def team(db):
    return UserFactory(email="equipe@la27eregion.example", roles=[Role.STAFF])


@pytest.fixture
def desk(client, team):
    return sign_in(client, team)


def url(edition, name="", **query):
    return reverse(f"{NAME}{name}", args=[edition.pk], query=query or None)


def text_of(response):
    return re.sub(r"\s+", " ", response.content.decode().replace("\xa0", " ").replace("\u202f", " "))


def order(response):
    return [int(pk) for pk in re.findall(r'<tr id="l(\d+)"', response.content.decode())]


def press(desk, edition, row, act, **typed):
    row.refresh_from_db()
    data = {"one": f"{row.pk}-{act}-{row.staff_revision}", **typed}
    return desk.post(url(edition, "_quick"), data, follow=True)


def state(row):
    row.refresh_from_db()
    return row.state


def test_the_board_shows_each_reader_and_sorts_by_mean(desk):
    edition, rows, people = boards.before_the_jury(4)
    page = desk.get(url(edition))
    assert order(page) == [row.pk for row in rows]
    assert f"<span>{people[0]}</span> <b>4,60</b>" in text_of(page)
    assert "2 sur 2" in text_of(page)


@pytest.mark.parametrize(("sort", "expected"), [("-moyenne", [3, 2, 1, 0]), ("nom", [0, 1, 2, 3]), ("-nom", [3, 2, 1, 0])])
def test_it_sorts_otherwise_and_the_other_way_round(desk, sort, expected):
    edition, rows, _ = boards.before_the_jury(4)
    assert order(desk.get(url(edition, o=sort))) == [rows[place].pk for place in expected]


def test_filters_stay_in_the_address_and_say_how_many(desk):
    edition, rows, _ = boards.before_the_jury(6)
    page = desk.get(url(edition, branch="HOSPITAL", o="nom"))
    assert order(page) == [rows[2].pk, rows[5].pk]
    assert "Fonction publique : Hospitalière" in text_of(page)
    assert '<input type="hidden" name="branch" value="HOSPITAL">' in text_of(page)
    assert order(desk.get(url(edition, q="Exemple-003"))) == [rows[2].pk]


def test_a_filter_that_does_not_exist_is_said(desk):
    edition, rows, _ = boards.before_the_jury(2)
    assert "Un filtre de cette adresse n’existe plus" in text_of(desk.get(url(edition, region="ZZ")))


def test_one_press_decides_and_tells_nobody(desk, team):
    edition, rows, _ = boards.before_the_jury(3)
    page = press(desk, edition, rows[0], "SELECTED")
    assert page.redirect_chain[-1][0].endswith(f"#l{rows[0].pk}")
    assert "1</strong> place sur 20" in text_of(page)
    row = Application.objects.with_call().get(pk=rows[0].pk)
    assert (row.state, row.public_state, row.steps.last().by) == (State.SELECTED, State.IN_REVIEW, team)
    assert Message.objects.count() == 0


def test_the_one_too_many_is_told_the_places(desk):
    edition, rows, _ = boards.before_the_jury(3, seats=2)
    for row in rows[:2]:
        press(desk, edition, row, "SELECTED")
    page = press(desk, edition, rows[2], "SELECTED")
    assert '<p class="error" role="alert">2 places sur 2</p>' in text_of(page)
    assert state(rows[2]) == State.IN_REVIEW


def test_the_line_that_takes_the_place_of_one_that_left_has_the_focus(desk):
    edition, rows, _ = boards.before_the_jury(3)
    data = {"one": f"{rows[1].pk}-SELECTED-{rows[1].staff_revision}"}
    page = desk.post(url(edition, "_quick", state="IN_REVIEW"), data, follow=True)
    assert page.redirect_chain[-1][0].endswith("?state=IN_REVIEW&ici=1")
    focused = re.findall(r'autofocus value="(\d+)-SELECTED', page.content.decode())
    assert focused == [str(rows[2].pk)]


def test_ranks_move_up_down_and_are_typed(desk):
    edition, rows, _ = boards.before_the_jury(3)
    for row in rows:
        press(desk, edition, row, "WAITLISTED")
    press(desk, edition, rows[2], "monter")
    press(desk, edition, rows[0], "descendre")
    assert order(desk.get(url(edition, state="WAITLISTED", o="rang"))) == [rows[2].pk, rows[0].pk, rows[1].pk]
    press(desk, edition, rows[1], "rang", rank="1")
    assert order(desk.get(url(edition, state="WAITLISTED", o="rang"))) == [rows[1].pk, rows[2].pk, rows[0].pk]
    assert "Un rang est un nombre à partir de 1." in text_of(press(desk, edition, rows[1], "rang", rank="deux"))


def test_a_decision_is_taken_back(desk):
    edition, rows, _ = boards.before_the_jury(1)
    press(desk, edition, rows[0], "DECLINED")
    press(desk, edition, rows[0], "IN_REVIEW")
    assert state(rows[0]) == State.IN_REVIEW
    assert [step.to_state for step in rows[0].steps.all()] == ["IN_REVIEW", "DECLINED", "IN_REVIEW"]


def test_a_button_of_a_page_that_is_old_is_refused_in_words(desk, team):
    edition, rows, _ = boards.before_the_jury(1)
    old = f"{rows[0].pk}-SELECTED-{rows[0].staff_revision}"
    services.add_note(rows[0], "Son employeur hésite.", by=team, now=boards.JURY)
    page = desk.post(url(edition, "_quick"), {"one": old}, follow=True)
    assert "Cette candidature a changé depuis que vous avez ouvert cette page. Rien n’est perdu" in text_of(page)
    assert state(rows[0]) == State.IN_REVIEW


@pytest.mark.parametrize("said", ["", "12", "12-SELECTED", "x-SELECTED-1", "12-EXPLODE-1", "12-SELECTED-x", f"{'9' * 30}-SELECTED-0"])
def test_a_button_that_says_nonsense_is_a_bad_request(desk, said):
    edition, _, _ = boards.before_the_jury(1)
    assert desk.post(url(edition, "_quick"), {"one": said}).status_code == 400


def test_the_page_of_a_decision_keeps_its_reason_and_its_rank(desk):
    edition, rows, _ = boards.before_the_jury(3)
    press(desk, edition, rows[0], "WAITLISTED")
    page = reverse("admin:applications_application_decide", args=[rows[1].pk])
    said = {"state": "WAITLISTED", "rank": "1", "reason": "Une belle énergie.", "shared": "on", "revision": rows[1].staff_revision}
    assert desk.post(page, said).status_code == 302
    rows[1].refresh_from_db()
    assert (rows[1].waitlist_rank, rows[1].reason, rows[1].reason_shared) == (1, "Une belle énergie.", True)
    assert "Une belle énergie. (dit à la personne)" in text_of(desk.get(url(edition)))


def test_what_was_typed_is_given_back_with_what_changed_meanwhile(desk, team):
    edition, rows, _ = boards.before_the_jury(1)
    page = reverse("admin:applications_application_decide", args=[rows[0].pk])
    shown = desk.get(page).context["form"].initial
    services.add_note(rows[0], "Son employeur hésite.", by=team, now=boards.JURY)
    said = {"state": "DECLINED", "reason": "Trop loin.", "revision": shown["revision"], "seen": shown["seen"]}
    again = desk.post(page, said)
    assert again.status_code == 422
    assert "Trop loin." in text_of(again)
    assert "note interne ajoutée" in text_of(again)
    form = again.context["form"]
    resent = {**said, "revision": form["revision"].value(), "seen": form["seen"].value()}
    assert desk.post(page, resent).status_code == 302
    assert state(rows[0]) == State.DECLINED


def test_ticked_lines_are_decided_in_the_order_of_the_board_and_each_says_what_became_of_it(desk):
    edition, rows, _ = boards.before_the_jury(4, seats=2)
    asked = desk.get(url(edition, "_ticked"), {"ligne": [row.pk for row in reversed(rows)], "acte": "retenir"})
    screen = desk.post(asked.url, {"token": "un"})
    assert "2 places sur 2" in text_of(screen)
    done = desk.post(asked.url, {"token": "un", "shown": screen.context["shown"], "_confirm": "1"}, follow=True)
    assert done.status_code == 200
    assert [state(row) for row in rows] == ["SELECTED", "SELECTED", "IN_REVIEW", "IN_REVIEW"]
    assert [why for _, why, _ in Batch.objects.get().results] == ["", "", "2 places sur 2", "2 places sur 2"]


def test_all_that_a_filter_finds_is_decided_with_one_reason(desk):
    edition, rows, _ = boards.before_the_jury(4)
    asked = desk.get(url(edition, "_ticked"), {"toutes": "1", "branch": "STATE", "acte": "non-retenues"})
    said = {"token": "un", "reason": "Le groupe est complet.", "shared": "on"}
    screen = desk.post(asked.url, said)
    desk.post(asked.url, {**said, "shown": screen.context["shown"], "_confirm": "1"})
    assert [(state(row), row.reason, row.reason_shared) for row in rows] == [
        ("DECLINED", "Le groupe est complet.", True),
        ("IN_REVIEW", "", False),
        ("IN_REVIEW", "", False),
        ("DECLINED", "Le groupe est complet.", True),
    ]


@pytest.mark.parametrize(
    ("ticked", "act", "said"),
    [(0, "retenir", "Cochez d’abord au moins une ligne."), (1, "comparer", "Cochez deux lignes, et deux seulement")],
)
def test_an_act_on_too_few_lines_says_what_to_tick(desk, ticked, act, said):
    edition, rows, _ = boards.before_the_jury(2)
    page = desk.get(url(edition, "_ticked"), {"ligne": [row.pk for row in rows[:ticked]], "acte": act}, follow=True)
    assert said in text_of(page)


def test_two_ticked_lines_are_shown_side_by_side(desk):
    edition, rows, people = boards.before_the_jury(3)
    page = desk.get(url(edition, "_ticked"), {"ligne": [rows[0].pk, rows[2].pk], "acte": "comparer"}, follow=True)
    assert page.redirect_chain[-1][0] == url(edition, "_compare", a=rows[0].pk, b=rows[2].pk)
    assert text_of(page).count("Je reçois chaque jour des habitants") == 2
    said = {"one": f"{rows[2].pk}-SELECTED-{rows[2].staff_revision}"}
    back = desk.post(url(edition, "_quick", a=rows[0].pk, b=rows[2].pk), said, follow=True)
    assert "Deux candidatures côte à côte" in text_of(back)
    assert state(rows[2]) == State.SELECTED


def test_the_balance_is_live_and_its_arithmetic_is_in_words(desk, team):
    edition, rows, _ = boards.before_the_jury(9, seats=3)
    services.set_bounds(edition, {(Axis.BRANCH, "HOSPITAL"): (2, None)}, by=team, now=boards.JURY)
    assert "il en faut" not in text_of(desk.get(url(edition)))
    press(desk, edition, rows[0], "SELECTED")
    page = press(desk, edition, rows[3], "SELECTED")
    assert "Il reste 1 place, il en faut 2 hospitalières." in text_of(page)


def test_bounds_are_typed_and_the_wrong_way_round_is_shown_at_its_field(desk):
    edition, _, _ = boards.before_the_jury(1)
    said = {"BRANCH-HOSPITAL-least": "5", "BRANCH-HOSPITAL-most": "2"}
    wrong = desk.post(url(edition, "_bounds"), said)
    assert wrong.status_code == 422
    assert "« Au moins » ne peut pas dépasser « au plus »".lower() in text_of(wrong).lower()
    desk.post(url(edition, "_bounds"), {**said, "BRANCH-HOSPITAL-most": "6"})
    assert [(row.value, row.least, row.most) for row in edition.bounds.all()] == [("HOSPITAL", 5, 6)]


def test_who_lacks_readings_and_who_is_in_conflict_is_said(desk):
    edition, rows, people = boards.before_the_jury(4)
    Review.objects.filter(application=rows[1]).update(sent_at=None, mark=None)
    ConflictOfInterest.objects.create(application=rows[2], reviewer=people[0], kind="DECLARED", note="Ami.", at=boards.JURY)
    services.recount(rows)
    page = desk.get(url(edition))
    assert "<b>2</b> sans assez de lectures" in text_of(page)
    assert "<b>1</b> avec un conflit d’intérêts" in text_of(page)
    assert order(desk.get(url(edition, watch="lectures"))) == [rows[2].pk, rows[1].pk]
    assert order(desk.get(url(edition, watch="conflits"))) == [rows[2].pk]


def test_after_the_release_the_buttons_lead_to_the_page_that_warns_of_a_letter(desk):
    edition, rows, _ = boards.before_the_jury(2)
    press(desk, edition, rows[0], "DECLINED")
    Edition.objects.filter(pk=edition.pk).update(results_released_at=boards.JURY)
    assert 'aria-pressed="true"' not in text_of(desk.get(url(edition)))
    page = press(desk, edition, rows[0], "SELECTED")
    assert "la lettre de cette décision part à la personne dès que vous enregistrez" in text_of(page)
    assert state(rows[0]) == State.DECLINED


def test_a_withdrawn_file_is_found_under_its_word_only(desk):
    edition, rows, _ = boards.before_the_jury(2)
    Application.objects.filter(pk=rows[0].pk).update(state=State.WITHDRAWN)
    assert order(desk.get(url(edition))) == [rows[1].pk]
    assert order(desk.get(url(edition, state="WITHDRAWN"))) == [rows[0].pk]


@pytest.mark.parametrize("name", ["", "_bounds", "_figures", "_minutes", "_compare", "_ticked"])
@pytest.mark.parametrize("role", [Role.TREASURER, Role.ADMINISTRATOR])
def test_nobody_else_opens_it(client, name, role):
    edition, _, _ = boards.before_the_jury(1)
    sign_in(client, UserFactory(roles=[role]))
    assert client.get(url(edition, name)).status_code == 403


def test_the_board_of_a_call_that_does_not_exist_is_not_found(desk):
    assert desk.get(reverse(NAME, args=[404])).status_code == 404


def test_an_empty_call_says_so(desk):
    edition = boards.a_call()
    assert "Aucune candidature déposée à cet appel pour l’instant." in text_of(desk.get(url(edition)))


@pytest.mark.parametrize("count", [1, 3, 300])
def test_the_board_costs_the_same_for_three_hundred_lines(desk, count, django_assert_max_num_queries):
    edition, rows, _ = boards.before_the_jury(count)
    services.decide(rows[0], State.WAITLISTED, by=User.objects.get(email="equipe@la27eregion.example"), now=boards.JURY)
    desk.get(url(edition))
    with django_assert_max_num_queries(15):
        page = desk.get(url(edition, tout=1))
    assert len(order(page)) == count


def test_the_board_is_cut_in_pages(desk):
    edition, rows, _ = boards.before_the_jury(60)
    assert order(desk.get(url(edition, p=2))) == [row.pk for row in rows[50:]]


def test_what_changes_on_the_board_is_in_the_journal(desk):
    edition, rows, _ = boards.before_the_jury(2)
    for row in rows:
        press(desk, edition, row, "WAITLISTED")
    press(desk, edition, rows[1], "monter")
    assert [act.changes for act in Act.objects.filter(verb="rang dans la liste d’attente")] == [{"rang": ["2", "1"]}]


def test_who_of_the_team_still_has_to_read_a_file_sees_nothing_of_what_the_others_say(client):
    edition, rows, _ = boards.before_the_jury(2)
    both = UserFactory(roles=[Role.STAFF, Role.REVIEWER])
    Review.objects.create(application=rows[0], reviewer=both, assigned_at=boards.CLOSED)
    sign_in(client, both)
    page = text_of(client.get(url(edition)))
    assert ("À lire par vous" in page, "4,60" in page, "0,60" in page) == (True, False, True)
    assert "Vous avez encore 1 candidature à lire dans cet appel" in page
    pages = [client.get(url(edition, "_compare", a=rows[0].pk, b=rows[1].pk))]
    pages.append(client.get(reverse("admin:applications_application_decide", args=[rows[0].pk])))
    assert ["4,60" in text_of(page) or "4,80" in text_of(page) for page in pages] == [False, False]
    asked = client.post(url(edition, "_export"), {"kind": "csv"}, follow=True)
    assert "envoyez d’abord vos lectures" in text_of(asked)
    assert "envoyez d’abord vos lectures" in text_of(client.post(url(edition, "_minutes"), follow=True))
    # Nor which files are far apart or read already, nor what the minutes would say.
    Application.objects.filter(pk=rows[1].pk).update(spread=3)
    page = text_of(client.get(url(edition, watch="ecart")))
    assert all(row.reference in page for row in rows)
    assert ("Notes écartées" in page, "Sans assez de lectures" in page) == (False, False)
    asked = client.get(url(edition, "_minutes"), follow=True)
    assert ("envoyez d’abord vos lectures" in text_of(asked), asked.redirect_chain) == (True, [(url(edition), 302)])


def test_the_waiting_list_alone_is_in_the_order_of_its_ranks(desk):
    edition, rows, _ = boards.before_the_jury(3)
    for row in rows:
        press(desk, edition, row, "WAITLISTED")
    press(desk, edition, rows[2], "monter")

    def order(**asked):
        page = text_of(desk.get(url(edition, state="WAITLISTED", **asked)))
        return sorted((row.pk for row in rows), key=lambda pk: page.index(f'id="l{pk}"'))

    assert order() == [rows[0].pk, rows[2].pk, rows[1].pk]
    assert order(o="moyenne") == [row.pk for row in rows]
