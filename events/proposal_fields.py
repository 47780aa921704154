"""The fields of a proposal: texts of several lines, links that lead somewhere, choices, seats."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from core.typography import grouped
from events import proposing
from memberships.forms import Line

LONGEST_REASON, MOST_SEATS = 2_000, 100_000
NOT_AN_ADDRESS = "Cette adresse ne mène nulle part : donnez-la complète, elle commence par https://."
INCOMPLETE = "Donnez l’adresse complète : elle commence par https://."
UNSAFE = "Donnez une adresse sûre : elle commence par https://, pas par http://."
# « www.ville.example/page »: an address but for its beginning.
_WITHOUT_SCHEME = re.compile(r"[\w-]+(\.[\w-]+)+(:\d+)?([/?#].*)?")


class Words(forms.CharField):
    """A text of several lines; what is too long is refused in words, never cut."""

    def __init__(self, label: str, required: str = "", *, most: int = LONGEST_REASON, rows: int = 4, **options: Any) -> None:
        messages = {"required": required, "max_length": f"{grouped(most)} caractères au plus : il y en a trop."}
        widget = forms.Textarea(attrs={"rows": rows})
        super().__init__(label=label, required=bool(required), max_length=most, widget=widget, error_messages=messages, **options)
        self.widget.attrs.pop("maxlength", None)

    def to_python(self, value: Any) -> str:
        return proposing.storable(super().to_python(value) or "").strip()


class Address(Line):
    """A link: whole, and leading somewhere. Its form is looked at, never the other site."""

    def __init__(self, label: str, required: str = "", *, only_https: bool = False, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "url"})
        super().__init__(label, required, most=400, autocomplete="url", widget=widget, **options)
        self.schemes = ("https",) if only_https else ("https", "http")

    def clean(self, value: Any) -> str:
        text = str(super().clean(value))
        if not text:
            return ""
        if _WITHOUT_SCHEME.fullmatch(text):
            raise ValidationError(INCOMPLETE)
        try:
            forms.URLField(assume_scheme="https").clean(text)
        except ValidationError as wrong:
            raise ValidationError(NOT_AN_ADDRESS) from wrong
        scheme, _, rest = text.partition("://")
        host = re.split(r"[/?#]", rest, maxsplit=1)[0]
        if scheme.lower() == "http" and "http" not in self.schemes:
            raise ValidationError(UNSAFE)
        if scheme.lower() not in self.schemes or not rest or "." not in host or "@" in host:
            raise ValidationError(NOT_AN_ADDRESS)
        return text


def several(label: str, choices: Any, required: str = "", **options: Any) -> forms.MultipleChoiceField:
    messages = {"required": required, "invalid_choice": "Choisissez dans la liste.", "invalid_list": "Choisissez dans la liste."}
    widget = forms.CheckboxSelectMultiple
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=bool(required), widget=widget, error_messages=messages, **options
    )


def one(label: str, choices: Any, required: str = "Choisissez une réponse.", **options: Any) -> forms.ChoiceField:
    messages = {"required": required, "invalid_choice": "Choisissez dans la liste."}
    return forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect, error_messages=messages, **options)


class Seats(forms.IntegerField):
    def __init__(self, label: str, **options: Any) -> None:
        messages = {
            "invalid": "Donnez un nombre entier, sans lettre.",
            "min_value": "Donnez au moins une place, ou laissez vide.",
            "max_value": "C’est trop : laissez vide s’il n’y a pas de limite.",
        }
        super().__init__(label=label, required=False, min_value=1, max_value=MOST_SEATS, error_messages=messages, **options)
