"""« Remplacé par » : one page says it, shows it, and takes it back."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path

from accounts.roles import MERGE_ORGANISATIONS
from core import clock
from core.refusals import Refused
from core.typography import day_in_words
from organisations import queries, services
from organisations.forms import ReasonForm, SuccessionForm
from organisations.models import Organisation


class SuccessionMixin:
    """Before ModelAdmin."""

    admin_site: Any

    def get_urls(self):
        view = self.admin_site.admin_view(self.succession)
        return [path("<int:pk>/suite/", view, name="organisations_organisation_succession"), *super().get_urls()]

    def succession(self, request: Any, pk: int) -> HttpResponse:
        if not request.user.has_perm(MERGE_ORGANISATIONS):
            raise PermissionDenied
        body = get_object_or_404(Organisation.objects.visible_to(request.user).standing().with_successor(), pk=pk)
        cancels = body.replaced_by is not None
        form = (ReasonForm if cancels else SuccessionForm)(request.POST if request.method == "POST" else None)
        if not cancels and form.is_valid() and "confirme" not in request.POST:
            return self._show_first(request, body, form)
        if form.is_valid():
            try:
                said = _cancel(body, form, request) if cancels else _succeed(body, form, request)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, said)
                return redirect(body)
        return self._succession_page(request, body, form, cancels=cancels)

    def _show_first(self, request: Any, body: Organisation, form: Any) -> HttpResponse:
        """Whom the words named, and what passes on when: nothing is saved before somebody has seen it."""
        new, on = form.cleaned_data["new"], form.cleaned_data["on"]
        if refusal := services.refusal_to_succeed(body, new, now=clock.now()):
            form.add_error(None, refusal)
            return self._succession_page(request, body, form, cancels=False)
        passing = queries.passing(body, on=on)
        context = {**self.admin_site.each_context(request), "opts": Organisation._meta, "title": "Confirmer le remplacement"}
        context |= {"body": body, "new": new, "on": on, "named": form["new"].field.prepare_value(new), "passing": passing}
        return render(request, "admin/organisations/succession_confirm.html", context)

    def _succession_page(self, request: HttpRequest, body: Organisation, form: Any, *, cancels: bool) -> HttpResponse:
        title = "Annuler le remplacement" if cancels else "Remplacer par un autre"
        context = {**self.admin_site.each_context(request), "opts": Organisation._meta, "title": title, "form": form, "body": body}
        return render(request, "admin/organisations/succession.html", {**context, "cancels": cancels}, status=422 if form.errors else 200)


def _succeed(body: Organisation, form: Any, request: Any) -> str:
    new, on = form.cleaned_data["new"], form.cleaned_data["on"]
    services.succeed(body, new, on=on, by=request.user, now=clock.now())
    return f"« {body} » est remplacé par « {new} » à partir du {day_in_words(on)}."


def _cancel(body: Organisation, form: Any, request: Any) -> str:
    services.cancel_succession(body, by=request.user, now=clock.now(), reason=form.cleaned_data["reason"])
    return f"« {body} » n’est plus remplacé."
