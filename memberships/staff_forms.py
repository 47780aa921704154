"""What the team types about a membership: a question, a reason, a date, a bulletin that came on paper."""

from decimal import Decimal
from typing import Any

from crispy_forms.layout import Div, Fieldset
from django import forms

from core.forms import form_helper
from core.typography import grouped
from memberships import answers as asked
from memberships.addressing import ADDRESS
from memberships.forms import ContactsForm
from memberships.models import Campaign, Right
from organisations.forms import BodyField
from records.history import DateInput

MOST = 2_000


class ActForm(forms.Form):
    """An act that asks nothing more than a yes."""

    helper = form_helper()


class QuestionForm(forms.Form):
    text = forms.CharField(
        label="Ce que vous demandez",
        max_length=MOST,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="La personne le lit tel quel, par courriel et sur la page de son bulletin. Vouvoyez, dites ce qui manque.",
        error_messages={"required": "Écrivez ce que vous demandez.", "max_length": f"{grouped(MOST)} caractères au plus."},
    )
    helper = form_helper("text")


class RefusalForm(QuestionForm):
    """Read by the person too."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["text"].label = "Pourquoi ce bulletin est refusé"
        self.fields["text"].help_text = "La personne le lit tel quel, par courriel."
        self.fields["text"].error_messages["required"] = "Dites pourquoi : la personne le lira."


class ReasonForm(forms.Form):
    """Kept with the act; read by the team alone."""

    text = forms.CharField(
        label="Motif",
        max_length=300,
        help_text="L’équipe seule le lit.",
        error_messages={"required": "Dites pourquoi.", "max_length": "300 caractères au plus."},
    )
    helper = form_helper("text")


class ToldForm(ReasonForm):
    """What a member answers by telephone or by mail, instead of by its link."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["text"].label = "Qui l’a dit, et comment"
        self.fields["text"].help_text = "« Camille Exemple, par téléphone, ce matin ». Gardé avec l’acte, l’équipe seule le lit."
        self.fields["text"].error_messages["required"] = "Dites qui a répondu, et comment."


class RenewedForm(ToldForm):
    commitment_number = forms.CharField(
        label="Numéro d’engagement ou de bon de commande, s’il est connu", max_length=50, required=False,
        error_messages={"max_length": "50 caractères au plus."},
    )  # fmt: skip
    helper = form_helper("text", "commitment_number")


class SuspendForm(ReasonForm):
    until = forms.DateField(
        label="Jusqu’au", required=False, widget=DateInput, help_text="Vide : jusqu’à ce que vous la leviez.",
        error_messages={"invalid": "Donnez une date : jour, mois, année."},
    )  # fmt: skip
    helper = form_helper("text", "until")


class ResignForm(ReasonForm):
    on = forms.DateField(
        label="Dernier jour des droits",
        widget=DateInput,
        error_messages={"required": "Donnez le dernier jour.", "invalid": "Donnez une date : jour, mois, année."},
    )
    helper = form_helper("on", "text")


class EnterForm(ContactsForm):
    """A bulletin that came by mail or on paper, typed by the team."""

    body = BodyField(label="Organisme", help_text="Son nom, son SIRET, ou « Nom [numéro] » ; il doit être au répertoire.")
    campaign = forms.ModelChoiceField(
        label="Année",
        queryset=Campaign.objects.order_by("-year"),
        empty_label=None,
        error_messages={"required": "Choisissez une année.", "invalid_choice": "Choisissez une année de la liste."},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, body=None, **options)
        self.fields["campaign"].label_from_instance = lambda row: str(row.year)  # type: ignore[attr-defined]
        for name in ("finance_is", "voting_is"):
            self.fields[name].initial = asked.LATER if name == "voting_is" else "GENERAL"
        # The register often knows where the body is: then the paper need not say it again.
        for name in ADDRESS:
            self.fields[name].required = bool(any(self.data.get(each) for each in ADDRESS))
        people = {prefix: [f"{prefix}_{name}" for name in asked.PERSON] for prefix in asked.PREFIX.values()}
        self.helper = form_helper(
            Fieldset("Organisme", "body", "campaign"),
            Fieldset("Adresse, si le répertoire ne la dit pas", *ADDRESS),
            Fieldset("Référent général", *people["general"]),
            Fieldset("Finances", "finance_is", Div(*people["finance"], css_class="other")),
            Fieldset("Assemblée générale", "voting_is", Div(*people["voting"], css_class="other")),
            Fieldset("Signataire", *asked.SIGNATORY),
            Fieldset("Pour la facture", *(name for name in asked.PAYER if name in self.fields)),
        )


class UseForm(forms.Form):
    """A right that was used: read in the member's space and in its yearly summary."""

    right = forms.ModelChoiceField(
        label="Droit",
        queryset=Right.objects.all(),
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={"required": "Dites quel droit."},
    )  # fmt: skip
    on = forms.DateField(label="Le", widget=DateInput, error_messages={"required": "Donnez le jour.", "invalid": "Donnez une date."})
    quantity = forms.DecimalField(
        label="Quantité", initial=1, min_value=Decimal("0.01"), max_digits=7, decimal_places=2, localize=True,
        help_text="Heures, places, programmes… selon le droit. Une virgule pour les fractions.",
        error_messages={"required": "Donnez un nombre.", "invalid": "Donnez un nombre, par exemple 1,5.", "min_value": "Plus que zéro."},
    )  # fmt: skip
    what = forms.CharField(
        label="Quoi", max_length=200, help_text="L’organisme le lit tel quel. Ne nommez personne.",
        error_messages={"required": "Dites ce qui a été fait.", "max_length": "200 caractères au plus."},
    )  # fmt: skip
    helper = form_helper("right", "on", "quantity", "what")
