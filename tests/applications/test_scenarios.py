"""S1 and S2 of domain.md through the pages and the letters (the browser journeys are in tests/journeys)."""

import re
from datetime import datetime

import pytest
import time_machine
from django.urls import reverse

from applications import gathering, tasks
from applications.models import Application
from applications.states import State
from core import clock
from core.clock import PARIS
from mailing import delivery
from mailing.models import Message
from programmes import demo
from programmes.models import Edition
from tests.applications.factories import TYPED, ApplicationFactory, UserFactory, deposited

pytestmark = [pytest.mark.django_db, pytest.mark.journey]
CALL = "/programmes/aventuriers/2017/"
FORM = f"{CALL}candidater/"


def at(day, hour, minute=0, second=0):
    return time_machine.travel(datetime(2017, 9, day, hour, minute, second, tzinfo=PARIS), tick=False)


def page(response):
    return re.sub(r"[\u00a0\u202f]", " ", response.content.decode())


def enter(client, person):
    client.force_login(person, backend="accounts.backends.RoleBackend")


@pytest.fixture
def call():
    with at(1, 10):
        demo.load(1)
    return Edition.objects.get(reference_prefix="AV17")


def sent(mailoutbox):
    delivery.deliver(clock=clock.now)
    letters = [(mail.to, mail.subject.replace("\u00a0", " ")) for mail in mailoutbox]
    mailoutbox.clear()
    return letters


def test_s1_apply(client, call, mailoutbox):
    person = UserFactory(email="candidate@ville.example")
    with at(1, 10):
        text = page(client.get(CALL))
        for words in ("Préparation", "Exploration", "Mise en commun", "Partage", "8 septembre 2017 à midi (heure de Paris)", "Candidater"):
            assert words in text
        enter(client, person)
        refused = client.post(FORM, {**TYPED, "motivation": "\r\n".join(["ligne"] * 12), "tab": "a", "revision": "0"})
        assert "12 lignes sur 10" in page(refused)
        review = client.post(FORM, {**TYPED, "motivation": "\r\n".join(["ligne"] * 10), "tab": "a", "revision": "1"})
        assert "Déposer ma candidature" in page(review)
        receipt = client.post(f"{FORM}deposer/", {"revision": "2"}, follow=True)
        assert "AV17-0001" in page(receipt)
        assert sent(mailoutbox) == [(["candidate@ville.example"], "Candidature déposée : AV17-0001, Les Aventuriers 2017")]
    with at(2, 10):
        client.post(FORM, {**TYPED, "motivation": "\r\n".join(["ligne"] * 10), "job": "juriste", "tab": "b", "revision": "3"})
        client.post(f"{FORM}deposer/", {"revision": "4"})
        assert sent(mailoutbox) == [(["candidate@ville.example"], "Candidature modifiée et déposée : AV17-0001, Les Aventuriers 2017")]
    application = Application.objects.get()
    assert (application.reference, application.job, application.steps.count()) == ("AV17-0001", "juriste", 2)


def test_s2_deadline(client, call, mailoutbox):
    late = ApplicationFactory(edition=call, applicant=UserFactory(email="late@ville.example"))
    deposited(edition=call, applicant=UserFactory(email="early@ville.example"), at=datetime(2017, 8, 25, 10, tzinfo=PARIS))
    with at(1, 9):
        sent(mailoutbox)
    told = []
    for moment in (at(1, 9, 59), at(1, 10), at(4, 10), at(6, 10), at(7, 12), at(8, 9), at(8, 11)):
        with moment:
            tasks.remind_drafts()
            told.append(sent(mailoutbox))
    letter = [(["late@ville.example"], "À déposer avant le 8 septembre 2017 à midi : votre candidature, Les Aventuriers 2017")]
    assert told == [[], letter, [], letter, [], letter, []]
    enter(client, late.applicant)
    with at(8, 12):
        assert "L’appel est clos" in page(client.post(f"{FORM}deposer/", {"revision": "1"}))
        text = page(client.get(FORM))
        for words in ("L’appel est clos", "Voir ailleurs.", "texte.txt", call.programme.contact_email):
            assert words in text
        assert ">Candidater<" not in page(client.get(CALL))
    with at(8, 11, 59, 59):
        client.post(f"{FORM}deposer/", {"revision": "1"})
    late.refresh_from_db()
    assert late.state == State.SUBMITTED


def test_an_address_already_used_shows_its_application_instead_of_a_second_form(client, call):
    person = UserFactory()
    deposited(edition=call, applicant=person)
    enter(client, person)
    with at(2, 10):
        text = page(client.get(CALL))
        assert "Voir ma candidature AV17-0001" in text
        assert ">Candidater<" not in text


def test_the_sign_in_page_says_whose_address_to_give(client, call):
    with at(2, 10):
        text = page(client.get(FORM, follow=True))
        assert "Un collègue peut taper pour elle." in text
        assert text.count(f"Candidater : {call.short_title}") == 2  # <title> and <h1>
        client.post(reverse("account_login"), {"email": "candidate.exemple@mairie.example", "next": FORM})
    assert f"pour candidater à « {call.short_title} »" in Message.objects.get().subject
    assert gathering.sign_in_note("/espace/") is None


def test_what_a_colleague_leaves_behind(call):
    person = UserFactory()
    ApplicationFactory(applicant=person)
    application = deposited(edition=call, applicant=person)
    deposited(applicant=person, state=State.WITHDRAWN)
    assert [link.label for link in gathering.held_by(person)] == [f"Candidature {application.reference}"]
