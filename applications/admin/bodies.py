"""Tying an application to a body of the register, by staff: one page, from the reading page."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path

from accounts.roles import TRIAGE
from applications import services
from applications.models import Application
from core import clock
from core.refusals import Refused
from organisations.forms import BodyField


class BodyForm(forms.Form):
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
        form = BodyForm(request.POST if request.method == "POST" else None, initial={"body": application.body or application.organisation})
        if form.is_valid():
            try:
                services.set_body(application, form.cleaned_data["body"], by=request.user, now=clock.now())
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _said(application))
                return redirect("admin:applications_application_change", pk)
        return _page(request, application, form)


def _said(application: Application) -> str:
    return f"Candidature rattachée à « {application.body} »." if application.body else "Candidature rattachée à aucun organisme."


def _page(request: HttpRequest, application: Application, form: BodyForm) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "opts": Application._meta,
        "title": f"Organisme de la candidature {application}",
        "application": application,
        "form": form,
    }
    return render(request, "admin/applications/application/body.html", context, status=422 if form.is_bound else 200)
