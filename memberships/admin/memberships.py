"""Memberships: the list by situation, year, category, region and payment; from it the page of each."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from accounts.roles import ACCEPT_MEMBERSHIPS, IMPORT_MEMBERSHIPS
from core import clock
from core.facets import FacetedList, filters_of
from core.folding import only_signs
from core.money import euros
from memberships import queries, situations, tables
from memberships.admin.acting import ActingMixin
from memberships.admin.entering import EnteringMixin
from memberships.admin.leaving import LeavingMixin
from memberships.models import Membership, Right
from memberships.situations import FACETS, Paid, Situation
from organisations.admin.importing import ImportMixin
from records.history import HistoryAdmin

# The pills of `static/css/admin.css`, by what they say.
PILLS = {
    Situation.PROPOSED: "submitted",
    Situation.ASKED: "waitlisted",
    Situation.TO_CONFIRM: "in_review",
    Situation.ACTIVE: "selected",
    Situation.SUSPENDED: "withdrawn",
    Situation.RENEWED: "declined",
    Situation.FORMER: "declined",
    Situation.DECLINED: "declined",
    Situation.REFUSED: "duplicate",
    Situation.WITHDRAWN: "duplicate",
}


@admin.register(Membership)
class MembershipAdmin(ActingMixin, LeavingMixin, EnteringMixin, ImportMixin, HistoryAdmin, admin.ModelAdmin):
    """Nothing of a membership is edited here but through the verbs."""

    table = tables.MEMBERSHIPS
    list_display = ["body", "year", "situation_shown", "category", "region_shown", "amount_shown", "paid_shown", "asked_on"]
    list_display_links = ["body"]
    list_filter = filters_of(FACETS)
    list_per_page = 25
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    ordering = ["-campaign__year", "organisation__name", "pk"]
    search_fields = ["organisation__search"]  # what `searched` reads
    search_help_text = "Nom, sigle, SIRET ou ville de l’organisme ; signataire."
    when_empty = "Les bulletins s’affichent ici dès qu’un organisme en envoie un."
    change_list_template = "admin/memberships/membership/list.html"

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_queryset(self, request):
        today = queries.today(clock.now())
        rows = Membership.objects.visible_to(request.user).select_related("organisation", "campaign", "asker")
        return situations.situated(rows, on=today)

    def get_changelist(self, request, **kwargs):
        return FacetedList

    def get_search_results(self, request, queryset, search_term):
        if search_term.strip() and only_signs(search_term):
            return queryset.none(), False
        return situations.searched(queryset, search_term), False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        return lookup in {facet.name for facet in FACETS}

    def changelist_view(self, request, extra_context=None):
        can = request.user.has_perm
        offered = {"enters": can(ACCEPT_MEMBERSHIPS), "imports": can(IMPORT_MEMBERSHIPS)}
        return super().changelist_view(request, {"title": "Adhésions", **offered, **(extra_context or {})})

    # --- Columns -----------------------------------------------------------------------------------------

    @admin.display(description="organisme", ordering="organisation__name")
    def body(self, membership: Membership) -> str:
        return membership.organisation.name

    @admin.display(description="année", ordering="campaign__year")
    def year(self, membership: Membership) -> int:
        return membership.campaign.year

    @admin.display(description="situation", ordering="situation")
    def situation_shown(self, membership: Any) -> Any:
        return pill(membership.situation)

    @admin.display(description="région", ordering="organisation__region", empty_value="—")
    def region_shown(self, membership: Membership) -> str:
        return membership.organisation.get_region_display() if membership.organisation.region else "—"

    @admin.display(description="cotisation", ordering="amount")
    def amount_shown(self, membership: Membership) -> str:
        return euros(membership.amount)

    @admin.display(description="paiement", ordering="paid")
    def paid_shown(self, membership: Any) -> str:
        return str(Paid(membership.paid).label)

    @admin.display(description="reçue le", ordering="asked_at")
    def asked_on(self, membership: Membership) -> Any:
        return queries.today(membership.asked_at)


def pill(situation: str) -> Any:
    found = Situation(situation)
    return format_html('<span class="pill pill-{}">{}</span>', PILLS[found], found.label)


def page_of(membership: Membership) -> str:
    return reverse("admin:memberships_membership_change", args=[membership.pk])


@admin.register(Right)
class RightAdmin(HistoryAdmin, admin.ModelAdmin):
    """The rights of members, in the order of the page « Adhérer » and of the bulletin."""

    list_display = ["title", "rank", "unit"]
    list_per_page = 25
    ordering = ["rank", "pk"]
    fields = ["rank", "title", "text", "how", "unit"]
    when_empty = "Les droits s’affichent sur la page « Adhérer » et sur le bulletin, dans leur ordre."

    def has_delete_permission(self, request, obj=None):
        return False
