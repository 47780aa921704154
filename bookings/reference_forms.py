"""What the invoice of an order must say, as its payer types it."""

from typing import Any

from django import forms

from bookings.models import Booking
from bookings.payers import MISSING
from bookings.services.referencing import LABELS
from bookings.states import InvoiceBy, Payer
from core.forms import form_helper
from memberships.forms import Email, Line, Postcode, Siret


class BillingForm(forms.Form):
    """Name, SIRET, address, references: printed, and written in the file that Chorus Pro reads."""

    payer_name = Line("Nom, comme sur la facture", "Donnez le nom de qui paie.", most=200)
    payer_siret = Siret("SIRET de l’organisme qui paie", help_text="14 chiffres, avec ou sans espaces.")
    payer_address = Line("Adresse postale", MISSING["payer_address"], most=200, help_text="Numéro et voie.")
    payer_postcode = Postcode("Code postal", MISSING["payer_postcode"])
    payer_city = Line("Ville", MISSING["payer_city"], most=80)
    commitment_number = Line("Numéro de commande ou d’engagement", most=50)
    service_code = Line("Code service", most=100, help_text="Celui de Chorus Pro, si l’organisme en demande un.")
    contract_number = Line("Numéro de marché", most=50, help_text="S’il y en a un.")
    finance_email = Email(help_text="La facture y part.")
    invoice_by = forms.ChoiceField(label="Facturation", choices=InvoiceBy.choices, widget=forms.RadioSelect)

    def __init__(self, *args: Any, booking: Booking, by_finance: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["finance_email"].label = "Adresse du service financier"
        self.initial.update({name: getattr(booking, name) for name in LABELS})
        if booking.payer == Payer.PERSON:
            for name in ("payer_siret", "commitment_number", "service_code", "contract_number", "invoice_by"):
                del self.fields[name]
        if by_finance:
            del self.fields["finance_email"]  # who ordered says who pays; their own link depends on it
        self.helper = form_helper()
