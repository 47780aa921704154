"""Who may not read whose file: computed from bodies, addresses and families; asked again when something changes (B2)."""

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test.utils import CaptureQueriesContext

from applications import conflicts, services
from applications.models import Application, ConflictOfInterest, Juror, Review
from applications.services.conflicts import recheck, recheck_open
from applications.services.verifying import verify
from applications.states import ConflictKind
from records.models import Act
from tests.applications.factories import OPEN, UserFactory, deposited, reviewer, staff
from tests.organisations.factories import ContactFactory, OrganisationFactory
from tests.programmes.factories import EditionFactory

pytestmark = pytest.mark.django_db


def between(application, person):
    return conflicts.between(Application.objects.with_call().get(pk=application.pk), person)


def of_body(application, body):
    Application.objects.filter(pk=application.pk).update(body=body)


def test_nothing_keeps_a_stranger_from_a_file():
    assert between(deposited(), reviewer()) is None


def test_their_own_file_by_account_or_by_any_proven_address():
    lou = reviewer()
    application = deposited()
    Application.objects.filter(pk=application.pk).update(applicant=lou)
    assert between(application, lou) == ConflictKind.OWN
    Application.objects.filter(pk=application.pk).update(applicant=None, email="lou@ailleurs.example")
    assert between(application, lou) is None
    EmailAddress.objects.create(user=lou, email="lou@ailleurs.example", verified=True)
    assert between(application, lou) == ConflictKind.OWN


def test_the_same_body_said_by_the_reader_or_held_as_a_contact():
    lou, body, application = reviewer(), OrganisationFactory(), deposited()
    of_body(application, body)
    assert between(application, lou) is None
    Juror.objects.create(person=lou, body=body, structure=str(body))
    assert between(application, lou) == ConflictKind.BODY
    Juror.objects.all().delete()
    ContactFactory(organisation=body, account=lou)
    assert between(application, lou) == ConflictKind.BODY


def test_the_family_of_a_body_counts_what_was_merged_and_what_replaced_it():
    lou, application = reviewer(), deposited()
    heir = OrganisationFactory()
    old = OrganisationFactory(replaced_by=heir, replaced_on=OPEN.date())
    double = OrganisationFactory(merged_into=heir)
    Juror.objects.create(person=lou, body=old)
    for body in (heir, double, old):
        of_body(application, body)
        assert (str(body), between(application, lou)) == (str(body), ConflictKind.BODY)


def test_two_establishments_of_one_siren_are_one_employer():
    lou, application = reviewer(), deposited()
    of_body(application, OrganisationFactory(siret="21350238800019"))
    Juror.objects.create(person=lou, body=OrganisationFactory(siret="21350238800027"))
    assert between(application, lou) == ConflictKind.BODY


def test_the_very_name_counts_when_nobody_recognised_the_body():
    lou, application = reviewer(), deposited()
    Application.objects.filter(pk=application.pk).update(organisation="Atelier d’Exemple")
    Juror.objects.create(person=lou, structure="ATELIER D'EXEMPLE")
    assert between(application, lou) == ConflictKind.BODY


@pytest.mark.parametrize(
    ("candidate", "reader", "kind"),
    [
        ("a@rennes.example", "b@rennes.example", ConflictKind.DOMAIN),
        ("a@rennes.example", "b@nantes.example", None),
        ("a@laposte.net", "b@laposte.net", None),
        ("a@gmail.com", "b@gmail.com", None),
    ],
)
def test_one_mail_domain_is_one_house_but_not_one_where_anybody_has_an_address(candidate, reader, kind):
    application = deposited(applicant=UserFactory(email=candidate))
    assert between(application, reviewer(email=reader)) == kind


def test_a_circle_of_bodies_ends():
    lou, application = reviewer(), deposited()
    one, other = OrganisationFactory(), OrganisationFactory()
    type(one).objects.filter(pk=one.pk).update(replaced_by=other, replaced_on=OPEN.date())
    type(one).objects.filter(pk=other.pk).update(replaced_by=one, replaced_on=OPEN.date())
    of_body(application, one)
    Juror.objects.create(person=lou, body=other)
    assert between(application, lou) == ConflictKind.BODY


