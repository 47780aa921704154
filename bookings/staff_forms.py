"""What the team types about an order: why, who, which places, which day; an order that came by mail or by telephone."""

from collections.abc import Sequence
from typing import Any

from crispy_forms.layout import Fieldset
from django import forms

from bookings import payers, seats
from bookings.asks import Ask, Person
from bookings.change_forms import DateForm, PlacesForm, ReplaceForm
from bookings.models import Booking, Seat
from bookings.states import Firmness, InvoiceBy, Payer
from core import elision
from core.forms import form_helper
from core.typography import grouped
from organisations.forms import BodyField
from programmes.models import TrainingSession

MOST = 300
_SIRET: Any = Booking._meta.get_field("payer_siret").formfield(label="SIRET", required=False)


class ActForm(forms.Form):
    """An act that asks nothing more than a yes. Every form of an act is given its order."""

    helper = form_helper()

    def __init__(self, *args: Any, booking: Booking, **options: Any) -> None:
        self.booking = booking
        super().__init__(*args, **options)


class WhyForm(ActForm):
    words = forms.CharField(
        label="Motif", max_length=MOST, help_text="Gardé dans l’historique ; la personne qui a commandé le lit aussi.",
        error_messages={"required": "Dites pourquoi.", "max_length": f"{MOST} caractères au plus."},
    )  # fmt: skip
    helper = form_helper("words")


class FirmForm(ActForm):
    """What makes it firm."""

    firmness = forms.ChoiceField(
        label="Ce qui la rend ferme", widget=forms.RadioSelect,
        choices=[(each.value, each.label) for each in (Firmness.ORDER, Firmness.AGREEMENT, Firmness.STAFF)],
        error_messages={"required": "Dites ce qui rend la commande ferme."},
    )  # fmt: skip
    number = forms.CharField(
        label="Numéro de commande ou d’engagement", max_length=50, required=False, help_text="Imprimé sur la facture.",
        error_messages={"max_length": "50 caractères au plus."},
    )  # fmt: skip
    words = forms.CharField(label="Précision", max_length=200, required=False, help_text="« Convention signée reçue par courrier ».")
    helper = form_helper("firmness", "number", "words")

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("firmness") == Firmness.ORDER and not (said.get("number") or self.booking.commitment_number):
            self.add_error("number", "Donnez le numéro de la commande ou de l’engagement.")
        if said.get("firmness") == Firmness.STAFF and not said.get("words"):
            self.add_error("words", "Dites pourquoi, puisque rien d’autre ne le dit.")
        return said


class CancelForm(PlacesForm):
    """Which places, and how much is given back: by the tiers, or what the team decides."""

    percent = forms.IntegerField(
        label="Remboursement, en pour cent", required=False, min_value=0, max_value=100,
        help_text="Vide : selon les conditions acceptées.",
        error_messages={"invalid": "Donnez un nombre entier.", "min_value": "0 au moins.", "max_value": "100 au plus."},
    )  # fmt: skip
    words = WhyForm.base_fields["words"]
    helper = form_helper("places", "percent", "words")

    def __init__(self, *args: Any, booking: Booking, **options: Any) -> None:
        self.booking = booking
        super().__init__(*args, seats=seats.of(booking), **options)


class MoveForm(DateForm):
    """Which other day, whether or not it shows on the order's page."""

    words = forms.CharField(label="Motif", max_length=MOST, required=False, help_text="La personne qui a commandé le lit.")
    helper = form_helper("date", "words")

    def __init__(self, *args: Any, booking: Booking, **options: Any) -> None:
        from bookings.services.moving_session import other_days
        from core import clock

        self.booking = booking
        super().__init__(*args, days=other_days(booking, for_team=True, now=clock.now()), **options)


class StaffReplaceForm(ReplaceForm):
    """Whose place, and who comes."""

    seat = forms.ChoiceField(
        label="À la place de", error_messages={"required": "Choisissez une place.", "invalid_choice": "Cette place n’est plus là."}
    )
    helper = form_helper("seat", "name", "email", "job", "needs")

    def __init__(self, *args: Any, booking: Booking, **options: Any) -> None:
        super().__init__(*args, **options)
        self.seats = {str(seat.pk): seat for seat in seats.of(booking)}
        field: Any = self.fields["seat"]
        field.choices = [(key, seat.name or f"Place {seat.rank}, à nommer") for key, seat in self.seats.items()]

    def chosen(self) -> Seat:
        return self.seats[self.cleaned_data["seat"]]


class NameForm(StaffReplaceForm):
    """Who came at a place: what they need is of no use any more."""

    needs: Any = None
    helper = form_helper("seat", "name", "email", "job")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["seat"]
        field.label = "La place"
        # Those without a name first: whoever came in somebody's stead is chosen on purpose.
        named = [(key, f"À la place {elision.of(seat.name)}") for key, seat in self.seats.items() if seat.name]
        field.choices = [*[(key, words) for key, words in field.choices if not self.seats[key].name], *named]
        if named:
            field.choices = [("", "Choisissez une place"), *field.choices]
        self.fields["email"].help_text = "Pour son certificat. Vide : il va à qui a commandé."

    def person(self) -> Person:
        said = self.cleaned_data
        return Person(said["name"], said["email"], said["job"])


class NoteForm(ActForm):
    note = forms.CharField(
        label="Note de l’équipe", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text="L’équipe seule la lit.", error_messages={"max_length": f"{grouped(2000)} caractères au plus."},
    )  # fmt: skip
    helper = form_helper("note")

    def __init__(self, *args: Any, booking: Booking, **options: Any) -> None:
        super().__init__(*args, booking=booking, initial={"note": booking.note}, **options)


