"""What a payer's invoice must say (R6, R14), given or corrected on the page of the order until the invoice is issued."""

from datetime import datetime
from typing import Any

from django.db import transaction

from bookings.models import Booking
from bookings.services import invoicing
from bookings.services.moving import note
from bookings.states import LIVING, Payer
from core.clock import PARIS
from core.refusals import Refused
from organisations.models import Organisation
from records.services import record

LABELS = {
    "payer_name": "nom du payeur",
    "payer_siret": "SIRET du payeur",
    "payer_address": "adresse",
    "payer_postcode": "code postal",
    "payer_city": "ville",
    "service_code": "code service",
    "commitment_number": "numéro de commande ou d’engagement",
    "contract_number": "numéro de marché",
    "finance_email": "adresse du service financier",
    "invoice_by": "facturation",
}
ISSUED = "La facture est émise : ses références ne changent plus. Une erreur se corrige par un avoir ; écrivez-nous."
CLOSED = "Cette commande est close : rien n’y est plus à facturer."


def may_give(booking: Booking) -> bool:
    """Until an invoice is issued, to whoever holds the address of the order; a free day has none."""
    is_open = booking.state in LIVING and booking.proven_at is not None and booking.unit_price > 0
    return bool(is_open and not invoicing.standing(booking))


@transaction.atomic
def give_references(booking: Booking, *, by: Any, now: datetime, **references: str) -> Booking:
    """Keep what was typed for the invoice; what waits for it leaves at the next sweep."""
    Booking.objects.select_for_update(of=("self",), no_key=True).get(pk=booking.pk)
    booking.refresh_from_db()
    if invoicing.standing(booking):
        raise Refused(ISSUED)
    if not may_give(booking):
        raise Refused(CLOSED)
    changed = {name: value.strip() for name, value in references.items() if getattr(booking, name) != value.strip()}
    if not changed:
        return booking
    changes = {LABELS[name]: [getattr(booking, name), value] for name, value in changed.items()}
    for name, value in changed.items():
        setattr(booking, name, value)
    if "payer_siret" in changed:
        booking.body = _body_of(booking, now)
        changed["body"] = ""
    booking.save(update_fields=list(changed))
    note(booking, by=by, now=now, words="Références de facturation.", changes=changes)
    record("références de facturation", booking, by=by, now=now, changes=changes)
    return booking


def _body_of(booking: Booking, now: datetime) -> Organisation | None:
    """The body that the register knows by this SIRET: its rules are asked, what was typed is printed."""
    if booking.payer == Payer.PERSON or not booking.payer_siret:
        return None
    body = Organisation.objects.with_successor().filter(siret=booking.payer_siret).first()
    return body.at(now.astimezone(PARIS).date()) if body else None
