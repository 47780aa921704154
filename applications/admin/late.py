"""« Accepter hors délai »: the page that asks for the reason (A2)."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from accounts.roles import ACCEPT_LATE
from applications import answers as asked
from applications import services
from applications.admin.reading import ACTS, FILTERS, following, page_of
from applications.answers import LABELS
from applications.forms import ApplicationForm, LateForm
from applications.models import Application
from applications.states import State
from core import clock
from core.refusals import Refused
from core.registry import Link


class LateMixin:
    """Before ModelAdmin: a draft of a call that is closed may be accepted, with a reason."""

    admin_site: Any
    opts: Any
    get_object: Any

    def get_urls(self):
        view = self.admin_site.admin_view(self.accept_late)
        return [path("<path:object_id>/hors-delai/", view, name="applications_application_accept_late"), *super().get_urls()]

    def accept_late(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Staff alone accept after the deadline, with a reason, logged (A2)."""
        application = self.get_object(request, object_id)
        if application is None:
            raise Http404
        if not request.user.has_perm(ACCEPT_LATE):
            raise PermissionDenied
        if not _can_accept_late(request, application):
            messages.error(request, "Seul un brouillon peut être accepté hors délai, une fois l’appel clos.")
            return redirect(_back(request, application))
        answers, form = ApplicationForm(application.draft, edition=application.edition), LateForm(request.POST or None)
        if request.method == "POST" and form.is_valid() and answers.is_valid():
            return self._accept(request, application, answers.cleaned_data, form.cleaned_data["note"])
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Accepter hors délai",
            "application": application,
            "form": form,
            "back": _back(request, application),
            "missing": [] if answers.is_valid() else _missing(application, answers),
        }
        return render(request, "admin/applications/application/accept_late.html", context, status=422 if form.is_bound else 200)

    def _accept(self, request: Any, application: Application, answers: dict[str, Any], note: str) -> HttpResponse:
        try:
            step = services.accept_late(application, answers, by=request.user, now=clock.now(), note=note)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"Candidature {step.application.reference} acceptée hors délai : le récépissé est envoyé.")
        return redirect(_back(request, application))


def _back(request: HttpRequest, application: Application) -> str:
    """The file, in the list it was opened from."""
    return page_of(application.pk, request.GET.get(FILTERS, ""))


def _missing(application: Application, answers: ApplicationForm) -> list[str]:
    """What keeps the draft from being accepted, in the words of the team: the form's own are meant for the candidate."""
    told = asked.gaps(application.draft, most_lines=application.edition.motivation_lines)
    others = [LABELS[name].lower() for name in answers.errors if application.draft[name].strip() and name != "motivation"]
    return told + [f"{name} : à raccourcir, ou à relire" for name in others] or ["motivation : à relire"]


def _can_accept_late(request: HttpRequest, application: Application) -> bool:
    call = application.edition
    over = call.is_accepting(now=clock.now()) or call.cancelled_at or call.results_released_at
    return application.state == State.DRAFT and not over and request.user.has_perm(ACCEPT_LATE)


def _act(request: HttpRequest, application: Application) -> Link | None:
    if not _can_accept_late(request, application):
        return None
    address = reverse("admin:applications_application_accept_late", args=[application.pk])
    return Link("Accepter hors délai", following(address, request.GET.get(FILTERS, "")))


ACTS.append(_act)
