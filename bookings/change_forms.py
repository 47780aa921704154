"""What is typed to change an order: who comes instead, which places are given up."""

from collections.abc import Sequence
from typing import Any

from django import forms

from bookings.asks import Person
from bookings.models import Seat
from core.forms import form_helper


class ReplaceForm(forms.Form):
    """Who comes."""

    name = forms.CharField(
        label="Prénom et nom", max_length=160,
        error_messages={"required": "Donnez le nom de la personne qui vient.", "max_length": "160 caractères au plus."},
    )  # fmt: skip
    email = forms.EmailField(
        label="Adresse électronique", required=False, help_text="Pour sa convocation. Vide : elle vous parvient.",
        error_messages={"invalid": "Cette adresse est incomplète : prenom.nom@organisme.fr"},
    )  # fmt: skip
    job = forms.CharField(label="Fonction", max_length=160, required=False, error_messages={"max_length": "160 caractères au plus."})
    needs = forms.CharField(
        label="Régime alimentaire, accès, autre besoin", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Lu par l’équipe et les formateurs, effacé quinze jours après la journée.",
        error_messages={"max_length": "500 caractères au plus."},
    )  # fmt: skip
    helper = form_helper("name", "email", "job", "needs")

    def person(self) -> Person:
        said = self.cleaned_data
        return Person(said["name"], said["email"], said["job"], said["needs"])


class PlacesForm(forms.Form):
    """Which places."""

    places = forms.MultipleChoiceField(
        label="Les places à annuler", widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choisissez au moins une place.", "invalid_choice": "Une de ces places a déjà été annulée."},
    )  # fmt: skip
    helper = form_helper("places")

    def __init__(self, *args: Any, seats: Sequence[Seat], **options: Any) -> None:
        super().__init__(*args, **options)
        self.seats = {str(seat.pk): seat for seat in seats}
        field: Any = self.fields["places"]
        field.choices = [(key, seat.name or f"Place {seat.rank}, personne à nommer") for key, seat in self.seats.items()]
        if len(self.seats) == 1:
            field.initial = list(self.seats)

    def chosen(self) -> list[Seat]:
        return [self.seats[key] for key in self.cleaned_data["places"]]


class DateForm(forms.Form):
    """Which other day."""

    date = forms.ChoiceField(
        label="La nouvelle date", widget=forms.RadioSelect,
        error_messages={"required": "Choisissez une date.", "invalid_choice": "Il ne reste plus assez de places à cette date."},
    )  # fmt: skip
    helper = form_helper("date")

    def __init__(self, *args: Any, days: Sequence[Any], **options: Any) -> None:
        super().__init__(*args, **options)
        self.days = {str(day.pk): day for day in days}
        field: Any = self.fields["date"]
        field.choices = [(key, f"{day.when}{f', {day.where}' if day.where else ''}") for key, day in self.days.items()]

    def chosen(self) -> Any:
        return self.days[self.cleaned_data["date"]]
