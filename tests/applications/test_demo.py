"""The demonstration: loaded twice it is the same; invented people only; it follows its scale."""

import re
from collections import Counter
from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts import demo as accounts
from accounts.models import User
from applications import agreements, demo, demo_people, demo_selection, documents, duplicates, facets, services, tasks, uploads
from applications.models import (
    Application,
    ConflictOfInterest,
    EmployerAgreement,
    LateLink,
    Note,
    Offer,
    ResultsRelease,
    Review,
    ReviewVersion,
    Score,
    Selection,
    Step,
    Tag,
)
from applications.states import Agreement, Branch, Origin, State
from applications.waiting import waiting
from core.clock import PARIS
from core.lines import count_lines
from mailing.models import Batch, Message, Refusal, Wording
from mailing.states import State as Letter
from programmes import demo as programmes
from programmes.models import Edition
from records.models import Act

pytestmark = pytest.mark.django_db
TODAY = datetime(2026, 11, 21, 22, tzinfo=PARIS)
KEPT = (
    Application, Step, Review, Note, Tag, LateLink, Act, Batch, Message, Refusal, Wording, User, Selection, Score, ReviewVersion,
    ConflictOfInterest, Offer, ResultsRelease, EmployerAgreement,
)  # fmt: skip


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(TODAY, tick=False):
        yield


def load(scale=1):
    accounts.load(1)
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
    before = [list(model.objects.order_by("pk").values()) for model in KEPT]
    load()
    assert [list(model.objects.order_by("pk").values()) for model in KEPT] == before


def test_scale_multiplies():
    load()
    load(3)
    numbers = [Application.objects.filter(edition__slug=slug).count() for slug in ("2017", "en-selection", "clos", "resultats")]
    # Those that came by post and by mail are two, late drafts four, and 20 places are 20 places.
    assert numbers == [120, 182, 49, 31]


def test_many_people_have_names_of_their_own():
    names = {(answers["first_name"], answers["last_name"]) for answers in map(demo_people.answers_of, range(3_000))}
    assert len(names) == 3_000


def test_branches_and_regions_are_balanced():
    load()
    archive = Application.objects.filter(edition__slug="2017").order_by("pk")
    assert Counter(archive.values_list("branch", flat=True)) == {Branch.STATE: 14, Branch.LOCAL: 13, Branch.HOSPITAL: 13}
    assert set(Counter(archive.values_list("region", flat=True)).values()) == {2, 3}


def test_people_are_invented_and_hard_content_is_there():
    load()
    users = User.objects.order_by("pk")
    assert [user.email for user in users if "Exemple" not in user.last_name or not user.email.endswith(".example")] == []
    assert max(len(user.last_name) for user in users) == 80
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


# --- What the team did -------------------------------------------------------------------------------


def in_triage():
    return Application.objects.filter(edition__slug="en-selection").order_by("reference")


def given_in_triage():
    rows = Review.objects.filter(application__edition__slug="en-selection").order_by("pk")
    return rows.values_list("reviewer__first_name", flat=True)


def test_the_call_in_triage_holds_files_of_every_sort():
    load()
    assert states("en-selection") == {State.IN_REVIEW: 49, State.SUBMITTED: 12, State.DUPLICATE: 1}
    assert Counter(in_triage().values_list("origin", flat=True)) == {Origin.ONLINE: 60, Origin.PAPER: 1, Origin.MAIL: 1}
    assert [row.applicant for row in in_triage().exclude(received_on=None)] == [None, None]
    assert [row.reference for row in in_triage() if row.has_changes] == ["DM4-0012"]
    assert len(set(in_triage().values_list("region", flat=True))) >= 15
    assert Counter(given_in_triage()) == {"Jury": 30, "Jurée": 15}
    held = {tag.name: tag.applications.count() for tag in Tag.objects.order_by("name")}
    assert held == {"coup de cœur": 5, "frais à vérifier": 3, "hôpital": 13, "à relire": 6}
    assert Note.objects.count() == 8


def test_two_look_like_one_person_and_one_is_joined():
    load()
    alike = list(facets.alike(in_triage()))
    assert len(alike) == 2
    assert [each.application for each in duplicates.likely(alike[0])] == [alike[1]]
    joined = in_triage().get(state=State.DUPLICATE)
    assert (joined.full_name, joined.duplicate_of.edition) == (joined.duplicate_of.full_name, joined.edition)


def test_what_waits_for_the_team_can_be_clicked():
    load()
    found = {(re.split(r"\s:", each.label)[0], each.url.partition("waiting=")[2]): each.count for each in waiting(TODAY)}
    assert found == {
        ("Appel qui vient de fermer (démonstration)", facets.LATE): 3,
        ("Appel qui vient de fermer (démonstration)", facets.UNREVIEWED): 15,
        ("Appel en sélection (démonstration)", facets.UNREVIEWED): 32,
        ("Appel en sélection (démonstration)", facets.REFUSED): 1,
        ("Appel en sélection (démonstration)", facets.ALIKE): 2,
        ("Les Aventuriers 2027", facets.ALIKE): 2,
    }


