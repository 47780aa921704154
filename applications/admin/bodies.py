"""Tying an application to a body of the register, by staff: one page, from the reading page."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path

from accounts.roles import TRIAGE
from applications import services
from applications.admin.reading import drawn, told
from applications.forms import OnFile
from applications.models import Application
from core import clock
from core.refusals import Refused
from organisations.forms import BodyField
from records.models import Act


class BodyForm(OnFile):
    body = BodyField(
        label="Organisme du répertoire",
        required=False,
        help_text="Nom, sigle, SIREN ou SIRET. Vide : la candidature n’est rattachée à rien.",
    )


class BodyMixin:
    """Before ModelAdmin: a deposited application is tied to a body of the register, or untied."""

    admin_site: Any

    def get_urls(self):
        view = self.admin_site.admin_view(self.tie)
        return [path("<int:pk>/organisme/", view, name="applications_application_body"), *super().get_urls()]

    def tie(self, request: Any, pk: int) -> HttpResponse:
        """Show what the person typed and what it is tied to; change the second."""
        rows = Application.objects.visible_to(request.user).select_related("body", "edition__programme", "applicant")
        application = get_object_or_404(rows, pk=pk)
        if not request.user.has_perm(TRIAGE):
            raise PermissionDenied
        initial = {"body": application.body or application.organisation, **drawn(application)}
        form, news = BodyForm(request.POST if request.method == "POST" else None, initial=initial), []
        if form.is_valid():
            try:
                self._set(request, application, form.cleaned_data)
            except Refused as refusal:
                news = told(form, application, refusal)
            else:
                messages.success(request, _said(application))
                return redirect("admin:applications_application_change", pk)
        return _page(request, application, form, news)

    def _set(self, request: Any, application: Application, typed: dict[str, Any]) -> None:
        services.set_body(application, typed["body"], by=request.user, now=clock.now(), revision=typed["revision"])


def _said(application: Application) -> str:
    return f"Candidature rattachée à « {application.body} »." if application.body else "Candidature rattachée à aucun organisme."


def _page(request: HttpRequest, application: Application, form: BodyForm, news: list[Act]) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "opts": Application._meta,
        "title": f"Organisme de la candidature {application}",
        "application": application,
        "form": form,
        "news": news,
    }
    return render(request, "admin/applications/application/body.html", context, status=422 if form.is_bound else 200)
