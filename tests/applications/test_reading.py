"""A reader's desk: one file a screen, scores sent and corrected, nothing seen before its time, nothing said of who wrote (B1, B2)."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Grant
from accounts.roles import Role
from applications import jury, services
from applications.models import Application, ConflictOfInterest, Criterion, Review, ReviewVersion, Score, Selection
from applications.services.reading import Outdated, Seen
from applications.states import ConflictKind, State
from core.refusals import Refused
from programmes.models import Edition
from records.models import Act
from tests.accounts.factories import UserFactory, sign_in
from tests.applications.factories import ANSWERS, NOON, OPEN, deposited, reviewer, staff
from tests.applications.said import plain, text
from tests.programmes.factories import EditionFactory

pytestmark = pytest.mark.django_db
READ = NOON + timedelta(days=4)
LIMIT = NOON + timedelta(days=10)


@pytest.fixture
def _read():
    with time_machine.travel(READ, tick=False):
        yield


@pytest.fixture
def call(_read):
    edition = EditionFactory(reference_prefix="AV17", title="Les Aventuriers", short_title="Les Aventuriers 2017")
    services.selection_of(edition)
    Selection.objects.update(read_by=LIMIT)
    return edition


def files(call, *people, count=1, state=State.IN_REVIEW, **fields):
    rows = [deposited(edition=call, state=state, **fields) for _ in range(count)]
    services.assign([row.pk for row in rows], people, by=staff(), now=NOON)
    return rows


def of(application, person) -> Review:
    return Review.objects.get(application=application, reviewer=person)


def all_of(call, value) -> dict[int, int]:
    return {criterion.pk: value for criterion in call.criteria.all()}


def typed(call, *values, **said) -> dict[str, object]:
    scores = zip(call.criteria.order_by("order", "pk"), values, strict=False)
    return {**{f"critere_{criterion.pk}": value for criterion, value in scores}, **said}


def address(application) -> str:
    return reverse("reading", args=[application.reference])


# --- The scores -------------------------------------------------------------------------------------


def test_the_criteria_of_a_call_are_those_of_the_association_until_somebody_changes_them(call):
    assert [(row.label, row.weight) for row in call.criteria.order_by("order")] == [
        ("Curiosité et envie d’explorer", 1),
        ("Capacité à partager dans son administration", 1),
        ("Complémentarité avec le groupe", 1),
    ]
    services.selection_of(call)
    assert (Criterion.objects.count(), Selection.objects.count()) == (3, 1)


def test_a_mark_is_the_weighted_mean_and_the_file_holds_mean_spread_and_number(call):
    lou, alix = reviewer("Lou"), reviewer("Alix")
    (application,) = files(call, lou, alix)
    first, *others = call.criteria.order_by("order")
    Criterion.objects.filter(pk=first.pk).update(weight=3)
    sent = services.send_review(of(application, lou), {first.pk: 5, others[0].pk: 2, others[1].pk: 1}, by=lou, now=READ)
    assert sent.mark == Decimal("3.60")
    services.send_review(of(application, alix), all_of(call, 2), by=alix, now=READ)
    application.refresh_from_db()
    assert (application.mean, application.spread, application.readings) == (Decimal("2.80"), Decimal("1.60"), 2)


def test_files_with_as_many_points_have_the_same_mean_and_the_same_spread(call):
    lou, alix = reviewer(), reviewer("Alix")
    rows = files(call, lou, alix, count=2)
    # 13 thirds twice: 4 and 4,67 (12 and 14 points of 15), 4,33 twice.
    for row, (first, second) in zip(rows, (((4, 4, 4), (5, 5, 4)), ((5, 4, 4), (4, 5, 4))), strict=True):
        for person, values in ((lou, first), (alix, second)):
            scores = dict(zip(call.criteria.order_by("order").values_list("pk", flat=True), values, strict=True))
            services.send_review(of(row, person), scores, by=person, now=READ)
    kept = [Application.objects.values_list("mean", "spread", "readings").get(pk=row.pk) for row in rows]
    assert kept == [(Decimal("4.33"), Decimal("0.67"), 2), (Decimal("4.33"), 0, 2)]


def test_an_abstention_counts_for_nobody(call):
    lou, alix = reviewer("Lou"), reviewer("Alix")
    (application,) = files(call, lou, alix)
    services.send_review(of(application, lou), all_of(call, 4), by=lou, now=READ)
    services.send_review(of(application, alix), {}, abstained=True, comment="Je ne sais pas juger.", by=alix, now=READ)
    application.refresh_from_db()
    assert (application.mean, application.readings) == (Decimal("4.00"), 1)
    assert [(version.abstained, version.mark, version.scores) for version in of(application, alix).versions.all()] == [(True, None, {})]


def test_each_sending_is_a_version_and_a_second_click_is_the_first(call):
    lou = reviewer()
    (application,) = files(call, lou)
    for _ in range(2):
        services.send_review(of(application, lou), all_of(call, 4), comment="Bien.", by=lou, now=READ)
    services.send_review(of(application, lou), all_of(call, 5), comment="Mieux.", by=lou, now=READ + timedelta(days=1))
    assert [(version.mark, version.comment) for version in ReviewVersion.objects.order_by("pk")] == [(4, "Bien."), (5, "Mieux.")]
    verbs = Act.objects.filter(verb__startswith="lecture").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["lecture envoyée", "lecture corrigée"]


def test_a_reading_is_corrected_until_the_date_and_first_sent_until_the_results(call):
    lou = reviewer()
    early, late = files(call, lou, count=2)
    services.send_review(of(early, lou), all_of(call, 3), by=lou, now=LIMIT - timedelta(seconds=1))
    with pytest.raises(Refused, match="se corrigeait jusqu’au"):
        services.send_review(of(early, lou), all_of(call, 5), by=lou, now=LIMIT)
    assert services.send_review(of(late, lou), all_of(call, 5), by=lou, now=LIMIT + timedelta(days=2)).mark == 5
    Edition.objects.update(results_released_at=LIMIT)
    third = files_given(call, lou)
    with pytest.raises(Refused, match="n’est plus à lire"):
        services.send_review(third, all_of(call, 5), by=lou, now=LIMIT)


def files_given(call, person) -> Review:
    return Review.objects.create(application=deposited_after(call), reviewer=person, assigned_at=NOON)


def deposited_after(call) -> Application:
    rows = Application.objects.filter(edition=call)
    kept = rows.first()
    kept.pk, kept.reference, kept.applicant = None, "AV17-0099", UserFactory()
    kept.save()
    return kept


@pytest.mark.parametrize(
    ("scores", "told"),
    [
        ({}, "Il manque une note : « Curiosité"),
        ({0: 6, 1: 1, 2: 1}, "de 0 à 5"),
        ({0: -1, 1: 1, 2: 1}, "de 0 à 5"),
        ({0: 3, 1: 1}, "« Complémentarité avec le groupe »"),
    ],
)
def test_what_is_missing_or_out_of_range_is_refused_and_nothing_is_written(call, scores, told):
    lou = reviewer()
    (application,) = files(call, lou)
    criteria = list(call.criteria.order_by("order"))
    with pytest.raises(Refused) as refused:
        services.send_review(of(application, lou), {criteria[at].pk: value for at, value in scores.items()}, by=lou, now=READ)
    assert told in plain(str(refused.value))
    assert (Score.objects.count(), of(application, lou).sent_at) == (0, None)


def test_a_score_for_a_criterion_of_another_call_is_not_one_of_ours(call):
    lou = reviewer()
    (application,) = files(call, lou)
    foreign = Criterion.objects.create(edition=EditionFactory(), label="Autre")
    services.send_review(of(application, lou), {**all_of(call, 2), foreign.pk: 5}, by=lou, now=READ)
    assert Score.objects.filter(criterion=foreign).count() == 0


def test_a_file_that_was_withdrawn_or_decided_is_read_no_more(call):
    lou = reviewer()
    for state in (State.WITHDRAWN, State.SELECTED, State.DUPLICATE):
        (application,) = files(call, lou)
        Application.objects.filter(pk=application.pk).update(state=state)
        with pytest.raises(Refused, match="n’est plus à lire"):
            services.send_review(of(application, lou), all_of(call, 2), by=lou, now=READ)


def test_nobody_sends_the_reading_of_another(call):
    lou, alix = reviewer("Lou"), reviewer("Alix")
    (application,) = files(call, lou)
    with pytest.raises(Refused, match="ne vous est plus confiée"):
        services.send_review(of(application, lou), all_of(call, 2), by=alix, now=READ)


def test_two_tabs_and_a_new_deposit_are_told_and_what_was_seen_is_what_is_scored(call):
    lou = reviewer()
    (application,) = files(call, lou)
    seen = Seen(0, application.deposited_at.isoformat())
    services.save_review(of(application, lou), all_of(call, 1), by=lou, now=READ, seen=seen)
    with pytest.raises(Outdated, match="autre fenêtre"):
        services.send_review(of(application, lou), all_of(call, 5), by=lou, now=READ, seen=seen)
    Application.objects.filter(pk=application.pk).update(deposited_at=READ)
    with pytest.raises(Outdated, match="a déposé de nouveau"):
        services.send_review(of(application, lou), all_of(call, 5), by=lou, now=READ, seen=Seen(1, seen.deposited))


def test_who_abstains_reads_no_other_score_before_giving_theirs(call, client):
    lou, alix = reviewer(), reviewer("Alix")
    (application,) = files(call, lou, alix)
    services.send_review(of(application, alix), all_of(call, 4), comment="Très juste.", by=alix, now=READ)
    sign_in(client, lou)
    client.post(address(application), {"_abstain": "1"})
    assert "voir les autres lectures" not in text(client.get("/lectures/"))
    page = text(client.get(address(application)))
    assert ("Les autres lectures se voient une fois la vôtre notée." in page, "Très juste." in page, "Alix" in page) == (True, False, False)
    client.post(address(application), typed(call, 5, 5, 5))
    assert "Très juste." in text(client.get(address(application)))
    assert of(application, lou).mark == 5
    # Back to an abstention, they are hidden again; what was sent once stays known.
    client.post(address(application), {"_abstain": "1"})
    assert "Très juste." not in text(client.get(address(application)))


def test_a_colleague_who_abstained_and_reads_the_others_in_the_admin_scores_no_more(call):
    colleague = reviewer()
    Grant.objects.create(user=colleague, role=Role.STAFF)
    colleague = type(colleague).objects.get(pk=colleague.pk)
    (application,) = files(call, colleague)
    services.send_review(of(application, colleague), {}, abstained=True, by=colleague, now=READ)
    with pytest.raises(Refused, match="Votre abstention reste"):
        services.send_review(of(application, colleague), all_of(call, 5), by=colleague, now=READ)
    assert of(application, colleague).abstained


def test_a_conflict_that_the_portal_found_does_not_tell_a_blind_reader_whose_file_it_is(call, client):
    lou = reviewer()
    application = deposited(edition=call, state=State.IN_REVIEW, applicant=lou)
    Review.objects.create(application=application, reviewer=lou, assigned_at=NOON)
    sign_in(client, lou)
    answer = client.get(address(application))
    other = deposited(edition=call, state=State.IN_REVIEW)
    assert (answer.status_code, ConflictOfInterest.objects.get().kind) == (403, ConflictKind.OWN)
    assert text(answer) == text(client.get(address(other)))


# --- Conflicts, declared ----------------------------------------------------------------------------


def test_a_declared_conflict_takes_the_file_its_score_and_its_sight_away_and_is_an_act(call, client):
    lou = reviewer()
    (application,) = files(call, lou)
    services.send_review(of(application, lou), all_of(call, 4), by=lou, now=READ)
    for _ in range(2):
        services.declare_conflict(of(application, lou), note="un proche", by=lou, now=READ)
    application.refresh_from_db()
    assert (application.mean, application.readings, ConflictOfInterest.objects.get().note) == (None, 0, "un proche")
    assert Act.objects.filter(verb="conflit d’intérêts déclaré").count() == 1
    sign_in(client, lou)
    answer = client.get(address(application))
    assert (answer.status_code, "Un conflit d’intérêts est noté" in text(answer)) == (403, True)
    assert "Rien à lire" in text(client.get("/lectures/"))


def test_a_conflict_asks_a_word_and_leads_to_the_next_file(call, client):
    lou = reviewer()
    one, other = files(call, lou, count=2)
    sign_in(client, lou)
    page = client.post(reverse("reading_conflict", args=[one.reference]), {"note": " "})
    assert (page.status_code, "Dites en un mot" in text(page), ConflictOfInterest.objects.count()) == (422, True, 0)
    assert '<details class="desk-conflict" open>' in page.content.decode()
    answer = client.post(reverse("reading_conflict", args=[one.reference]), {"note": "un proche"})
    assert answer.url == address(other)
    assert client.get(reverse("reading_conflict", args=[other.reference])).status_code == 405


# --- The page ---------------------------------------------------------------------------------------


def test_a_file_is_scored_and_the_next_is_shown_until_the_last(call, client):
    lou = reviewer()
    files(call, lou, count=3)
    sign_in(client, lou)
    queue = jury.queue(lou)
    assert "0 sur 3" in text(client.get("/lectures/"))
    for rank, review in enumerate(queue):
        page = client.get(address(review.application))
        assert f"{rank} sur 3" in text(page)
        answer = client.post(address(review.application), typed(call, 4, 3, 2, comment="Vu.", _send="1"))
        assert answer.url == (address(queue[rank + 1].application) if rank < 2 else "/lectures/")
    page = text(client.get("/lectures/"))
    assert ("3 sur 3" in page, "Tout est lu, merci" in page, "notée 3 sur 5" in page) == (True, True, True)
    assert {review.comment for review in Review.objects.all()} == {"Vu."}


def test_the_least_read_file_comes_first_and_readers_do_not_start_with_the_same(call):
    people = [reviewer(str(number)) for number in range(3)]
    rows = files(call, *people, count=8)
    firsts = {jury.queue(person)[0].application_id for person in people}
    assert len(firsts) > 1
    first = jury.queue(people[0])[0].application
    services.send_review(of(first, people[1]), all_of(call, 2), by=people[1], now=READ)
    assert jury.queue(people[0])[-1].application == first
    assert [len(jury.queue(person)) for person in people] == [8, 7, 8]
    assert len(rows) == 8


def test_saved_without_being_sent_it_is_found_again_and_not_counted(call, client):
    lou = reviewer()
    (application,) = files(call, lou)
    sign_in(client, lou)
    answer = client.post(address(application), typed(call, 5, comment="À revoir.", _save="1"))
    assert answer.url == address(application)
    page = client.get(address(application))
    assert ("À revoir." in text(page), "Commencée" in text(page)) == (True, True)
    assert page.content.decode().count("checked") == 1
    application.refresh_from_db()
    assert (application.readings, ReviewVersion.objects.count(), of(application, lou).sent_at) == (0, 0, None)


def test_one_abstains_with_a_comment_or_without(call, client):
    lou = reviewer()
    one, other = files(call, lou, count=2)
    sign_in(client, lou)
    client.post(address(one), {"comment": "Trop loin de moi.", "_abstain": "1"})
    client.post(address(other), {"_abstain": "1"})
    assert set(Review.objects.values_list("abstained", "comment")) == {(True, "Trop loin de moi."), (True, "")}
    assert "abstention" in text(client.get("/lectures/"))


def test_a_missing_score_is_said_beside_its_criterion_and_what_was_typed_stays(call, client):
    lou = reviewer()
    (application,) = files(call, lou)
    sign_in(client, lou)
    page = client.post(address(application), typed(call, 5, 4, comment="Presque.", _send="1"))
    assert (page.status_code, text(page).count("Choisissez une note, ou abstenez-vous.")) == (422, 2)
    assert ("Presque." in text(page), page.content.decode().count("checked"), of(application, lou).sent_at) == (True, 2, None)
    assert "<title>Erreur : À lire : AV17-0001" in plain(page.content.decode())


def test_a_forged_score_is_refused(call, client):
    lou = reviewer()
    (application,) = files(call, lou)
    sign_in(client, lou)
    for value in ("6", "-1", "3.5", "trois", "3 OR 1=1"):
        assert (value, client.post(address(application), typed(call, value, 1, 1, _send="1")).status_code) == (value, 422)
    assert Score.objects.count() == 0


def test_two_tabs_the_second_is_told_keeps_its_words_and_replaces_when_sent_again(call, client):
    lou = reviewer()
    (application,) = files(call, lou)
    sign_in(client, lou)
    hidden = client.get(address(application)).context["form"].initial
    stale = {"revision": hidden["revision"], "seen": hidden["seen"]}
    client.post(address(application), typed(call, 1, 1, 1, _save="1", **stale))
    page = client.post(address(application), typed(call, 5, 5, 5, comment="La bonne.", _send="1", **stale))
    assert (page.status_code, "dans une autre fenêtre" in text(page), "La bonne." in text(page)) == (422, True, True)
    fresh = page.context["form"].data
    client.post(address(application), typed(call, 5, 5, 5, comment="La bonne.", _send="1", revision=fresh["revision"], seen=fresh["seen"]))
    assert (of(application, lou).mark, of(application, lou).comment) == (5, "La bonne.")


def test_a_file_decided_while_it_was_read_is_said_and_left(call, client):
    lou = reviewer()
    (application,) = files(call, lou)
    sign_in(client, lou)
    Application.objects.update(state=State.SELECTED)
    answer = client.post(address(application), typed(call, 5, 5, 5, _send="1"), follow=True)
    page = text(answer)
    assert "n’est plus à lire" in page
    assert ("retenue" in page.lower(), of(application, lou).sent_at) == (False, None)


# --- Who sees what ----------------------------------------------------------------------------------


def test_no_other_score_is_seen_before_sending_one_s_own_then_all_are(call, client):
    lou, alix = reviewer("Lou"), reviewer("Alix")
    (application,) = files(call, lou, alix)
    services.send_review(of(application, alix), all_of(call, 1), comment="Bof, dit Alix.", by=alix, now=READ)
    sign_in(client, lou)
    before = client.get(address(application))
    assert [word for word in ("Alix", "Bof", "Les autres lectures") if word in text(before)] == []
    client.post(address(application), typed(call, 5, 5, 5, _send="1"))
    after = text(client.get(address(application)))
    assert [word for word in ("Alix", "Bof, dit Alix.", "Les autres lectures") if word not in after] == []


def test_a_corrected_reading_shows_its_versions_to_its_reader(call, client):
    lou = reviewer()
    (application,) = files(call, lou)
    sign_in(client, lou)
    client.post(address(application), typed(call, 5, 5, 5, comment="Première.", _send="1"))
    answer = client.post(address(application), typed(call, 2, 2, 2, comment="Seconde.", _send="1"))
    page = text(client.get(address(application)))
    assert (answer.url, "Ses 2 versions" in page, "Première." in page) == (address(application), True, True)


def test_a_blind_file_says_nothing_of_who_wrote_it_anywhere(call, client):
    lou = reviewer()
    person = UserFactory(email="yolande.quibus@prefecture.example", first_name="Yolande", last_name="Quibus")
    answers = {
        **ANSWERS,
        "first_name": "Yolande",
        "last_name": "Quibus",
        "organisation": "Mairie de Trifouillis",
        "motivation": "Yolande Quibus, mairie de Trifouillis, yolande.quibus@prefecture.example.\nVoir.",
    }
    application = deposited(edition=call, applicant=person)
    services.submit(application, answers, by=person, now=OPEN)
    Application.objects.update(state=State.IN_REVIEW)
    services.assign([application.pk], [lou], by=staff(), now=NOON)
    sign_in(client, lou)
    for send in (False, True):
        if send:
            client.post(address(application), typed(call, 5, 5, 5, _send="1"))
        for page in (address(application), "/lectures/", "/espace/"):
            html = client.get(page).content.decode()
            assert [word for word in ("olande", "uibus", "rifouillis", "prefecture.example") if word in html] == []
    Selection.objects.update(is_blind=False)
    named = text(client.get(address(application)))
    assert ("Yolande Quibus" in named, "Mairie de Trifouillis" in named) == (True, True)


@pytest.mark.parametrize("who", ["candidate", "staff", "other reviewer"])
def test_a_file_that_is_not_given_is_a_403_page_in_french_as_one_that_does_not_exist(call, client, who):
    (application,) = files(call, reviewer("Lou"))
    person = {"candidate": application.applicant, "staff": staff(), "other reviewer": reviewer("Alix")}[who]
    sign_in(client, person)
    pages = [client.get(address(application)), client.get(reverse("reading", args=["AV17-9999"]))]
    assert [page.status_code for page in pages] == [403, 403]
    assert {"Cette lecture ne vous est pas ouverte" in text(page) for page in pages} == {True}
    assert client.post(address(application), {"_abstain": "1"}).status_code == 403
    assert client.post(reverse("reading_conflict", args=[application.reference]), {"note": "x"}).status_code == 403


def test_whoever_leaves_the_jury_reads_no_more(call, client):
    lou = reviewer()
    (application,) = files(call, lou)
    Grant.objects.filter(user=lou, role=Role.REVIEWER).delete()
    sign_in(client, lou)
    assert (client.get("/lectures/").status_code, client.get(address(application)).status_code) == (403, 403)


def test_nobody_reads_without_signing_in(call, client):
    (application,) = files(call, reviewer())
    assert [client.get(page).status_code for page in ("/lectures/", address(application))] == [302, 302]


def test_once_the_results_are_out_the_files_close_to_the_jury(call, client):
    lou = reviewer()
    (application,) = files(call, lou)
    services.send_review(of(application, lou), all_of(call, 4), by=lou, now=READ)
    Edition.objects.update(results_released_at=READ - timedelta(minutes=1))
    sign_in(client, lou)
    assert client.get(address(application)).status_code == 403
    assert application.reference not in text(client.get("/lectures/"))


def test_a_file_its_candidate_withdrew_leaves_the_queue_even_once_read(call, client):
    lou = reviewer()
    (application,) = files(call, lou)
    services.send_review(of(application, lou), all_of(call, 4), by=lou, now=READ)
    Application.objects.update(state=State.WITHDRAWN)
    sign_in(client, lou)
    assert client.get(address(application)).url == "/lectures/"
    assert application.reference not in client.get("/lectures/").content.decode().partition("<main")[2].partition("notice")[0]


def test_the_list_asks_as_many_questions_for_three_files_as_for_one(call, client):
    lou, costs = reviewer(), []
    sign_in(client, lou)
    files(call, lou)
    client.get("/lectures/")
    for more in (0, 2):
        if more:
            files(call, lou, count=more)
        with CaptureQueriesContext(connection) as asked:
            client.get("/lectures/")
        costs.append(len(asked))
    assert costs[0] == costs[1]


def test_a_file_asks_as_many_questions_whatever_the_queue_holds(call, client):
    lou, costs = reviewer(), []
    sign_in(client, lou)
    (application,) = files(call, lou)
    client.get(address(application))
    for more in (0, 3):
        if more:
            files(call, lou, count=more)
        with CaptureQueriesContext(connection) as asked:
            client.get(address(application))
        costs.append(len(asked))
    assert costs[0] == costs[1]


def test_a_reader_says_their_structure_once(call, client):
    lou = reviewer()
    files(call, lou)
    sign_in(client, lou)
    assert "dites-nous où vous travaillez" in text(client.get("/lectures/"))
    client.post("/lectures/", {"structure": "  Atelier   d’Ailleurs "})
    page = text(client.get("/lectures/"))
    assert ("dites-nous où vous travaillez" in page, lou.juror.structure) == (False, "Atelier d’Ailleurs")
    assert client.post("/lectures/", {"structure": "…"}).status_code == 422
