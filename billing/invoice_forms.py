"""What is typed on an invoice in the admin: why it is credited, what replaces it, what came by cheque or in cash."""

from typing import Any

from django import forms

from billing.buyers import from_register
from billing.forms import EuroField
from billing.models import Invoice
from billing.sale import Buyer
from billing.services.crediting import creditable
from billing.states import Method
from core.forms import form_helper
from core.numbers import SiretField
from records.history import DateInput

REASON_AT_MOST = 300


class ActForm(forms.Form):
    """A form about an invoice; `seen` is what the preview showed, so that nothing else is confirmed."""

    helper = form_helper()

    def __init__(self, *args: Any, invoice: Invoice, **options: Any) -> None:
        super().__init__(*args, **options)
        self.invoice = invoice
        self.suggest()

    def suggest(self) -> None:
        """Fill in what is known."""


def reason_field(help_text: str) -> forms.CharField:
    return forms.CharField(label="Motif", max_length=REASON_AT_MOST, help_text=help_text)


class CreditForm(ActForm):
    amount = EuroField(label="Montant TTC à créditer")
    reason = reason_field("Imprimé sur l’avoir.")

    def suggest(self) -> None:
        left = creditable(self.invoice)
        self.fields["amount"].initial = left
        self.fields["amount"].help_text = "Tout ce qui n’est pas encore crédité, ou une partie."


class ReplaceForm(ActForm):
    """The same lines; the payer as the register knows it today, with its references."""

    siret = SiretField("SIRET du payeur", blank=True).formfield()
    service_code = forms.CharField(label="Code service", max_length=100, required=False)
    commitment_number = forms.CharField(label="Numéro d’engagement ou de commande", max_length=50, required=False)
    contract_number = forms.CharField(label="Numéro de marché", max_length=50, required=False)
    name = forms.CharField(label="Nom du payeur", max_length=200)
    address = forms.CharField(label="Adresse", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    postcode = forms.CharField(label="Code postal", max_length=10, required=False)
    city = forms.CharField(label="Ville", max_length=80)
    reason = reason_field("Imprimé sur l’avoir, par exemple le motif du rejet par Chorus Pro.")

    def suggest(self) -> None:
        kept = self.invoice
        known = from_register(kept.organisation) if kept.organisation and kept.organisation.siret == kept.buyer_siret else None
        for name in ("name", "address", "postcode", "city"):
            self.fields[name].initial = getattr(known, name) if known else kept.buyer.get(name, "")
        self.fields["siret"].initial = kept.buyer_siret
        for name in ("service_code", "commitment_number", "contract_number"):
            self.fields[name].initial = getattr(kept, name)

    def buyer(self) -> Buyer:
        """Return who the new invoice is for."""
        typed = {name: value for name, value in self.cleaned_data.items() if name != "reason"}
        body = self.invoice.organisation
        return Buyer(
            **typed,
            country=self.invoice.buyer.get("country") or "FR",
            vat_number=self.invoice.buyer.get("vat_number", ""),
            payment_days=body.payment_days if body else self.invoice.terms["payment_days"],
            via_chorus=self.invoice.via_chorus,
            organisation=body,
        )


class ByHandForm(ActForm):
    amount = EuroField(label="Montant reçu")
    method = forms.ChoiceField(label="Moyen", choices=[(Method.CHEQUE, "chèque"), (Method.CASH, "espèces")])
    received_on = forms.DateField(label="Reçu le", widget=DateInput())
    number = forms.CharField(label="Numéro du chèque", max_length=40, required=False)
    reason = reason_field("Qui l’a remis, à qui, avec quel bordereau.")

    def suggest(self) -> None:
        self.fields["amount"].initial = self.invoice.remaining


class ReasonForm(ActForm):
    reason = reason_field("Gardé avec l’acte, votre nom et la date.")
