"""« Saisir une candidature »: what came by mail or on paper, typed by staff under the rules of the form."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse

from accounts.roles import ENTER_APPLICATION
from applications import services
from applications.admin.reading import FILTERS, LIST_ACTS, following, list_of, page_of
from applications.services import Arrival
from applications.staff_forms import EnteredForm
from applications.states import Origin
from core import clock
from core.refusals import Refused
from core.registry import Link
from programmes.models import Edition

TEMPLATE = "admin/applications/application/enter.html"


class EnteringMixin:
    """Before ModelAdmin: an application enters by the team's hand."""

    admin_site: Any
    opts: Any

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("saisir/", view(self.choose_call), name="applications_application_enter"),
            path("saisir/<int:edition>/", view(self.enter), name="applications_application_enter_call"),
            *super().get_urls(),
        ]

    def choose_call(self, request: HttpRequest) -> HttpResponse:
        """To which call; when only one may take it, that one."""
        _refuse_others(request)
        now = clock.now()
        calls = [call for call in _takes(Edition.objects.select_related("programme")) if now >= call.opens_at]
        if len(calls) == 1:
            return redirect(following(reverse("admin:applications_application_enter_call", args=[calls[0].pk]), _came_from(request)))
        return render(request, TEMPLATE, {**self._entering_page(request, "Saisir une candidature"), "calls": calls})

    def enter(self, request: HttpRequest, edition: int) -> HttpResponse:
        """How it came, then the answers of the call."""
        _refuse_others(request)
        call = get_object_or_404(Edition.objects.select_related("programme"), pk=edition)
        form = EnteredForm(request.POST if request.method == "POST" else None, edition=call)
        if form.is_valid():
            try:
                return self._enter(request, call, form)
            except Refused as refusal:
                form.add_error(None, str(refusal))
        context = {**self._entering_page(request, f"Saisir une candidature : {call.short_title}"), "call": call, "form": form}
        return render(request, TEMPLATE, context, status=422 if form.errors else 200)

    def _enter(self, request: Any, call: Edition, form: EnteredForm) -> HttpResponseRedirect:
        came = form.arrival
        arrival = Arrival(came["email"], Origin(came["origin"]), came["received_on"], came["note"], came["received_at"])
        step = services.enter(call, form.answers, arrival, by=request.user, now=clock.now())
        messages.success(request, f"Candidature {step.application.reference} enregistrée : le récépissé part à {step.application.address}.")
        return redirect(page_of(step.application_id, _came_from(request)))

    def _entering_page(self, request: HttpRequest, title: str) -> dict[str, Any]:
        empty: dict[str, Any] = {"calls": [], "call": None, "form": None}
        query = _came_from(request)
        places = {"back": list_of(query), "following": following("", query)}
        return {**self.admin_site.each_context(request), "opts": self.opts, "title": title, **empty, **places}


def _came_from(request: HttpRequest) -> str:
    """How the list was narrowed, that the act was begun from."""
    return request.GET.get(FILTERS, "")


def _takes(calls: Any) -> Any:
    return calls.filter(cancelled_at=None, results_released_at=None, published_at__isnull=False).order_by("-closes_at", "pk")


def _refuse_others(request: HttpRequest) -> None:
    if not request.user.has_perm(ENTER_APPLICATION):
        raise PermissionDenied


def _act(request: HttpRequest) -> Link | None:
    if not request.user.has_perm(ENTER_APPLICATION):
        return None
    return Link("Saisir une candidature", following(reverse("admin:applications_application_enter"), request.GET.urlencode()))


LIST_ACTS.append(_act)
