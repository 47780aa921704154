"""What is typed about programmes outside the admin's own forms."""

from collections.abc import Iterable
from copy import copy
from datetime import date, datetime, time
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import capfirst

from core.refusals import Refused
from programmes import checks
from programmes.models import Edition, Phase, TrainingSession, Venue
from programmes.services import changes
from records.history import DateInput, DateTimeInput

ModelT = TypeVar("ModelT", bound=models.Model)


class InterestForm(forms.Form):
    """One address, for one letter."""

    email = forms.EmailField(
        label="Votre adresse électronique",
        max_length=254,
        help_text="Elle ne sert qu’à cette lettre ; nous l’effaçons huit jours au plus après son envoi.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": "Donnez l’adresse à laquelle vous prévenir.",
            "invalid": "Donnez une adresse complète : nom@domaine.fr.",
        },
    )


class WhenForm(forms.Form):
    """Around which day the copy takes place."""

    jour = forms.DateField(label="Autour du", widget=DateInput)

    def __init__(self, *args: Any, label: str, first: date, **kwargs: Any) -> None:
        super().__init__(*args, initial={"jour": first}, **kwargs)
        self.fields["jour"].label = label
        self.fields["jour"].help_text = "Le jour de la semaine ne change pas : la date la plus proche qui tombe ce jour-là est choisie."


class EditionNamesForm(forms.ModelForm):
    """The names of a copy, unique among the others."""

    class Meta:
        model = Edition
        fields = ["title", "short_title", "slug", "reference_prefix"]
        labels = {"slug": "Adresse de la page"}
        error_messages = {"reference_prefix": {"unique": "Ce préfixe sert déjà à un autre appel."}}


class SessionNamesForm(forms.ModelForm):
    class Meta:
        model = TrainingSession
        fields = ["title", "slug"]
        labels = {"slug": "Adresse de la page"}


class ReasonForm(forms.Form):
    """Why: told on the page and in the letters."""

    motif = forms.CharField(
        label="Motif",
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Il est écrit sur la page et dans les lettres.",
    )


class CancelForm(ReasonForm):
    """Calling off asks nothing but why."""


class _NewDatesForm(ReasonForm):
    """New dates, those of today being proposed."""

    row_fields: tuple[str, ...] = ()

    def values(self) -> dict[str, Any]:
        """What becomes of the row itself."""
        return {name: self.cleaned_data[name] for name in self.row_fields if name in self.fields}


def _moment(label: str, moment: datetime) -> forms.DateTimeField:
    return forms.DateTimeField(label=label, initial=moment, widget=DateTimeInput, help_text="Heure de Paris.")


class PostponeEditionForm(_NewDatesForm):
    """The dates of a call that are still to come, and those of each of its phases."""

    row_fields = ("opens_at", "closes_at", "results_label", "ends_on")

    def __init__(self, data: Any = None, *, edition: Edition, now: datetime) -> None:
        super().__init__(data)
        self.edition, self.now = edition, now
        new: dict[str, forms.Field] = {}
        if now < edition.opens_at:
            new["opens_at"] = _moment("Nouvelle ouverture", edition.opens_at)
        if now < edition.closes_at:
            new["closes_at"] = _moment("Nouvelle clôture", edition.closes_at)
        new["results_label"] = forms.CharField(
            label="Quand viendra la réponse", max_length=80, required=False, initial=edition.results_label
        )
        new["ends_on"] = forms.DateField(label="Fin de l’édition", initial=edition.ends_on, widget=DateInput)
        self.phases = list(edition.phases.with_places().order_by("sort_on", "pk"))
        for phase in self.phases:
            new |= _of_phase(phase)
        self.fields = {**new, "motif": self.fields["motif"]}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            phases = [_with(phase, self.phase_values()[phase.pk]) for phase in self.phases]
            _tell_order(self, _with(self.edition, self.values()), phases)
        for name, why in changes.refused_dates(self.edition, dict(cleaned), now=self.now).items():
            if name not in self.errors:
                self.add_error(name, why)
        return cleaned

    def phase_values(self) -> dict[int, dict[str, Any]]:
        """What becomes of each phase."""
        return {phase.pk: _dates_of(phase, self.cleaned_data) for phase in self.phases}


def _of_phase(phase: Phase) -> dict[str, forms.Field]:
    def day(label: str, value: date | None) -> forms.DateField:
        return forms.DateField(label=f"{phase.title}, {label}", required=False, initial=value, widget=DateInput)

    words = "Tant que la date n’est pas fixée ; vide ensuite."
    return {
        f"phase-{phase.pk}-starts_on": day("du", phase.starts_on),
        f"phase-{phase.pk}-ends_on": day("au", phase.ends_on),
        f"phase-{phase.pk}-when_label": forms.CharField(
            label=f"{phase.title}, en mots", max_length=80, required=False, initial=phase.when_label, help_text=words
        ),
    }


