"""What is missing before an invoice may be issued (R14): said in words, all at once."""

from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError

from billing.sale import Buyer
from core.numbers import validate_siret
from core.typography import day_in_words
from organisations.models import Organisation, ServiceCode
from organisations.states import PUBLIC_KINDS
from records.models import Association

if TYPE_CHECKING:
    from collections.abc import Iterator


def missing(buyer: Buyer, *, on: date | None = None) -> list[str]:
    """Return what this payer's invoice still lacks, in French, each to follow « il manque »; nothing: it may be issued."""
    return [*_of_the_address(buyer), *_of_the_siret(buyer, on), *_of_its_rules(buyer)]


def missing_of_ours(association: Association, *, taxed: bool) -> list[str]:
    """Return what our own part of an invoice lacks."""
    wanted = {"le SIRET de l’association": association.siret, "son IBAN": association.iban}
    wanted |= {"son adresse": association.address and association.postcode and association.city}
    if taxed:
        wanted["son numéro de TVA"] = association.vat_number
    return [words for words, value in wanted.items() if not value]


def _of_the_address(buyer: Buyer) -> "Iterator[str]":
    if not buyer.name.strip():
        yield "le nom du payeur"
    if not buyer.city.strip() or (buyer.country == "FR" and not buyer.postcode.strip()):
        yield "l’adresse du payeur (code postal et ville)"


def _of_the_siret(buyer: Buyer, on: date | None) -> "Iterator[str]":
    body = buyer.organisation
    if not buyer.siret:
        if body and body.needs_payer_siret:
            yield "le SIRET du payeur, que cet organisme demande"
        elif buyer.via_chorus or (body and body.kind in PUBLIC_KINDS):
            yield "le SIRET du payeur"
        return
    try:
        validate_siret(buyer.siret)
    except ValidationError:
        yield "un SIRET valide pour le payeur (sa clé est fausse)"
        return
    payer = _establishment(buyer)
    if payer and payer.siret == buyer.siret and payer.closed_on and (on is None or payer.closed_on <= on):
        yield f"un SIRET ouvert : celui de « {payer} » est fermé depuis le {day_in_words(payer.closed_on)}"


def _of_its_rules(buyer: Buyer) -> "Iterator[str]":
    payer = _establishment(buyer)
    if payer is None:
        return
    if payer.needs_service_code and not buyer.service_code:
        yield "le code service"
    if payer.needs_commitment and not buyer.commitment_number:
        yield "le numéro d’engagement ou de commande"
    if payer.needs_either and not (buyer.service_code or buyer.commitment_number):
        yield "le code service ou le numéro d’engagement"
    if buyer.service_code and ServiceCode.objects.filter(organisation=payer, code=buyer.service_code, is_active=False).exists():
        yield f"un code service actif : « {buyer.service_code} » ne l’est plus"


def _establishment(buyer: Buyer) -> Organisation | None:
    """The one whose SIRET pays, when the register knows it; else the body itself."""
    body = buyer.organisation
    if buyer.siret and not (body and body.siret == buyer.siret):
        return Organisation.objects.standing().filter(siret=buyer.siret).first() or body
    return body
