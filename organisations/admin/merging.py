"""Two rows that are one body: choose the other, see what will pass, then unite them."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import path, reverse

from accounts.roles import MERGE_ORGANISATIONS
from core import clock
from core.refusals import Refused
from core.registry import Link
from organisations import services
from organisations.forms import ConfirmMergeForm, MergeForm
from organisations.models import Organisation

TWO = 2
_COMPARED = ("kind", "legal_category", "siret", "siren", "commune", "region", "address", "city", "reference_name")


class MergeMixin:
    """Before ModelAdmin."""

    admin_site: Any
    message_user: Any

    def get_urls(self):
        view = self.admin_site.admin_view(self.unite)
        return [path("reunir/", view, name="organisations_organisation_merge"), *super().get_urls()]

    def has_merge_permission(self, request):
        """What the action asks."""
        return request.user.has_perm(MERGE_ORGANISATIONS)

    @admin.action(description="Réunir les deux organismes choisis", permissions=["merge"])
    def merge_two(self, request, bodies):
        chosen = list(bodies.order_by("pk")[: TWO + 1])
        if len(chosen) != TWO:
            self.message_user(request, "Choisissez deux organismes : ni plus, ni moins.", messages.ERROR)
            return None
        return HttpResponseRedirect(_address(chosen[0], chosen[1]))

    def unite(self, request: Any) -> HttpResponse:
        """`garder` and `retirer` in the address: without the second, it is asked; with both, what will pass is shown."""
        if not request.user.has_perm(MERGE_ORGANISATIONS):
            raise PermissionDenied
        kept, gone = _row(request, "garder"), _row(request, "retirer")
        if kept is None:
            raise Http404
        if gone is None or gone.pk == kept.pk:
            return self._choose(request, kept)
        return self._confirm(request, kept, gone)

    def _choose(self, request: Any, kept: Organisation) -> HttpResponse:
        form = MergeForm(request.GET if "other" in request.GET else None)
        if form.is_valid():
            if form.cleaned_data["other"].pk != kept.pk:
                return HttpResponseRedirect(_address(kept, form.cleaned_data["other"]))
            form.add_error("other", "C’est le même organisme : nommez l’autre.")
        return self._page(request, "admin/organisations/merge_choose.html", "Réunir un doublon", form, kept=kept)

    def _confirm(self, request: Any, kept: Organisation, gone: Organisation) -> HttpResponse:
        now = clock.now()
        plan = services.plan_merge(kept, gone, now=now)
        form = ConfirmMergeForm(request.POST if request.method == "POST" else None, plan=plan)
        if form.is_valid():
            told = form.cleaned_data
            try:
                services.merge(kept, gone, by=request.user, now=now, reason=told["reason"], sure=told.get("sure", False))
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, f"« {gone} » est réuni à « {kept} ».")
                return redirect(kept)
        more = {"kept": kept, "gone": gone, "plan": plan, "swapped": _address(gone, kept), "lines": _compared(kept, gone)}
        more["twins"] = [link for row in plan.twins if (link := self._link(request, row))]
        more["passed"] = sorted((one if count == 1 else several, count) for (one, several), count in plan.passed.items())
        return self._page(request, "admin/organisations/merge.html", "Réunir deux organismes", form, **more)

    def _link(self, request: HttpRequest, row: Model) -> Link | None:
        """Where a row that keeps the two apart is read, by whom may read it."""
        pages = self.admin_site._registry.get(type(row))
        if pages is None or not pages.has_view_or_change_permission(request, row):
            return None
        opts = row._meta
        address = reverse(f"{self.admin_site.name}:{opts.app_label}_{opts.model_name}_change", args=[row.pk])
        return Link(str(row), address, str(opts.verbose_name))

    def _page(self, request: HttpRequest, template: str, title: str, form: Any, **more: Any) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": Organisation._meta, "title": title, "form": form, **more}
        return render(request, template, context, status=422 if form.errors else 200)


def _address(kept: Organisation, gone: Organisation) -> str:
    return f"{reverse('admin:organisations_organisation_merge')}?{urlencode({'garder': kept.pk, 'retirer': gone.pk})}"


def _row(request: HttpRequest, name: str) -> Organisation | None:
    key = request.GET.get(name, "")
    if not (key.isascii() and key.isdigit() and len(key) <= len("9" * 15)):
        return None
    return Organisation.objects.filter(pk=int(key)).select_related("merged_into", "replaced_by").first()


def _compared(kept: Organisation, gone: Organisation) -> list[tuple[str, str, str]]:
    """Both, line by line, where at least one says something."""
    labels = {field.name: str(field.verbose_name) for field in Organisation._meta.concrete_fields}
    rows = [
        (labels[name].capitalize() if labels[name].islower() else labels[name], _said(kept, name), _said(gone, name)) for name in _COMPARED
    ]
    return [row for row in rows if row[1] or row[2]]


def _said(row: Organisation, name: str) -> str:
    display = getattr(row, f"get_{name}_display", None)
    return str(display() if display else getattr(row, name) or "")
