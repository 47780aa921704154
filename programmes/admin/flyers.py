"""The versions of the flyers: each can be downloaded; one that could not be made says why, and can be tried again."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html

from core import clock, hints
from programmes import flyers
from programmes.models import Flyer
from programmes.services import flyers as services
from records.history import HistoryAdmin
from records.services import record

CHANGE = "programmes.change_edition"


class StateFilter(admin.SimpleListFilter):
    title = "état"
    parameter_name = "etat"

    def lookups(self, request, model_admin):
        return [("pret", "prêts"), ("attente", "à faire"), ("echec", "en échec")]

    def queryset(self, request, versions):
        waiting = versions.filter(file="")
        narrowed = {"pret": versions.exclude(file=""), "attente": waiting.filter(failures=0), "echec": waiting.filter(failures__gt=0)}
        return narrowed.get(self.value() or "", versions)


@admin.register(Flyer)
class FlyerAdmin(HistoryAdmin, admin.ModelAdmin):
    """Made by the portal alone: looked at, downloaded, tried again."""

    list_display = ["__str__", "about", "created_at", "state", "download"]
    list_filter = [StateFilter]
    list_select_related = ["edition__programme", "session__programme"]
    list_per_page = 25
    fields = ["about", "version", "created_at", "state", "download", "failures", "error", "retry_at"]
    readonly_fields = ["about", "version", "created_at", "state", "download", "failures", "error", "retry_at"]
    actions = ["retry"]

    def get_urls(self):
        mine = path("<int:flyer>/fichier.pdf", self.admin_site.admin_view(self.file_view), name="programmes_flyer_file")
        return [mine, *super().get_urls()]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, flyer=None):
        return False

    def has_delete_permission(self, request, flyer=None):
        return False

    def has_retry_permission(self, request):
        return request.user.has_perm(CHANGE)

    def file_view(self, request: HttpRequest, flyer: int) -> HttpResponse:
        """Any version, old ones included, for the team."""
        row = get_object_or_404(Flyer.objects.select_related("edition__programme", "session__programme"), pk=flyer)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        try:
            with row.file.open("rb") as file:
                content = file.read()
        except (OSError, ValueError) as error:
            raise Http404 from error
        name = flyers.file_name(row.row).replace(".pdf", f"-{row.version}.pdf")
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
        return HttpResponse(content, content_type="application/pdf", headers=headers)

    @admin.display(description="appel ou journée")
    def about(self, flyer):
        return str(flyer.row)

    @admin.display(description="état")
    def state(self, flyer):
        if flyer.file:
            return "prêt"
        if not flyer.failures:
            return "à faire"
        tried = f"{flyer.failures} essai{'s' if flyer.failures > 1 else ''}"
        # Tried again at once by the next sweep: asked for here, or its hour has come.
        again = flyer.retry_at is None or flyer.retry_at <= clock.now()
        return f"à refaire (en échec, {tried})" if again else f"en échec ({tried})"

    @admin.display(description="fichier")
    def download(self, flyer):
        if not flyer.file:
            return "—"
        address = reverse("admin:programmes_flyer_file", args=[flyer.pk])
        return format_html('<a href="{}">Télécharger<span class="visually-hidden"> la version {}</span></a>', address, flyer.version)

    @admin.action(description="Réessayer maintenant", permissions=["retry"])
    def retry(self, request, versions):
        tried = [flyer for flyer in versions if not flyer.file]
        for flyer in tried:
            services.retry(flyer)
            record("nouvel essai du dépliant", flyer, by=request.user, now=clock.now())
        hints.nudge(services.TASK)
        said = "Rien à réessayer : ces versions sont prêtes." if not tried else "Nouvel essai demandé : rechargez la page dans un instant."
        self.message_user(request, said, messages.SUCCESS if tried else messages.WARNING)


class PrintedAdmin:
    """Mixin, before ModelAdmin: what is saved may be printed on a flyer; the sweep is told at once."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        hints.nudge(services.TASK)


class WithFlyerAdmin(PrintedAdmin):
    """Mixin, before ModelAdmin and ToolsAdmin: the versions of the flyer of a call or of a day."""

    opts: Any

    def tools(self, request: HttpRequest, row: Any) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = super().tools(request, row)
        if request.user.has_perm("programmes.view_flyer"):
            owner = "edition" if self.opts.model_name == "edition" else "session"
            found.append((f"{reverse('admin:programmes_flyer_changelist')}?{owner}__id__exact={row.pk}", "Dépliants"))
        return found
