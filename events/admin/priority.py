"""« Priorité des adhérents »: a screen of its own on an event, in the admin."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from accounts.roles import MODERATE_EVENTS
from core import clock
from core.refusals import Refused
from events.proposal_fields import Seats
from events.services import priority
from records.history import DateTimeInput

TEMPLATE = "admin/events/priority.html"
NAME = "events_event_priority"


class PriorityForm(forms.Form):
    members_until = forms.DateTimeField(
        label="Inscription réservée aux adhérents jusqu’au", required=False, widget=DateTimeInput,
        help_text="Heure de Paris. Vide : ouverte à tous tout de suite.",
    )  # fmt: skip
    members_seats = Seats("Places gardées aux adhérents", help_text="Pour chaque date : sur place, ou en ligne s’il n’y a que cela.")
    members_seats_until = forms.DateTimeField(
        label="Gardées jusqu’au", required=False, widget=DateTimeInput, help_text="Heure de Paris. Ensuite elles sont à tous."
    )


class PriorityAdmin:
    """Mixin, before ModelAdmin."""

    admin_site: Any
    opts: Any
    get_object: Any

    def get_urls(self):
        mine = path("<path:object_id>/priorite/", self.admin_site.admin_view(self.priority_view), name=NAME)
        return [mine, *super().get_urls()]

    def priority_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        event = self.get_object(request, unquote(object_id))
        if event is None:
            raise Http404
        if not request.user.has_perm(MODERATE_EVENTS):
            raise PermissionDenied
        initial = {name: getattr(event, name) for name in PriorityForm.base_fields}
        form = PriorityForm(request.POST if request.method == "POST" else None, initial=initial)
        if form.is_valid():
            try:
                changed = priority.give(event, **form.cleaned_data, by=request.user, now=clock.now())
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, "La priorité est enregistrée." if changed else "Rien n’a changé.")
                return redirect(reverse("admin:events_event_change", args=[event.pk]))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Priorité des adhérents",
            "row": event,
            "form": form,
        }
        return render(request, TEMPLATE, context | {"subtitle": str(event)}, status=422 if form.is_bound else 200)
