"""« Retirer l’image »: a screen of its own on an event, in the admin, for a picture that must not stay; the event stays as it is."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from core import clock
from events import pictures
from events.admin.screen import Screen, ScreenAdmin
from events.proposal_fields import Words
from events.services import picturing

NAME = "events_event_picture"


class RemovalForm(forms.Form):
    words = Words(
        "Pourquoi", "Dites pourquoi : l’organisateur le lira.", most=1_000, rows=3,
        help_text="Écrit aux organisateurs, et gardé dans le fil de l’événement.",
    )  # fmt: skip


SCREEN = Screen(
    title="Retirer l’image",
    template="admin/events/picture.html",
    form=RemovalForm,
    do=lambda event, said, by: picturing.remove_by_team(event, said["words"], by=by, now=clock.now()),
    done="L’image est retirée.",
    nothing="Il n’y a plus d’image.",
    refused_at="words",
    more=lambda event: {"picture": pictures.of(event)},
)


class PictureAdmin(ScreenAdmin):
    """Mixin, before ModelAdmin."""

    def get_urls(self):
        return [self.screen_url("image", self.picture_view, NAME), *super().get_urls()]

    def picture_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.on_screen(request, object_id, SCREEN)


def told(event: Any) -> str:
    """What the page of an event says of its picture, to the team."""
    picture = pictures.of(event)
    if picture is None:
        return "aucune"
    said = f"« {picture.alt} »" if picture.alt else "pas encore décrite : elle ne paraît pas"
    return format_html('{}{}. <a href="{}">La retirer</a>', said, _credit(picture.credit), reverse(f"admin:{NAME}", args=[event.pk]))


def _credit(credit: str) -> str:
    return f", {credit}" if credit else ""
