"""PDFs and letters of a deposit: what they say, made once, and what an application costs in SQL."""

from io import BytesIO

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from applications import documents, services, tasks
from applications.models import Step
from core import clock
from mailing import delivery
from mailing.letters import KINDS
from mailing.models import Message
from mailing.outbox import render
from tests.applications.factories import ANSWERS, OPEN, TYPED, ApplicationFactory, UserFactory, deposited, staff
from tests.programmes.factories import EditionFactory, PhaseFactory

pytestmark = pytest.mark.django_db
FORM = "/programmes/aventuriers/2017/candidater/"
PHASES = [
    ("Préparation", "1 journée", "mi-septembre 2017", "Superpublic (Paris)"),
    ("Exploration", "1 à 2 journées", "octobre 2017", "dans les territoires"),
    ("Mise en commun", "1 journée", "début novembre 2017", "Superpublic (Paris)"),
    ("Partage", "1 journée", "fin novembre 2017", "Paris"),
]
# Form, relire, déposer, receipt and the letter's delivery, sweeps and PDFs included; transaction control apart.
QUERIES = 35
NOT_WORK = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


@pytest.fixture(autouse=True)
def _in_september_2017():
    with time_machine.travel(OPEN, tick=False):
        yield


@pytest.fixture
def edition():
    edition = EditionFactory(slug="2017", programme__slug="aventuriers", reference_prefix="AV17", total_duration="4 à 5 journées")
    for day, (title, duration, when, where) in enumerate(PHASES, start=10):
        PhaseFactory(
            edition=edition, title=title, duration=duration, when_label=when, place_label=where, starts_on=None, sort_on=f"2017-10-{day}"
        )
    return edition


def words(content: bytes) -> str:
    return " ".join(" ".join(leaf.extract_text() for leaf in PdfReader(BytesIO(content)).pages).split())


def read(file) -> bytes:
    with file.open("rb") as opened:
        return opened.read()


def test_the_receipt_holds_reference_second_and_full_copy(edition):
    step = documents.publish(deposited(edition=edition).steps.get())
    text = words(read(step.receipt))
    for said in ("AV17-0001", "1ᵉʳ septembre 2017 à 10 h 00 min 00 s", "Camille", "Ville d’Exemple", "bibliothécaire", "Essayer ici."):
        assert said in text


def test_the_letter_for_the_employer_names_the_four_phases_and_who_pays(edition):
    step = documents.publish(deposited(edition=edition).steps.get())
    text = words(read(step.employer_letter))
    for phase in PHASES:
        for said in phase:
            assert said in text
    for said in (
        "AV17-0001",
        "4 à 5 journées",
        "Objet :",
        "20 agents des fonctions publiques d’État, territoriale et hospitalière",
        "voyage, d’hébergement et de repas",
        "Votre accord",
        "aux 4 phases",
        "nos salutations distinguées",
        "programme@la27eregion.example",
    ):
        assert said in text
    for absent in ("inscription", "€"):
        assert absent not in text


@pytest.mark.parametrize(
    ("phases", "said", "unsaid"),
    [(0, "Un agent des fonctions publiques", "phase"), (1, "La phase : date, lieu et durée", "phases")],
)
def test_the_letter_for_the_employer_of_a_plain_call_counts_right(phases, said, unsaid):
    edition = EditionFactory(seats=1)
    PhaseFactory.create_batch(phases, edition=edition)
    text = words(read(documents.publish(deposited(edition=edition).steps.get()).employer_letter))
    assert said in text
    assert unsaid not in text


def test_what_the_team_accepts_late_promises_nothing_that_is_over(edition):
    draft = ApplicationFactory(edition=edition)
    step = services.accept_late(draft, dict(ANSWERS), by=staff(), now=edition.closes_at, note="Panne de réseau")
    receipt, letter = words(read(documents.publish(step).receipt)), Message.objects.get()
    for text in (receipt, f"{letter.subject} {letter.text}".replace("\u00a0", " ")):
        assert "hors délai" in text
        assert "vous pouvez modifier" not in text
        assert "L’appel est clos" in text or "l’appel est clos" in text


def test_documents_are_made_once_from_the_frozen_copy(edition):
    application = deposited(edition=edition)
    step = documents.publish(application.steps.get())
    first = read(step.receipt)
    services.submit(application, {**ANSWERS, "job": "juriste"}, by=application.applicant, now=OPEN)
    tasks.render_documents()
    tasks.render_documents()
    kept, changed = Step.objects.deposits()
    assert read(kept.receipt) == first
    assert "juriste" in words(read(changed.receipt))
    assert "bibliothécaire" in words(first)
    assert len(default_storage.listdir("candidatures")[1]) == 4


def test_of_two_at_once_one_pair_is_kept(edition):
    deposited(edition=edition)
    one, two = (Step.objects.select_related("application__edition__programme").get() for _ in range(2))
    documents.publish(one)
    documents.publish(two)
    assert (one.receipt.name, one.employer_letter.name) == (two.receipt.name, two.employer_letter.name)
    assert len(default_storage.listdir("candidatures")[1]) == 2


