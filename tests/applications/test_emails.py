"""The words of the letters about an application: what takes the place of each placeholder, and the real rows to preview with."""

from datetime import datetime, timedelta

import pytest

from accounts.roles import Role
from applications import emails, services
from applications.emails import RECEIVED, RECEIVED_AGAIN, RECEIVED_LATE, REMINDER, WITHDRAWN
from core.clock import PARIS
from mailing import outbox, wordings
from mailing.letters import KINDS
from mailing.models import Message
from mailing.rendering import Words
from records.services import label_of
from tests.accounts.factories import UserFactory
from tests.applications.factories import ANSWERS, OPEN, ApplicationFactory, deposited
from tests.programmes.factories import EditionFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2017, 9, 8, 12, tzinfo=PARIS)


def letter(kind):
    return Message.objects.get(kind=kind)


def next_steps(text):
    return [line for line in text.split("\n") if line.startswith("- ")]


def test_a_receipt_says_what_comes_next_while_the_call_is_open():
    deposited(edition=EditionFactory(results_label="mi-septembre 2017", closes_at=NOON))
    told = letter(RECEIVED)
    assert next_steps(told.text) == [
        "- aujourd’hui, remettez à votre responsable la lettre pour l’employeur jointe à ce courriel\u00a0: elle dit les dates, "
        "les lieux et qui paie\u202f;",
        "- jusqu’au vendredi 8\u00a0septembre 2017 à midi (heure de Paris), vous pouvez modifier ou retirer votre candidature\u202f;",
        "- mi-septembre 2017, vous recevrez notre réponse par courriel.",
    ]
    assert "Ce que nous avons reçu\u00a0:\n\nAdresse électronique\u00a0: " in told.text
    assert told.text.rstrip().endswith("Frais pris en charge par l’administration\u00a0: Oui")


def test_one_accepted_late_says_so_and_that_the_call_is_closed():
    draft, colleague = ApplicationFactory(edition=EditionFactory(results_label="", closes_at=NOON)), UserFactory(roles=[Role.STAFF])
    services.accept_late(draft, dict(ANSWERS), by=colleague, now=NOON, note="Panne de réseau")
    told = letter(RECEIVED_LATE)
    assert told.subject.startswith("Candidature acceptée hors délai\u00a0: ")
    assert next_steps(told.text)[1:] == [
        "- l’appel est clos\u00a0: votre candidature ne se modifie plus, mais vous pouvez encore la retirer\u202f;",
        "- après l’examen des candidatures, vous recevrez notre réponse par courriel.",
    ]


def test_a_withdrawal_offers_to_come_back_only_while_one_can():
    early, late = deposited(edition=EditionFactory(closes_at=NOON)), deposited(edition=EditionFactory(closes_at=NOON))
    services.withdraw(early, by=early.applicant, now=OPEN + timedelta(minutes=1))
    services.withdraw(late, by=late.applicant, now=NOON)
    told = {found.about: "Si vous changez d’avis" in found.text for found in Message.objects.filter(kind=WITHDRAWN)}
    assert told == {label_of(early): True, label_of(late): False}


@pytest.mark.parametrize(("first_name", "greeting"), [("Camille", "Bonjour Camille,"), ("", "Bonjour,")])
def test_a_reminder_greets_by_name_when_it_is_known(first_name, greeting):
    draft = ApplicationFactory(applicant=UserFactory(first_name=first_name), edition=EditionFactory(closes_at=NOON))
    emails.post_reminder(draft, OPEN, now=OPEN)
    assert letter(REMINDER).text.split("\n\n")[0] == greeting


def test_a_call_may_have_its_own_words():
    edition, other = EditionFactory(), EditionFactory()
    words = Words("Bien reçu\u00a0: {reference}", "Merci {prenom}.\n\n{reference}\n\nSuivre\u00a0:\n{lien}")
    wordings.save(KINDS[RECEIVED], label_of(edition), words, base=0, by=UserFactory(), now=OPEN)
    mine, theirs = deposited(edition=edition), deposited(edition=other)
    told = dict(Message.objects.values_list("about", "subject"))
    assert told[label_of(mine)] == f"Bien reçu\u00a0: {mine.reference}"
    assert told[label_of(theirs)].startswith("Candidature déposée")


def test_what_a_candidate_types_between_braces_stays_as_typed():
    draft = ApplicationFactory()
    services.submit(
        draft, {**ANSWERS, "first_name": "{reference}", "motivation": "{lien}\n{% if x %}{{ y }}"}, by=draft.applicant, now=OPEN
    )
    text = letter(RECEIVED).text
    assert text.startswith("Bonjour {reference} ")
    assert "{lien}\n{% if x %}{{ y }}" in text


def test_the_previews_offer_the_last_rows_of_the_call():
    edition, other = EditionFactory(), EditionFactory()
    first, second, elsewhere = deposited(edition=edition), deposited(edition=edition), deposited(edition=other)
    draft = ApplicationFactory(edition=edition)

    def offered(name, scope):
        return [example.label.partition(",")[0] for example in KINDS[name].examples(scope)]

    assert offered(RECEIVED, label_of(edition)) == [second.reference, first.reference]
    assert offered(RECEIVED_AGAIN, "") == [elsewhere.reference, second.reference, first.reference]
    assert offered(REMINDER, label_of(edition)) == [f"Brouillon {draft.pk}"]
    for name in (RECEIVED, REMINDER):
        (example, *_) = KINDS[name].examples(label_of(edition))
        assert "http" in outbox.render(KINDS[name], example.context())[1]
