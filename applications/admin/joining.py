"""Two files of one person: joined, one answer leaves; separated again when they were two people."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse

from accounts.roles import JOIN_APPLICATIONS
from applications import answers as asked
from applications import duplicates, services
from applications.admin.reading import ACTS
from applications.models import Application
from applications.services.joining import JOINABLE, KEEPABLE
from applications.staff_forms import JoinForm
from applications.states import State
from core import clock
from core.refusals import Refused
from core.registry import Link

TEMPLATE = "admin/applications/application/join.html"


class JoiningMixin:
    """Before ModelAdmin: joining a file to another of its call, and separating."""

    admin_site: Any
    opts: Any

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/joindre/", view(self.join), name="applications_application_join"),
            path("<int:pk>/separer/", view(self.separate), name="applications_application_separate"),
            *super().get_urls(),
        ]

    def join(self, request: Any, pk: int) -> HttpResponse:
        """First which other file (`?avec=AV17-0007`); then the two side by side, and which stays."""
        application = self._joining_row(request, pk)
        reference = request.GET.get("avec", "").strip().upper()
        other = self._other(application, reference) if reference else None
        if other:
            return self._compare(request, application, other)
        alike = [each for each in duplicates.likely(application) if each.application.state in KEEPABLE]
        refusal = f"Aucune autre candidature déposée à cet appel ne porte la référence « {reference} »." if reference else ""
        found = {"alike": alike, "reference": reference, "refusal": refusal}
        return render(request, TEMPLATE, {**self._joining_page(request, application), **found}, status=422 if reference else 200)

    def _compare(self, request: Any, application: Application, other: Application) -> HttpResponse:
        rows = {str(row.pk): row for row in (application, other)}
        form = JoinForm(request.POST or None)
        choices = [(key, f"{row}, {row.full_name}, {row.address}") for key, row in rows.items()]
        cast(forms.ChoiceField, form.fields["kept"]).choices = choices
        if request.method == "POST" and form.is_valid():
            said = form.cleaned_data
            kept = rows[said["kept"]]
            joined = other if kept is application else application
            try:
                services.join(joined, kept, by=request.user, now=clock.now(), tell=said["tell"], note=said["note"])
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, f"{joined} est jointe à {kept}, qui reste : une seule réponse partira.")
                return redirect("admin:applications_application_change", kept.pk)
        context = {**self._joining_page(request, application), **_side_by_side(application, other), "other": other, "form": form}
        return render(request, TEMPLATE, context, status=422 if form.is_bound else 200)

    def separate(self, request: Any, pk: int) -> HttpResponse:
        """Ask, then put back."""
        application = self._joining_row(request, pk)
        if request.method == "POST":
            try:
                services.separate(application, by=request.user, now=clock.now())
            except Refused as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, f"{application} est séparée : elle aura sa propre réponse.")
            return redirect("admin:applications_application_change", pk)
        context = {**self._joining_page(request, application), "title": f"Séparer {application}", "separating": True}
        return render(request, TEMPLATE, context)

    def _joining_row(self, request: HttpRequest, pk: int) -> Application:
        if not request.user.has_perm(JOIN_APPLICATIONS):
            raise PermissionDenied
        return get_object_or_404(Application.objects.with_call().select_related("duplicate_of"), pk=pk)

    def _other(self, application: Application, reference: str) -> Application | None:
        rows = Application.objects.with_call().filter(edition=application.edition_id, erased_at=None)
        return rows.filter(reference=reference, state__in=KEEPABLE).exclude(pk=application.pk).first()

    def _joining_page(self, request: HttpRequest, application: Application) -> dict[str, Any]:
        empty: dict[str, Any] = {
            "other": None,
            "pair": [],
            "lines": [],
            "form": None,
            "alike": [],
            "reference": "",
            "refusal": "",
            "separating": False,
        }
        named = {"title": f"Joindre {application} à une autre", "application": application, "opts": self.opts}
        return {**self.admin_site.each_context(request), **named, **empty}


def _side_by_side(application: Application, other: Application) -> dict[str, Any]:
    both = zip(asked.read_out(application.answers), asked.read_out(other.answers), strict=True)
    return {
        "pair": [(row, State(row.state).label) for row in (application, other)],
        "lines": [(label, first, second) for (label, first), (_, second) in both],
    }


def _act(request: HttpRequest, application: Application) -> Link | None:
    if not request.user.has_perm(JOIN_APPLICATIONS) or application.erased_at:
        return None
    if application.state == State.DUPLICATE:
        return Link(f"Séparer de {application.duplicate_of}", reverse("admin:applications_application_separate", args=[application.pk]))
    if application.state in JOINABLE:
        return Link("Joindre à une autre", reverse("admin:applications_application_join", args=[application.pk]))
    return None


ACTS.append(_act)
