"""The two steps of a bulletin: which body, then its people and its accountant's data. They clean what was typed; `services` acts."""

import re
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Fieldset
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.urls import reverse_lazy

from core.forms import form_helper
from core.numbers import compact, validate_siret
from core.typography import grouped
from memberships import answers as asked
from memberships.addressing import ADDRESS
from memberships.bulletins import NOT_OPEN_TO
from memberships.models import Campaign, Membership
from memberships.states import CATEGORY_OF, UPLOADED, DocumentKind, Signature
from organisations.models import Organisation
from organisations.reference import communes
from organisations.states import ContactRole, Kind

LONGEST_NAME = 200
WITHOUT_SIRET = (
    '<details class="without"{% if form.name.value %} open{% endif %}><summary>Pas de SIRET, ou vous ne le connaissez pas ?</summary>'
)
WRITTEN_TO = '<p class="hint">La personne à qui nous écrivons pour tout le reste.</p>'
COMMITS = '<p class="hint">La personne qui engage l’organisme.</p>'
PRINTED = '<p class="hint">Celle de l’organisme qui paie : la facture la porte.</p>'
NOTHING_DUE = '<p class="hint">Rien n’est obligatoire ici aujourd’hui.</p>'
_INSEE = re.compile(r"[0-9][0-9AB][0-9]{3}")


class Line(forms.CharField):
    """One line of text: blanks made single, and no character that nobody sees."""

    def __init__(self, label: str, required: str = "", *, most: int = 120, autocomplete: str = "off", **options: Any) -> None:
        widget = options.pop("widget", None) or forms.TextInput()
        widget.attrs |= {"autocomplete": autocomplete, "spellcheck": "false"}
        messages = {"required": required, "max_length": f"{grouped(most)} caractères au plus."}
        super().__init__(label=label, required=bool(required), max_length=most, widget=widget, error_messages=messages, **options)
        # What is too long is refused in words, never cut by the browser.
        self.widget.attrs.pop("maxlength", None)

    def to_python(self, value: Any) -> str:
        return " ".join(asked.storable(super().to_python(value) or "").split())


_SIRET_AT_MOST = 60


def _siret_or_too_long(value: str) -> None:
    if len(value) > _SIRET_AT_MOST:
        raise ValidationError(f"Un SIRET a 14 chiffres : {_SIRET_AT_MOST} caractères au plus.")
    validate_siret(value)


class Siret(Line):
    """A SIRET typed with its spaces, given without."""

    def __init__(self, label: str, required: str = "", **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "numeric"})
        super().__init__(label, required, most=_SIRET_AT_MOST, widget=widget, **options)
        # One fault, said once: sixty characters are more than fourteen digits already.
        self.validators = [_siret_or_too_long]

    def to_python(self, value: Any) -> str:
        return compact(super().to_python(value))


class Postcode(Line):
    """Five digits, typed with or without a blank."""

    def __init__(self, label: str, required: str = "", **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "numeric"})
        super().__init__(label, required, most=10, widget=widget, **options)
        self.validators.append(RegexValidator(r"\A[0-9]{5}\Z", "Un code postal a 5 chiffres, par exemple 35000."))

    def to_python(self, value: Any) -> str:
        return compact(super().to_python(value))


def address_fields() -> dict[str, forms.Field]:
    """Where the payer is: without it no invoice is issued."""
    fields = (
        Line("Adresse postale", "Donnez l’adresse : numéro et voie, ou nom du bâtiment.", most=200, help_text="Numéro et voie."),
        Postcode("Code postal", "Donnez le code postal."),
        Line("Ville", "Donnez la ville.", most=80),
    )
    return dict(zip(ADDRESS, fields, strict=True))


class Email(forms.EmailField):
    def __init__(self, required: str = "", **options: Any) -> None:
        messages = {"required": required, "invalid": "Donnez une adresse complète : nom@domaine.fr."}
        super().__init__(label="Adresse électronique", required=bool(required), max_length=254, error_messages=messages, **options)
        self.widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}
        self.widget.attrs.pop("maxlength", None)


