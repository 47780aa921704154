"""The answers of a coordinator."""

from typing import Any

from django import forms

from core.forms import form_helper
from events.models.event import NATIONAL
from events.proposal_fields import Words
from organisations.regions import Region


class ListForm(forms.Form):
    exception = forms.BooleanField(label="J’accorde l’exception, si une date est hors de la saison.", required=False)
    words = Words("Un mot pour l’organisateur", rows=3)
    helper = form_helper("exception", "words")

    def __init__(self, *args: Any, needs_exception: bool = True, **options: Any) -> None:
        """Whoever lists what needs none is not asked to grant one."""
        super().__init__(*args, **options)
        if not needs_exception:
            del self.fields["exception"]
            self.helper = form_helper("words")


class WordsForm(forms.Form):
    words = Words("Votre message", "Écrivez votre message.", rows=5)
    helper = form_helper("words")


class CancelForm(forms.Form):
    words = Words(
        "Votre message", "Écrivez votre message.", rows=5,
        help_text="L’organisateur le lit ; au programme, les personnes inscrites, en attente ou invitées aussi. "
        "Une annulation ne se reprend pas.",
    )  # fmt: skip
    helper = form_helper("words")


REASONS = (
    "l’événement n’est pas porté par un organisme public ni son partenaire",
    "il n’est pas gratuit",
    "il n’est pas ouvert au public",
    "ses dates sont trop loin de la saison",
    "il est déjà au programme",
)


class RefuseForm(forms.Form):
    """Refusing says why: reasons of a list, or words, or both."""

    reasons = forms.MultipleChoiceField(
        label="Raisons", required=False, choices=[(text, text) for text in REASONS], widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Choisissez dans la liste."},
    )  # fmt: skip
    words = Words("En quelques mots", rows=4, help_text="L’organisateur le lira tel quel.")
    helper = form_helper("reasons", "words")

    def clean(self) -> dict[str, object]:
        cleaned: dict[str, object] = super().clean() or {}
        reasons = [f"- {text}" for text in self.cleaned_data.get("reasons") or []]
        words = str(cleaned.get("words") or "")
        if not reasons and not words and not self.errors:
            self.add_error("words", "Dites pourquoi : une raison de la liste, ou quelques mots.")
        cleaned["words"] = "\n".join([*reasons, *([""] if reasons and words else []), *([words] if words else [])])
        return cleaned


class ReassignForm(forms.Form):
    queue = forms.ChoiceField(
        label="À qui",
        required=False,
        choices=[("", "la file de sa région"), (NATIONAL, "la file nationale"), *Region.choices],
        error_messages={"invalid_choice": "Choisissez dans la liste."},
    )
    helper = form_helper("queue")
