"""What begins a hold, and what makes it firm: who pays before the day pays, and the sweep never calls itself (C2)."""

from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from bookings import links
from bookings.models import BookingPaper
from bookings.services import firming, invoicing, sweeping
from bookings.states import Payer, State
from core import hints
from core.refusals import Refused
from tests.bookings.factories import NOW, ordered, session
from tests.bookings.test_order_clock import MINUTE, fresh

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