def test_a_file_that_the_storage_lost_is_made_again_from_the_frozen_copy(client, edition):
    step = documents.publish(deposited(edition=edition).steps.get())
    default_storage.delete(step.receipt.name)
    client.force_login(step.application.applicant, backend="accounts.backends.RoleBackend")
    answer = client.get(f"/candidatures/{step.application.reference}/recepisse.pdf")
    assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-")
    assert default_storage.exists(Step.objects.get(pk=step.pk).receipt.name)


def test_whoever_downloads_first_gets_it_at_once_as_an_attachment(client, edition):
    application = deposited(edition=edition)
    client.force_login(application.applicant, backend="accounts.backends.RoleBackend")
    for name in ("recepisse", "lettre-employeur"):
        response = client.get(f"/candidatures/AV17-0001/{name}.pdf")
        assert response.content.startswith(b"%PDF")
        assert response["Content-Disposition"] == f'attachment; filename="AV17-0001-{name}.pdf"'
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Cache-Control"] == "private, no-cache"
    assert Step.objects.get().receipt


def test_an_earlier_version_keeps_its_receipt_and_nobody_elses_can_be_asked(client, edition):
    application, other = deposited(edition=edition), deposited(edition=edition)
    services.submit(application, {**ANSWERS, "job": "juriste"}, by=application.applicant, now=OPEN)
    client.force_login(application.applicant, backend="accounts.backends.RoleBackend")
    first = application.steps.deposits().first()
    address = "/candidatures/AV17-0001/recepisse.pdf"
    assert "bibliothécaire" in words(client.get(f"{address}?depot={first.pk}").content)
    assert "juriste" in words(client.get(address).content)
    assert client.get(f"{address}?depot={other.steps.get().pk}").status_code == 404


def test_the_dates_are_a_calendar_file(client, edition):
    application = deposited(edition=edition)
    client.force_login(application.applicant, backend="accounts.backends.RoleBackend")
    response = client.get("/candidatures/AV17-0001/dates.ics")
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.content.startswith(b"BEGIN:VCALENDAR")


def test_a_document_that_fails_does_not_stop_the_others(edition, monkeypatch):
    first, second = deposited(edition=edition), deposited(edition=edition)
    plain = documents.publish

    def publish(step, phases=None):
        if step.application_id == first.pk:
            raise OSError
        return plain(step, phases)

    monkeypatch.setattr(documents, "publish", publish)
    tasks.render_documents()
    assert [bool(application.steps.get().receipt) for application in (first, second)] == [False, True]


def test_the_letter_leaves_with_its_three_files(edition, mailoutbox):
    deposited(edition=edition)
    delivery.deliver(clock=clock.now)
    (mail,) = mailoutbox
    names = [part.get_filename() for part in mail.message().walk() if part.get_filename()]
    assert names == ["AV17-0001-recepisse.pdf", "AV17-0001-lettre-employeur.pdf", "aventuriers-2017-dates.ics"]
    assert mail.subject.startswith("Candidature déposée\u00a0: AV17-0001")


@pytest.mark.parametrize("name", ["received", "received_again", "withdrawn", "draft_reminder"])
def test_each_kind_has_a_preview_with_and_without_a_call(name):
    for _ in range(2):
        kind = KINDS[f"applications.{name}"]
        subject, text = render(kind, kind.sample())
        assert len(subject) > 20
        assert "http" in text
        EditionFactory()


def test_the_text_part_is_not_escaped(edition):
    draft = ApplicationFactory(edition=edition)
    services.submit(draft, {**ANSWERS, "last_name": "d'Exemple <& Cie>"}, by=draft.applicant, now=OPEN)
    assert "Camille d'Exemple <& Cie>" in Message.objects.get().text


def test_from_form_to_receipt_with_the_letter_costs_a_known_number_of_queries(client, edition, mailoutbox):
    client.force_login(UserFactory(), backend="accounts.backends.RoleBackend")
    with CaptureQueriesContext(connection) as counted:
        client.get(FORM)
        client.post(FORM, {**TYPED, "revision": "0", "tab": "a"})
        deposit = client.post(f"{FORM}deposer/", {"revision": "1"})
        client.get(deposit["Location"])
        delivery.deliver(clock=clock.now)
    asked = [query["sql"] for query in counted.captured_queries if not query["sql"].startswith(NOT_WORK)]
    assert len(mailoutbox) == 1
    assert len(asked) <= QUERIES


@pytest.mark.django_db
@pytest.mark.parametrize("failure", [RuntimeError("dessin"), OSError(28, "No space left on device")])
def test_a_document_that_cannot_be_made_is_said_in_words_and_made_later(client, monkeypatch, failure):
    application = deposited()
    client.force_login(application.applicant)
    address = reverse("application_receipt", args=[application.reference])

    def fails(*args: object) -> bytes:
        raise failure

    with monkeypatch.context() as broken:
        broken.setattr("core.pdf._drawn", fails)
        answer = client.get(address)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "Ce document n’a pas pu être fait" in answer.content.decode()
    assert client.get(address).status_code == 200
