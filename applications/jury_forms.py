"""What a reader fills in: scores of 0 to 5 and a comment, a conflict in a word, the structure they work for."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy

from applications.deadlines import end_of
from applications.forms import OnFile, Paragraphs, bare, readable
from applications.models import HIGHEST, Criterion, Review, Selection
from applications.services import assigning
from applications.services.juries import MOST_CRITERIA, PAST_THE_END, Asked
from applications.services.reading import MOST_OF_A_COMMENT
from core.typography import grouped
from records.history import DateTimeInput

if TYPE_CHECKING:
    from accounts.models import User

    _SelectionForm = forms.ModelForm[Selection]
else:
    _SelectionForm = forms.ModelForm

MOST_READINGS = 10

PREFIX = "critere_"
LOWEST_WORDS, HIGHEST_WORDS = "pas du tout", "tout à fait"
_TOO_LONG = f"Ce commentaire est trop long : {grouped(MOST_OF_A_COMMENT)} caractères au plus."


class ReviewForm(forms.Form):
    """The criteria of the call, all asked when `complete`; what a tab started from goes with it."""

    comment = Paragraphs(
        label="Commentaire",
        required=False,
        strip=False,
        max_length=MOST_OF_A_COMMENT,
        widget=forms.Textarea(attrs={"rows": 2}),
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


# --- The team ---------------------------------------------------------------------------------------


class SelectionForm(_SelectionForm):
    """How a call is read and chosen; `seen` names the settings that the page showed."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=32)
    helper = bare()

    class Meta:
        model = Selection
        fields = ("is_blind", "readings", "read_by", "confirm_by", "prefers_balance")
        widgets = {"read_by": DateTimeInput(), "confirm_by": DateTimeInput()}
        error_messages = {
            "readings": {"required": "Dites combien de personnes lisent chaque candidature."},
            "read_by": {"invalid": "Indiquez un jour et une heure."},
            "confirm_by": {"invalid": "Indiquez un jour et une heure."},
        }

    def clean_readings(self) -> int:
        readings: int = self.cleaned_data["readings"]
        if readings > MOST_READINGS:
            raise ValidationError(f"{MOST_READINGS} lectures par candidature au plus.")
        return readings

    def clean_confirm_by(self) -> datetime | None:
        confirm_by: datetime | None = self.cleaned_data["confirm_by"]
        if confirm_by and confirm_by > end_of(self.instance.edition):
            raise ValidationError(PAST_THE_END)
        return confirm_by


class CriterionForm(forms.Form):
    """One row: emptied, the criterion goes."""

    pk = forms.IntegerField(widget=forms.HiddenInput, required=False)
    label = forms.CharField(label="Nom", max_length=120, required=False)
    help = forms.CharField(label="Ce qu’on y regarde", max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    weight = forms.IntegerField(
        label="Poids",
        required=False,
        min_value=1,
        max_value=10,
        error_messages={"min_value": "Le poids d’un critère va de 1 à 10.", "max_value": "Le poids d’un critère va de 1 à 10."},
    )
    helper = bare()

    @property
    def asked(self) -> Asked | None:
        """The criterion this row asks for, once valid; none when it has no name."""
        data = self.cleaned_data
        label = " ".join(data.get("label", "").split())  # a row left empty holds nothing
        return Asked(data["pk"], label, " ".join(data["help"].split()), data["weight"] or 1) if label else None


CriterionFormSet = forms.formset_factory(CriterionForm, extra=2, max_num=MOST_CRITERIA)


class JuryForm(forms.Form):
    """One or more people of the jury; nobody at first."""

    reviewers = forms.MultipleChoiceField(
        label="À qui\u202f?", widget=forms.CheckboxSelectMultiple, error_messages={"required": "Choisissez au moins une personne du jury."}
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.people = {str(person.pk): person for person in assigning.jury()}
        cast(forms.MultipleChoiceField, self.fields["reviewers"]).choices = [
            (pk, f"{person}, {person.email}") for pk, person in self.people.items()
        ]
        if not self.people:
            self.fields["reviewers"].help_text = "Personne n’a encore le rôle « jury » : une personne de l’administration peut l’y inviter."

    def clean_reviewers(self) -> "list[User]":
        return [self.people[pk] for pk in self.cleaned_data["reviewers"]]


class ShareForm(JuryForm):
    """Who reads, and how many times each file is read; everybody at first."""

    readings = forms.IntegerField(
        label="Lectures par candidature",
        min_value=1,
        max_value=MOST_READINGS,
        help_text="Celles qui sont déjà confiées comptent.",
        error_messages={"required": "Dites combien de personnes lisent chaque candidature."},
    )


class MoveForm(forms.Form):
    """Whose unread files are passed on, and to whom."""

    late = forms.MultipleChoiceField(
        label="Les lectures non faites de",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choisissez de qui reprendre les lectures."},
    )
    to = forms.MultipleChoiceField(
        label="À confier à",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choisissez à qui les confier."},
    )

    def __init__(self, *args: Any, unread: Sequence[tuple["User", int]], people: Sequence["User"], **options: Any) -> None:
        super().__init__(*args, **options)
        self.people = {str(person.pk): person for person in [*(person for person, _ in unread), *people]}
        left = [(str(person.pk), f"{person} ({number} à lire)") for person, number in unread]
        cast(forms.MultipleChoiceField, self.fields["late"]).choices = left
        cast(forms.MultipleChoiceField, self.fields["to"]).choices = [(str(person.pk), str(person)) for person in people]
        if not left:
            self.fields["late"].help_text = "Personne n’a de lecture à faire."

    def clean_late(self) -> "list[User]":
        return [self.people[pk] for pk in self.cleaned_data["late"]]

    def clean_to(self) -> "list[User]":
        return [self.people[pk] for pk in self.cleaned_data["to"]]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        both = [str(person) for person in data.get("to", ()) if person in data.get("late", ())]
        if both:
            self.add_error("to", f"{', '.join(both)} : une même personne ne rend pas ses lectures pour les reprendre.")
        return data


class MaskForm(OnFile):
    """The words that a reader does not see."""

    words = forms.CharField(
        label="Mots à masquer",
        required=False,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text="Un mot ou une expression par ligne. Accents, majuscules et traits d’union indifférents ; « s » final compris.",
    )

    def clean_words(self) -> str:
        return readable(self.cleaned_data["words"].replace("\r\n", "\n"))
