"""A screen of its own on one event, for who moderates: one form, one act, and back to the page of the event."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from accounts.roles import MODERATE_EVENTS
from core.refusals import Refused
from events.models import Event


@dataclass(frozen=True)
class Screen:
    """What is asked and done: `do` (event, what was typed, by) says whether anything changed; `refused_at`: the field of a refusal."""

    title: str
    template: str
    form: type[forms.Form]
    do: Callable[[Event, dict[str, Any], Any], bool]
    done: str
    nothing: str
    refused_at: str | None = None
    initial: Callable[[Event], dict[str, Any]] = lambda _: {}
    more: Callable[[Event], dict[str, Any]] = lambda _: {}


class ScreenAdmin:
    """Mixin, before ModelAdmin."""

    admin_site: Any
    opts: Any
    get_object: Any

    def screen_url(self, part: str, view: Any, name: str) -> Any:
        return path(f"<path:object_id>/{part}/", self.admin_site.admin_view(view), name=name)

    def on_screen(self, request: HttpRequest, object_id: str, screen: Screen) -> HttpResponse:
        event = self.get_object(request, unquote(object_id))
        if event is None:
            raise Http404
        if not request.user.has_perm(MODERATE_EVENTS):
            raise PermissionDenied
        form = screen.form(request.POST if request.method == "POST" else None, initial=screen.initial(event))
        if form.is_valid():
            try:
                changed = screen.do(event, form.cleaned_data, request.user)
            except Refused as refusal:
                form.add_error(screen.refused_at, str(refusal))
            else:
                messages.success(request, screen.done if changed else screen.nothing)
                return redirect(reverse("admin:events_event_change", args=[event.pk]))
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "title": screen.title, "subtitle": str(event), "row": event,
            "form": form, **screen.more(event),
        }  # fmt: skip
        return render(request, screen.template, context, status=422 if form.is_bound else 200)
