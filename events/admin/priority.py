"""« Priorité des adhérents »: a screen of its own on an event, in the admin."""

from django import forms
from django.http import HttpRequest, HttpResponse

from core import clock
from events.admin.screen import Screen, ScreenAdmin
from events.proposal_fields import Seats
from events.services import priority
from records.history import DateTimeInput

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


SCREEN = Screen(
    title="Priorité des adhérents",
    template="admin/events/priority.html",
    form=PriorityForm,
    do=lambda event, said, by: priority.give(event, **said, by=by, now=clock.now()),
    done="La priorité est enregistrée.",
    nothing="Rien n’a changé.",
    initial=lambda event: {name: getattr(event, name) for name in PriorityForm.base_fields},
)


class PriorityAdmin(ScreenAdmin):
    """Mixin, before ModelAdmin."""

    def get_urls(self):
        return [self.screen_url("priorite", self.priority_view, NAME), *super().get_urls()]

    def priority_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.on_screen(request, object_id, SCREEN)
