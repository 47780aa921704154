"""The picture of an event, on the third screen of its proposal: a file, what it shows in words, who made it."""

from typing import Any

from crispy_forms.layout import Fieldset
from django import forms
from django.core.files.uploadedfile import UploadedFile

from core.forms import form_helper
from events import pictures
from events.models import Event
from events.pictures import Drawn
from memberships.forms import Line

UNDESCRIBED = "Dites en une phrase ce que l’on voit sur l’image : sans cela, elle ne paraît pas."
NAMES = ("picture_alt", "picture_credit", "picture_removed")


class PictureForm(forms.Form):
    """Of a file that is right, `drawn` is what to keep, even when the words are not: nobody chooses it twice."""

    picture = forms.FileField(
        label="Image", required=False,
        help_text="JPEG, PNG ou WebP, 10 Mo au plus. Sans image, la page garde la couverture faite de son titre.",
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        error_messages={"empty": "Ce fichier est vide.", "invalid": "Choisissez un fichier."},
    )  # fmt: skip
    picture_alt = Line(
        "Ce que l’on voit sur l’image", most=250,
        help_text="Demandé avec une image : lu aux personnes qui ne la voient pas. 250 caractères au plus.",
    )  # fmt: skip
    picture_credit = Line("Crédit", most=160, help_text="Qui l’a faite : affiché sous l’image.")
    picture_removed = forms.BooleanField(label="Retirer l’image", required=False)

    def __init__(self, data: Any = None, files: Any = None, *, event: Event) -> None:
        self.there = pictures.of(event)
        self.drawn: Drawn | None = None
        initial = {"picture_alt": self.there.alt, "picture_credit": self.there.credit} if self.there else {}
        super().__init__(data, files, initial=initial)
        if self.there is None:
            del self.fields["picture_removed"]
        else:
            self.fields["picture"].label = "Remplacer l’image"
        names = ["picture", "picture_alt", "picture_credit", *(["picture_removed"] if self.there else [])]
        self.helper = form_helper(Fieldset("Une image, si vous en avez une", *names))

    def clean_picture(self) -> Any:
        sent = self.cleaned_data.get("picture")
        if isinstance(sent, UploadedFile):
            self.drawn = pictures.redrawn(sent)
        return sent

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("picture_removed") and not self.drawn:
            return cleaned
        words = cleaned.get("picture_alt")
        if (self.drawn or self.there) and not words and "picture_alt" not in self.errors:
            self.add_error("picture_alt", UNDESCRIBED)
        elif words and not (self.drawn or self.there) and "picture" not in self.errors:
            self.add_error("picture", "Choisissez l’image que vous décrivez, ou effacez sa description.")
        return cleaned

    @property
    def removes(self) -> bool:
        """A new file chosen with the box ticked replaces the former."""
        return bool(getattr(self, "cleaned_data", {}).get("picture_removed")) and self.drawn is None
