"""What is typed about money."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from billing.states import NEXT_TRANSMISSION, TransmissionState
from core.forms import form_helper
from core.money import TwoReadings, amount_of
from core.refusals import Refused


def _some_money(value: Decimal) -> None:
    """In our words and with a comma: Django would say « 0.01 »."""
    if value <= 0:
        raise ValidationError("Tapez un montant plus grand que zéro, par exemple 5 000,00.", code="min_value")


def _no_debt(value: Decimal) -> None:
    if value < 0:
        raise ValidationError("Tapez un montant positif, ou 0.", code="min_value")


class EuroField(forms.DecimalField):
    """An amount as people type it: « 5 000,00 », « 5000.00 € », « 1.234,56 ». `free`: nought is an amount too."""

    default_error_messages = {"invalid": "Tapez un montant, par exemple 5 000,00."}

    def __init__(self, *, free: bool = False, **options: Any) -> None:
        field = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(**{"max_digits": 11, "decimal_places": 2, "widget": field, **options})
        self.validators.append(_no_debt if free else _some_money)

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        if isinstance(value, str) and value.strip():
            try:
                value = amount_of(value)
            except TwoReadings as refused:
                raise ValidationError(f"{str(refused)[:1].upper()}{str(refused)[1:]}", code="invalid") from None
            except Refused:
                raise ValidationError(self.error_messages["invalid"], code="invalid") from None
        return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        return f"{value:.2f}".replace(".", ",") if isinstance(value, Decimal) else value


class SettleForm(forms.Form):
    """What was made of money that came otherwise than asked."""

    note = forms.CharField(label="Ce qui a été fait", max_length=240, help_text="Gardé avec l’événement, votre nom et la date.")
    helper = form_helper()


class RefundForm(forms.Form):
    """What is given back by card."""

    amount = EuroField(label="Montant à rendre")
    reason = forms.CharField(label="Motif", max_length=240, help_text="Imprimé sur l’avoir, quand il y en a un.")
    helper = form_helper()


class DayField(forms.DateField):
    """A day, by the browser's own control where there is one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"widget": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **options})


class DepositForm(forms.Form):
    """What Chorus Pro answered to a deposit."""

    flow_number = forms.CharField(label="Numéro de flux", max_length=60, help_text="Celui que Chorus Pro affiche après le dépôt.")
    on = DayField(label="Déposée le")
    helper = form_helper()

    def __init__(self, *args: Any, is_by_hand: bool = True, today: date | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today
        # Told with the day, not cut by the browser before it.
        self.fields["flow_number"].widget.attrs.pop("maxlength", None)
        if not is_by_hand:  # the road answers by itself: nothing is typed back
            self.fields.clear()

    def clean_on(self) -> date:
        """Told with what is wrong of the number, all at once; the service looks at the day of the issue too."""
        on: date = self.cleaned_data["on"]
        if self.today and on > self.today:
            raise ValidationError("Un dépôt ne se note pas avant d’être fait : donnez un jour passé, ou aujourd’hui.")
        return on


class AnswerForm(forms.Form):
    """What Chorus Pro says of what was deposited."""

    state = forms.ChoiceField(label="Chorus Pro dit", widget=forms.RadioSelect)
    reason = forms.CharField(
        label="Motif", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}), help_text="Obligatoire pour un rejet."
    )
    helper = form_helper()

    def __init__(self, *args: Any, state: TransmissionState, **options: Any) -> None:
        super().__init__(*args, **options)
        following = NEXT_TRANSMISSION[state] - {TransmissionState.DEPOSITED}
        self.fields["state"].choices = [(each.value, each.label) for each in TransmissionState if each in following]  # type: ignore[attr-defined]


class HoldForm(forms.Form):
    """Why the reminders of an invoice stop, and until when."""

    reason = forms.CharField(label="Motif", max_length=240, help_text="« Ils règlent vendredi », « litige sur le montant »…")
    until = DayField(label="Jusqu’au", required=False, help_text="Vide : jusqu’à ce que quelqu’un reprenne les relances.")
    helper = form_helper()