class BodyForm(forms.Form):
    """Which body joins, for which year: by its SIRET; without one, by its name."""

    year = forms.TypedChoiceField(
        label="Pour quelle année",
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez une année.", "invalid_choice": "Choisissez une année de la liste."},
    )
    siret = Siret("SIRET de votre organisme", help_text="14 chiffres, avec ou sans espaces. Votre service financier le connaît.")
    name = Line(
        "Nom de l’organisme",
        most=LONGEST_NAME,
        autocomplete="organization",
        widget=forms.TextInput(attrs={"data-suggest": reverse_lazy("organisation_proposals")}),
        help_text="Par exemple : Ville d’Exemple, Région d’Exemple, centre hospitalier d’Exemple.",
    )
    kind = forms.ChoiceField(
        label="Type d’organisme",
        required=False,
        choices=[("", "Choisissez un type"), *((kind.value, kind.label) for kind in Kind)],
        error_messages={"invalid_choice": "Choisissez un type de la liste."},
    )
    commune = Line("Commune du siège", most=100, help_text="Son nom, ou son code INSEE de 5 chiffres. Pour un ministère : Paris.")
    population = forms.IntegerField(
        label="Nombre d’habitants",
        required=False,
        min_value=0,
        max_value=100_000_000,
        help_text="La cotisation dépend de la population.",
        error_messages={"invalid": "Donnez un nombre entier, sans lettre.", "min_value": "Donnez un nombre positif."},
    )

    def __init__(self, *args: Any, campaigns: list[Campaign], unknown: bool = False, by_name: bool = False, **options: Any) -> None:
        """`unknown`: nothing of the register answers, so that name, kind and commune are asked."""
        super().__init__(*args, **options)
        self.unknown = unknown
        self.fields["year"].choices = [(row.year, str(row.year)) for row in campaigns]  # type: ignore[attr-defined]
        if len(campaigns) == 1:
            self.fields["year"].widget = forms.HiddenInput()
            self.fields["year"].initial = campaigns[0].year
        if not any(rate.population_from or rate.population_below for row in campaigns for rate in row.rates.all()):
            del self.fields["population"]
        # One of the two is asked for: neither is « facultatif ».
        self.fields["siret"].either = self.fields["name"].either = True  # type: ignore[attr-defined]
        if unknown:
            self.fields["name"].required = self.fields["kind"].required = True
            self.fields["name"].error_messages["required"] = "Donnez le nom de l’organisme."
            self.fields["kind"].error_messages["required"] = "Choisissez le type de l’organisme."
        self.helper = self._layout()

    def _layout(self) -> FormHelper:
        identity = [name for name in ("name", "kind", "commune", "population") if name in self.fields]
        if self.unknown:
            told = HTML('{% include "memberships/_unknown.html" %}')
            return form_helper("year", Fieldset("Votre organisme", "siret", told, *identity))
        return form_helper("year", Fieldset("Votre organisme", "siret", HTML(WITHOUT_SIRET), "name", HTML("</details>")))

    def clean_commune(self) -> str:
        """Return the INSEE code of what was typed; a name that several communes bear asks for the code."""
        text = str(self.cleaned_data["commune"])
        if not text or communes().get(text.upper()):
            return text.upper()
        if _INSEE.fullmatch(text.upper()):
            raise ValidationError(f"« {text} » n’est pas un code INSEE de commune. Attention, ce n’est pas le code postal.")
        found = communes().named(f"Ville de {text}")
        if found is None:
            proposed = [f"{place.title} ({place.code})" for place in communes().search(text, limit=5)]
            more = f" Peut-être : {', '.join(proposed)}. Donnez le code entre parenthèses." if proposed else ""
            raise ValidationError(f"Aucune commune ne s’appelle « {text} », ou plusieurs.{more}")
        return str(found.code)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not cleaned.get("siret") and not cleaned.get("name") and "siret" not in self.errors:
            self.add_error("siret", "Donnez le SIRET de votre organisme, ou son nom s’il n’en a pas.")
        if self.unknown and cleaned.get("kind") and cleaned["kind"] not in CATEGORY_OF:
            self.add_error("kind", NOT_OPEN_TO)
        return cleaned


# What tells the fields of one person from those of another, in the list of faults and for whoever hears the page.
_WHOSE = {"general": "", "finance": " du contact finances", "voting": " de la personne qui vote"}


def _person(prefix: str, *, required: bool) -> dict[str, forms.Field]:
    """The five fields of somebody."""
    whose = _WHOSE[prefix]
    email = Email("Donnez son adresse électronique." if required else "")
    email.label = f"Adresse électronique{whose}"
    return {
        f"{prefix}_first_name": Line(f"Prénom{whose}", most=80),
        f"{prefix}_last_name": Line(f"Nom{whose}", "Donnez son nom." if required else "", most=80),
        f"{prefix}_job": Line(f"Fonction{whose}", most=160, autocomplete="organization-title"),
        f"{prefix}_email": email,
        f"{prefix}_phone": Line(f"Téléphone{whose}", most=30, widget=forms.TextInput(attrs={"inputmode": "tel"})),
    }


_FINANCE_IS = [(ContactRole.GENERAL.value, "la même personne"), (asked.OTHER, "une autre personne")]
_VOTING_IS = [
    (ContactRole.GENERAL.value, "le référent général"),
    (ContactRole.FINANCE.value, "le contact finances"),
    (asked.OTHER, "une autre personne"),
    (asked.LATER, "à désigner plus tard"),
]


