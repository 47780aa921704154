"""Refunds by transfer: listed with the payer's account until an outgoing line closes them; given up with a reason."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.html import format_html

from accounts.roles import RECONCILE
from billing.admin.cards import ReadOnly
from billing.bank_forms import GiveBackForm, ReasonForm
from billing.models import Invoice, Refund
from billing.services import refunding
from billing.states import Method
from core import clock
from core.money import euros
from core.numbers import spaced_iban
from core.refusals import Refused
from core.registry import ask_factor


class StateFilter(admin.SimpleListFilter):
    title = "état"
    parameter_name = "etat"

    def lookups(self, request, model_admin):
        return [("attente", "à faire"), ("faits", "faits"), ("abandonnes", "abandonnés")]

    def queryset(self, request, queryset):
        asked = {
            "attente": queryset.filter(done_on=None, given_up_at=None),
            "faits": queryset.filter(done_on__isnull=False),
            "abandonnes": queryset.filter(given_up_at__isnull=False),
        }
        return asked.get(self.value() or "", queryset)


@admin.register(Refund)
class RefundAdmin(ReadOnly):
    list_display = ["asked_at", "shown_amount", "to_name", "shown_iban", "of", "state", "reason"]
    list_filter = [StateFilter, "method"]
    list_select_related = ["invoice", "entry"]
    search_fields = ["to_name", "to_iban", "reason", "invoice__number"]
    fields = ["shown_amount", "method", "to_name", "shown_iban", "of", "reason", "asked_at", "by_name", "state", "left_by"]
    change_form_template = "admin/billing/bank/refund.html"
    change_list_template = "admin/billing/bank/refunds.html"
    when_empty = "Un remboursement se décide sur la ligne qui a trop apporté, ou sur la facture créditée."

    @admin.display(description="montant", ordering="amount")
    def shown_amount(self, row):
        return euros(row.amount)

    @admin.display(description="IBAN")
    def shown_iban(self, row):
        return spaced_iban(row.to_iban) or "—"

    @admin.display(description="au titre de")
    def of(self, row):
        if row.invoice:
            return row.invoice.number
        return f"trop-perçu, {row.entry}" if row.entry else "—"

    @admin.display(description="état")
    def state(self, row):
        if row.given_up_at:
            return "abandonné"
        return f"fait le {row.done_on:%d/%m/%Y}" if row.done_on else "à faire"

    @admin.display(description="parti par")
    def left_by(self, row):
        if not row.closed_by:
            return "—"
        return format_html('<a href="{}">{}</a>', reverse("admin:billing_statemententry_change", args=[row.closed_by_id]), row.closed_by)

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/abandonner/", view(self.give_up), name="billing_refund_give_up"),
            path("decider/", view(self.owed), name="billing_refund_owed"),
            path("decider/<int:pk>/", view(self.decide), name="billing_refund_decide"),
            *super().get_urls(),
        ]

    def owed(self, request: Any) -> HttpResponse:
        """Invoices that received more than they ask: credited once paid, or paid twice."""
        _allow(request)
        context = {"title": "Rembourser une facture", "invoices": refunding.to_give_back(), **self._shared(request)}
        return render(request, "admin/billing/bank/owed.html", context)

    def decide(self, request: Any, pk: int) -> HttpResponse:
        """Decide to give back by transfer what an invoice has in excess."""
        _allow(request)
        invoice = get_object_or_404(Invoice.objects.invoices().with_balance(), pk=pk)
        form = GiveBackForm(request.POST or None, initial=refunding.proposed(invoice))
        if form.is_valid():
            if answer := ask_factor(request):
                return answer
            try:
                refunding.refund_invoice(invoice, by=request.user, now=clock.now(), **form.cleaned_data)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, "Le remboursement attend la ligne par laquelle il partira.")
                return redirect(f"{reverse('admin:billing_refund_changelist')}?etat=attente")
        context = {"title": f"Rembourser sur {invoice.number}", "invoice": invoice, "form": form, **self._shared(request)}
        return render(request, "admin/billing/bank/decide.html", context, status=422 if form.errors else 200)

    def _shared(self, request: Any) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts}

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"undecided": refunding.to_give_back(), **(extra_context or {})})

    def change_view(self, request, object_id, form_url="", extra_context=None):
        row = Refund.objects.filter(pk=object_id).first() if str(object_id).isdecimal() else None
        can = bool(row and row.method == Method.TRANSFER and not row.done_on and not row.given_up_at and request.user.has_perm(RECONCILE))
        return super().change_view(request, object_id, form_url, {"can_give_up": can, **(extra_context or {})})

    def give_up(self, request: Any, pk: int) -> HttpResponse:
        _allow(request)
        row, form = get_object_or_404(Refund, pk=pk), ReasonForm(request.POST or None)
        if form.is_valid():
            if answer := ask_factor(request):
                return answer
            try:
                refunding.give_up(row, reason=form.cleaned_data["reason"], by=request.user, now=clock.now())
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, "Ce remboursement est abandonné.")
                return redirect("admin:billing_refund_changelist")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Abandonner ce remboursement",
            "refund": row,
            "form": form,
        }
        return render(request, "admin/billing/bank/give_up.html", context, status=422 if form.errors else 200)


def _allow(request: Any) -> None:
    if not request.user.has_perm(RECONCILE):
        raise PermissionDenied
