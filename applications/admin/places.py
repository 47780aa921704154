"""« Places »: who holds one, who is next, who is still unanswered; a withdrawal noted by the team; « Clore la sélection »."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse

from accounts.roles import DECIDE
from applications import results_emails, services
from applications.admin.board import NAME, BoardMixin, edition_for
from applications.admin.reading import ACTS
from applications.forms import reason
from applications.models import Application, Selection
from applications.seats import Seats
from applications.services import closing, releasing
from applications.states import CHOSEN, State
from core import clock
from core.refusals import Refused
from core.registry import Link
from mailing import rendering, wordings
from mailing.groupacts import Answers, GroupAct, Line, Plan, Sample, Screen
from mailing.letters import KINDS
from mailing.models import Batch
from programmes.models import Edition
from records.services import label_of

HERE = "_places"
_MAY_LEAVE = (*CHOSEN, State.WAITLISTED)


class PlacesMixin(BoardMixin):
    """Before ModelAdmin: the places of a call, and what is done about them."""

    def get_urls(self) -> list[Any]:
        view, name = self.admin_site.admin_view, f"{NAME.removeprefix('admin:')}"
        return [
            path("selection/<int:edition>/places/", view(self.places), name=f"{name}{HERE}"),
            path("selection/<int:edition>/clore/", view(self.close), name=f"{name}_close"),
            path("<int:pk>/desistement/", view(self.leave), name="applications_application_leave"),
            path("<int:pk>/prevenue/", view(self.told), name="applications_application_told"),
            *super().get_urls(),
        ]

    def places(self, request: Any, edition: int) -> HttpResponse:
        call, now = edition_for(request, edition), clock.now()
        seats = Seats(call, now=now)
        return self.board_page(request, call, "places", HERE, seats=seats)

    def close(self, request: Any, edition: int) -> HttpResponse:
        """« Clore la sélection »: who is still unanswered, who is told that it is over, then the act."""
        call, now = edition_for(request, edition), clock.now()
        if found := closing.unanswered(call, now=now):
            return self.board_page(request, call, "unanswered", HERE, unanswered=found)
        back = reverse(f"{NAME}{HERE}", args=[call.pk])
        return Screen(CloseAct(), self, back, {"subtitle": str(call)}).answer(request, call, now=now)  # type: ignore[arg-type]

    def leave(self, request: Any, pk: int) -> HttpResponse:
        """A withdrawal that the person told the team: on the phone, by post."""
        application = _file(request, pk)

        def note(words: str) -> None:
            services.withdraw(application, by=request.user, now=clock.now(), reason=words)

        return self._ask(request, application, LeaveForm, "Noter un désistement", note, "Le désistement est noté.", _LEAVING)

    def told(self, request: Any, pk: int) -> HttpResponse:
        """Somebody whose letter does not reach them was told otherwise."""
        application = _file(request, pk)

        def note(words: str) -> None:
            services.told_otherwise(application, by=request.user, now=clock.now(), note=words)

        return self._ask(request, application, ToldForm, "Prévenue autrement", note, "C’est noté : cette personne a sa réponse.", "")

    def _ask(
        self, request: Any, application: Application, kind: type[forms.Form], title: str, act: Any, done: str, intro: str
    ) -> HttpResponse:
        """One question, one act; back to the places."""
        call, form = application.edition, kind(request.POST or None)
        back = reverse(f"{NAME}{HERE}", args=[call.pk])
        if request.method == "POST" and form.is_valid():
            try:
                act(form.cleaned_data["words"])
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, f"{application.named} : {done[0].lower()}{done[1:]}")
                return redirect(back)
        status = 422 if form.is_bound else 200
        said: dict[str, Any] = {"application": application, "form": form, "title": title, "intro": intro, "back": back, "here": title}
        return self.board_page(request, call, "ask", status=status, **said)


_LEAVING = (
    "La personne vous l’a dit, au téléphone ou par courrier. Sa place va à la personne suivante de la liste d’attente, "
    "et une lettre lui confirme que c’est noté."
)


class LeaveForm(forms.Form):
    """How the team knows."""

    words = reason(
        "Comment le savez-vous ?",
        help_text="L’équipe seule le lit, dans l’historique de la candidature.",
        error_messages={"required": "Dites comment la personne vous l’a dit."},
    )


class ToldForm(forms.Form):
    """How the person was told."""

    words = reason(
        "Comment a-t-elle été prévenue ?",
        help_text="« Par téléphone, le 12 septembre. » L’équipe seule le lit, dans l’historique de la candidature.",
        error_messages={"required": "Dites comment la personne a été prévenue."},
    )


def _file(request: Any, pk: int) -> Application:
    if not request.user.has_perm(DECIDE):
        raise PermissionDenied
    return get_object_or_404(Application.objects.visible_to(request.user).with_call(), pk=pk)


def _leave(request: HttpRequest, application: Application) -> Link | None:
    """On the page of a file: note a withdrawal that was told otherwise than on the site."""
    call = application.edition
    if application.state not in _MAY_LEAVE or not call.results_released_at or call.cancelled_at or not request.user.has_perm(DECIDE):
        return None
    return Link("Noter un désistement", reverse("admin:applications_application_leave", args=[application.pk]))


ACTS.append(_leave)


# --- « Clore la sélection » -------------------------------------------------------------------------


class CloseAct(GroupAct):
    """Nobody is offered a place any more; who waited is told."""

    slug, title, button = "clore", "Clore la sélection", "Clore la sélection"
    intro = "Plus aucune place n’est proposée. Les personnes encore sur la liste d’attente l’apprennent par une lettre."
    nouns = ("personne", "personnes")
    undo = closing.UNDO
    permission = DECIDE

    def about(self, selection: Edition) -> str:
        return label_of(selection)

    def headline(self, plan: Plan) -> str:
        return "Personne n’est à prévenir" if plan.done and not plan.letters else super().headline(plan)

    def plan(self, selection: Edition, answers: Answers, *, by: Any, now: datetime) -> Plan:
        if why := _why_not(selection, now=now):
            return Plan([Line(label_of(selection), str(selection), why=why)], data=selection)
        waiting = closing.waiting(selection)
        if not waiting:
            return Plan([Line(label_of(selection), str(selection), note="personne n’attend plus")], data=selection)
        return Plan([_line(row) for row in waiting], _sample(waiting[0], selection, now=now), len(waiting), selection)

    def run(self, plan: Plan, answers: Answers, *, batch: Batch, by: Any, now: datetime) -> Sequence[Line]:
        told = closing.close_selection(plan.data, by=by, now=now, batch=batch)
        return [_line(row) for row in told] or [Line(label_of(plan.data), str(plan.data), note="personne n’attend plus")]


def _why_not(call: Edition, *, now: datetime) -> str:
    if call.cancelled_at:
        return releasing.ENDED
    if not call.is_released(now=now):
        return "les résultats ne sont pas publiés"
    return "déjà close" if Selection.objects.filter(edition=call, closed_at__isnull=False).exists() else ""


def _line(row: Application) -> Line:
    return Line(label_of(row), row.named, note="la liste d’attente est close")


def _sample(row: Application, call: Edition, *, now: datetime) -> Sample:
    kind = KINDS[results_emails.WAITLIST_OVER]
    context = results_emails.context_of(row, None, still_open=results_emails.open_to_all(call, now=now))
    return Sample(row.named, *rendering.render(kind, wordings.current(kind, scope=label_of(call)), context))