def test_what_is_late_or_refused_is_of_an_invented_town():
    load()
    late = facets.late(Application.objects.order_by("pk"))
    assert {row.draft["organisation"] for row in [*late, *facets.refused(in_triage())]} == {"Ville d’Exemple"}
    assert {row.draft["organisation"] for row in Application.objects.order_by("pk") if "xemple" not in row.draft["organisation"]} == set()


def test_one_late_draft_can_be_accepted_and_the_others_say_what_they_lack():
    load()
    late = facets.late(Application.objects.with_call().order_by("pk"))
    told = [row.standing.replace("\u00a0", " ") for row in late]
    assert told == ["complet, peut être accepté", *["incomplet : case des frais non cochée"] * 2]


def test_the_call_with_results_has_its_twenty_places_and_a_history_in_order():
    load()
    assert states("resultats") == {State.CONFIRMED: 14, State.SELECTED: 4, State.WAITLISTED: 6, State.DECLINED: 4, State.WITHDRAWN: 3}
    for application in Application.objects.exclude(state=State.DRAFT).order_by("pk").prefetch_related("steps"):
        steps = list(application.steps.all())
        assert steps[-1].to_state == application.state
        assert [step.at for step in steps] == sorted(step.at for step in steps)
        assert steps[-1].at <= TODAY or application.edition.slug == "2017"


def test_the_call_with_results_shows_offers_and_agreements_in_each_state():
    load()
    call = Edition.objects.get(slug="resultats")
    rows = Application.objects.filter(edition=call)
    assert (rows.holding_a_seat(now=TODAY).count(), call.seats, Offer.objects.open(now=TODAY).count()) == (20, 20, 2)
    words = Counter(agreements.with_word(rows).order_by("pk").values_list("state", "word"))
    assert words[State.CONFIRMED, Agreement.RECEIVED] == 14
    assert {word for (state, word) in words if state == State.SELECTED} == set(Agreement)
    assert EmployerAgreement.objects.exclude(file="").count() == EmployerAgreement.objects.exclude(question="").count() == 1
    assert ResultsRelease.objects.get().counts == {State.SELECTED: 20, State.WAITLISTED: 6, State.DECLINED: 4}
    assert [each.why for each in services.unanswered(call, now=TODAY) if "lettre" in each.why] == []


def test_a_signed_pdf_of_the_demonstration_would_be_taken():
    assert uploads.signed_pdf(SimpleUploadedFile("a.pdf", demo_selection.SIGNED)) == demo_selection.SIGNED


def test_the_call_that_its_jury_reads_is_almost_read_and_nothing_is_decided():
    load()
    rows = Application.objects.filter(edition__slug="lu-par-le-jury")
    reviews = Review.objects.filter(application__in=rows)
    assert (states("lu-par-le-jury"), reviews.count()) == (Counter({State.IN_REVIEW: 120}), 240)
    per_reader = Counter(reviews.order_by("pk").values_list("reviewer", flat=True))
    assert (len(per_reader), max(per_reader.values()) - min(per_reader.values()) <= 2) == (6, True)
    assert (reviews.filter(sent_at=None).count(), reviews.filter(abstained=True).count(), rows.exclude(masked_words="").count()) == (
        15,
        1,
        3,
    )
    assert ConflictOfInterest.objects.filter(application__in=rows).count() == 1
    assert (rows.filter(mean=None).count(), len(set(rows.values_list("mean", flat=True))) > 20) == (1, True)
    before = {row.pk: (row.mean, row.spread, row.readings) for row in rows}
    services.recount(list(rows))
    assert {row.pk: (row.mean, row.spread, row.readings) for row in rows.all()} == before


def test_loaded_days_later_drafts_are_still_late_and_the_limit_still_to_come():
    load()
    with time_machine.travel(TODAY + timedelta(days=9), tick=False):
        load()
        assert facets.late(Application.objects.order_by("pk")).count() == 3
        assert [link.edition.slug for link in LateLink.objects.valid(now=TODAY + timedelta(days=9)).select_related("edition")] == ["clos"]
    assert LateLink.objects.count() == 1


def test_no_letter_of_the_demonstration_waits_to_leave():
    load()
    assert Counter(Message.objects.order_by("pk").values_list("kind", "state")) == {
        # 14 of the call that fills, 59 + 15 + 31 of the three others: one server refused.
        ("applications.received", Letter.SENT): 119,
        ("applications.received", Letter.FAILED): 1,
        ("applications.withdrawn", Letter.SENT): 3,
        ("applications.entered", Letter.SENT): 2,
        ("applications.duplicate", Letter.SENT): 1,
        ("applications.late_link", Letter.SENT): 1,
        ("applications.selected", Letter.SENT): 20,
        ("applications.waitlisted", Letter.SENT): 6,
        ("applications.declined", Letter.SENT): 4,
        ("applications.place_confirmed", Letter.SENT): 14,
        ("applications.place_left", Letter.SENT): 2,
        ("applications.offer", Letter.SENT): 2,
        ("applications.readings_given", Letter.SENT): 2,
    }
    assert all(message.created_at <= TODAY for message in Message.objects.order_by("pk"))


def test_one_call_thanks_in_its_own_words():
    load()
    call = Edition.objects.get(slug="ferme-bientot")
    assert [wording.scope for wording in Wording.objects.order_by("pk")] == [f"programmes.edition:{call.pk}"]
    assert "Merci d’avoir pris le temps" in Wording.objects.get().body
