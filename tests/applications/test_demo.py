"""The demonstration: loaded twice it is the same; invented people only; it follows its scale."""

from collections import Counter
from datetime import datetime

import pytest
import time_machine

from accounts.models import User
from applications import demo, documents, tasks
from applications.models import Application, Step
from applications.states import Branch, State
from core.clock import PARIS
from core.lines import count_lines
from programmes import demo as programmes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(datetime(2026, 11, 21, 22, tzinfo=PARIS), tick=False):
        yield


def load(scale=1):
    programmes.load(1)
    demo.load(scale)


def states(slug):
    return Counter(Application.objects.filter(edition__slug=slug).order_by("pk").values_list("state", flat=True))


def test_the_2017_call_ended_and_the_2027_call_fills():
    load()
    assert states("2017") == {State.CONFIRMED: 20, State.DECLINED: 17, State.WITHDRAWN: 3}
    assert states("2027") == {State.SUBMITTED: 12, State.WITHDRAWN: 2, State.DRAFT: 7}


def test_loaded_twice_it_is_the_same():
    load()
    before = [list(model.objects.order_by("pk").values()) for model in (Application, Step, User)]
    load()
    assert [list(model.objects.order_by("pk").values()) for model in (Application, Step, User)] == before


def test_scale_multiplies():
    load(3)
    assert Application.objects.filter(edition__slug="2017").count() == 120


def test_branches_and_regions_are_balanced():
    load()
    archive = Application.objects.filter(edition__slug="2017").order_by("pk")
    assert Counter(archive.values_list("branch", flat=True)) == {Branch.STATE: 14, Branch.LOCAL: 13, Branch.HOSPITAL: 13}
    assert set(Counter(archive.values_list("region", flat=True)).values()) == {2, 3}


def test_people_are_invented_and_hard_content_is_there():
    load()
    people = User.objects.order_by("pk")
    assert [person.email for person in people if "Exemple" not in person.last_name or not person.email.endswith(".example")] == []
    assert max(len(person.last_name) for person in people) == 80
    assert all(count_lines(application.draft["motivation"]) <= 10 for application in Application.objects.order_by("pk"))


def test_the_candidate_of_the_demonstration_has_a_draft():
    load()
    draft = Application.objects.get(applicant__email=demo.CANDIDATE)
    assert (draft.edition.slug, draft.state) == ("2027", State.DRAFT)


def test_references_follow_each_other_and_the_next_deposit_goes_on():
    load()
    archive = Application.objects.filter(edition__slug="2017").select_related("edition").order_by("reference")
    assert [application.reference for application in archive] == [f"AV17-{number:04}" for number in range(1, 41)]
    assert archive[0].edition.last_number == 40


def test_the_sweep_leaves_old_documents_to_whoever_asks():
    load()
    tasks.render_documents()
    assert not Step.objects.filter(application__edition__slug="2017").exclude(receipt="").exists()
    step = Step.objects.deposits().filter(application__edition__slug="2017").first()
    assert documents.publish(step).receipt.name.endswith("-recepisse.pdf")
