"""What is typed about lines of the bank."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from billing import camt, statements
from billing.forms import EuroField
from billing.models import BankMapping, Invoice, StatementEntry
from core.forms import form_helper
from core.money import euros

MEGA = 1024 * 1024
_AUTOMATIC = ("", "reconnu seul")
_SIGNS = {";": "point-virgule", "\t": "tabulation", ",": "virgule", "|": "barre droite"}


class DepositForm(forms.Form):
    """A statement to show: what cannot be read is refused by the service, in words."""

    file = forms.FileField(
        label="Relevé de la banque",
        help_text=f"Un fichier CAMT.053 (.xml) ou un CSV, de {camt.LARGEST // MEGA} Mo au plus. Rien ne compte avant que vous l’ayez vu.",
        widget=forms.FileInput(attrs={"accept": ".xml,.csv,.txt,text/xml,application/xml,text/csv"}),
        error_messages={"empty": "Ce fichier est vide.", "required": "Choisissez un fichier."},
    )
    helper = form_helper()

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > camt.LARGEST:
            raise ValidationError(f"Ce relevé est trop lourd : {camt.LARGEST // MEGA} Mo au plus.")
        return upload


class MappingForm(forms.ModelForm):  # type: ignore[type-arg]
    """How to read a CSV: a heading of the file for each of our columns."""

    class Meta:
        model = BankMapping
        fields = ["name", "encoding", "delimiter", "date_format"]

    encoding = forms.ChoiceField(label="Encodage", choices=[_AUTOMATIC, *((name, name) for name in statements.ENCODINGS)], required=False)
    delimiter = forms.ChoiceField(label="Séparateur", choices=[_AUTOMATIC, *_SIGNS.items()], required=False)
    date_format = forms.ChoiceField(label="Dates écrites comme", choices=list(statements.DATE_FORMATS.items()))
    helper = form_helper()

    def __init__(self, *args: Any, headings: list[str] | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        kept = self.instance.columns or (statements.proposed(headings) if headings else {})
        choices = list(dict.fromkeys(heading for heading in [*(headings or []), *kept.values()] if heading))
        for name, label in statements.COLUMNS.items():
            options_of = [("", "—"), *((heading, heading) for heading in choices)]
            self.fields[f"column_{name}"] = forms.ChoiceField(
                label=label[:1].upper() + label[1:], choices=options_of, required=name == "date", initial=kept.get(name, ""),
                error_messages={"required": "Dites quelle colonne donne la date."},
            )  # fmt: skip
        self.headings = choices

    def clean(self) -> dict[str, Any]:
        told = super().clean() or self.cleaned_data
        if self.errors:
            return told
        self.instance.columns = {name: told[f"column_{name}"] for name in statements.COLUMNS if told.get(f"column_{name}")}
        if faults := statements.faults(self.instance.columns, self.headings):
            raise ValidationError(faults)
        return told


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Pourquoi ?", max_length=240)
    helper = form_helper()


class ImportForm(forms.Form):
    """« Importer »; an account that nobody said to be ours asks for a tick."""

    said = forms.BooleanField(
        label="C’est bien un compte de l’association", error_messages={"required": "Cochez cette case, ou ne l’importez pas."}
    )
    helper = form_helper()

    def __init__(self, *args: Any, foreign: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        if not foreign:
            del self.fields["said"]


class GiveBackForm(forms.Form):
    """What came beyond what was due, to give back by transfer."""

    amount = EuroField(label="Montant à rendre")
    to_name = forms.CharField(label="À", max_length=140, required=False)
    to_iban = forms.CharField(label="IBAN", max_length=42, help_text="Celui du payeur, quand la banque l’a donné.")
    reason = forms.CharField(label="Motif", max_length=240)
    helper = form_helper()


class PlaceForm(forms.Form):
    """How much of a line is for each of these invoices; empty is nothing."""

    reason = forms.CharField(label="Précision", max_length=200, required=False, help_text="Facultatif, gardé avec le paiement.")
    difference = forms.CharField(
        label="Solder le petit écart : pourquoi ?", max_length=200, required=False,
        help_text="Ce qui manque encore à ces factures, 5 € au plus, est compté comme soldé : frais de banque, erreur de centimes. "
        "Vide : elles restent à payer.",
    )  # fmt: skip
    helper = form_helper()

    def __init__(self, *args: Any, entry: StatementEntry, invoices: list[Invoice], chosen: set[int], **options: Any) -> None:
        super().__init__(*args, **options)
        left, self.invoices = entry.left, {f"part_{invoice.pk}": invoice for invoice in invoices}
        for name, invoice in self.invoices.items():
            part = min(left, invoice.remaining) if invoice.pk in chosen else Decimal(0)
            left -= part
            label = f"{invoice.number}, {invoice.buyer_name} (reste {euros(invoice.remaining)})"
            self.fields[name] = EuroField(label=label, required=False, initial=part or None)

    def rows(self) -> list[tuple[Invoice, forms.BoundField]]:
        return [(invoice, self[name]) for name, invoice in self.invoices.items()]

    def parts(self) -> list[tuple[Invoice, Decimal]]:
        return [(invoice, self.cleaned_data[name]) for name, invoice in self.invoices.items() if self.cleaned_data.get(name)]
