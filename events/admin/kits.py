"""The posters of the communication kits: made by the portal alone; one that failed says why, and can be tried again."""

from django.contrib import admin, messages

from core import clock, hints
from events.models import CommunicationKit
from events.services import kits
from records.history import HistoryAdmin
from records.services import record


class StateFilter(admin.SimpleListFilter):
    title = "état"
    parameter_name = "etat"

    def lookups(self, request, model_admin):
        return [("pret", "prêtes"), ("echec", "en échec")]

    def queryset(self, request, rows):
        return {"pret": rows.filter(failures=0), "echec": rows.filter(failures__gt=0)}.get(self.value() or "", rows)


@admin.register(CommunicationKit)
class CommunicationKitAdmin(HistoryAdmin, admin.ModelAdmin):
    list_display = ["__str__", "event", "drawn_at", "state"]
    list_filter = [StateFilter]
    list_select_related = ["event__season"]
    list_per_page = 25
    ordering = ["-pk"]
    readonly_fields = ["event", "drawn_at", "state", "failures", "error", "retry_at"]
    actions = ["retry"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_retry_permission(self, request):
        return request.user.has_perm("events.change_event")

    @admin.display(description="état")
    def state(self, kit):
        if kit.failures:
            return f"en échec ({kit.failures} essai{'s' if kit.failures > 1 else ''}){', la précédente est donnée' if kit.file else ''}"
        return "prête" if kit.file else "à faire"

    @admin.action(description="Réessayer maintenant", permissions=["retry"])
    def retry(self, request, rows):
        tried = [row for row in rows if row.failures]
        for row in tried:
            kits.retry(row)
            record("nouvel essai de l’affiche", row.event, by=request.user, now=clock.now())
        hints.nudge(kits.TASK)
        said = "Nouvel essai demandé : rechargez la page dans un instant." if tried else "Rien à réessayer : ces affiches sont prêtes."
        self.message_user(request, said, messages.SUCCESS if tried else messages.WARNING)
