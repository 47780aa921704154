"""Inputs of the admin: one native field for a moment or a day, in Paris time, to the second."""

from typing import Any

from django import forms
from django.db import models


class MomentInput(forms.DateTimeInput):
    """A single `datetime-local`, in place of the admin's two fields and their scripts.

    The value is said in the portal's zone (Europe/Paris) by the form field; an hour that does not exist, or exists twice,
    on the day the clocks change is refused by Django with a sentence.
    """

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs={"step": "1", **(attrs or {})}, format="%Y-%m-%dT%H:%M:%S")


class DayInput(forms.DateInput):
    """A single native `date`."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


NATIVE_INPUTS: dict[Any, dict[str, Any]] = {
    models.DateTimeField: {"form_class": forms.DateTimeField, "widget": MomentInput},
    models.DateField: {"form_class": forms.DateField, "widget": DayInput},
}
