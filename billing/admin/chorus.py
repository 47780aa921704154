"""The queue of Chorus Pro: the file to deposit by hand, the flow number to type back, what the platform answers (D6, R15)."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.html import format_html

from accounts.roles import ISSUE_INVOICES
from billing import chorus
from billing.admin.cards import ReadOnly
from billing.forms import AnswerForm, DepositForm
from billing.models import Transmission
from billing.services import transmitting
from billing.states import NEXT_TRANSMISSION, TransmissionState
from core import clock
from core.money import euros
from core.refusals import Refused


@admin.register(Transmission)
class TransmissionAdmin(ReadOnly):
    list_display = ["number", "payer", "amount", "state", "deposited_on", "flow_number", "file"]
    list_display_links = ["number"]
    list_filter = ["state"]
    list_select_related = ["invoice"]
    ordering = ["invoice__issued_on", "pk"]
    search_fields = ["invoice__number", "invoice__search", "flow_number"]
    fields = [
        "number",
        "payer",
        "amount",
        "references",
        "state",
        "rejection",
        "deposited_on",
        "flow_number",
        "changed_at",
        "file",
        "syntax",
    ]
    change_form_template = "admin/billing/transmission.html"

    @admin.display(description="pièce", ordering="invoice__number")
    def number(self, row):
        return row.invoice.number

    @admin.display(description="payeur", ordering="invoice__buyer_name")
    def payer(self, row):
        return row.invoice.buyer_name

    @admin.display(description="total TTC", ordering="invoice__gross")
    def amount(self, row):
        return euros(row.invoice.gross)

    @admin.display(description="références")
    def references(self, row):
        invoice = row.invoice
        said = (("SIRET", invoice.buyer_siret), ("service", invoice.service_code), ("engagement", invoice.commitment_number))
        return ", ".join(f"{name} {value}" for name, value in said if value) or "—"

    @admin.display(description="fichier à déposer")
    def file(self, row):
        return format_html('<a href="{}">{}.pdf</a>', reverse("invoice_file", args=[row.invoice.number]), row.invoice.number)

    @admin.display(description="format à choisir")
    def syntax(self, row):
        return f"Factur-X ({chorus.SYNTAX})"

    def get_urls(self):
        own = [
            path("<int:pk>/depot/", self.admin_site.admin_view(self.deposit), name="billing_transmission_deposit"),
            path("<int:pk>/reponse/", self.admin_site.admin_view(self.answer), name="billing_transmission_answer"),
        ]
        return [*own, *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        row = Transmission.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        may = row is not None and request.user.has_perm(ISSUE_INVOICES)
        state = TransmissionState(row.state) if row else TransmissionState.TO_DEPOSIT
        acts = {"may_deposit": may, "is_deposited": state != TransmissionState.TO_DEPOSIT}
        acts |= {"may_answer": may and bool(NEXT_TRANSMISSION[state] - {TransmissionState.DEPOSITED})}
        return super().change_view(request, object_id, form_url, {**acts, **(extra_context or {})})

    def deposit(self, request: Any, pk: int) -> HttpResponse:
        """« Noter le dépôt »; of one that was noted, « Corriger le dépôt »."""
        row = self._asked(request, pk)
        corrects = row.state not in (TransmissionState.TO_DEPOSIT, TransmissionState.REJECTED)
        today = clock.now().date()
        known = {"flow_number": row.flow_number, "on": row.deposited_on} if corrects else {"on": today}
        form = DepositForm(request.POST if request.method == "POST" else None, initial=known)
        if form.is_valid():
            act = transmitting.correct_deposit if corrects else transmitting.deposit
            try:
                act(row, **form.cleaned_data, by=request.user, now=clock.now())
            except Refused as refused:
                form.add_error(None, str(refused))
            else:
                messages.success(request, f"{row.invoice.number} : dépôt {'corrigé' if corrects else 'noté'}.")
                return redirect("admin:billing_transmission_changelist")
        return self._page(request, row, form, "Corriger le dépôt" if corrects else "Noter le dépôt")

    def answer(self, request: Any, pk: int) -> HttpResponse:
        """« Noter la réponse » of Chorus Pro."""
        row = self._asked(request, pk)
        form = AnswerForm(request.POST if request.method == "POST" else None, state=TransmissionState(row.state))
        if form.is_valid():
            state = TransmissionState(form.cleaned_data["state"])
            try:
                transmitting.tell(row, state, by=request.user, now=clock.now(), reason=form.cleaned_data["reason"])
            except Refused as refused:
                form.add_error("reason", str(refused))
            else:
                messages.success(request, f"{row.invoice.number} : {state.label}.")
                return redirect("admin:billing_transmission_change", pk)
        return self._page(request, row, form, "Noter la réponse de Chorus Pro")

    def _asked(self, request: Any, pk: int) -> Transmission:
        if not request.user.has_perm(ISSUE_INVOICES):
            raise PermissionDenied
        return get_object_or_404(Transmission.objects.visible_to(request.user).select_related("invoice"), pk=pk)

    def _page(self, request: Any, row: Transmission, form: Any, title: str) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "title": title, "row": row, "form": form, "opts": self.opts}
        return render(request, "admin/billing/transmission_act.html", context, status=422 if form.errors else 200)