def test_many_files_and_readers_are_asked_about_in_as_many_questions_as_one():
    call, costs = EditionFactory(), []
    for count in (1, 3):
        people = [reviewer() for _ in range(2)]
        for _ in range(count):
            of_body(deposited(edition=call), OrganisationFactory())
        rows = list(Application.objects.with_call().order_by("pk"))
        with CaptureQueriesContext(connection) as asked:
            known = conflicts.Known(rows, people)
            assert {known.between(row, person) for row in rows for person in people} == {None}
        costs.append(len(asked))
    assert costs[0] == costs[1]


# --- Written, and asked again -----------------------------------------------------------------------


@pytest.fixture
def given():
    """A file read by two people, both sent."""
    call, lou, alix = EditionFactory(), reviewer("Lou"), reviewer("Alix")
    application = deposited(edition=call)
    services.assign([application.pk], [lou, alix], by=staff(), now=OPEN)
    scores = [criterion.pk for criterion in services.selection_of(call).edition.criteria.all()]
    for person, value in ((lou, 5), (alix, 2)):
        services.send_review(Review.objects.get(reviewer=person), dict.fromkeys(scores, value), by=person, now=OPEN)
    return Application.objects.get(pk=application.pk), lou, alix


def counted(application):
    application.refresh_from_db()
    return (application.mean and float(application.mean), application.readings)


def test_a_reader_who_says_their_structure_loses_the_file_of_a_colleague_even_once_it_was_scored(given):
    application, lou, _ = given
    assert counted(application) == (3.5, 2)
    services.say_structure(lou, "Ville d’Exemple", now=OPEN)
    assert counted(application) == (2, 1)
    conflict = ConflictOfInterest.objects.get()
    assert (conflict.kind, conflict.reviewer, conflict.by_name) == (ConflictKind.BODY, lou, "Portail")
    assert Act.objects.filter(verb="conflit d’intérêts noté", note__contains="même organisme").count() == 1
    assert Review.objects.visible_to(lou).count() == 0


def test_what_is_no_longer_true_is_lifted_and_what_was_declared_stays(given):
    application, lou, alix = given
    services.say_structure(lou, "Ville d’Exemple", now=OPEN)
    services.declare_conflict(Review.objects.get(reviewer=alix), note="un proche", by=alix, now=OPEN)
    assert counted(application) == (None, 0)
    services.say_structure(lou, "Ailleurs", now=OPEN)
    assert counted(application) == (5, 1)
    assert [row.kind for row in ConflictOfInterest.objects.all()] == [ConflictKind.DECLARED]
    assert Act.objects.filter(verb="conflit d’intérêts levé").count() == 1


def test_the_body_that_staff_say_of_a_file_is_asked_about_at_once(given):
    application, lou, _ = given
    body = OrganisationFactory()
    Juror.objects.create(person=lou, body=body)
    services.set_body(application, body, by=staff(), now=OPEN)
    assert counted(application) == (2, 1)


def test_a_role_taken_since_is_found_at_night_and_a_mean_that_differs_is_mended(given, caplog):
    application, lou, _ = given
    body = OrganisationFactory()
    of_body(application, body)
    ContactFactory(organisation=body, account=lou)
    assert verify(now=OPEN) == 0
    assert counted(application) == (2, 1)
    Application.objects.update(mean="4.99", readings=7)
    assert verify(now=OPEN) == 1
    assert "moyennes différentes" in caplog.text
    assert counted(application) == (2, 1)


def test_asking_again_when_nothing_changed_writes_nothing(given):
    acts = Act.objects.count()
    assert (recheck(Review.objects.all(), now=OPEN), recheck_open(now=OPEN)) == (0, 0)
    assert Act.objects.count() == acts


def test_a_released_call_is_left_as_it_is(given):
    application, lou, _ = given
    application.edition.results_released_at = OPEN
    application.edition.save()
    services.say_structure(lou, "Ville d’Exemple", now=OPEN)
    assert (counted(application), ConflictOfInterest.objects.count()) == ((3.5, 2), 0)
