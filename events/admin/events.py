"""Events, for the team: a list with counters, each read whole; the acts are those of the coordination (`/coordination/`)."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from accounts.models import User
from accounts.roles import Role
from core import clock
from core.typography import moment_in_words
from events import answering, proposing
from events.admin import pictures
from events.admin.pictures import PictureAdmin
from events.admin.priority import NAME as PRIORITY
from events.admin.priority import PriorityAdmin
from events.models import Event, EventStep, RegionCoordinator
from events.states import Access
from events.words import place, slot
from records.history import HistoryAdmin
from records.services import record


class LateFilter(admin.SimpleListFilter):
    title, parameter_name = "réponse", "reponse"

    def lookups(self, request, model_admin):
        return [("attend", "attend une réponse"), ("tard", "depuis plus de trois jours ouvrés")]

    def queryset(self, request, queryset):
        if self.value() == "attend":
            return queryset.filter(pk__in=Event.objects.to_answer().values("pk"))
        if self.value() == "tard":
            late = Event.objects.to_answer().filter(waits_since__lt=answering.late_before(clock.now()))
            return queryset.filter(pk__in=late.values("pk"))
        return queryset


@admin.register(Event)
class EventAdmin(PriorityAdmin, PictureAdmin, HistoryAdmin, admin.ModelAdmin):
    """Nothing is written here: columns and states move by the services, whose page is linked."""

    list_display = ["named", "state", "area", "starts", "access", "registered", "waits"]
    list_filter = [LateFilter, "season", "state", "region", "access", "mode", "is_beside"]
    list_select_related = ["season"]
    list_per_page = 50
    search_fields = ["search"]
    ordering = ["-created_at", "-pk"]
    fieldsets = [
        (None, {"fields": ["title", "season", "state", "answer", "summary", "description", "image"]}),
        ("Quand et où", {"fields": ["dates", "where", "mode", "online_url"]}),
        ("Qui et à quelles conditions", {"fields": ["said", "priority"]}),
        ("Le fil", {"fields": ["organised_by", "thread"]}),
        ("Dates", {"fields": ["created_at", "proposed_at", "waits_since", "listed_at", "changed_at", "exception_granted_at"]}),
    ]

    def get_readonly_fields(self, request, obj=None):
        return [name for _, said in self.fieldsets for name in said["fields"]]

    def get_queryset(self, request):
        seated = Q(slots__registrations__seated_at__isnull=False, slots__registrations__withdrawn_at=None)
        return super().get_queryset(request).annotate(seated=Count("slots__registrations", filter=seated))

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        """Read, never written, here."""
        return False

    def view_on_site(self, event):
        return event.get_absolute_url() if event.slug else None

    @admin.display(description="titre", ordering="title")
    def named(self, event):
        return str(event)

    @admin.display(description="région", ordering="region")
    def area(self, event):
        return event.area

    @admin.display(description="commence", ordering="starts_at")
    def starts(self, event):
        return event.starts_at

    @admin.display(description="inscrits", ordering="seated")
    def registered(self, event):
        return event.seated

    @admin.display(description="attend depuis", ordering="waits_since")
    def waits(self, event):
        return event.waits_since or "—"

    @admin.display(description="répondre")
    def answer(self, event):
        if event.state == "DRAFT":
            return "Pas encore proposé."
        return format_html('<a href="{}">Lire et répondre, dans la coordination</a>', reverse("coordination_event", args=[event.pk]))

    @admin.display(description="priorité des adhérents")
    def priority(self, event):
        until = f"seuls jusqu’au {moment_in_words(event.members_until)}" if event.members_until else ""
        kept = f"{event.members_seats} places gardées jusqu’au {moment_in_words(event.members_seats_until)}" if event.members_seats else ""
        said = " ; ".join(part for part in (until, kept) if part) or "aucune"
        url = reverse(f"admin:{PRIORITY}", args=[event.pk])
        return said if event.access != Access.REGISTRATION else format_html('{}. <a href="{}">La donner, la changer</a>', said, url)

    @admin.display(description="image")
    def image(self, event):
        return pictures.told(event)

    @admin.display(description="dates")
    def dates(self, event):
        return format_html_join("\n", "<p>{}</p>", ((slot(row, event),) for row in event.slots.all())) or "—"

    @admin.display(description="lieu")
    def where(self, event):
        return place(event)

    @admin.display(description="ce qui est proposé")
    def said(self, event):
        typed = event.typed if event.state == "DRAFT" else proposing.typed_of(event)
        names = [*proposing.shown_on(proposing.WHAT)[2:], *proposing.shown_on(proposing.WHO)]
        return format_html_join("\n", "<p><strong>{} : </strong>{}</p>", proposing.read_out(typed, names)) or "—"

    @admin.display(description="organisé par")
    def organised_by(self, event):
        rows = ((row.name, row.email) for row in event.organisers.all())
        return format_html_join("\n", "<p>{} {}</p>", rows) or "—"

    @admin.display(description="échanges")
    def thread(self, event):
        return format_html_join("\n", "<p>{}</p>", ((_line(row),) for row in event.steps.order_by("at", "pk"))) or "—"


def _line(step: EventStep) -> str:
    return " · ".join(part for part in (f"{step.at:%d/%m/%Y}", step.get_to_state_display(), step.by_name, step.words) if part)


class RegionCoordinatorForm(forms.ModelForm):
    class Meta:
        model = RegionCoordinator
        fields = ["person", "region"]

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        person: Any = self.fields["person"]
        person.queryset = User.objects.with_role(Role.COORDINATOR).order_by("email")
        person.help_text = "Les personnes qui ont le rôle « coordination régionale » : il se donne sur leur fiche."


@admin.register(RegionCoordinator)
class RegionCoordinatorAdmin(HistoryAdmin, admin.ModelAdmin):
    form = RegionCoordinatorForm
    list_display = ["person", "area", "answers"]
    list_filter = ["region"]
    list_select_related = ["person"]
    list_per_page = 50
    search_fields = ["person__search"]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("person__grants")

    @admin.display(description="région", ordering="region")
    def area(self, row):
        return str(row)

    @admin.display(description="répond")
    def answers(self, row):
        """An account that was closed, or a role taken back, answers nobody: the region falls to the national queue."""
        active = row.person.is_active and Role.COORDINATOR in row.person.roles
        return "oui" if active else "non : la région est dans la file nationale"

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        record("coordination régionale donnée", obj.person, by=request.user, now=clock.now(), note=str(obj))

    def delete_model(self, request, obj):
        record("coordination régionale retirée", obj.person, by=request.user, now=clock.now(), note=str(obj))
        super().delete_model(request, obj)
