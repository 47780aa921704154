"""The form of a call: what A6 asks, said in French, and what was typed made clean."""

import unicodedata
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Fieldset, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse

from applications import answers as asked
from applications.models import Application
from applications.services.triage import MOST_OF_A_NOTE
from applications.states import Branch
from core.lines import BLANKS, MaxLinesValidator, count_lines, lines_in_words
from core.typography import grouped
from organisations.regions import Region
from programmes.models import Edition

UNREADABLE = "Certains caractères n’ont pas pu être lus : retapez-les."
LINE_ENDS = "\t\n"
MOST_OF_A_REASON = 2_000


def bare(*fieldsets: Fieldset) -> FormHelper:
    """Return how a form of ours is laid out inside a page that has its own `<form>` and token."""
    helper = FormHelper()
    helper.form_tag, helper.disable_csrf = False, True
    if fieldsets:
        helper.layout = Layout(*fieldsets)
    return helper


def email_of_the_person(help_text: str = "") -> forms.EmailField:
    """Return the field where staff give the address of somebody else: nothing is completed by the browser."""
    return forms.EmailField(
        label="Adresse électronique de la personne",
        max_length=254,
        help_text=help_text,
        error_messages={"required": "Indiquez l’adresse de la personne.", "invalid": "Cette adresse n’est pas complète."},
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )


def reason(label: str, *, rows: int = 3, **options: Any) -> "Paragraphs":
    """Return the field where staff say why: up to 2,000 characters, kept as typed."""
    return Paragraphs(label=label, strip=False, max_length=MOST_OF_A_REASON, widget=forms.Textarea(attrs={"rows": rows}), **options)


def _length(name: str) -> int:
    return int(getattr(Application._meta.get_field(name), "max_length", 0))


class Line(forms.CharField):
    """One line of text: blanks made single, and no character that nobody sees."""

    def __init__(self, name: str, required: str, *, autocomplete: str, **options: Any) -> None:
        messages = {"required": required}
        widget = forms.TextInput(attrs={"autocomplete": autocomplete, "spellcheck": "false"})
        super().__init__(label=asked.LABELS[name], error_messages=messages, widget=widget, strip=False, **options)
        self.most = _length(name)

    def to_python(self, value: Any) -> str:
        return " ".join(readable(super().to_python(value) or "").split())

    def validate(self, value: str) -> None:
        super().validate(value)
        if len(value) > self.most:
            raise ValidationError(f"{self.label} : {grouped(self.most)} caractères au plus, vous en avez {grouped(len(value))}.")


class Paragraphs(forms.CharField):
    """Several lines of text, kept as typed but for the blanks at both ends."""

    def to_python(self, value: Any) -> str:
        text = (super().to_python(value) or "").replace("\r\n", "\n").replace("\r", "\n")
        return readable(text).strip(BLANKS)


def readable(text: str) -> str:
    """Refuse null bytes, broken UTF-8 and control characters, which no page, letter or PDF could show."""
    unseen = any(unicodedata.category(character) in ("Cc", "Cs") for character in text if character not in LINE_ENDS)
    if unseen or "\ufffd" in text:
        raise ValidationError(UNREADABLE)
    return text