class AbsenceForm(forms.Form):
    """Is an absence invoiced all the same?"""

    charged = forms.ChoiceField(
        label="Cette place est-elle facturée ?", widget=forms.RadioSelect, choices=[("1", "Oui, facturée malgré l’absence"), ("0", "Non")],
        error_messages={"required": "Dites si la place est facturée."},
    )  # fmt: skip
    words = forms.CharField(
        label="Motif", max_length=MOST, help_text="« Arrêt de travail reçu le jour même ». L’employeur peut le demander.",
        error_messages={"required": "Dites pourquoi.", "max_length": f"{MOST} caractères au plus."},
    )  # fmt: skip
    helper = form_helper("charged", "words")


class EnterForm(forms.Form):
    """An order that came by mail or by telephone."""

    session = forms.ModelChoiceField(
        label="Journée", queryset=TrainingSession.objects.none(), empty_label=None,
        error_messages={"required": "Choisissez une journée.", "invalid_choice": "Cette journée ne se réserve plus."},
    )  # fmt: skip
    places = forms.IntegerField(
        label="Places", min_value=1, max_value=100, initial=1,
        error_messages={"required": "Dites combien.", "invalid": "Un nombre.", "min_value": "Une au moins.", "max_value": "Cent au plus."},
    )  # fmt: skip
    name = forms.CharField(label="Prénom et nom", max_length=160, error_messages={"required": "Donnez le nom de qui commande."})
    email = forms.EmailField(
        label="Adresse électronique", help_text="Le lien de la commande y part.",
        error_messages={"required": "Donnez une adresse.", "invalid": "Cette adresse est incomplète : prenom.nom@organisme.fr"},
    )  # fmt: skip
    phone = forms.CharField(label="Téléphone", max_length=30, required=False)
    payer = forms.ChoiceField(
        label="Qui paie", choices=Payer.choices, widget=forms.RadioSelect, error_messages={"required": "Dites qui paie."}
    )
    body = BodyField(
        label="Organisme au répertoire", required=False, help_text="Son nom, son SIRET, ou « Nom [numéro] » ; vide s’il n’y est pas."
    )
    payer_name = forms.CharField(label="Nom du payeur", max_length=200, required=False, help_text="Vide : celui de l’organisme.")
    payer_siret = _SIRET
    payer_address = forms.CharField(label="Adresse", max_length=200, required=False)
    payer_postcode = forms.CharField(label="Code postal", max_length=10, required=False)
    payer_city = forms.CharField(label="Ville", max_length=80, required=False)
    commitment_number = forms.CharField(label="Numéro de commande ou d’engagement", max_length=50, required=False)
    service_code = forms.CharField(label="Code service", max_length=100, required=False)
    finance_email = forms.EmailField(label="Adresse du service financier", required=False)
    invoice_by = forms.ChoiceField(label="Facturation", choices=InvoiceBy.choices, widget=forms.RadioSelect, initial=InvoiceBy.ORDER)
    people = forms.CharField(
        label="Personnes qui viennent", required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Une par ligne : nom ; adresse ; fonction. Les noms peuvent venir plus tard.",
    )  # fmt: skip
    helper = form_helper(
        Fieldset("La commande", "session", "places", "people"), Fieldset("Qui commande", "name", "email", "phone"),
        Fieldset("Qui paie", "payer", "body", "payer_name", "payer_siret", "payer_address", "payer_postcode", "payer_city"),
        Fieldset("Pour la facture", "commitment_number", "service_code", "finance_email", "invoice_by"),
    )  # fmt: skip

    def __init__(self, *args: Any, days: Sequence[TrainingSession], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["session"]
        field.queryset = TrainingSession.objects.filter(pk__in=[day.pk for day in days]).order_by("day", "pk")
        read = {day.pk: day for day in days}
        field.label_from_instance = lambda day: _day_in_words(read[day.pk])

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if body := said.get("body"):
            said["payer_name"] = said.get("payer_name") or body.name
            said["payer_siret"] = said.get("payer_siret") or body.siret
            said |= payers.completed(said, body)
        if said.get("payer") == Payer.PERSON:
            said["payer_name"] = said.get("payer_name") or said.get("name", "")
        if not said.get("payer_name"):
            self.add_error("payer_name", "Dites qui paie : un organisme du répertoire, ou un nom.")
        return said

    def ask(self) -> Ask:
        said = self.cleaned_data
        plain = {name: said[name] for name in (
            "places", "name", "email", "phone", "body", "payer_name", "payer_siret", "payer_address", "payer_postcode", "payer_city",
            "commitment_number", "service_code", "finance_email",
        )}  # fmt: skip
        return Ask(payer=Payer(said["payer"]), invoice_by=InvoiceBy(said["invoice_by"]), people=_people(said["people"]), **plain)


def _people(typed: str) -> tuple[Person, ...]:
    """« Camille Exemple ; camille@ville.example ; chargée de mission », one a line."""
    found = []
    for line in typed.splitlines():
        parts = [part.strip() for part in line.replace("\t", ";").split(";")]
        if any(parts):
            name, email, job = (parts + ["", "", ""])[:3]
            found.append(Person(name[:160], email[:254], job[:160]))
    return tuple(found)


def _day_in_words(day: TrainingSession) -> str:
    """Two days may share a date: the title tells them apart."""
    left = f"places libres : {day.seats_left}" if day.seats_left else "complet"
    return f"{day.title}, {day.when}, {left}"
