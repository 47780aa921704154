"""The forms of the team about one application: enter it, give its person a limit, join it to another."""

from datetime import datetime
from typing import Any, cast

from crispy_forms.layout import Fieldset
from django import forms

from applications import answers as asked
from applications.forms import ApplicationForm, bare, email_of_the_person, reason
from applications.states import Origin
from programmes.models import Edition
from records.history import DateInput, DateTimeInput

ARRIVAL = ("email", "origin", "received_on", "received_at", "note")


class TimeInput(forms.TimeInput):
    """The browser's own box for an hour."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class EnteredForm(ApplicationForm):
    """How an application came, then its answers: the rules of the form, the words of whoever copies."""

    email = email_of_the_person(
        "Le récépissé et la réponse y sont envoyés. Si elle n’a pas de compte, la candidature l’attend à sa première connexion."
    )
    origin = forms.ChoiceField(
        label="Arrivée",
        choices=[choice for choice in Origin.choices if choice[0] != Origin.ONLINE],
        widget=forms.RadioSelect,
        error_messages={"required": "Dites comment elle est arrivée."},
    )
    received_on = forms.DateField(
        label="Reçue le",
        widget=DateInput(),
        error_messages={"required": "Indiquez le jour où elle est arrivée.", "invalid": "Indiquez un jour, comme 08/09/2027."},
    )
    received_at = forms.TimeField(
        label="À quelle heure, si c’est le jour de la clôture",
        required=False,
        widget=TimeInput(),
        help_text="À l’heure de la clôture, il est trop tard. Heure de Paris.",
        error_messages={"invalid": "Indiquez une heure, comme 09:12."},
    )
    note = reason("Motif, si elle est arrivée après la clôture", required=False, help_text="Pourquoi elle est acceptée hors délai.")

    helper = bare(
        Fieldset("Comment elle est arrivée", *ARRIVAL),
        Fieldset("Les réponses", "last_name", "first_name", "organisation", "job", "branch", "region", "motivation", "costs_covered"),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, label in asked.LABELS.items():
            field = self.fields[name]
            field.label, field.error_messages["required"] = label, "À remplir."
            if "autocomplete" in field.widget.attrs:
                field.widget.attrs["autocomplete"] = "off"  # whoever copies is not whom it is about
            if name != "motivation":
                field.help_text = ""
        self.fields["costs_covered"].label = "Son administration prend en charge ses frais de voyage, d’hébergement et de restauration."
        self.fields["costs_covered"].error_messages["required"] = "Sans cette case, la candidature n’est pas complète."
        self.order_fields([*ARRIVAL, *asked.NAMES])

    @property
    def arrival(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ARRIVAL}

    @property
    def answers(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in asked.NAMES}


class CallField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A call, by its short title."""

    def label_from_instance(self, obj: Edition) -> str:
        return obj.short_title


class LateLinkForm(forms.Form):
    """Staff: a limit of one person's own, to a call that is closed and whose results are not out."""

    edition = CallField(
        Edition.objects.none(),
        label="Appel",
        empty_label="Choisissez un appel",
        help_text="Un appel clos, dont les résultats ne sont pas publiés.",
        error_messages={"required": "Choisissez l’appel.", "invalid_choice": "Choisissez un appel de la liste."},
    )
    email = email_of_the_person()
    until = forms.DateTimeField(
        label="Jusqu’au",
        widget=DateTimeInput(),
        help_text="La personne peut déposer avant cette heure, celle de Paris.",
        error_messages={"required": "Indiquez la fin de ce délai.", "invalid": "Indiquez un jour et une heure."},
    )
    reason = reason(
        "Motif", help_text="L’équipe seule le lit.", error_messages={"required": "Indiquez pourquoi cette personne a un délai."}
    )

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        calls = Edition.objects.filter(closes_at__lte=now, cancelled_at=None, results_released_at=None)
        cast(CallField, self.fields["edition"]).queryset = calls.order_by("-closes_at", "pk")


class JoinForm(forms.Form):
    """Staff: which of two files of one person stays, and whether its person is told."""

    kept = forms.ChoiceField(
        label="Laquelle reste\u202f?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez celle qui reste et reçoit la réponse."},
    )
    tell = forms.BooleanField(
        label="Prévenir la personne par une lettre : une seule réponse lui sera envoyée.", required=False, initial=True
    )
    note = reason("Précision", rows=2, required=False, help_text="L’équipe seule la lit, dans l’historique.")
