"""Staff prepare seasons: dates, theme, texts, when events may be proposed, and what was counted in those of before the portal."""

from django.contrib import admin
from django.db.models import Count, Q

from core import clock
from core.typography import moment_in_words
from events.models import Season
from events.services import seasons
from events.states import State
from programmes.dates import span_text
from records.history import HistoryAdmin


@admin.register(Season)
class SeasonAdmin(HistoryAdmin, admin.ModelAdmin):
    list_display = ["title", "days", "status", "listed"]
    list_filter = ["kind"]
    list_per_page = 25
    search_fields = ["title", "theme", "slug"]
    readonly_fields = ["status"]
    fieldsets = [
        (None, {"fields": [("kind", "number"), "title", "slug", "theme"]}),
        ("Quand", {"fields": [("starts_on", "ends_on"), "published_at", "status"]}),
        ("Propositions", {"fields": [("listing_opens_at", "listing_closes_at"), "rules"]}),
        ("Ce qu’on en lit", {"fields": ["carriers", "lede", "description", "highlights"]}),
        ("Ce qui a été compté, avant le portail", {"fields": [("events_then", "people_then"), "counted_at_least"]}),
    ]

    def get_queryset(self, request):
        listed = Count("events", filter=Q(events__state=State.LISTED))
        return super().get_queryset(request).annotate(listed_events=listed)

    def view_on_site(self, season):
        return season.get_absolute_url()

    def save_model(self, request, obj, form, change):
        """Days that move say anew which events are beside them (E2)."""
        super().save_model(request, obj, form, change)
        if {"starts_on", "ends_on"} & set(form.changed_data):
            seasons.say_beside(obj)

    @admin.display(description="dates", ordering="starts_on")
    def days(self, season):
        return span_text(season.starts_on, season.ends_on)

    @admin.display(description="référencés", ordering="listed_events")
    def listed(self, season):
        return season.listed_events

    @admin.display(description="état")
    def status(self, season):
        if season.pk is None:
            return "—"
        now = clock.now()
        if season.published_at is None:
            return "Pas publiée : visible de l’équipe seulement"
        if season.published_at > now:
            return f"Publiée à partir du {moment_in_words(season.published_at, zone=False)}"
        if season.is_listing(now=now):
            return f"Propositions ouvertes jusqu’au {moment_in_words(season.listing_closes_at, zone=False)}"
        return "Terminée" if season.is_over(now=now) else "Publiée"
