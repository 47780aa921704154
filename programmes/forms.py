"""What is typed about programmes outside the admin's own forms."""

from datetime import date
from typing import Any

from django import forms

from programmes.models import Edition, TrainingSession


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class WhenForm(forms.Form):
    """Around which day the copy takes place."""

    jour = forms.DateField(label="Autour du", widget=DayInput)

    def __init__(self, *args: Any, label: str, first: date, **kwargs: Any) -> None:
        super().__init__(*args, initial={"jour": first}, **kwargs)
        self.fields["jour"].label = label
        self.fields["jour"].help_text = "Le jour de la semaine ne change pas : la date la plus proche qui tombe ce jour-là est choisie."


class EditionNamesForm(forms.ModelForm):
    """The names of a copy, unique among the others."""

    class Meta:
        model = Edition
        fields = ["title", "short_title", "slug", "reference_prefix"]
        error_messages = {"reference_prefix": {"unique": "Ce préfixe sert déjà à un autre appel."}}


class SessionNamesForm(forms.ModelForm):
    class Meta:
        model = TrainingSession
        fields = ["title", "slug"]
