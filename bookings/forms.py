"""What whoever orders types: places, people, who pays. It is cleaned here; `services` acts. What follows is in `bookings.order_forms`."""

from datetime import date
from typing import Any

from crispy_forms.layout import HTML, Div, Fieldset
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.urls import reverse_lazy

from billing import gateway
from bookings import letter_words, payers
from bookings.asks import Ask, Person, refuse_odd, said_twice
from bookings.states import InvoiceBy, Payer
from core.forms import form_helper
from core.refusals import Refused
from core.typography import agreeing
from events.proposal_fields import Words, one
from memberships.addressing import ADDRESS
from memberships.forms import Email, Line, Postcode, Siret
from organisations.models import Organisation
from organisations.states import PUBLIC_KINDS
from programmes.models import TrainingSession

# Filled in by machines only: no person sees it.
TRAP = "site"
_TRAP = (
    f'<div hidden><label for="id_{TRAP}">Laissez vide</label><input id="id_{TRAP}" name="{TRAP}" autocomplete="off" tabindex="-1"></div>'
)
MOST_WORDS = 8_000
CARD, TRANSFER = "CARD", "TRANSFER"
# What is asked of whoever pays, of nobody when the day is free.
PAYING = (
    "payer", "payer_siret", *ADDRESS, "commitment_number", "service_code", "contract_number", "finance_email", "invoice_by", "pays",
)  # fmt: skip
WHO_COMES = (
    "Une personne par ligne : nom, adresse électronique, fonction, séparés par des points-virgules. Les noms peuvent venir plus "
    "tard, sur la page de votre commande."
)
PAYERS = [
    (Payer.PUBLIC, "Un organisme public : il paie après la journée, sur numéro de commande ou convention"),
    (Payer.PRIVATE, "Une entreprise ou une association : elle paie avant la journée"),
    (Payer.PERSON, "Moi-même, à titre personnel : je paie avant la journée"),
]


class Places(forms.IntegerField):
    """How many, in words whatever is wrong; the day says how many there are."""

    def __init__(self) -> None:
        messages = {
            "required": "Dites combien de places.",
            "invalid": "Donnez un nombre entier, sans lettre.",
            "min_value": "Au moins une.",
        }
        super().__init__(label="Nombre de places", min_value=1, initial=1, error_messages=messages)
        self.widget.attrs |= {"inputmode": "numeric", "autocomplete": "off"}


