"""What staff type on the selection board: a decision with its reason, and what the jury wants of the group."""

from typing import Any, cast

from django import forms

from applications.balance import CHOICES, label_of
from applications.forms import OnFile, bare, reason
from applications.models import Application, Bound
from applications.states import Axis, State

WORDS = {
    State.SELECTED: "Retenir",
    State.WAITLISTED: "Liste d’attente",
    State.DECLINED: "Non retenue",
    State.IN_REVIEW: "Revenir en examen",
}
SHARED = "Dire ce motif à la personne, dans sa lettre"
_MOST = 32_767


def _reason() -> forms.CharField:
    return reason(
        "Motif",
        required=False,
        help_text="Gardé dans l’historique et au procès-verbal. La personne ne le lit que si vous cochez la case ci-dessous.",
    )


class DecisionForm(OnFile):
    """One decision on one file."""

    state = forms.ChoiceField(label="Décision", widget=forms.RadioSelect, error_messages={"required": "Choisissez une décision."})
    rank = forms.IntegerField(
        label="Rang dans la liste d’attente",
        required=False,
        min_value=1,
        max_value=_MOST,
        help_text="Pour la liste d’attente seulement. Vide : à la suite des autres ; les rangs suivants se décalent.",
        error_messages={"min_value": "Un rang est un nombre à partir de 1."},
    )
    reason = _reason()
    shared = forms.BooleanField(label=SHARED, required=False)

    def __init__(self, *args: Any, application: Application, released: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        offered = [state for state in WORDS if state != State.IN_REVIEW or (not released and application.state != State.IN_REVIEW)]
        cast(forms.ChoiceField, self.fields["state"]).choices = [(state.value, WORDS[state]) for state in offered]


class ReasonForm(forms.Form):
    """The reason of one decision for many."""

    reason = _reason()
    shared = forms.BooleanField(label=SHARED, required=False)


def _number(label: str) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=_MOST)


class BoundsForm(forms.Form):
    """At least, at most: a pair of numbers for each branch, region and kind of employer."""

    helper = bare()

    def __init__(self, *args: Any, bounds: list[Bound], **options: Any) -> None:
        super().__init__(*args, **options)
        kept = {(row.axis, row.value): row for row in bounds}
        for axis, choices in CHOICES.items():
            for value, _ in choices:
                row, name = kept.get((axis, value)), label_of(axis, value)
                self.fields[f"{axis}-{value}-least"] = _number(f"{name}\u00a0: au moins")
                self.fields[f"{axis}-{value}-most"] = _number(f"{name}\u00a0: au plus")
                self.initial[f"{axis}-{value}-least"] = row.least if row else None
                self.initial[f"{axis}-{value}-most"] = row.most if row else None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for axis, value, _ in self._each():
            least, most = data.get(f"{axis}-{value}-least"), data.get(f"{axis}-{value}-most")
            if least is not None and most is not None and least > most:
                self.add_error(f"{axis}-{value}-most", f"{label_of(axis, value)} : « au moins » ne peut pas dépasser « au plus ».")
        return data

    @property
    def wanted(self) -> dict[tuple[Axis, str], tuple[int | None, int | None]]:
        """What was typed, of those where something was."""
        data = self.cleaned_data
        pairs = {(axis, value): (data[f"{axis}-{value}-least"], data[f"{axis}-{value}-most"]) for axis, value, _ in self._each()}
        return {key: pair for key, pair in pairs.items() if pair != (None, None)}

    @property
    def groups(self) -> list[tuple[Axis, list[tuple[str, Any, Any]], bool]]:
        """Each axis with its lines: the name, the two fields; and whether one of them is filled or refused."""
        found = []
        for axis in CHOICES:
            lines = [
                (label, self[f"{axis}-{value}-least"], self[f"{axis}-{value}-most"]) for at, value, label in self._each() if at == axis
            ]
            is_used = any(field.errors or field.value() not in (None, "") for _, *pair in lines for field in pair)
            found.append((axis, lines, is_used))
        return found

    def _each(self) -> list[tuple[Axis, str, str]]:
        return [(axis, value, label_of(axis, value)) for axis, choices in CHOICES.items() for value, _ in choices]
