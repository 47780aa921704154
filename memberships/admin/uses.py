"""The log of rights used: noted from the page of a membership, corrected here, taken back when it never was."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path

from accounts.roles import ACCEPT_MEMBERSHIPS
from core import clock
from core.refusals import Refused
from memberships import services
from memberships.models import BenefitUse
from memberships.space import counted
from memberships.staff_forms import ReasonForm
from records.history import FORMFIELDS, HistoryAdmin


@admin.register(BenefitUse)
class BenefitUseAdmin(HistoryAdmin, admin.ModelAdmin):
    list_display = ["what", "body", "right", "on", "quantity_shown", "by_name"]
    list_filter = ["right", "membership__campaign"]
    list_per_page = 25
    show_full_result_count = False
    list_select_related = ["membership__organisation", "membership__campaign", "right"]
    ordering = ["-on", "-pk"]
    search_fields = ["what", "membership__organisation__search"]
    search_help_text = "Ce qui a été fait ; organisme."
    when_empty = "Un usage se note depuis la page d’une adhésion, par « Noter un usage »."
    fields = ["membership", "right", "on", "quantity", "what", "by_name"]
    readonly_fields = ["membership", "by_name"]
    formfield_overrides = FORMFIELDS
    change_form_template = "admin/memberships/benefituse/form.html"

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_urls(self):
        remove = self.admin_site.admin_view(self.remove_view)
        return [path("<int:pk>/retirer/", remove, name="memberships_benefituse_remove"), *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        may = {"may_remove": request.user.has_perm(ACCEPT_MEMBERSHIPS)}
        return super().change_view(request, object_id, form_url, {**may, **(extra_context or {})})

    def remove_view(self, request: Any, pk: int) -> HttpResponse:
        """Taken back with a reason, after a page that says what it was."""
        if not request.user.has_perm(ACCEPT_MEMBERSHIPS):
            raise PermissionDenied
        use = get_object_or_404(BenefitUse.objects.select_related("right", "membership__organisation", "membership__campaign"), pk=pk)
        form = ReasonForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                services.remove_use(use, reason=form.cleaned_data["text"], by=request.user, now=clock.now())
            except Refused as refused:
                form.add_error(None, str(refused))
            else:
                messages.success(request, "L’usage est retiré, avec votre nom et le motif.")
                return redirect("admin:memberships_membership_change", use.membership_id)
        shown = {**self.admin_site.each_context(request), "opts": self.opts, "title": "Retirer un usage", "use": use, "form": form}
        return TemplateResponse(request, "admin/memberships/benefituse/remove.html", shown, status=422 if form.errors else 200)

    @admin.display(description="organisme", ordering="membership__organisation__name")
    def body(self, use):
        return str(use.membership)

    @admin.display(description="quantité", ordering="quantity")
    def quantity_shown(self, use):
        return counted(use.quantity, use.right.unit) or "—"
