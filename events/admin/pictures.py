"""« Retirer l’image »: a screen of its own on an event, in the admin, for a picture that must not stay; the event stays as it is."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.html import format_html

from accounts.roles import MODERATE_EVENTS
from core import clock
from core.refusals import Refused
from events import pictures
from events.proposal_fields import Words
from events.services import picturing

TEMPLATE = "admin/events/picture.html"
NAME = "events_event_picture"


class RemovalForm(forms.Form):
    words = Words(
        "Pourquoi", "Dites pourquoi : l’organisateur le lira.", most=1_000, rows=3,
        help_text="Écrit aux organisateurs, et gardé dans le fil de l’événement.",
    )  # fmt: skip


class PictureAdmin:
    """Mixin, before ModelAdmin."""

    admin_site: Any
    opts: Any
    get_object: Any

    def get_urls(self):
        mine = path("<path:object_id>/image/", self.admin_site.admin_view(self.picture_view), name=NAME)
        return [mine, *super().get_urls()]

    def picture_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        event = self.get_object(request, unquote(object_id))
        if event is None:
            raise Http404
        if not request.user.has_perm(MODERATE_EVENTS):
            raise PermissionDenied
        back = reverse("admin:events_event_change", args=[event.pk])
        form = RemovalForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                done = picturing.remove_by_team(event, form.cleaned_data["words"], by=request.user, now=clock.now())
            except Refused as refusal:
                form.add_error("words", str(refusal))
            else:
                messages.success(request, "L’image est retirée." if done else "Il n’y a plus d’image.")
                return redirect(back)
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": "Retirer l’image", "row": event, "form": form}
        context["picture"] = pictures.of(event)
        return render(request, TEMPLATE, context | {"subtitle": str(event)}, status=422 if form.is_bound else 200)


def told(event: Any) -> str:
    """What the page of an event says of its picture, to the team."""
    picture = pictures.of(event)
    if picture is None:
        return "aucune"
    said = f"« {picture.alt} »" if picture.alt else "pas encore décrite : elle ne paraît pas"
    return format_html('{}{}. <a href="{}">La retirer</a>', said, _credit(picture.credit), reverse(f"admin:{NAME}", args=[event.pk]))


def _credit(credit: str) -> str:
    return f", {credit}" if credit else ""