class OrderForm(forms.Form):
    """One order, by an employer for one to n people or by a person for themselves."""

    name = Line("Nom et prénom", "Donnez votre nom.", most=160, autocomplete="name")
    email = Email(
        "Donnez votre adresse électronique.", help_text="Nous y envoyons le lien de votre commande : donnez votre adresse professionnelle."
    )
    phone = Line("Téléphone", most=30, autocomplete="tel")
    places = Places()
    comes = forms.BooleanField(label="Je viens moi-même, et je compte parmi les places", required=False, initial=True)
    people = Words("Qui vient ?", most=MOST_WORDS, rows=4, help_text=WHO_COMES)
    payer = one("Qui paie ?", PAYERS, "Dites qui paie : les délais et la facture en dépendent.")
    payer_siret = Siret(
        "SIRET de l’organisme qui paie",
        help_text="14 chiffres, avec ou sans espaces. Le nom et l’adresse que notre répertoire connaît sont repris ; "
        "ce qui manque vous est demandé.",
    )
    payer_name = Line(
        "Nom, comme sur la facture", most=200, autocomplete="organization",
        widget=forms.TextInput(attrs={"data-suggest": reverse_lazy("organisation_proposals")}),
    )  # fmt: skip
    payer_address = Line("Adresse postale", most=200, help_text="Numéro et voie. Vide : celle du répertoire, s’il la connaît.")
    payer_postcode = Postcode("Code postal")
    payer_city = Line("Ville", most=80)
    commitment_number = Line(
        "Numéro de commande ou d’engagement", most=50, help_text="Si vous l’avez déjà : les places sont fermes aussitôt."
    )
    service_code = Line("Code service", most=100, help_text="Celui de Chorus Pro, si votre organisme en a un.")
    contract_number = Line("Numéro de marché", most=50, help_text="S’il y en a un.")
    finance_email = Email(help_text="La facture y part, vous en avez copie.")
    invoice_by = one("Facturation", InvoiceBy.choices, initial=InvoiceBy.ORDER)
    pays = one(
        "Comment payez-vous ?",
        [(TRANSFER, "Par virement, sur facture : places tenues quinze jours"), (CARD, "Par carte : places tenues trente minutes")],
        initial=TRANSFER,
    )

    def __init__(self, *args: Any, session: TrainingSession, on: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.session, self.on = session, on
        self.body: Organisation | None = None
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        paying = self._paid() if self.session.price else self._free()
        self.helper = form_helper(
            HTML(_TRAP), Fieldset("Vous", "name", "email", "phone"), Fieldset("Les places", "places", "comes", "people"), *paying
        )

    def _free(self) -> list[Any]:
        """Nobody pays a free day: nothing is asked of whoever would."""
        for name in PAYING:
            del self.fields[name]
        self.fields["payer_name"].label = "Nom de l’organisme"
        return [Fieldset("Votre organisme", "payer_name")]

    def _paid(self) -> list[Any]:
        """Who pays, and what the invoice will say."""
        self.fields["finance_email"].label = "Adresse du service financier"
        for name in ("invoice_by", "pays"):
            self.fields[name].required = False
        for name in ("payer_siret", "payer_name", *ADDRESS, "invoice_by", "pays"):
            self.fields[name].either = True  # type: ignore[attr-defined]  # asked or not by who pays: not « facultatif »
        if gateway.gateway() is None:
            del self.fields["pays"]
        pays = ["pays"] if "pays" in self.fields else []
        return [
            Fieldset("Qui paie", "payer", Div("payer_siret", "payer_name", css_class="of-body"), *ADDRESS),
            Div(
                Fieldset("La facture", Div("commitment_number", "service_code", "contract_number", css_class="of-public"), "invoice_by",
                         "finance_email", Div(*pays, css_class="of-private")),
            ),
        ]  # fmt: skip

    @property
    def is_a_machine(self) -> bool:
        return bool(self.data.get(TRAP))

    def clean_people(self) -> tuple[Person, ...]:
        """Lines of « nom ; adresse ; fonction »; what is no address is said with its line."""
        return tuple(_person(line) for line in self.cleaned_data["people"].splitlines() if line.strip(" ;\t"))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.session.price:
            cleaned["payer"] = Payer.PRIVATE if cleaned.get("payer_name") else Payer.PERSON
            cleaned["payer_name"] = cleaned.get("payer_name") or cleaned.get("name", "")
        elif cleaned.get("payer"):
            self._recognise(cleaned)
            self._complete(cleaned)
        if not {"places", "people", "name", "email"} & set(self.errors):
            self._refuse_odd(cleaned)
        return cleaned

    def _recognise(self, cleaned: dict[str, Any]) -> None:
        """The register names the body of a SIRET, and says where it is; what was typed is kept as typed."""
        if cleaned["payer"] == Payer.PERSON:
            cleaned["payer_name"], cleaned["payer_siret"] = cleaned.get("name", ""), ""
            return
        siret = cleaned.get("payer_siret")
        body = Organisation.objects.with_successor().filter(siret=siret).first() if siret else None
        if body is None:
            return
        self.body = body.at(self.on)
        if cleaned["payer"] == Payer.PRIVATE and body.kind in PUBLIC_KINDS:
            self.add_error("payer", f"Ce SIRET est celui de « {body.name} », un organisme public : choisissez « Un organisme public ».")
        elif cleaned["payer"] == Payer.PUBLIC and body.kind not in PUBLIC_KINDS:
            words = "qui n’est pas un organisme public\u00a0: choisissez «\u00a0Une entreprise ou une association\u00a0», ou écrivez-nous."
            self.add_error("payer", f"Ce SIRET est celui de «\u00a0{body.name}\u00a0», {words}")
        cleaned["payer_name"] = cleaned.get("payer_name") or body.name
        if not set(ADDRESS) & set(self.errors):
            cleaned |= payers.completed(cleaned, body)

    def _complete(self, cleaned: dict[str, Any]) -> None:
        """Without them no invoice can be issued (R14): asked at once rather than after the day."""
        if "payer" in self.errors:  # refused just now by the register
            return
        if cleaned["payer"] == Payer.PUBLIC and not cleaned.get("payer_siret") and "payer_siret" not in self.errors:
            self.add_error(
                "payer_siret", "Donnez le SIRET : une facture à un organisme public passe par lui. Votre service financier le connaît."
            )
        if not cleaned.get("payer_name") and "payer_siret" not in self.errors:
            known = " Ce SIRET est bon, mais notre répertoire ne le connaît pas encore." if cleaned.get("payer_siret") else ""
            self.add_error("payer_name", f"Donnez le nom de qui paie.{known}")
        if self.errors.get("payer_siret"):
            return
        for name, words in payers.missing(cleaned, self.body).items():
            if name not in self.errors:
                self.add_error(name, words)

    def _refuse_odd(self, cleaned: dict[str, Any]) -> None:
        """Too many places, more names than places, somebody twice: beside what is wrong."""
        if cleaned["places"] > self.session.seats:
            self.add_error("places", f"La journée n’a que {self.session.seats} places en tout : vous en demandez {cleaned['places']}.")
            return
        people = self._people(cleaned)
        if twice := said_twice(people):
            self.add_error("people", f"{twice} est dans la liste deux fois : une place par personne.")
            return
        others = len(cleaned.get("people") or ())
        if len(people) > cleaned["places"] and len(people) > others:
            asked = letter_words.places(cleaned["places"])
            words = f"Vous, qui venez, et {others} {agreeing(others, 'autre', 'autres')} : {len(people)} personnes pour {asked}."
            self.add_error("people", f"{words} Demandez plus de places, nommez-en moins, ou décochez « Je viens moi-même ».")
            return
        try:
            refuse_odd(self.ask(cleaned), self.session)
        except Refused as refusal:
            self.add_error("people", str(refusal))

    def _people(self, cleaned: dict[str, Any]) -> tuple[Person, ...]:
        """Whoever orders first, when they come, unless they named themselves as well."""
        people: tuple[Person, ...] = cleaned.get("people") or ()
        me = Person(cleaned["name"], cleaned["email"])
        if not cleaned.get("comes") or said_twice((me, *people)) == me.name or said_twice((*people, me)):
            return people
        return (me, *people)

    def ask(self, cleaned: dict[str, Any] | None = None, *, takes_left: bool = False, takes_fewer: bool = False) -> Ask:
        """What it asks for."""
        said = self.cleaned_data if cleaned is None else cleaned
        texts = ("email", "name", "phone", "payer_name", "payer_siret", *ADDRESS)
        public = ("commitment_number", "service_code", "contract_number")
        given = (*texts, *(public if said.get("payer") == Payer.PUBLIC else ()), "finance_email")
        values: dict[str, Any] = {name: str(said.get(name) or "") for name in given}
        return Ask(
            **values, payer=Payer(said.get("payer") or Payer.PUBLIC), places=said["places"], people=self._people(said), body=self.body,
            invoice_by=InvoiceBy(said.get("invoice_by") or InvoiceBy.ORDER), by_card=self.is_by_card(said), takes_left=takes_left,
            takes_fewer=takes_fewer,
        )  # fmt: skip

    @staticmethod
    def is_by_card(said: dict[str, Any]) -> bool:
        return said.get("pays") == CARD and said.get("payer") != Payer.PUBLIC


def _person(line: str) -> Person:
    name, email, job = ([part.strip() for part in line.split(";")] + ["", "", ""])[:3]
    if "@" in name and not email:
        name, email = "", name
    if email:
        try:
            validate_email(email)
        except ValidationError as wrong:
            raise ValidationError(f"« {email[:80]} » n’est pas une adresse complète : écrivez « nom ; adresse ; fonction ».") from wrong
    return Person(name[:160], email[:254], job[:160])


class SendForm(forms.Form):
    """The last word: the conditions, as they were read; and what to do when there are not enough places."""

    WAIT, TAKE = "WAIT", "TAKE"
    accepts = forms.BooleanField(
        label="J’accepte les conditions de vente", error_messages={"required": "Acceptez les conditions de vente pour commander."}
    )

    def __init__(self, *args: Any, left: int = 0, places: int = 1, **options: Any) -> None:
        """`left`: what remains when it is fewer than asked, and nobody waits; 0 offers no choice."""
        super().__init__(*args, **options)
        self.fields["takes_fewer"] = forms.BooleanField(
            label="En attente, j’accepte une offre pour moins de places", required=False, help_text="Vous pourrez changer d’avis."
        )
        fields: list[Any] = ["accepts"]
        if places > 1:
            fields.insert(0, "takes_fewer")
        if left:
            words = f"{left}\u00a0place{'s' if left > 1 else ''} libre{'s' if left > 1 else ''}"
            choices = [(self.WAIT, f"Attendre que {places}\u00a0places soient libres"), (self.TAKE, f"Prendre {words} maintenant")]
            self.fields["if_short"] = one(f"Il ne reste que {words}", choices, "Choisissez : attendre, ou prendre ce qui reste.")
            fields.insert(0, "if_short")
        self.helper = form_helper(*fields)

    def said(self) -> tuple[bool, bool]:
        """Take what is left now, said on a page where some were left? Take fewer while waiting?"""
        return self.data.get("if_short") == self.TAKE, bool(self.cleaned_data.get("takes_fewer"))