class ApplicationForm(forms.Form):
    """The answers to one call. It saves nothing: `services` does."""

    last_name = Line("last_name", "Indiquez votre nom.", autocomplete="family-name")
    first_name = Line("first_name", "Indiquez votre prénom.", autocomplete="given-name")
    organisation = Line(
        "organisation",
        "Indiquez votre structure.",
        autocomplete="organization",
        help_text="L’administration qui vous emploie, par exemple : Ville d’Exemple, préfecture, centre hospitalier.",
    )
    job = Line("job", "Indiquez votre fonction.", autocomplete="organization-title", help_text="Ce que vous faites, dans vos mots.")
    branch = forms.ChoiceField(
        label="Vous travaillez dans la fonction publique",
        choices=Branch.choices,
        widget=forms.RadioSelect,
        help_text="Toutes les catégories et tous les statuts peuvent candidater.",
        error_messages={
            "required": "Choisissez votre fonction publique.",
            "invalid_choice": "Choisissez l’une des trois fonctions publiques.",
        },
    )
    region = forms.ChoiceField(
        label="Région où vous travaillez",
        choices=[("", "Choisissez une région"), *Region.choices],
        error_messages={"required": "Choisissez votre région.", "invalid_choice": "Choisissez une région de la liste."},
    )
    motivation = Paragraphs(
        label="Pourquoi souhaitez-vous participer ?",
        strip=False,
        error_messages={"required": "Dites en quelques lignes pourquoi vous souhaitez participer."},
    )
    costs_covered = forms.BooleanField(
        label="Mon administration prend en charge mes frais de voyage, d’hébergement et de restauration.",
        error_messages={"required": "Cochez cette case après avoir vérifié que votre administration prend en charge vos frais."},
    )

    helper = bare(
        Fieldset("Vous", HTML('{% include "applications/_address.html" %}'), "last_name", "first_name"),
        Fieldset("Votre structure", "organisation", HTML('{% include "applications/_lookup.html" %}'), "job", "branch", "region"),
        Fieldset("Votre envie", "motivation", HTML('{% include "applications/_counter.html" %}'), "costs_covered"),
    )

    def __init__(self, *args: Any, edition: Edition, **options: Any) -> None:
        super().__init__(*args, **options)
        self.limit = edition.motivation_lines
        # Known bodies are proposed while one types (static/js/suggest.js); what is typed stays free.
        self.fields["organisation"].widget.attrs["data-suggest"] = reverse("organisation_proposals")
        motivation = self.fields["motivation"]
        motivation.validators.append(MaxLinesValidator(self.limit))
        motivation.help_text = f"{self.limit} lignes de 90 caractères au plus ; le texte n’est jamais coupé."
        motivation.widget = forms.Textarea(attrs={"rows": 11, "data-lines": self.limit, "data-counter": "lignes"})

    @property
    def lines(self) -> int:
        return count_lines(str(self["motivation"].value() or ""))

    @property
    def counter(self) -> str:
        """« 7 lignes sur 10 », counted here too, for whoever has no JavaScript."""
        return lines_in_words(self.lines, self.limit)


class WithdrawalForm(forms.Form):
    reason = reason(
        "Pourquoi retirez-vous votre candidature ?",
        rows=4,
        required=False,
        help_text="L’équipe seule le lira.",
        error_messages={"max_length": "2\u202f000 caractères au plus."},
    )
    helper = bare()


class LateForm(forms.Form):
    """Staff: why a draft is accepted after the deadline."""

    note = reason("Pourquoi l’accepter hors délai ?", rows=4)


class OnFile(forms.Form):
    """What a page of the team sends with each act: the file as it was when the page was drawn."""

    revision = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**62)
    helper = bare()


class NoteForm(OnFile):
    """Staff: an internal note."""

    text = Paragraphs(
        label="Ajouter une note",
        strip=False,
        max_length=MOST_OF_A_NOTE,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="L’équipe seule la lit : ni le jury, ni la personne qui candidate.",
        error_messages={
            "required": "Écrivez votre note avant de l’ajouter.",
            "max_length": f"Cette note est trop longue : {grouped(MOST_OF_A_NOTE)} caractères au plus.",
        },
    )


class TagForm(OnFile):
    """Staff: a word on a file."""

    name = forms.CharField(
        label="Ajouter une étiquette",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "etiquettes"}),
        error_messages={"required": "Écrivez l’étiquette avant de l’ajouter.", "max_length": "Une étiquette a 40 caractères au plus."},
    )

    def clean_name(self) -> str:
        return " ".join(readable(self.cleaned_data["name"]).split())
