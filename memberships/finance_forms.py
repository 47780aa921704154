"""What a finance department types: the references of its invoice, the answer to the November call."""

from typing import Any

from django import forms

from core import clock
from core.clock import PARIS
from core.forms import form_helper
from memberships.addressing import address_of
from memberships.forms import Line, Siret, address_fields
from memberships.models import Membership
from organisations.models import Organisation


class ReferencesForm(forms.Form):
    """Order number, service code, paying SIRET: required when this body requires them (R13, R14)."""

    commitment_number = Line("Numéro d’engagement ou de bon de commande", most=50)
    service_code = Line("Code service (Chorus Pro)", most=100)
    payer_siret = Siret("SIRET de l’établissement qui paie")
    contract_number = Line("Numéro de marché, s’il y en a un", most=50)
    payer_address, payer_postcode, payer_city = address_fields().values()
    helper = form_helper()

    def __init__(self, *args: Any, membership: Membership, **options: Any) -> None:
        body = membership.organisation.at(clock.now().astimezone(PARIS).date())
        known = {name: getattr(membership, name) for name in ("commitment_number", "service_code", "payer_siret", "contract_number")}
        super().__init__(*args, **{"initial": known | address_of(membership, body), **options})
        self.either = body.needs_either
        _require(
            self.fields["commitment_number"], "Donnez le numéro d’engagement\u00a0: votre organisme l’exige.", needed=body.needs_commitment
        )
        _require(self.fields["service_code"], "Donnez le code service\u00a0: votre organisme l’exige.", needed=body.needs_service_code)
        self._offer_codes(body)
        if body.needs_payer_siret:
            _require(self.fields["payer_siret"], "Donnez le SIRET de l’établissement qui paie.", needed=True)
        elif not membership.payer_siret:
            self.fields["payer_siret"].help_text = "S’il n’est pas celui de l’organisme. 14 chiffres, avec ou sans espaces."
        if self.either:
            self.fields["commitment_number"].help_text = "Donnez ce numéro, ou le code service\u00a0: l’un des deux suffit."

    def _offer_codes(self, body: Organisation) -> None:
        """Propose the services the register knows; another may be typed."""
        codes = body.service_codes.filter(is_active=True).order_by("code")
        if known := ", ".join(str(code) for code in codes):
            self.fields["service_code"].help_text = f"Services connus\u00a0: {known}."

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.either and not (cleaned.get("commitment_number") or cleaned.get("service_code")):
            self.add_error("commitment_number", "Donnez ce numéro, ou le code service\u00a0: votre organisme exige l’un des deux.")
        return cleaned


def _require(field: forms.Field, words: str, *, needed: bool) -> None:
    field.required = needed
    if needed:
        field.error_messages["required"] = words


class AnswerForm(forms.Form):
    """Renew, or not; the button says which."""

    answer = forms.ChoiceField(choices=[("yes", "renouveler"), ("no", "ne pas renouveler")], widget=forms.HiddenInput)
    commitment_number = Line("Numéro d’engagement ou de bon de commande, s’il est connu", most=50)
    reason = Line("Si vous ne renouvelez pas, pouvez-vous dire pourquoi\u00a0?", most=300)
    helper = form_helper()

    def __init__(self, *args: Any, membership: Membership, **options: Any) -> None:
        super().__init__(*args, **{"initial": {"commitment_number": membership.commitment_number}, **options})
