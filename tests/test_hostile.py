"""5,000 hostile inputs over every address: no error of ours, nothing comes back alive, no way out (reliability.md section 4)."""

import logging
import random
from datetime import timedelta

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.http import HttpResponse
from django.test import Client

from accounts import services
from accounts.roles import Role
from applications.models import Application
from billing.models import Checkout, Invoice
from bookings import links as bookings
from bookings import trainers
from bookings.models import SaleConditions
from core import clock
from events import attending_links, organisers
from mailing.models import Message
from memberships import links
from memberships.services import ask_invoice
from programmes.demo_portraits import portrait
from programmes.models import SessionTrainer
from programmes.previews import token_of
from tests import hostile
from tests.accounts.factories import UserFactory, sign_in
from tests.applications.factories import NOON, OPEN, ApplicationFactory, deposited
from tests.billing.factories import association, body
from tests.bookings import factories as training
from tests.events.attending import coming, opened
from tests.memberships.factories import CampaignFactory, MembershipFactory
from tests.organisations.factories import ContactFactory
from tests.programmes.factories import EditionFactory, PhaseFactory, SessionFactory, TrainerFactory

pytestmark = pytest.mark.django_db
PER_VISITOR = 1700  # three of them: 5,000 inputs


@pytest.fixture
def known(settings):
    """Rows, so that addresses lead somewhere; returns the arguments that do."""
    edition = EditionFactory(programme__slug="aventuriers", slug="2017")
    PhaseFactory(edition=edition)
    ContactFactory()
    person = UserFactory(email="candidate@ville.example")
    application = deposited(edition=edition, applicant=person)
    draft = ApplicationFactory(applicant=person)
    day, trainer, hidden = SessionFactory(published_at=OPEN), TrainerFactory(), EditionFactory(published_at=None)
    trainer.photo.save("visage.jpg", ContentFile(portrait("Camille Exemple")))
    SessionTrainer.objects.create(session=day, trainer=trainer)
    fresh = services.make_proof(person.email, now=clock.now())
    file, key = billed()
    return {
        "person": person,
        "programme": ["aventuriers", draft.edition.programme.slug, day.programme.slug],
        "edition": ["2017", draft.edition.slug],
        "reference": [application.reference],
        "object_id": ["1", *map(str, Message.objects.order_by("pk").values_list("pk", flat=True)), str(application.pk), str(draft.pk)],
        "pk": ["1", str(person.pk)],
        "slug": ["roles", "facteur", "adresse", "fermer"],
        "secret": [fresh.secret],
        "name": ["applications.received"],
        "app_label": ["accounts", "programmes"],
        "session": [day.slug],
        "trainer": [str(trainer.pk)],
        "token": [token_of(day, until=OPEN + timedelta(days=7)), token_of(hidden, until=OPEN + timedelta(days=7)), *[file] * 3],
        "number": list(Invoice.objects.order_by("pk").values_list("number", flat=True)),
        "key": [key],
        "year": ["2017"],
        "kind": ["bulletin"],
        **come_to(person.email),
        **ordered_day(),
    }


def come_to(email: str) -> dict[str, list[str]]:
    """An event with its organiser's desk, somebody who comes and a code; the secrets of their pages."""
    slot = opened(5, starts_at=OPEN + timedelta(days=20), ends_at=OPEN + timedelta(days=20, hours=2))
    seated = coming(slot, "b", now=OPEN)
    desk = organisers.make(slot.event, email, is_lead=True, now=OPEN)
    return {
        "season": [slot.event.season.slug],
        "event": [slot.event.slug],
        "screen": ["acces"],
        "/inscriptions/:token": [attending_links.secret_of(seated)],
        "/evenements/propositions/:token": [organisers.secret_of(desk)],
        "/evenements/organiser/:key": [organisers.secret_of(desk)],
    }