class ContactsForm(forms.Form):
    """Who to write to, who commits the body, what its accountant needs."""

    finance_is = forms.ChoiceField(
        label="Qui reçoit l’appel de cotisation et la facture ?",
        choices=_FINANCE_IS,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez qui reçoit la facture.", "invalid_choice": "Choisissez dans la liste."},
    )
    voting_is = forms.ChoiceField(
        label="Qui vote à l’assemblée générale ?",
        choices=_VOTING_IS,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez qui vote.", "invalid_choice": "Choisissez dans la liste."},
    )
    signatory_name = Line("Prénom et nom", "Donnez le nom de la personne qui engage l’organisme.")
    signatory_job = Line("Qualité", "Donnez sa qualité : maire, présidente, directeur…", help_text="Maire, présidente, directeur…")
    payer_siret = Siret("SIRET du payeur", help_text="S’il n’est pas celui de l’organisme.")
    service_code = Line("Code service", most=100, help_text="Celui de Chorus Pro. Il peut être donné plus tard.")
    commitment_number = Line("Numéro d’engagement ou de commande", most=50, help_text="S’il est déjà connu. Il peut être donné plus tard.")

    def __init__(self, *args: Any, body: Organisation | None, **options: Any) -> None:
        super().__init__(*args, **options)
        for prefix in asked.PREFIX.values():
            self.fields |= _person(prefix, required=prefix == "general")
        self.fields |= address_fields()
        if body is None or not body.needs_payer_siret:
            del self.fields["payer_siret"]
        if body and body.needs_service_code:
            self.fields[
                "service_code"
            ].help_text = "Chorus Pro le demande pour votre organisme. Il peut être donné plus tard, avant la facture."
        if body and body.needs_commitment:
            told = "Il sera nécessaire avant la facture. S’il est déjà connu, donnez-le."
            self.fields["commitment_number"].help_text = told
        self.helper = self._layout()

    def _layout(self) -> FormHelper:
        people = {prefix: [f"{prefix}_{name}" for name in asked.PERSON] for prefix in asked.PREFIX.values()}
        payer = [name for name in asked.PAYER if name in self.fields]
        return form_helper(
            Fieldset("Adresse", HTML(PRINTED), *ADDRESS),
            Fieldset("Référent général", HTML(WRITTEN_TO), *people["general"]),
            Fieldset("Finances", "finance_is", Div(*people["finance"], css_class="other")),
            Fieldset("Assemblée générale", "voting_is", Div(*people["voting"], css_class="other")),
            Fieldset("Signataire", HTML(COMMITS), *asked.SIGNATORY),
            Fieldset("Pour la facture", HTML(NOTHING_DUE), *payer),
        )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for role, field in asked.SAME.items():
            if cleaned.get(field) == asked.OTHER:
                self._ask_for(asked.PREFIX[role], cleaned)
        return cleaned

    def _ask_for(self, prefix: str, cleaned: dict[str, Any]) -> None:
        for name, told in (("last_name", "Donnez son nom."), ("email", "Donnez son adresse électronique.")):
            if not cleaned.get(f"{prefix}_{name}") and f"{prefix}_{name}" not in self.errors:
                self.add_error(f"{prefix}_{name}", told)


class SendForm(forms.Form):
    """How the bulletin is confirmed: online, by whoever may commit the body; or signed on paper, now or later."""

    signature = forms.ChoiceField(
        label="Comment confirmez-vous ce bulletin ?",
        widget=forms.RadioSelect,
        choices=[
            (Signature.ONLINE.value, "en ligne, maintenant"),
            ("LATER", "par le bulletin signé ou la délibération, à déposer ensuite"),
        ],
        error_messages={"required": "Choisissez comment vous confirmez.", "invalid_choice": "Choisissez dans la liste."},
    )
    agreed = forms.BooleanField(label="", required=False)
    helper = form_helper("signature", "agreed")

    def __init__(self, *args: Any, signatory: str, name: str, price: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["agreed"].label = (
            f"{signatory} confirme l’adhésion de {name} et s’engage à verser la cotisation de {price}, sur facture. "
            "Je suis cette personne, ou j’agis avec son accord."
        )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("signature") == Signature.ONLINE and not cleaned.get("agreed"):
            self.add_error("agreed", "Cochez cette case pour confirmer en ligne, ou choisissez de déposer le bulletin signé.")
        return cleaned

    @property
    def chosen(self) -> str:
        """What goes on the bulletin: confirmed online, or nothing yet."""
        return Signature.ONLINE.value if self.cleaned_data["signature"] == Signature.ONLINE else ""


class PaperForm(forms.Form):
    """A signed bulletin, or a deliberation."""

    kind = forms.ChoiceField(
        label="Que déposez-vous ?",
        widget=forms.RadioSelect,
        choices=[(kind.value, kind.label) for kind in DocumentKind if kind in UPLOADED],
        error_messages={"required": "Dites ce que vous déposez.", "invalid_choice": "Choisissez dans la liste."},
    )
    file = forms.FileField(
        label="Le fichier",
        help_text="PDF, JPEG ou PNG, 5 Mo au plus.",
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/jpeg,image/png"}),
        error_messages={"required": "Choisissez un fichier.", "empty": "Ce fichier est vide.", "invalid": "Choisissez un fichier."},
    )
    helper = form_helper("kind", "file")


class WithdrawForm(forms.Form):
    helper = form_helper()


def signed_by(membership: Membership) -> str:
    return ", ".join(text for text in (membership.signatory_name, membership.signatory_job) if text)
