"""SIREN and SIRET: the one check of both keys (domain.md D3), for models, forms and imports.

Typed with spaces, stored without. django-localflavor's field looks at the first key only; python-stdnum looks at both,
and knows La Poste, whose offices follow a rule of their own.
"""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from stdnum.exceptions import ValidationError as NumberError
from stdnum.fr import siren, siret

SIREN_DIGITS, SIRET_DIGITS = 9, 14
_APART = re.compile(r"[\s.]+")
_IN_A_TEXT = re.compile(r"(?<!\d)\d(?:[\s.]?\d){8}(?:(?:[\s.]?\d){5})?(?!\d)")


def compact(text: str) -> str:
    """Return the number without the blanks and dots people put in it."""
    return _APART.sub("", text)


def validate_siren(value: str) -> None:
    """Refuse a SIREN whose key is wrong."""
    _refuse_odd_digits(compact(value), "SIREN", SIREN_DIGITS)
    if not siren.is_valid(compact(value)):
        raise ValidationError("Ce SIREN n’est pas valide : sa clé est fausse, vérifiez ses 9 chiffres.")


def validate_siret(value: str) -> None:
    """Refuse a SIRET when either of its keys is wrong."""
    number = compact(value)
    _refuse_odd_digits(number, "SIRET", SIRET_DIGITS)
    if not siren.is_valid(number[:SIREN_DIGITS]):
        raise ValidationError("Ce SIRET n’est pas valide : un de ses 9 premiers chiffres (le SIREN) est faux.")
    try:
        siret.validate(number)
    except NumberError:
        raise ValidationError("Ce SIRET n’est pas valide : vérifiez ses 14 chiffres, surtout les 5 derniers.") from None


def _refuse_odd_digits(number: str, name: str, digits: int) -> None:
    if not (number.isascii() and number.isdigit()):
        raise ValidationError(f"Un {name} ne contient que des chiffres.")
    if len(number) != digits:
        raise ValidationError(f"Un {name} a {digits} chiffres : vous en avez tapé {len(number)}.")


def numbers_in(text: str) -> list[str]:
    """Return the valid SIRET and SIREN that stand in a text: « Région Bretagne (233 500 016 00040) »."""
    found = [compact(match[0]) for match in _IN_A_TEXT.finditer(text)]
    return [number for number in found if number.isascii() and (siret if len(number) == SIRET_DIGITS else siren).is_valid(number)]


def spaced(number: str) -> str:
    """Return a SIREN or a SIRET as people read it: 233 500 016 00040."""
    groups = [number[:3], number[3:6], number[6:9], number[9:]]
    return "\u00a0".join(group for group in groups if group)


def spaced_iban(number: str, blank: str = "\u00a0") -> str:
    """Return an IBAN by groups of four, as on a RIB: FR76 3000 6000 0112 3456 7890 189."""
    return blank.join(number[at : at + 4] for at in range(0, len(number), 4))


class _NumberInput(forms.CharField):
    """Accepts the number with its spaces; gives it without."""

    def to_python(self, value: Any) -> str:
        return compact(super().to_python(value) or "")


class _NumberField(models.CharField):  # type: ignore[type-arg]
    """Stored without spaces, wherever the number comes from."""

    def to_python(self, value: Any) -> Any:
        return compact(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        return self.to_python(super().get_prep_value(value))

    def formfield(self, **kwargs: Any) -> Any:
        # No `maxlength`: the spaces people type count as characters.
        return super().formfield(**{"form_class": _NumberInput, **kwargs, "max_length": None})

    def deconstruct(self) -> Any:
        """For the database it is text: migrations import nothing of ours."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class SirenField(_NumberField):
    default_validators = [validate_siren]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "max_length": SIREN_DIGITS})


class SiretField(_NumberField):
    default_validators = [validate_siret]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "max_length": SIRET_DIGITS})
