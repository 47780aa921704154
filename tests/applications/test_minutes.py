"""The minutes of the jury: everything in them comes from the log; tagged, in French, asked for as long work."""

import io
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from pypdf import PdfReader

from accounts.roles import Role
from applications import minutes, services
from applications.board_columns import said
from applications.models import Application, ConflictOfInterest, LateLink, Review, ReviewVersion, Step
from applications.states import Axis, State
from records.models import Act, Job
from records.tasks import do_waiting_work
from tests.accounts.factories import UserFactory, sign_in
from tests.applications import boards

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return UserFactory(email="equipe@la27eregion.example", first_name="Inès", roles=[Role.STAFF])


def read(content):
    pages = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    return re.sub(r"\s+", " ", pages.replace("\xa0", " ").replace("\u202f", " "))


def drawn(edition):
    return minutes.draw(edition, now=boards.JURY)


def test_they_say_the_votes_the_ranks_the_balance_and_wait_for_signatures(team):
    edition, rows, people = boards.before_the_jury(4, seats=2)
    services.set_bounds(edition, {(Axis.BRANCH, "HOSPITAL"): (1, None)}, by=team, now=boards.JURY)
    services.decide(rows[0], State.SELECTED, by=team, now=boards.JURY)
    services.decide(rows[1], State.WAITLISTED, by=team, now=boards.JURY)
    services.decide(rows[3], State.DECLINED, by=team, now=boards.JURY, reason="Trop loin.", shared=True)
    said = read(drawn(edition))
    assert "1 retenue, 1 en liste d’attente, 1 non retenue, 1 sans décision" in said
    assert f"{rows[0].reference} {rows[0].full_name}" in said
    assert f"{people[0]} : 4,60 ; {people[1]} : 5,00" in said
    assert f"1 {rows[1].reference}" in said
    assert "Hospitalière 0 au moins 1 il en manque 1" in said
    assert "Trop loin. (dit à la personne)" in said
    assert all(str(person) in said.partition("Signatures")[2] for person in people)


def test_they_are_tagged_in_french_with_their_title(team):
    edition, _, _ = boards.before_the_jury(1)
    reader = PdfReader(io.BytesIO(drawn(edition)))
    catalog = reader.trailer["/Root"]
    assert (catalog["/Lang"], catalog["/MarkInfo"]["/Marked"]) == ("fr", True)
    assert "/StructTreeRoot" in catalog
    assert "Procès-verbal du jury" in reader.metadata.title


def test_a_choice_over_a_higher_mean_is_an_exception(team):
    edition, rows, _ = boards.before_the_jury(4)
    services.decide(rows[3], State.SELECTED, by=team, now=boards.JURY, reason="Seule hospitalière.")
    services.decide(rows[0], State.DECLINED, by=team, now=boards.JURY)
    (over,) = minutes.exceptions(edition).over
    assert (over.application, over.passed) == (rows[3], [rows[0]])
    told = f"{rows[3].reference} (1,00) : une candidature de moyenne supérieure n’est pas retenue, {rows[0].reference} (4,80)"
    assert f"{told}. Motif : Seule hospitalière." in read(drawn(edition))


def test_late_ones_conflicts_abstentions_amendments_and_missing_readings_are_exceptions(team):
    edition, rows, people = boards.before_the_jury(4)
    Step.objects.create(
        application=rows[0],
        to_state="SUBMITTED",
        at=edition.closes_at + timedelta(hours=1),
        by_name="Inès",
        note="Panne.",
        answers={"a": 1},
    )
    LateLink.objects.create(
        edition=edition, email="a@ville.example", until=boards.JURY, reason="Hospitalisée.", created_at=boards.CLOSED, by_name="Inès"
    )
    ConflictOfInterest.objects.create(application=rows[1], reviewer=people[1], kind="DECLARED", note="Ami.", at=boards.JURY)
    review = Review.objects.filter(application=rows[2]).order_by("pk").first()
    Review.objects.filter(pk=review.pk).update(abstained=True, mark=None)
    amended = Review.objects.filter(application=rows[3]).order_by("pk").first()
    ReviewVersion.objects.create(review=amended, at=boards.JURY, mark=amended.mark)
    services.recount(rows)
    found = minutes.exceptions(edition)
    assert {name: len(value) for name, value in vars(found).items()} == {
        "over": 0,
        "late": 1,
        "links": 1,
        "short": 2,
        "conflicts": 1,
        "abstentions": 1,
        "amended": 1,
        "changed": 0,
    }
    said = read(drawn(edition))
    assert "motif : Panne." in said
    assert "motif : Hospitalisée." in said
    assert "a@ville.example" not in said


def test_a_decision_that_was_changed_is_told_with_each_of_its_steps(team):
    edition, rows, _ = boards.before_the_jury(2)
    services.decide(rows[0], State.DECLINED, by=team, now=boards.JURY)
    services.undecide(rows[0], by=team, now=boards.JURY + timedelta(minutes=1))
    services.decide(rows[0], State.SELECTED, by=team, now=boards.JURY + timedelta(minutes=2))
    ((application, steps),) = minutes.exceptions(edition).changed
    assert (application, [step.to_state for step in steps]) == (rows[0], ["DECLINED", "IN_REVIEW", "SELECTED"])


def test_when_nothing_is_out_of_the_ordinary_they_say_so(team):
    edition, _, _ = boards.before_the_jury(2)
    assert minutes.exceptions(edition).count == 0
    assert "Aucune : les décisions suivent les moyennes" in read(drawn(edition))


def test_an_empty_call_has_minutes_too():
    assert "Candidatures devant le jury 0" in read(drawn(boards.a_call()))


def test_they_are_asked_for_made_as_work_and_kept_in_the_journal(client, team):
    edition, _, _ = boards.before_the_jury(2)
    page = sign_in(client, team).post(reverse("admin:applications_application_board_minutes", args=[edition.pk]))
    assert page.status_code == 302
    do_waiting_work()
    job = Job.objects.get()
    assert (job.state, job.summary) == ("DONE", "Le procès-verbal est prêt.")
    assert job.file_name.startswith("proces-verbal-")
    assert Act.objects.filter(verb="procès-verbal demandé").count() == 1


@pytest.mark.parametrize("count", [1, 3])
def test_what_they_gather_costs_the_same_for_more_files(count, django_assert_max_num_queries):
    edition, _, _ = boards.before_the_jury(count)
    with django_assert_max_num_queries(24):
        minutes.gathered(edition, now=boards.JURY)


@pytest.mark.parametrize(("state", "told"), [(State.IN_REVIEW, "à lire"), (State.SELECTED, "non lue")])
def test_a_file_that_has_left_the_jury_unread_is_not_to_read_any_more(state, told):
    review = Review(application=Application(state=state))
    assert said(review, conflicted=False) == told
