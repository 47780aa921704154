"""What staff change in the admin goes to the audit log, before and after, and is shown from there (domain.md G2)."""

import re
from collections.abc import Iterable
from datetime import time
from typing import Any

from django import forms
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format

from core import clock
from core.admin import NamedAdmin
from core.search import SearchedAdmin
from records.models import Act
from records.services import forget, label_of, record

Changes = dict[str, list[Any]]
_PAGE = 50
MARKDOWN = "Mise en forme : **gras**, listes dont chaque ligne commence par - , titres par ### , [mots du lien](https://…)."
_LONG = 2000
_WHOLE_MINUTE = re.compile(r"(.+T\d\d:\d\d):00")


class DateTimeInput(forms.DateTimeInput):
    """One box for a moment, where Django's admin has two (interface.md, Settings and traps)."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M:%S")

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Show seconds only when there are some: two stops fewer for whoever has no mouse."""
        context = super().get_context(name, value, attrs)
        widget = context["widget"]
        if whole := _WHOLE_MINUTE.fullmatch(widget["value"] or ""):
            widget["value"] = whole[1]
        elif widget["value"]:
            widget["attrs"]["step"] = 1
        return context


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


# For inlines as well: `formfield_overrides = FORMFIELDS`.
FORMFIELDS: "dict[type[models.Field[Any, Any]], dict[str, Any]]" = {
    models.DateTimeField: {"form_class": forms.DateTimeField, "widget": DateTimeInput},
    models.DateField: {"widget": DateInput},
}


class HistoryAdmin(SearchedAdmin, NamedAdmin):
    """Mixin, before ModelAdmin: additions, changes and deletions become Acts; « Historique » shows them."""

    formfield_overrides = FORMFIELDS
    # Rows that are people: deleted, they leave neither name nor content in the log.
    holds_people = False
    model: type[models.Model]
    admin_site: Any

    def formfield_for_dbfield(self, db_field: "models.Field[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        """Say what « Markdown » lets one write, and that the « adresse » of a page is the end of its URL."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if field and str(db_field.help_text).startswith("Markdown."):
            field.help_text = str(db_field.help_text).replace("Markdown.", MARKDOWN, 1)
        if field and isinstance(db_field, models.SlugField):
            field.label = "Adresse de la page"
        return field

    def construct_change_message(self, request: HttpRequest, form: forms.BaseForm, formsets: Any, add: bool = False) -> Changes:
        """Return what changed, field by field; Django hands it to `log_addition` or `log_change`."""
        changes = changes_of(form)
        for formset in formsets or ():
            changes |= _changes_of_inline(formset)
        return changes

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Changes) -> None:
        record("ajout", obj, by=request.user, now=clock.now(), changes=message)

    def log_change(self, request: HttpRequest, obj: models.Model, message: Changes) -> None:
        """Say what changed; saving without a change is no act."""
        if message:
            record("modification", obj, by=request.user, now=clock.now(), changes=message)

    def log_deletions(self, request: HttpRequest, queryset: Iterable[models.Model]) -> None:
        """Keep what the rows held; called before they go. Of a person, nothing: no purge would find it again (domain.md G3)."""
        now = clock.now()
        for row in queryset:
            record("suppression", row, by=request.user, now=now, changes={} if self.holds_people else _content_of(row))
            if self.holds_people:
                forget(row)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the acts about a row, the latest first."""
        row = self.get_object(request, unquote(object_id))  # type: ignore[attr-defined]
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]
        if not self.has_view_or_change_permission(request, row):  # type: ignore[attr-defined]
            raise PermissionDenied
        page = Paginator(Act.objects.filter(about=label_of(row)), _PAGE).get_page(request.GET.get("p"))
        context = {
            **self.admin_site.each_context(request),
            "title": f"Historique\u00a0: {row}",
            "acts": page,
            "object": row,
            "opts": self.opts,
            **(extra_context or {}),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/records/history.html", context)


def changes_of(form: forms.BaseForm) -> Changes:
    """Return {label: [before, after]} of the fields a valid form changed."""
    return {_label(form, name): _before_and_after(form, name) for name in form.changed_data if name in form.fields and _differs(form, name)}


def _differs(form: forms.BaseForm, name: str) -> bool:
    """A browser sends every end of line as two characters: the same text so sent is no change."""
    before, after = form.get_initial_for_field(form.fields[name], name), form.cleaned_data.get(name)
    return not (isinstance(before, str) and isinstance(after, str) and before.strip().splitlines() == after.strip().splitlines())


def _before_and_after(form: forms.BaseForm, name: str) -> list[str]:
    field = form.fields[name]
    before = form.get_initial_for_field(field, name)
    return [shown(field, before), shown(field, form.cleaned_data.get(name))]


def _label(form: forms.BaseForm, name: str) -> str:
    return str(form[name].label)


def _changes_of_inline(formset: Any) -> Changes:
    """Return the changes of the rows below, each named by its row; rows taken away come together."""
    kind = formset.model._meta.verbose_name
    changes: Changes = {}
    for form in formset.forms:
        if form.has_changed() and form not in formset.deleted_forms:
            changes |= {f"{kind} «\u00a0{form.instance}\u00a0», {label}": pair for label, pair in changes_of(form).items()}
    if gone := ", ".join(str(form.instance) for form in formset.deleted_forms):
        changes[f"{kind}\u00a0: retrait"] = [gone, ""]
    return changes


def shown(field: forms.Field, value: Any) -> str:
    """Return a value as staff read it: the label of a choice, the name of a row, a moment in Paris."""
    if value in (None, ""):
        return ""
    if isinstance(field, forms.ModelMultipleChoiceField):
        return ", ".join(_named(field, item) for item in value)
    if isinstance(field, forms.ModelChoiceField):
        return _named(field, value)
    if isinstance(field, forms.ChoiceField):
        return str(dict(_flat(field.choices)).get(str(value), value))
    return plain(value)


def _named(field: "forms.ModelChoiceField[Any]", value: Any) -> str:
    if isinstance(value, models.Model):
        return str(value)
    key = field.to_field_name or "pk"
    row = field.queryset.filter(**{key: value}).first() if field.queryset is not None else None
    return str(row) if row else str(value)


def _flat(choices: Any) -> list[tuple[str, str]]:
    """Return the pairs of choices, groups opened."""
    pairs: list[tuple[str, str]] = []
    for value, label in choices:
        pairs += _flat(label) if isinstance(label, list | tuple) else [(str(value), str(label))]
    return pairs


def plain(value: Any) -> str:
    """Return a value as text; moments in local time, long texts cut."""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if hasattr(value, "tzinfo"):
        return date_format(timezone.localtime(value) if value.tzinfo else value, "j F Y, H:i:s")
    if hasattr(value, "isoformat"):
        return date_format(value, "j F Y")
    return str(value)[:_LONG]


def _content_of(row: models.Model) -> Changes:
    """Return what a row holds, as « before »."""
    values = ((field.verbose_name, field.value_from_object(row)) for field in row._meta.concrete_fields)
    return {str(name): [plain(value), ""] for name, value in values if value not in (None, "")}
