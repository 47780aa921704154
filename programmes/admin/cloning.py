"""« Dupliquer »: the dates of the copy are seen before anything is made."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse

from accounts.http import UserRequest
from core import clock
from core.clock import PARIS
from core.refusals import Refused
from programmes.admin.tools import ToolsAdmin
from programmes.changes_words import a_year_later
from programmes.forms import EditionNamesForm, SessionNamesForm, WhenForm
from programmes.models import Edition, TrainingSession
from programmes.services import cloning

TEMPLATE = "admin/programmes/clone.html"


class CloningAdmin(ToolsAdmin):
    """Mixin, before ModelAdmin, for calls and training days."""

    admin_site: Any
    opts: Any

    def get_urls(self) -> list[URLPattern]:
        name = f"programmes_{self.opts.model_name}_clone"
        mine = path("<path:object_id>/dupliquer/", self.admin_site.admin_view(self.clone_view), name=name)
        return [mine, *super().get_urls()]

    def tools(self, request: HttpRequest, row: Any) -> list[tuple[str, str]]:
        found = super().tools(request, row)
        if self.has_add_permission(request):  # type: ignore[attr-defined]
            found.append((reverse(f"admin:programmes_{self.opts.model_name}_clone", args=[row.pk]), "Dupliquer"))
        return found

    def clone_view(self, request: UserRequest, object_id: str) -> HttpResponse:
        """First around which day (a GET, which makes nothing), then the dates and the names, then the copy."""
        source = self.get_object(request, unquote(object_id))  # type: ignore[attr-defined]
        if source is None:
            raise Http404
        if not self.has_add_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        when = _when(source, request)
        try:
            plan = _plan(source, when.cleaned_data["jour"] if when.is_valid() else _first(source))
        except Refused as refusal:
            when.add_error("jour", str(refusal))
            plan = _plan(source, _first(source))
        names = _names(plan, request)
        if names.is_valid() and when.is_valid():
            try:
                row = cloning.clone(plan, names.cleaned_data, source=source, by=request.user, now=clock.now())
            except Refused as refusal:
                names.add_error(None, str(refusal))
            else:
                return self._made(request, row, plan)
        return self._page(request, source, when, plan, names)

    def _made(self, request: HttpRequest, row: Any, plan: cloning.Plan) -> HttpResponse:
        messages.success(request, f"« {row} » est prête à relire : seule l’équipe la voit tant qu’elle n’est pas publiée.")
        for note in (*plan.notes, *(f"{line.what} : {line.note}" for line in plan.moved if line.note)):
            messages.warning(request, note)
        return redirect(f"admin:programmes_{self.opts.model_name}_change", row.pk)

    def _page(self, request: HttpRequest, source: Any, when: WhenForm, plan: cloning.Plan, names: Any) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Dupliquer",
            "subtitle": str(source),
            "source": source,
            "when": when,
            "plan": plan,
            "names": names,
            "form": names if names.is_bound else when,
            "chosen": when.cleaned_data["jour"] if when.is_valid() else _first(source),
        }
        wrong = (names.is_bound or when.is_bound) and not (when.is_valid() and (names.is_valid() or not names.is_bound))
        return render(request, TEMPLATE, context, status=422 if wrong else 200)


def _first(source: Edition | TrainingSession) -> date:
    """A year later, the same weekday: what is most often wanted."""
    return a_year_later(source.closes_at.astimezone(PARIS).date() if isinstance(source, Edition) else source.day)


def _when(source: Edition | TrainingSession, request: HttpRequest) -> WhenForm:
    typed = request.POST if request.method == "POST" else request.GET
    label = "Nouvelle clôture, autour du" if isinstance(source, Edition) else "Nouveau jour, autour du"
    return WhenForm(typed if "jour" in typed else {"jour": _first(source).isoformat()}, label=label, first=_first(source))


def _plan(source: Edition | TrainingSession, day: date) -> cloning.Plan:
    return cloning.plan_edition(source, day) if isinstance(source, Edition) else cloning.plan_session(source, day)


def _names(plan: cloning.Plan, request: HttpRequest) -> EditionNamesForm | SessionNamesForm:
    form = EditionNamesForm if isinstance(plan.row, Edition) else SessionNamesForm
    return form(request.POST if request.method == "POST" else None, instance=plan.row)
