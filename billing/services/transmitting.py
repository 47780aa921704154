"""What becomes of a document on Chorus Pro, as whoever deposits it by hand says it (R15). Each move is in the journal."""

from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from billing import chorus, documents
from billing.models import Transmission
from billing.states import NEXT_TRANSMISSION, TransmissionState
from core.clock import PARIS
from core.refusals import Refused
from core.typography import day_in_words
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User


def deposit(transmission: Transmission, *, by: "User", now: datetime, flow_number: str = "", on: date | None = None) -> Transmission:
    """Transmit the file by the road of the day, and keep its flow number and its day. The same file is deposited once; a rejected one may
    be again. `flow_number`, `on`: what somebody who carried it by hand read on the portal of Chorus Pro.
    """
    invoice = transmission.invoice
    parcel = chorus.parcel(invoice, documents.publish(invoice, now=now), read=partial(documents.read, invoice))
    with transaction.atomic():
        row = _locked(transmission)
        was_rejected = row.state == TransmissionState.REJECTED
        _move(row, TransmissionState.DEPOSITED, now=now)
        done = chorus.road().transmit(parcel, carried=chorus.Deposited(flow_number, on) if on else None)
        if not invoice.issued_on <= done.on <= now.astimezone(PARIS).date():
            raise Refused(f"Le dépôt vient après l’émission, le {day_in_words(invoice.issued_on)}, et pas après aujourd’hui.")
        row.flow_number, row.deposited_on = done.flow_number, done.on
        row.rejection = ""
        row.once = f"{parcel.key}:{done.flow_number}"[-90:] if was_rejected else parcel.key
        _save(row)
        record("déposée sur Chorus Pro", invoice, by=by, now=now, note=f"Flux {done.flow_number}, le {day_in_words(done.on)}.")
    return row


@transaction.atomic
def correct_deposit(transmission: Transmission, *, flow_number: str, on: date, by: "User", now: datetime) -> Transmission:
    """Correct a flow number or a day that was typed wrong."""
    row = _locked(transmission)
    number = "".join(flow_number.split())
    if row.state == TransmissionState.TO_DEPOSIT:
        raise Refused("Cette facture n’est pas encore déposée.")
    if not number or not row.invoice.issued_on <= on <= now.astimezone(PARIS).date():
        raise Refused("Donnez le numéro de flux, et un jour entre l’émission et aujourd’hui.")
    changes = {"flux": [row.flow_number, number], "déposée le": [str(row.deposited_on), str(on)]}
    row.flow_number, row.deposited_on, row.changed_at = number, on, now
    _save(row)
    record("dépôt corrigé", row.invoice, by=by, now=now, changes=changes)
    return row


@transaction.atomic
def tell(transmission: Transmission, state: TransmissionState, *, by: "User", now: datetime, reason: str = "") -> Transmission:
    """Note what Chorus Pro says of it: integrated, suspended, rejected with its text, put in payment. It marks nothing paid."""
    row = _locked(transmission)
    if state == TransmissionState.REJECTED and not reason.strip():
        raise Refused("Recopiez le motif du rejet : il dit quoi corriger.")
    _move(row, state, now=now)
    row.rejection = reason.strip() if state in (TransmissionState.REJECTED, TransmissionState.SUSPENDED) else ""
    _save(row)
    record(f"Chorus Pro : {state.label}", row.invoice, by=by, now=now, note=reason.strip())
    return row


def _locked(transmission: Transmission) -> Transmission:
    return Transmission.objects.select_for_update(of=("self",)).select_related("invoice").get(pk=transmission.pk)


def _move(row: Transmission, state: TransmissionState, *, now: datetime) -> None:
    before = TransmissionState(row.state)
    if state not in NEXT_TRANSMISSION[before]:
        raise Refused(f"Une facture « {before.label} » ne peut pas devenir « {state.label} ».")
    row.state, row.changed_at = state, now


def _save(row: Transmission) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Refused("Ce fichier a déjà été déposé : rien ne part deux fois.") from None
