"""The log of rights used: noted from the page of a membership, corrected here."""

from django.contrib import admin

from memberships.models import BenefitUse
from memberships.space import counted
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

    def has_add_permission(self, request):
        return False

    @admin.display(description="organisme", ordering="membership__organisation__name")
    def body(self, use):
        return str(use.membership)

    @admin.display(description="quantité", ordering="quantity")
    def quantity_shown(self, use):
        return counted(use.quantity, use.right.unit) or "—"
