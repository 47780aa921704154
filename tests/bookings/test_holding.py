"""What begins a hold, and what makes it firm: who pays before the day pays, and the sweep never calls itself (C2)."""

from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from bookings import links, services
from bookings.forms import OrderForm
from bookings.models import BookingPaper
from bookings.services import attending, firming, invoicing, sweeping
from bookings.states import Half, Payer, State
from core import hints
from core.refusals import Refused
from organisations.states import Kind
from tests.applications.factories import staff
from tests.billing.factories import siret
from tests.bookings.factories import NOW, firm, ordered, people, session
from tests.bookings.test_order_clock import MINUTE, fresh
from tests.organisations.factories import OrganisationFactory

pytestmark = pytest.mark.django_db


def test_an_invoice_that_lacks_something_waits_for_the_next_sweep_and_calls_none(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    said: list[str] = []
    monkeypatch.setattr(hints, "nudge", said.append)
    row = ordered(session(), payer=Payer.PRIVATE, payer_postcode="", payer_city="")
    said.clear()
    with django_capture_on_commit_callbacks(execute=True):
        sweeping.sweep(now=NOW + 5 * MINUTE)
    assert (said, invoicing.standing(row), fresh(row).state) == ([], [], State.HELD)


@pytest.mark.parametrize("payer", [Payer.PRIVATE, Payer.PERSON])
def test_who_pays_before_the_day_makes_nothing_firm_by_posting_a_signed_agreement(client: Any, payer: Payer) -> None:
    row = ordered(session(), payer=payer)
    upload = SimpleUploadedFile("convention.pdf", b"%PDF-1.4\n1 0 obj << /Type /Page >> endobj\n%%EOF")
    with time_machine.travel(NOW, tick=False):
        answer = client.post(reverse("booking_agreement", args=[links.secret_of(row)]), {"file": upload}, secure=True)
    with pytest.raises(Refused, match="par son paiement"):
        firming.sign(row, upload, by=None, now=NOW)
    assert (answer.status_code, "devient ferme par son paiement" in answer.content.decode()) == (422, True)
    assert (fresh(row).state, BookingPaper.objects.count()) == (State.HELD, 0)


def test_a_number_without_the_service_code_that_its_payer_asks_for_makes_nothing_firm() -> None:
    body = OrganisationFactory(siret=siret(91), needs_service_code=True)
    row = firm(session(), payer_siret=body.siret, body=body)
    assert row.state == State.HELD
    after = services.give_reference(row, commitment_number="EJ-2027-001", service_code="SERVICE-1", by=None, now=NOW)
    assert (after.state, after.service_code) == (State.FIRM, "SERVICE-1")


def test_the_number_of_an_order_that_is_invoiced_changes_no_more() -> None:
    row = firm(session(), people=people("Camille Exemple"), payer_siret=siret(92))
    after, seat = row.session.ends + 14 * 60 * MINUTE, row.seats.get()
    for half in Half:
        attending.note(seat, half, True, by=staff(), now=row.session.ends - MINUTE)
    invoicing.invoice_after(row, by=None, now=after)
    with pytest.raises(Refused, match="La facture est émise"):
        services.give_reference(fresh(row), commitment_number="AUTRE", by=None, now=after)
    assert fresh(row).commitment_number == "EJ-2027-001"


@pytest.mark.parametrize(
    ("kind", "payer", "said"),
    [(Kind.ASSOCIATION, "PUBLIC", "n’est pas un organisme public"), (Kind.COMMUNE, "PRIVATE", "choisissez «\u00a0Un organisme public")],
)
def test_a_payer_that_the_register_knows_otherwise_is_refused_in_words(kind: Kind, payer: str, said: str) -> None:
    body = OrganisationFactory(siret=siret(93), kind=kind)
    typed = {"name": "Camille Exemple", "email": "camille@ville.example", "places": "1", "payer": payer, "payer_siret": body.siret}
    form = OrderForm(typed, session=session(), on=NOW.date())
    assert (form.is_valid(), said in str(form.errors.get("payer"))) == (False, True)