def ordered_day() -> dict[str, list[str]]:
    """An order of two places with its finance department's page, and the trainer's page of the day."""
    SaleConditions(version=1, text="Les places se paient.", tiers=training.TIERS, in_force_from=OPEN - timedelta(days=1)).save()
    day = training.session(published_at=OPEN, day=(OPEN + timedelta(days=60)).date(), terms={"opens_at": OPEN - timedelta(days=1)})
    order = training.ordered(day, now=OPEN, places=2)
    return {
        "/commandes/:token": [bookings.secret_of(order)],
        "/facturation/:token": [bookings.finance_secret(order)],
        "/formateurs/:token": [trainers.secret_of(trainers.link_for(day, TrainerFactory(), now=OPEN))],
    }


def billed() -> tuple[str, str]:
    """A membership with its invoice; returns the secret of its finance page and the key of its payment page."""
    association()
    membership = MembershipFactory(campaign=CampaignFactory(year=2017), organisation=body())
    invoice = ask_invoice(membership, by=None, now=OPEN)
    Checkout.objects.create(invoice=invoice, amount=invoice.gross, idempotency_key="page-de-paiement", created_at=OPEN)
    return links.secret_of(links.link_for(membership, None, OPEN)), "page-de-paiement"


def _enters(visitor, known):
    person = {"signed in": known["person"], "staff": UserFactory(roles=[Role.ADMINISTRATOR, Role.STAFF, Role.TREASURER])}.get(visitor)
    return (lambda client: sign_in(client, person)) if person else None


@time_machine.travel(OPEN)
@pytest.mark.parametrize("visitor", ["public", "signed in", "staff"])
def test_no_hostile_input_breaks_the_portal_or_comes_back_alive(visitor, known):
    logging.disable(logging.CRITICAL)
    try:
        drawer = hostile.Drawer(random.Random(f"27:{visitor}"), known)
        attack = hostile.Attack(Client(raise_request_exception=False), _enters(visitor, known))
        attack.come_in()
        drawer.learn(attack.client)
        for sent in drawer.inputs(PER_VISITOR):
            attack.send(sent)
    finally:
        logging.disable(logging.NOTSET)
    assert attack.faults == []
    assert attack.statuses[200] > PER_VISITOR / 20


def test_the_run_sees_what_it_should():
    safe = {"Content-Security-Policy": "default-src 'none'"}
    seen = (
        HttpResponse("<p>&lt;script&gt;x27</p>", headers=safe),
        HttpResponse("<script>x27</script>", headers=safe),
        HttpResponse(status=503, headers=safe),
        HttpResponse(status=302, headers={**safe, "Location": "/\\ailleurs.example"}),
        HttpResponse(status=302, headers={**safe, "Location": "/espace/"}),
        HttpResponse("sans rien"),
    )
    assert [len(hostile.wrong(answer)) for answer in seen] == [0, 1, 1, 1, 0, 1]


# --- What the run, or a reading, found -------------------------------------------------------------


def test_a_way_on_with_a_null_byte_is_forgotten(client):
    sent = {"email": "candidate@ville.example", "next": "/espace/\x00"}
    assert client.post("/compte/connexion/", sent).status_code == 302
    assert services.Proof.objects.get().next == ""


@time_machine.travel(OPEN)
def test_a_revision_of_five_thousand_zeros_is_no_number(client, known):
    sign_in(client, known["person"])
    sent = {"revision": "0" * 5000, "tab": "\x00", "last_name": "Exemple"}
    assert client.post(f"{Application.objects.get(reference=None).get_absolute_url()}enregistrer/", sent).status_code == 302


@time_machine.travel(NOON + timedelta(hours=1))
def test_no_late_application_is_accepted_under_a_number_that_is_none(client):
    sign_in(client, UserFactory(roles=[Role.STAFF]))
    assert client.get("/admin/applications/application/abc/hors-delai/").status_code == 404


@time_machine.travel(NOON)
def test_an_unfinished_draft_deposited_at_noon_is_told_that_the_call_is_closed(client):
    draft = ApplicationFactory(typed={"last_name": "Exemple"})
    sign_in(client, draft.applicant, factor=False)
    answer = client.post(f"{draft.get_absolute_url()}deposer/")
    assert (answer.status_code, "L’appel est clos" in answer.content.decode()) == (422, True)
