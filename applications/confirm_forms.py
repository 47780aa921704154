"""What a selected person, a manager without account, and the team type about a place and the employer's word."""

from typing import Any

from django import forms

from applications import uploads
from applications.forms import Paragraphs, bare, readable
from applications.services.agreeing import MOST_WORDS

TOO_LONG = "2\u202f000 caractères au plus."
BOX = "J’ai l’autorité pour donner cet accord, ou j’ai reçu celui de la personne qui l’a."


class OneLine(forms.CharField):
    """One line of text: blanks made single, and no character that nobody sees."""

    def __init__(self, label: str, required: str, *, most: int = 160, autocomplete: str = "off", **options: Any) -> None:
        messages = {"required": required, "max_length": f"{most} caractères au plus."}
        widget = forms.TextInput(attrs={"autocomplete": autocomplete})
        super().__init__(label=label, error_messages=messages, widget=widget, max_length=most, **options)

    def to_python(self, value: Any) -> str:
        return " ".join(readable(super().to_python(value) or "").split())


def _email(label: str, required: str, **options: Any) -> forms.EmailField:
    messages = {"required": required, "invalid": "Cette adresse n’est pas complète."}
    widget = forms.EmailInput(attrs={"autocomplete": options.pop("autocomplete", "off"), "spellcheck": "false"})
    return forms.EmailField(label=label, max_length=254, error_messages=messages, widget=widget, **options)


def _words(label: str, required: str, **options: Any) -> Paragraphs:
    messages = {"required": required, "max_length": TOO_LONG}
    area = forms.Textarea(attrs={"rows": 4})
    return Paragraphs(label=label, strip=False, max_length=MOST_WORDS, widget=area, error_messages=messages, **options)


class SendLinkForm(forms.Form):
    """The candidate: to whom the request goes."""

    email = _email(
        "Adresse électronique de votre responsable",
        "Indiquez l’adresse de votre responsable.",
        help_text="La personne qui peut accorder vos journées et vos frais. Elle reçoit un courriel avec le lien, sans compte à créer.",
    )
    helper = bare()


class SignedFileForm(forms.Form):
    """The candidate, or the team for them: a signed PDF, looked at before it is kept."""

    file = forms.FileField(
        label="Accord signé",
        help_text="Un PDF de 5 Mo au plus.",
        error_messages={
            "required": "Choisissez le PDF signé.",
            "empty": "Ce fichier est vide.",
            "missing": "Choisissez le PDF signé.",
            "max_length": "Le nom de ce fichier est trop long.",
        },
        widget=forms.FileInput(attrs={"accept": ".pdf,application/pdf"}),
    )
    helper = bare()

    def clean_file(self) -> bytes:
        """What will be kept: the content, never the name."""
        return uploads.signed_pdf(self.cleaned_data["file"])


class AgreeForm(forms.Form):
    """A manager says yes."""

    name = OneLine("Votre prénom et votre nom", "Indiquez votre nom.", autocomplete="name")
    job = OneLine("Votre fonction", "Indiquez votre fonction.", autocomplete="organization-title")
    allowed = forms.BooleanField(
        label=BOX, error_messages={"required": "Cochez cette case, ou transmettez la demande à la personne qui peut décider."}
    )
    helper = bare()


class RefuseForm(forms.Form):
    """A manager says no, in words that the candidate reads."""

    name = OneLine("Votre prénom et votre nom", "Indiquez votre nom.", autocomplete="name")
    job = OneLine("Votre fonction", "Indiquez votre fonction.", autocomplete="organization-title")
    words = _words(
        "Pourquoi ?", "Dites pourquoi, en quelques mots.", help_text="La personne qui candidate et l’équipe du programme le liront."
    )
    helper = bare()


class QuestionForm(forms.Form):
    """A manager asks first."""

    name = OneLine("Votre prénom et votre nom", "Indiquez votre nom.", autocomplete="name")
    email = _email("Votre adresse électronique", "Indiquez où vous répondre.", help_text="La réponse y est envoyée.", autocomplete="email")
    question = _words(
        "Votre question", "Écrivez votre question.", help_text="L’équipe du programme et la personne qui candidate la liront."
    )
    helper = bare()


class ReplyForm(forms.Form):
    """Staff: the answer to a manager's question."""

    reply = _words(
        "Votre réponse", "Écrivez la réponse.", help_text="Elle part par courriel au responsable ; la personne qui candidate la lit."
    )
    helper = bare()


class NotTakenForm(forms.Form):
    """Staff: why this agreement cannot be taken."""

    reason = _words(
        "Pourquoi cet accord ne peut-il pas être pris ?", "Dites pourquoi : la personne le lira.", help_text="La personne le lira."
    )
    helper = bare()
