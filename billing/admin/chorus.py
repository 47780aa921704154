"""The queue of Chorus Pro: the file to deposit by hand, the flow number to type back, what the platform answers (D6, R15)."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, IntegerField, When
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.text import capfirst

from accounts.roles import ISSUE_INVOICES
from billing import chorus
from billing.admin.cards import ReadOnly
from billing.forms import AnswerForm, DepositForm
from billing.models import Transmission
from billing.services import transmitting
from billing.states import NEXT_TRANSMISSION, TransmissionState
from core import clock
from core.clock import PARIS
from core.money import euros
from core.refusals import Refused

# The tokens of the house's pills (static/css/admin.css).
PILLS = {
    TransmissionState.TO_DEPOSIT: "waitlisted", TransmissionState.DEPOSITED: "submitted", TransmissionState.INTEGRATED: "confirmed",
    TransmissionState.SUSPENDED: "in_review", TransmissionState.REJECTED: "withdrawn", TransmissionState.PAID: "selected",
}  # fmt: skip
# What waits for somebody comes first: to deposit, then rejected or suspended.
WAITS_FIRST = Case(
    When(state=TransmissionState.TO_DEPOSIT, then=0),
    When(state__in=[TransmissionState.REJECTED, TransmissionState.SUSPENDED], then=1),
    default=2,
    output_field=IntegerField(),
)


@admin.register(Transmission)
class TransmissionAdmin(ReadOnly):
    list_display = ["number", "payer", "amount", "pill", "deposited", "flow", "file"]
    list_display_links = ["number"]
    list_filter = ["state"]
    list_select_related = ["invoice"]
    ordering = [WAITS_FIRST.asc(), "-invoice__issued_on", "-pk"]
    when_empty = "Une pièce entre ici à son émission, quand son payeur passe par Chorus Pro."
    search_fields = ["invoice__number", "invoice__search", "flow_number"]
    fields = [
        "document",
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
        return format_html('<span class="nowrap">{}</span>', row.invoice.number)

    @admin.display(description="pièce")
    def document(self, row):
        return format_html('<a href="{}">{}</a>', reverse("admin:billing_invoice_change", args=[row.invoice_id]), row.invoice.title)

    @admin.display(description="état", ordering="state")
    def pill(self, row):
        return format_html('<span class="pill pill-{}">{}</span>', PILLS[TransmissionState(row.state)], capfirst(row.get_state_display()))

    @admin.display(description="déposée le", ordering="deposited_on", empty_value="—")
    def deposited(self, row):
        return f"{row.deposited_on:%d/%m/%Y}" if row.deposited_on else None

    @admin.display(description="numéro de flux", ordering="flow_number", empty_value="—")
    def flow(self, row):
        return format_html('<span class="nowrap">{}</span>', row.flow_number) if row.flow_number else None

    @admin.display(description="payeur", ordering="invoice__buyer_name")
    def payer(self, row):
        return row.invoice.buyer_name

    @admin.display(description="total TTC", ordering="invoice__gross")
    def amount(self, row):
        return format_html('<span class="nowrap">{}</span>', euros(row.invoice.gross))

    @admin.display(description="références")
    def references(self, row):
        invoice = row.invoice
        said = (("SIRET", invoice.buyer_siret), ("service", invoice.service_code), ("engagement", invoice.commitment_number))
        return ", ".join(f"{name} {value}" for name, value in said if value) or "—"

    @admin.display(description="fichier à déposer")
    def file(self, row):
        return format_html('<a class="nowrap" href="{}">{}.pdf</a>', reverse("invoice_file", args=[row.invoice.number]), row.invoice.number)

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
        acts |= {"is_by_hand": chorus.road().is_by_hand}
        acts |= {"may_correct": may and _is_to_correct(row)}
        acts |= {"may_answer": may and bool(NEXT_TRANSMISSION[state] - {TransmissionState.DEPOSITED})}
        return super().change_view(request, object_id, form_url, {**acts, **(extra_context or {})})

    def deposit(self, request: Any, pk: int) -> HttpResponse:
        """« Noter le dépôt », or « Déposer » when nobody carries; of one that was noted, « Corriger le dépôt »."""
        row = self._asked(request, pk)
        corrects = row.state not in (TransmissionState.TO_DEPOSIT, TransmissionState.REJECTED)
        today = clock.now().astimezone(PARIS).date()
        known = {"flow_number": row.flow_number, "on": row.deposited_on} if corrects else {"on": today}
        is_by_hand = corrects or chorus.road().is_by_hand
        form = DepositForm(request.POST if request.method == "POST" else None, initial=known, is_by_hand=is_by_hand, today=today)
        if form.is_valid():
            act = transmitting.correct_deposit if corrects else transmitting.deposit
            try:
                act(row, **form.cleaned_data, by=request.user, now=clock.now())
            except Refused as refused:
                form.add_error(None, str(refused))
            else:
                messages.success(request, f"{row.invoice.number} : dépôt {'corrigé' if corrects else 'noté'}.")
                return redirect("admin:billing_transmission_changelist")
        title = "Corriger le dépôt" if corrects else "Noter le dépôt" if is_by_hand else "Déposer"
        return self._page(request, row, form, title)

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


def _is_to_correct(row: Any) -> bool:
    """Rejected for what it says, and not credited yet (R3)."""
    return bool(row and row.state == TransmissionState.REJECTED and not row.invoice.is_credit and not row.invoice.credit_notes.exists())