def _dates_of(phase: Phase, typed: dict[str, Any]) -> dict[str, Any]:
    """The three that were typed, and where a phase that moved takes its place."""
    values = {name: typed[f"phase-{phase.pk}-{name}"] for name in ("starts_on", "ends_on", "when_label")}
    return values | {"sort_on": values["starts_on"] or phase.sort_on}


class ReopenForm(_NewDatesForm):
    """A new deadline, and what depends on it."""

    row_fields = ("closes_at", "results_label", "ends_on")

    def __init__(self, data: Any = None, *, edition: Edition, now: datetime) -> None:
        super().__init__(data)
        self.edition, self.now = edition, now
        self.fields = {
            "closes_at": forms.DateTimeField(label="Nouvelle clôture", widget=DateTimeInput, help_text="Heure de Paris."),
            "results_label": forms.CharField(
                label="Quand viendra la réponse", max_length=80, required=False, initial=edition.results_label
            ),
            "ends_on": forms.DateField(label="Fin de l’édition", initial=edition.ends_on, widget=DateInput),
            "motif": self.fields["motif"],
        }

    def clean_closes_at(self) -> datetime:
        closes_at: datetime = self.cleaned_data["closes_at"]
        try:
            changes.refuse_past(closes_at, now=self.now)
        except Refused as refusal:
            raise ValidationError(str(refusal)) from None
        return closes_at

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            _tell_order(self, _with(self.edition, self.values()), self.edition.phases.order_by("sort_on", "pk"))
        return cleaned


def _with(row: ModelT, values: dict[str, Any]) -> ModelT:
    """The row as it would be."""
    wanted = copy(row)
    for name, value in values.items():
        setattr(wanted, name, value)
    return wanted


def _tell_order(form: forms.Form, edition: Edition, phases: Iterable[Phase]) -> None:
    """Say beside its field what would come too early or too late; a phase that the form does not move, beside the closing."""
    try:
        edition.clean()
    except ValidationError as refused:
        for name, sentences in refused.message_dict.items():
            form.add_error(name if name in form.fields else None, sentences)
    for fault in checks.of_answer(edition):
        form.add_error(fault.field, capfirst(fault.words))
    for phase in phases:
        names = (f"phase-{phase.pk}-{name}" for name in ("starts_on", "when_label"))
        for fault in checks.of_phase(phase, edition):
            own = next((name for name in (f"phase-{phase.pk}-{fault.field}", *names) if name in form.fields), None)
            form.add_error(own or "closes_at", capfirst(fault.words if own else str(fault)))


class PostponeSessionForm(_NewDatesForm):
    """Another day, other hours, another place; the hours of the agenda are changed on the day's own form."""

    row_fields = ("day", "starts_at", "ends_at", "venue")

    def __init__(self, data: Any = None, *, session: TrainingSession, now: datetime) -> None:
        super().__init__(data)
        self.session, self.now = session, now
        self.fields = {
            "day": forms.DateField(label="Nouveau jour", initial=session.day, widget=DateInput),
            "starts_at": _hour("De", session.starts_at),
            "ends_at": _hour("À", session.ends_at),
            "venue": forms.ModelChoiceField(Venue.objects.all(), label="Lieu", required=False, initial=session.venue_id),
            "motif": self.fields["motif"],
        }

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                changes.refuse_past_day(_with(self.session, self.values()), now=self.now)
            except Refused as refusal:
                self.add_error("day", str(refusal))
        return cleaned


def _hour(label: str, value: time) -> forms.TimeField:
    return forms.TimeField(label=label, initial=value, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))


class TellForm(forms.Form):
    """Before a save that changes what was announced: why, or that it only corrects. `saisie` is the admin's own form, as typed."""

    saisie = forms.CharField(widget=forms.HiddenInput, strip=False)
    motif = forms.CharField(
        label="Motif",
        required=False,
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Facultatif. Il est écrit sur la page et dans les lettres.",
    )
    correction = forms.BooleanField(
        label="C’est une correction : n’écrire à personne, ne rien annoncer sur la page",
        required=False,
        help_text="Pour une faute de frappe, pas pour une date qui change. Le motif est alors gardé dans l’historique.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("correction") and not cleaned.get("motif"):
            self.add_error("motif", "Dites ce qui est corrigé : l’historique le garde.")
        return cleaned
