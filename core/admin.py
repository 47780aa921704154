"""What every page of the admin owes: its name in words, rows added without script, the list of what is to be corrected."""

from typing import Any

from django import forms
from django.forms.utils import ErrorDict, ErrorList
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.text import capfirst

from core.faults import faults_with_rows

# The submit « Ajouter une ligne », seen without JavaScript only; its value is the prefix of the rows.
ADD_ROW = "_row"


class RowsAdmin:
    """Mixin, before ModelAdmin: « Ajouter une ligne » shows the form again with one more empty row; what was typed stays, unsaved."""

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (_Unjudged, form), {}) if ADD_ROW in request.POST else form

    def get_formset_kwargs(self, request: HttpRequest, obj: Any, inline: Any, prefix: str) -> dict[str, Any]:
        options: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        total = f"{prefix}-TOTAL_FORMS"
        if request.POST.get(ADD_ROW) == prefix and request.POST.get(total, "").isdecimal():
            options["data"][total] = str(int(request.POST[total]) + 1)
        return options

    def _create_formsets(self, request: HttpRequest, obj: Any, change: bool) -> tuple[list[Any], list[Any]]:
        """Let no row be judged while one is added."""
        formsets, inlines = super()._create_formsets(request, obj, change)
        if ADD_ROW in request.POST:
            for formset in formsets:
                _show_again(formset, grown=request.POST[ADD_ROW] == formset.prefix)
        return formsets, inlines


class _Unjudged:
    """A form that shows what was typed, without a word on it, and is never saved."""

    def is_valid(self) -> bool:
        return False

    def full_clean(self) -> None:
        self._errors, self.cleaned_data = ErrorDict(), {}  # type: ignore[var-annotated]


def _show_again(formset: Any, *, grown: bool) -> None:
    if not formset.management_form.is_valid():
        return
    if grown and formset.forms:
        formset.forms[-1] = _empty_row(formset, len(formset.forms) - 1)
    for form in formset.forms:
        form._errors, form.cleaned_data = ErrorDict(), {}
    formset._errors, formset._non_form_errors = [{} for _ in formset.forms], ErrorList()


def _empty_row(formset: Any, number: int) -> forms.BaseForm:
    """Return a row that nobody has typed in: with its initial values, where one bound to no data would show them empty."""
    options = formset.get_form_kwargs(number)
    row: forms.BaseForm = formset.form(prefix=formset.add_prefix(number), empty_permitted=True, use_required_attribute=False, **options)
    formset.add_fields(row, number)
    return row


class NamedAdmin(RowsAdmin):
    """Mixin, before ModelAdmin: pages named by what they hold; a refused form lists its faults, each leading to its field."""

    opts: Any

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Name the list by what it holds, where Django says « Sélectionnez l’objet… »."""
        context = {"title": capfirst(self.opts.verbose_name_plural), **(extra_context or {})}
        return super().changelist_view(request, context)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Name the form by what it edits; Django's subtitle says which row."""
        name = capfirst(self.opts.verbose_name)
        context = {"title": name if object_id else f"{name}\u00a0: ajout", **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, context)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any) -> TemplateResponse:
        """Answer 422 to a refused form, with our list in the place of Django's « Corrigez les erreurs ci-dessous »."""
        faults = faults_with_rows(context["adminform"].form, context["inline_admin_formsets"])
        if faults.count:
            context |= {"faults": faults, "errors": []}
        answer: TemplateResponse = super().render_change_form(request, context, *args, **options)
        if faults.count:
            answer.status_code = 422
        return answer
