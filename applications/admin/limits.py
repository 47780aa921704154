"""« Délais personnels »: one person may deposit after the deadline, until a limit of their own (A2)."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from accounts.roles import ACCEPT_LATE
from applications import services
from applications.admin.reading import ACTS
from applications.models import Application, LateLink
from applications.staff_forms import LateLinkForm
from applications.states import EDITABLE, Origin, State
from core import clock
from core.refusals import Refused
from core.registry import Link
from records.history import HistoryAdmin


@admin.register(LateLink)
class LateLinkAdmin(HistoryAdmin, admin.ModelAdmin):
    holds_people = True
    list_display = ["email", "edition", "until", "standing", "by_name", "created_at"]
    list_select_related = ["edition"]
    list_per_page = 25
    show_full_result_count = False
    search_fields = ["email"]
    ordering = ["-created_at", "-pk"]
    when_empty = "Une fois un appel clos, vous pouvez laisser à une personne un délai à elle, avec un motif."
    fields = ["edition", "email", "until", "standing", "reason", "by_name", "created_at", "revoked_at"]
    readonly_fields = ("edition", "email", "until", "standing", "reason", "by_name", "created_at", "revoked_at")
    change_form_template = "admin/applications/latelink/change_form.html"

    @admin.display(description="où il en est")
    def standing(self, link: LateLink) -> str:
        return standing(link)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(ACCEPT_LATE)

    def has_change_permission(self, request: HttpRequest, obj: LateLink | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: LateLink | None = None) -> bool:
        return False

    def get_urls(self):
        revoke = path("<int:pk>/reprendre/", self.admin_site.admin_view(require_POST(self.revoke)), name="applications_latelink_revoke")
        return [revoke, *super().get_urls()]

    def add_view(self, request: Any, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """One form: the call, the person, the limit and the reason; `?candidature=` fills it in, so that no address is in an address."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = LateLinkForm(request.POST or None, initial=_initial(request), now=clock.now())
        if request.method == "POST" and form.is_valid():
            try:
                link = services.give_late_link(**form.cleaned_data, by=request.user, now=clock.now())
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, f"Le délai personnel est donné : une lettre part à {link.email}.")
                return redirect("admin:applications_latelink_change", link.pk)
        named = {"opts": self.opts, "title": "Donner un délai personnel", "form": form}
        status = 422 if form.is_bound and form.errors else 200
        return render(request, "admin/applications/latelink/add.html", {**self.admin_site.each_context(request), **named}, status=status)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        link = self.get_object(request, object_id)
        can = link is not None and request.user.has_perm(ACCEPT_LATE) and _is_running(link)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "can_revoke": can})

    def revoke(self, request: Any, pk: int) -> HttpResponse:
        """« Reprendre ce délai »: by POST, once."""
        if not request.user.has_perm(ACCEPT_LATE):
            raise PermissionDenied
        try:
            services.revoke_late_link(get_object_or_404(LateLink, pk=pk), by=request.user, now=clock.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "Le délai personnel est repris : la personne est prévenue.")
        return redirect("admin:applications_latelink_change", pk)


def _initial(request: HttpRequest) -> dict[str, Any]:
    """The call and the person of the file the form was opened from, read from the file."""
    asked = request.GET.get("candidature", "")
    rows = Application.objects.visible_to(request.user).with_call()  # type: ignore[arg-type]
    file = rows.filter(pk=asked).first() if asked.isdecimal() and len(asked) < 10 else None
    return {"edition": file.edition_id, "email": file.address} if file else {}


def _is_running(link: LateLink) -> bool:
    return link.revoked_at is None and clock.now() < link.until


def standing(link: LateLink) -> str:
    if link.revoked_at:
        return "repris"
    return "en cours" if _is_running(link) else "passé"


def _act(request: HttpRequest, application: Application) -> Link | None:
    """On the page of a file that its person could still deposit, once the call is closed; not of one that the team entered for them."""
    call, now = application.edition, clock.now()
    over = now < call.closes_at or call.cancelled_at or call.results_released_at or not application.address
    entered = application.state == State.SUBMITTED and application.origin != Origin.ONLINE
    if over or entered or application.state not in EDITABLE or not request.user.has_perm(ACCEPT_LATE):
        return None
    return Link("Donner un délai personnel", f"{reverse('admin:applications_latelink_add')}?candidature={application.pk}")


ACTS.append(_act)
