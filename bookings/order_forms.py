"""What is typed on the page of an order: names, an order number, a signed agreement."""

from typing import Any

from django import forms

from bookings.asks import Person
from bookings.models import Booking, Seat
from core.folding import fold
from core.forms import form_helper
from events.proposal_fields import Words
from memberships.forms import Email, Line

NEEDS = "Régime alimentaire, accès en fauteuil, interprétation… Lu par l’équipe et les formateurs, effacé quinze jours après la journée."
KEPT = "Ils ne se relisent pas ici. Laissez vide pour les garder, ou écrivez ce qui les remplace (« aucun » s’il n’y en a plus)."


class ReferenceForm(forms.Form):
    """The order number that makes places firm; the service code when the payer asks for one."""

    commitment_number = Line("Numéro de commande ou d’engagement", "Donnez le numéro de commande ou d’engagement.", most=50)
    service_code = Line("Code service", most=100, help_text="Celui de Chorus Pro, si l’organisme en demande un.")

    def __init__(self, *args: Any, booking: Booking, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.update({"commitment_number": booking.commitment_number, "service_code": booking.service_code})
        if booking.body and booking.body.needs_service_code:
            code: Any = self.fields["service_code"]
            code.required, code.error_messages["required"] = True, "Donnez le code service : cet organisme le demande sur ses factures."
        self.helper = form_helper()


class AgreementForm(forms.Form):
    """The agreement, signed: a PDF, whose content is looked at."""

    file = forms.FileField(
        label="Convention signée (PDF, 5 Mo au plus)",
        error_messages={"required": "Choisissez le fichier PDF.", "empty": "Ce fichier est vide."},
    )
    helper = form_helper()


class PersonForm(forms.Form):
    """One place: who comes."""

    name = Line("Nom et prénom", most=160)
    email = Email(help_text="La convocation y part aussi.")
    job = Line("Fonction", most=160)
    needs = Words("Besoins", most=1_000, rows=2, help_text=NEEDS)

    def __init__(self, *args: Any, seat: Seat, **options: Any) -> None:
        super().__init__(*args, **options)
        self.prefix, self.seat = f"place-{seat.pk}", seat
        self.initial.update({name: getattr(seat, name) for name in ("name", "email", "job")})
        if seat.needs:  # read by the team and the trainers only: said to be there, never given back to the page
            self.fields["needs"].label = "Besoins (déjà donnés)"
            self.fields["needs"].help_text = f"{KEPT} {NEEDS}"
        self.helper = form_helper()

    def person(self) -> Person:
        """Needs left empty are those that were given, as long as it is the same person."""
        said = {name: self.cleaned_data[name] for name in ("name", "email", "job", "needs")}
        if not said["needs"] and said["name"] and fold(said["name"]) == fold(self.seat.name):
            said["needs"] = self.seat.needs
        return Person(**said)
