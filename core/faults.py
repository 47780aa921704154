"""What is to be corrected in a form, each line leading to its field (interface.md, gate 1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms


@dataclass(frozen=True)
class Faults:
    """Lines are (label, id, words); general faults lead nowhere."""

    lines: list[tuple[str, str, str]]
    general: list[str]

    @property
    def count(self) -> int:
        return len(self.lines) + len(self.general)


def faults_of(form: forms.BaseForm) -> Faults:
    lines = [(bare_label(field), first_id(field), str(error)) for field in form for error in field.errors]
    return Faults(lines, [str(error) for error in form.non_field_errors()])


def faults_with_rows(form: forms.BaseForm, rows: Iterable[Any]) -> Faults:
    """Return those of an admin's form, then of the rows below it (`rows`: Django's InlineAdminFormSets), each named."""
    found = faults_of(form)
    lines = found.lines
    for inline in rows:
        name, names = _capital(inline.opts.verbose_name), _capital(inline.opts.verbose_name_plural)
        lines += [(names, f"{inline.formset.prefix}-group", str(error)) for error in inline.formset.non_form_errors()]
        for number, row in enumerate(inline.formset.forms):
            lines += _faults_of_row(row, f"{name} {number + 1}", f"{inline.formset.prefix}-{number}")
    return Faults(lines, found.general)


def _faults_of_row(row: forms.BaseForm, name: str, anchor: str) -> list[tuple[str, str, str]]:
    found = faults_of(row)
    own = [(name, anchor, error) for error in found.general]
    return own + [(f"{name}, {label[:1].lower()}{label[1:]}", id_, error) for label, id_, error in found.lines]


def _capital(name: Any) -> str:
    words = str(name).strip()
    return words[:1].upper() + words[1:]


def bare_label(field: forms.BoundField) -> str:
    """Return the label without its closing mark: what is wrong follows a colon."""
    return str(field.label).rstrip(" .?!:…\u00a0\u202f")


def first_id(field: forms.BoundField) -> str:
    """Return the id to go to: of the first choice in a group of radios."""
    widget = field.field.widget
    return f"{field.auto_id}_0" if widget.use_fieldset else str(field.id_for_label or field.auto_id)
