"""The jury of a call, for the team: settings, frozen criteria, progress, what a colleague who reads does not see; letters and reminders."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Grant, User
from accounts.roles import Role
from applications import jury, jury_emails, jury_waiting, services
from applications.models import Application, Criterion, Review, Score, Selection
from applications.services.juries import Asked, version_of
from applications.states import State
from applications.tasks import remind_readers, verify_readings
from core.clock import PARIS
from core.refusals import Refused
from mailing import outbox
from mailing.batches import open_batch
from mailing.letters import KINDS
from mailing.models import Message
from programmes.models import Edition
from records.models import Act
from tests.accounts.factories import UserFactory as ProvenFactory
from tests.accounts.factories import sign_in
from tests.applications.factories import NOON, deposited, reviewer, staff
from tests.applications.said import plain, text
from tests.programmes.factories import EditionFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2017, 9, 11, 11, tzinfo=PARIS)  # a Monday
LIMIT = datetime(2017, 9, 22, 12, tzinfo=PARIS)  # a Friday
CONFIRM = datetime(2017, 10, 6, 12, tzinfo=PARIS)


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def call():
    edition = EditionFactory(reference_prefix="AV17", short_title="Les Aventuriers 2017")
    services.selection_of(edition)
    return edition


@pytest.fixture
def team(client):
    person = ProvenFactory(roles=["STAFF"], email="equipe@association.example", first_name="Inès")
    sign_in(client, person)
    return person


def page_of(call, part=""):
    return reverse(f"admin:applications_application_board_jury{part}", args=[call.pk])


def values(**changed):
    return {"is_blind": True, "readings": 2, "read_by": LIMIT, "confirm_by": CONFIRM, "prefers_balance": False, **changed}


def read(call, *people, count=1):
    rows = [deposited(edition=call, state=State.IN_REVIEW) for _ in range(count)]
    services.assign([row.pk for row in rows], people, by=staff(), now=NOW)
    return rows


def send(application, person, value=4, **said):
    scores = {criterion.pk: value for criterion in application.edition.criteria.all()}
    return services.send_review(Review.objects.get(application=application, reviewer=person), scores, by=person, now=NOW, **said)


def set_up(call, criteria=None, *, by=None, seen="", **changed):
    asked = services.criteria_asked(services.selection_of(call).edition) if criteria is None else criteria
    return services.set_up_selection(call, values(**changed), asked, by=by or staff(), now=NOW, seen=seen)


# --- Settings ---------------------------------------------------------------------------------------


def test_settings_are_written_and_told_in_the_log(call):
    set_up(call, readings=3, is_blind=False)
    selection = Selection.objects.get()
    assert (selection.readings, selection.is_blind, selection.read_by) == (3, False, LIMIT)
    (act,) = Act.objects.filter(verb="réglages de la sélection")
    assert act.changes["lectures par candidature"] == ["2", "3"]
    assert act.changes["lecture sans les noms"] == ["oui", "non"]
    assert plain(act.changes["lectures à rendre avant le"][1]) == "22 septembre 2017 à 12 h"
    set_up(call, readings=3, is_blind=False)
    assert Act.objects.filter(verb="réglages de la sélection").count() == 1


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"read_by": NOON - timedelta(hours=1)}, "après la clôture"),
        ({"confirm_by": LIMIT - timedelta(days=1)}, "après la date des lectures"),
        ({"confirm_by": datetime(2017, 12, 1, 0, 1, tzinfo=PARIS)}, "avant son dernier jour"),
    ],
)
def test_a_date_before_the_one_it_follows_is_refused(call, changed, told):
    with pytest.raises(Refused, match=told):
        set_up(call, **changed)


def test_once_the_results_are_out_what_letters_said_does_not_move(call):
    set_up(call)
    Edition.objects.update(results_released_at=NOW)
    with pytest.raises(Refused, match="Les résultats sont publiés"):
        set_up(call, confirm_by=CONFIRM + timedelta(days=1))
    set_up(call, prefers_balance=True)
    assert Selection.objects.get().prefers_balance


def test_criteria_change_until_the_first_reading_sent_then_never(call):
    lou = reviewer()
    (application,) = read(call, lou)
    first, *others = services.criteria_asked(call)
    scores = {first.pk: 3, others[1].pk: 1}
    services.save_review(Review.objects.get(), scores, by=lou, now=NOW)
    wanted = [Asked(others[0].pk, "Partager", "", 2), Asked(first.pk, first.label, first.help, 1), Asked(None, "Oser", "Aller voir.", 1)]
    set_up(call, wanted)
    held = [(row.label, row.weight) for row in call.criteria.order_by("order")]
    assert held == [("Partager", 2), ("Curiosité et envie d’explorer", 1), ("Oser", 1)]
    assert [score.criterion_id for score in Score.objects.all()] == [first.pk]
    send(application, lou)
    with pytest.raises(Refused, match="les critères ne changent plus"):
        set_up(call, [Asked(first.pk, "Autre", "", 1)])
    set_up(call, readings=4)
    assert (Criterion.objects.count(), Selection.objects.get().readings) == (3, 4)


@pytest.mark.parametrize("count", [0, 9])
def test_a_call_has_one_to_eight_criteria(call, count):
    with pytest.raises(Refused, match="Entre un et 8 critères"):
        set_up(call, [Asked(None, f"Critère {number}", "", 1) for number in range(count)])


def test_the_second_of_two_colleagues_who_set_up_at_once_is_told(call):
    seen = version_of(services.selection_of(call))
    set_up(call, seen=seen)
    with pytest.raises(Refused, match="ont changé depuis"):
        set_up(call, readings=5, seen=seen)


def test_the_page_of_settings_says_what_is_wrong_and_keeps_what_is_typed(client, team, call):
    page = client.get(page_of(call, "_settings"))
    rows = page.context["rows"]
    typed = {
        "is_blind": "on",
        "readings": "3",
        "read_by": "2017-09-22T12:00",
        "confirm_by": "2017-10-06T12:00",
        "seen": page.context["form"].initial["seen"],
        "critere-TOTAL_FORMS": "5",
        "critere-INITIAL_FORMS": "3",
    }
    for number, row in enumerate(rows):
        typed |= {f"critere-{number}-{name}": row.initial.get(name, "") for name in ("pk", "label", "help", "weight")}
    typed |= {"critere-3-label": "Oser", "critere-3-weight": "11"}
    refused = client.post(page_of(call, "_settings"), typed)
    assert (refused.status_code, "de 1 à 10" in text(refused), "Oser" in refused.content.decode()) == (422, True, True)
    past = client.post(page_of(call, "_settings"), {**typed, "critere-3-weight": "2", "confirm_by": "2017-12-01T00:01"})
    assert (past.status_code, list(past.context["form"].errors), "2017-12-01" in past.content.decode()) == (422, ["confirm_by"], True)
    answer = client.post(page_of(call, "_settings"), {**typed, "critere-3-weight": "2"})
    assert answer.url == page_of(call)
    assert [(row.label, row.weight) for row in call.criteria.order_by("order")][3] == ("Oser", 2)
    stale = client.post(page_of(call, "_settings"), {**typed, "critere-3-weight": "3"})
    assert (stale.status_code, "ont changé depuis" in text(stale)) == (422, True)


def test_once_frozen_the_page_shows_criteria_and_says_why(client, team, call):
    lou = reviewer()
    (application,) = read(call, lou)
    send(application, lou)
    page = client.get(page_of(call, "_settings"))
    assert ("les critères ne changent plus" in text(page), 'name="critere-0-label"' in page.content.decode()) == (True, False)
    posted = client.post(page_of(call, "_settings"), {"is_blind": "on", "readings": "4", "seen": page.context["form"].initial["seen"]})
    assert (posted.status_code, Selection.objects.get().readings) == (302, 4)


@pytest.mark.parametrize("role", [None, Role.REVIEWER, Role.COORDINATOR, Role.TREASURER])
def test_the_jury_of_a_call_is_the_team_s_to_see(client, call, role):
    (application,) = read(call, reviewer())
    sign_in(client, ProvenFactory(roles=[role] if role else []))
    pages = [page_of(call, part) for part in ("", "_settings", "_repartir", "_reattribuer")]
    pages.append(reverse("admin:applications_application_mask", args=[application.pk]))
    assert {client.get(page).status_code for page in pages} <= {302, 403}


# --- Where it stands --------------------------------------------------------------------------------


def test_the_page_says_where_each_reader_is_and_who_is_late(client, team, call):
    lou, alix, sam = reviewer("Lou"), reviewer("Alix"), reviewer("Sam")
    one, other = read(call, lou, alix, count=2)
    send(one, lou, 5)
    send(other, lou, 2)
    send(one, alix, 3)
    set_up(call)
    found = {str(each.reader): (each.given, each.sent, each.left, each.percent) for each in jury.progress(call)}
    assert found == {"Alix Exemple": (2, 1, 1, 50), "Lou Exemple": (2, 2, 0, 100)}
    early = text(client.get(page_of(call)))
    assert ("en retard" in early, "Sans candidature de cet appel : Sam Exemple." in early, str(sam)) == (False, True, "Sam Exemple")
    with time_machine.travel(LIMIT, tick=False):
        sign_in(client, team)
        late = text(client.get(page_of(call)))
    assert late.count("en retard") == 1
    assert "3,50" in late


def test_the_page_counts_files_short_of_readers_and_lists_conflicts(client, team, call):
    lou, alix = reviewer("Lou"), reviewer("Alix")
    (application,) = read(call, lou, alix)
    assert jury.state_of(services.selection_of(call)).short == 0
    services.declare_conflict(Review.objects.get(reviewer=lou), note="un proche", by=lou, now=NOW)
    state = jury.state_of(services.selection_of(call))
    assert (state.files, state.short, state.given, state.sent) == (1, 1, 1, 0)
    assert "AV17-0001 : Lou Exemple, déclaré (« un proche »), le 11 septembre 2017" in text(client.get(page_of(call)))
    assert application.reference == "AV17-0001"


def test_the_page_asks_as_many_questions_for_three_readers_as_for_one(client, team, call):
    costs = []
    read(call, reviewer())
    client.get(page_of(call))
    for more in (0, 2):
        if more:
            read(call, reviewer(), reviewer(), count=2)
        with CaptureQueriesContext(connection) as asked:
            client.get(page_of(call))
        costs.append(len(asked))
    assert costs[0] == costs[1]


def test_the_team_reads_scores_comments_and_versions_on_the_file(client, team, call):
    lou = reviewer("Lou")
    (application,) = read(call, lou)
    set_up(call)
    send(application, lou, 5, comment="Une envie vraie.")
    send(application, lou, 3, comment="Moins sûr.")
    page = text(client.get(reverse("admin:applications_application_change", args=[application.pk])))
    assert [word for word in ("Moyenne 3,00 sur 5", "Moins sûr.", "Ses 2 versions", "Une envie vraie.") if word not in page] == []


def test_a_colleague_who_reads_the_file_sees_no_score_before_sending_theirs(client, team, call):
    lou = reviewer("Lou")
    Grant.objects.create(user=team, role=Role.REVIEWER)
    person = User.objects.get(pk=team.pk)
    (application,) = read(call, lou, person)
    send(application, lou, 5, comment="Une envie vraie.")
    address = reverse("admin:applications_application_change", args=[application.pk])
    before = text(client.get(address))
    assert ("Une envie vraie." in before, "une fois la vôtre envoyée" in before, "5,00" in before) == (False, True, False)
    assert "5,00" not in text(client.get(page_of(call)))
    send(application, person, 3)
    assert "Une envie vraie." in text(client.get(address))


# --- Masking, on its page ---------------------------------------------------------------------------


def test_words_are_masked_with_a_preview_that_writes_nothing(client, team, call):
    (application,) = read(call, reviewer())
    address = reverse("admin:applications_application_mask", args=[application.pk])
    shown = client.get(address)
    assert "« Ville d’Exemple »" in text(shown)
    typed = {"words": "ailleurs", "revision": shown.context["application"].staff_revision}
    preview = client.post(address, {**typed, "_preview": "1"})
    assert (preview.status_code, "Voir ▇▇▇ (mots masqués)" in text(preview)) == (200, True)
    assert Application.objects.get().masked_words == ""
    assert client.post(address, typed).url == address
    assert Application.objects.get().masked_words == "ailleurs"
    stale = client.post(address, {**typed, "words": "ici"})
    assert (stale.status_code, "a changé depuis" in text(stale)) == (422, True)


def test_a_word_that_masks_nothing_is_said_before_and_after_it_is_kept(client, team, call):
    (application,) = read(call, reviewer())
    address = reverse("admin:applications_application_mask", args=[application.pk])
    shown = client.get(address)
    typed = {"words": "ailleurs\nailleus", "revision": shown.context["application"].staff_revision}
    preview = text(client.post(address, {**typed, "_preview": "1"}))
    client.post(address, typed)
    told = [("Ne masque rien ici" in page, "« ailleus »" in page) for page in (text(shown), preview, text(client.get(address)))]
    assert told == [(False, False), (True, True), (True, True)]


def test_a_draft_is_masked_by_nobody(client, team):
    from tests.applications.factories import ApplicationFactory

    draft = ApplicationFactory()
    assert client.get(reverse("admin:applications_application_mask", args=[draft.pk])).status_code == 404


# --- Letters ----------------------------------------------------------------------------------------


def letters(kind):
    found = Message.objects.filter(kind=f"applications.{kind}").order_by("pk")
    return [(letter.to, plain(letter.subject)) for letter in found]


def at(*moment):
    return time_machine.travel(datetime(*moment, tzinfo=PARIS), tick=False)


def test_a_reminder_leaves_three_days_before_and_one_the_day_after_to_who_has_not_read_all(call):
    lou, alix = reviewer("Lou"), reviewer("Alix")
    (application,) = read(call, lou, alix)
    set_up(call)
    send(application, alix)
    for moment, due, late in (
        ((2017, 9, 19, 9, 59), 0, 0),
        ((2017, 9, 19, 10), 1, 0),
        ((2017, 9, 19, 10, 1), 1, 0),
        ((2017, 9, 22, 13), 1, 0),
        ((2017, 9, 23, 10), 1, 1),
        ((2017, 9, 25, 10), 1, 1),
    ):
        with at(*moment):
            remind_readers()
        assert (moment, len(letters("readings_due")), len(letters("readings_late"))) == (moment, due, late)
    assert letters("readings_due") == [(lou.email, "Dans trois jours : 1 candidature à lire, Les Aventuriers 2017")]
    assert letters("readings_late") == [(lou.email, "Lectures attendues : 1 candidature, Les Aventuriers 2017")]


def test_after_an_outage_over_both_moments_one_letter_leaves(call):
    read(call, reviewer())
    set_up(call)
    with at(2017, 9, 25, 10):
        remind_readers()
    assert (len(letters("readings_due")), len(letters("readings_late"))) == (0, 1)


def test_a_late_letter_of_a_saturday_waits_for_monday(call):
    read(call, reviewer())
    set_up(call)
    with at(2017, 9, 23, 10):
        remind_readers()
    assert Message.objects.get(kind="applications.readings_late").due_at == datetime(2017, 9, 25, 8, tzinfo=PARIS)


def test_a_date_that_moves_arms_the_reminder_again_and_the_old_one_is_no_longer_due(call):
    lou = reviewer()
    read(call, lou)
    set_up(call)
    with at(2017, 9, 19, 10):
        remind_readers()
    set_up(call, read_by=LIMIT + timedelta(days=5), confirm_by=CONFIRM)
    first = Message.objects.get(kind="applications.readings_due")
    assert first.letter.still_due(first) is False
    with at(2017, 9, 24, 10):
        remind_readers()
    assert len(letters("readings_due")) == 2


@pytest.mark.parametrize("stop", ["cancelled_at", "results_released_at"])
def test_nobody_is_reminded_of_a_call_that_is_called_off_or_announced(call, stop):
    read(call, reviewer())
    set_up(call)
    Edition.objects.update(**{stop: NOW})
    with at(2017, 9, 19, 10):
        remind_readers()
    assert letters("readings_due") == []


def test_who_was_given_files_after_the_moment_is_not_reminded_of_it(call):
    set_up(call)
    with at(2017, 9, 19, 11):
        rows = [deposited(edition=call, state=State.IN_REVIEW)]
        lou = reviewer()
        services.assign([row.pk for row in rows], [lou], by=staff(), now=datetime(2017, 9, 19, 11, tzinfo=PARIS))
        remind_readers()
    assert letters("readings_due") == []


def test_the_timeline_says_the_reminders_to_come_and_to_whom(call):
    lou, alix = reviewer("Lou"), reviewer("Alix")
    (application,) = read(call, lou, alix)
    set_up(call)
    send(application, alix)
    found = [(each.at, plain(each.what), each.count, list(each.names())) for each in jury_waiting.planned(NOW, NOW + timedelta(days=20))]
    assert found == [
        (datetime(2017, 9, 19, 10, tzinfo=PARIS), "Rappel au jury : Les Aventuriers 2017", 1, ["Lou Exemple"]),
        (datetime(2017, 9, 23, 10, tzinfo=PARIS), "Relance du jury : Les Aventuriers 2017", 1, ["Lou Exemple"]),
    ]


def test_what_waits_is_a_conflict_that_leaves_a_file_short_and_who_is_late(call):
    lou, alix = reviewer("Lou"), reviewer("Alix")
    read(call, lou, alix)
    set_up(call)
    assert list(jury_waiting.waiting(NOW)) == []
    services.declare_conflict(Review.objects.get(reviewer=lou), note="un proche", by=lou, now=NOW)
    (told,) = jury_waiting.waiting(NOW)
    assert (told.count, told.url, "conflits d’intérêts" in plain(told.label)) == (1, page_of(call), True)
    late = [(plain(each.label), each.count) for each in jury_waiting.waiting(LIMIT)]
    assert ("Les Aventuriers 2017 : membres du jury en retard", 1) in late
    services.assign([Application.objects.get().pk], [reviewer("Sam")], by=staff(), now=NOW)
    assert list(jury_waiting.waiting(NOW)) == []


def test_the_nightly_look_at_readings_runs_twice_and_changes_nothing(call):
    lou = reviewer()
    (application,) = read(call, lou)
    send(application, lou, 4)
    acts = Act.objects.count()
    verify_readings()
    verify_readings()
    application.refresh_from_db()
    assert (application.readings, Act.objects.count()) == (1, acts)


@pytest.mark.parametrize(
    ("at", "says"), [(NOW, True), (LIMIT - timedelta(hours=1), True), (LIMIT, False), (LIMIT + timedelta(days=2), False)]
)
def test_what_is_given_once_the_date_has_passed_is_asked_before_no_date(call, at, says):
    set_up(call, read_by=LIMIT)
    context = jury_emails.context_of(services.selection_of(call), ProvenFactory(), 2)
    with time_machine.travel(at, tick=False):
        words = plain(outbox.render(KINDS[jury_emails.GIVEN], context)[1])
    assert ("À rendre avant" in words, "22 septembre 2017" in words) == (says, says)


def test_letters_that_have_not_left_say_the_date_that_was_moved(call):
    set_up(call, read_by=LIMIT)
    lou, files = reviewer(), [deposited(edition=call, state=State.IN_REVIEW) for _ in range(2)]
    batch = open_batch("Confier", by=staff(), now=NOW, undo="applications.assign")
    services.assign([row.pk for row in files], [lou], by=staff(), now=NOW, batch=batch)
    set_up(call, read_by=LIMIT + timedelta(days=4))
    letter = Message.objects.get(kind=jury_emails.GIVEN)
    words = plain(letter.text)
    assert (letter.subject.replace("\u00a0", " "), "26 septembre 2017" in words, "22 septembre 2017" in words) == (
        "2 candidatures à lire : Les Aventuriers 2017",
        True,
        False,
    )
