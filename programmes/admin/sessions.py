"""Staff write training days on one screen: the day, its hours, its team."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models

from billing.forms import EuroField
from programmes.admin.changes import TellingAdmin
from programmes.admin.cloning import CloningAdmin
from programmes.admin.flyers import WithFlyerAdmin
from programmes.admin.publication import AgendaFormSet, PublicationAdmin
from programmes.admin.shown import ShownAdmin
from programmes.models import AgendaItem, SessionTrainer, TrainingSession
from records.history import FORMFIELDS, HistoryAdmin

_Overrides = dict[Any, dict[str, Any]]
HOURS: _Overrides = {models.TimeField: {"widget": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")}}

TEXTS: _Overrides = {models.TextField: {"widget": forms.Textarea(attrs={"rows": 5, "cols": 80})}}
SHORT_TEXTS: _Overrides = {models.TextField: {"widget": forms.Textarea(attrs={"rows": 2, "cols": 80})}}


def without_windows(field):
    """Take from the choice of another row the four signs that open a window over the form."""
    for act in ("add", "change", "delete", "view"):
        if hasattr(getattr(field, "widget", None), f"can_{act}_related"):
            setattr(field.widget, f"can_{act}_related", False)
    return field


class AgendaInline(admin.StackedInline):
    model = AgendaItem
    formset = AgendaFormSet
    verbose_name = "séquence\u00a0"  # Django puts a colon after it
    verbose_name_plural = "déroulé"
    extra = 0
    fields = [("order", "starts_at"), "title", "description"]
    formfield_overrides = {**FORMFIELDS, **HOURS, **SHORT_TEXTS}


class TeamInline(admin.StackedInline):
    model = SessionTrainer
    verbose_name = "formateur\u00a0"
    verbose_name_plural = "formateurs, dans l’ordre du dépliant"
    extra = 0
    fields = [("order", "trainer")]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """A trainer is written on a page of their own."""
        return without_windows(super().formfield_for_dbfield(db_field, request, **kwargs))


@admin.register(TrainingSession)
class SessionAdmin(ShownAdmin, WithFlyerAdmin, TellingAdmin, PublicationAdmin, CloningAdmin, HistoryAdmin, admin.ModelAdmin):
    """A training day on one screen; its status is computed, its page can be seen before it is published."""

    unpublished = "Pas encore publiée"
    list_display = ["title", "programme", "day", "status", "seats_taken", "venue"]
    list_filter = ["programme"]
    list_select_related = ["programme", "venue"]
    list_per_page = 25
    search_fields = ["title", "lede", "venue__name"]
    date_hierarchy = "day"
    readonly_fields = ["status", "page", "seats_taken"]
    inlines = [AgendaInline, TeamInline]
    formfield_overrides = {**FORMFIELDS, **HOURS, **TEXTS}
    fieldsets = [
        (None, {"fields": ["programme", "title", "slug", "status", "page", "published_at"]}),
        ("La session", {"fields": ["day", ("starts_at", "ends_at"), "hours", "venue", "seats", "seats_taken"]}),
        ("Le prix", {"fields": ["price", "vat_mode"]}),
        ("Ce qu’on en lit", {"fields": ["lede", "description", "questions", "audience", "format", "pitch", "links"]}),
        ("À qui écrire", {"fields": ["contact_email"]}),
    ]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """A programme and a place are written on their own pages: no window opens over the form of a day. A price is typed as on paper."""
        if db_field.name == "price":
            return EuroField(free=True, label="Prix TTC par personne, en euros", max_digits=db_field.max_digits)
        return without_windows(super().formfield_for_dbfield(db_field, request, **kwargs))

    @admin.display(description="places prises")
    def seats_taken(self, day):
        return f"{day.taken} sur {day.seats}" if day.pk else "—"
