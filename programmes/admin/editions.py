"""Staff write programmes, calls, their phases and places."""

from django import forms
from django.contrib import admin
from django.db import models
from django.utils.text import capfirst

from programmes import checks
from programmes.admin.changes import TellingAdmin
from programmes.admin.cloning import CloningAdmin
from programmes.admin.flyers import PrintedAdmin, WithFlyerAdmin
from programmes.admin.publication import PhaseFormSet, PublicationAdmin, PublishedFormSet
from programmes.admin.shown import ShownAdmin
from programmes.models import Edition, Partner, Phase, Programme, Venue
from records.history import FORMFIELDS, HistoryAdmin

_DATES = ("published_at", "opens_at", "closes_at", "results_label", "results_released_at", "ends_on")
_NAMED = ("programme", "slug", "reference_prefix")


class ProgrammeForm(forms.ModelForm):
    """A programme is published by a tick: each fault of its texts is told beside its field."""

    class Meta:
        model = Programme
        fields = ["title", "slug", "kind", "is_public", "lede", "description", "contact_email", "hue", "order"]

    def _post_clean(self):
        super()._post_clean()
        if self.cleaned_data.get("is_public"):
            for fault in checks.of_texts(self.instance):
                self.add_error(fault.field, capfirst(fault.words))


@admin.register(Programme)
class ProgrammeAdmin(PrintedAdmin, HistoryAdmin, admin.ModelAdmin):
    form = ProgrammeForm
    list_display = ["title", "kind", "is_public", "contact_email", "order"]
    list_filter = ["kind", "is_public"]
    search_fields = ["title", "lede"]
    prepopulated_fields = {"slug": ["title"]}
    fieldsets = [
        (None, {"fields": ["title", "slug", "kind", "is_public"]}),
        ("Ce qu’on en lit", {"fields": ["lede", "description"]}),
        ("À qui écrire", {"fields": ["contact_email"]}),
        ("Présentation", {"fields": ["hue", "order"]}),
    ]

    def view_on_site(self, programme):
        return programme.get_absolute_url()


@admin.register(Venue)
class VenueAdmin(PrintedAdmin, HistoryAdmin, admin.ModelAdmin):
    list_display = ["name", "address", "postcode", "city"]
    search_fields = ["name", "city"]
    list_per_page = 25


class PhaseInline(admin.StackedInline):
    model = Phase
    formset = PhaseFormSet
    verbose_name = "phase\u00a0"  # Django puts a colon after it
    verbose_name_plural = "phases"
    extra = 0
    formfield_overrides = FORMFIELDS
    fieldsets = [
        (None, {"fields": ["title", "duration", "description"]}),
        ("Quand", {"fields": ["when_label", "starts_on", "ends_on", "sort_on"]}),
        ("Où", {"fields": ["place_label", "venue"]}),
    ]


class PartnerInline(admin.StackedInline):
    model = Partner
    formset = PublishedFormSet
    verbose_name = "partenaire\u00a0"
    verbose_name_plural = "partenaires, dans l’ordre où ils se lisent"
    extra = 0
    fields = [("order", "role"), "name", "website"]
    formfield_overrides = FORMFIELDS | {models.URLField: {"assume_scheme": "https"}}


@admin.register(Edition)
class EditionAdmin(ShownAdmin, WithFlyerAdmin, TellingAdmin, PublicationAdmin, CloningAdmin, HistoryAdmin, admin.ModelAdmin):
    """A call on one screen; its status is computed, its page can be seen before it is published."""

    list_display = ["short_title", "programme", "status", "closes_at", "seats"]
    list_filter = ["programme"]
    list_select_related = ["programme"]
    list_per_page = 25
    search_fields = ["title", "short_title", "reference_prefix"]
    date_hierarchy = "closes_at"
    readonly_fields = ["status", "page", "results_released_at", "last_number", "waiting"]
    inlines = [PhaseInline, PartnerInline]
    fieldsets = [
        (None, {"fields": ["programme", "title", "short_title", "slug", "status", "page", "waiting"]}),
        ("L’appel", {"fields": ["subtitle", "lede", "description", "audience", "history"]}),
        ("Dates, à l’heure de Paris", {"fields": _DATES}),
        ("Conditions", {"fields": ["seats", "total_duration", "costs_label", "costs"]}),
        ("Candidatures", {"fields": ["motivation_lines", "reference_prefix", "last_number"]}),
    ]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """A programme is written on its own page: no window opens over the form of a call."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "programme":
            for act in ("add", "change", "delete", "view"):
                setattr(field.widget, f"can_{act}_related", False)
        return field

    @admin.display(description="« Prévenez-moi »")
    def waiting(self, edition):
        """How many wait for its opening; never who."""
        count = edition.interests.confirmed().count() if edition.pk else 0
        if not count:
            return "Personne n’attend l’ouverture."
        return f"{count} personne{'s attendent' if count > 1 else ' attend'} la lettre de l’ouverture."

    def get_readonly_fields(self, request, edition=None):
        """Once a reference was given, what letters and receipts already name stays as it is."""
        return [*self.readonly_fields, *(_NAMED if edition and edition.last_number else ())]
