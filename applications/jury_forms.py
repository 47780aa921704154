"""What a reader fills in: scores of 0 to 5 and a comment, a conflict in a word, the structure they work for."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy

from applications.forms import Paragraphs, bare, readable
from applications.models import HIGHEST, Criterion, Review
from applications.services.reading import MOST_OF_A_COMMENT

PREFIX = "critere_"
LOWEST_WORDS, HIGHEST_WORDS = "pas du tout", "tout à fait"
_TOO_LONG = f"Ce commentaire est trop long : {MOST_OF_A_COMMENT} caractères au plus."


class ReviewForm(forms.Form):
    """The criteria of the call, all asked when `complete`; what a tab started from goes with it."""

    comment = Paragraphs(
        label="Commentaire",
        required=False,
        strip=False,
        max_length=MOST_OF_A_COMMENT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Facultatif. L’équipe le lit, et les autres lecteurs de ce dossier une fois leur lecture envoyée.",
        error_messages={"max_length": _TOO_LONG},
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, *args: Any, criteria: Sequence[Criterion], complete: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.criteria = criteria
        asked = {f"{PREFIX}{criterion.pk}": self._marks(criterion, required=complete) for criterion in criteria}
        # The scores come first, as on the page: the summary of errors follows it.
        self.fields = {**asked, **self.fields}

    @staticmethod
    def _marks(criterion: Criterion, *, required: bool) -> forms.ChoiceField:
        return forms.ChoiceField(
            label=criterion.label,
            help_text=criterion.help,
            choices=[(str(value), str(value)) for value in range(HIGHEST + 1)],
            widget=forms.RadioSelect,
            required=required,
            error_messages={"required": "Choisissez une note, ou abstenez-vous.", "invalid_choice": f"Une note va de 0 à {HIGHEST}."},
        )

    @property
    def marks(self) -> list[forms.BoundField]:
        """The criteria, as the page draws them."""
        return [self[f"{PREFIX}{criterion.pk}"] for criterion in self.criteria]

    @property
    def scores(self) -> dict[int, int]:
        """What was chosen, once valid."""
        chosen = {criterion.pk: self.cleaned_data.get(f"{PREFIX}{criterion.pk}") for criterion in self.criteria}
        return {pk: int(value) for pk, value in chosen.items() if value}


def initial_of(review: Review) -> dict[str, Any]:
    """What the form shows of a reading."""
    deposited = review.application.deposited_at
    scores = {f"{PREFIX}{score.criterion_id}": str(score.value) for score in review.scores.all()}
    return {**scores, "comment": review.comment, "revision": review.revision, "seen": deposited.isoformat() if deposited else ""}


class ConflictForm(forms.Form):
    note = forms.CharField(
        label="De quoi s’agit-il ?",
        max_length=300,
        help_text="En un mot : « nous travaillons ensemble », « un proche ». L’équipe seule le lit.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": "Dites en un mot de quoi il s’agit : l’équipe confiera cette candidature à quelqu’un d’autre.",
            "max_length": "300 caractères au plus.",
        },
    )
    helper = bare()

    def clean_note(self) -> str:
        return readable(self.cleaned_data["note"])


class StructureForm(forms.Form):
    structure = forms.CharField(
        label="Votre structure",
        required=False,
        max_length=160,
        help_text="Là où vous travaillez. Nous ne vous confions pas les candidatures de vos collègues. Vide si vous n’en avez pas.",
        widget=forms.TextInput(attrs={"autocomplete": "organization", "spellcheck": "false"}),
        error_messages={"max_length": "160 caractères au plus."},
    )
    helper = bare()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["structure"].widget.attrs["data-suggest"] = reverse_lazy("organisation_proposals")

    def clean_structure(self) -> str:
        text = " ".join(readable(self.cleaned_data["structure"]).split())
        if text and not any(character.isalnum() for character in text):
            raise ValidationError("Écrivez le nom de votre structure.")
        return text
