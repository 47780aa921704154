"""Cards in the admin: the pages asked for, what the provider told, what a person makes of it. Nothing here marks an invoice paid."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from accounts.roles import RECONCILE
from billing import gateway
from billing.forms import RefundForm, SettleForm
from billing.models import Checkout, GatewayEvent
from billing.services import cards
from billing.states import EventOutcome
from core import clock
from core.admin import NamedAdmin
from core.money import euros
from core.refusals import Refused
from core.registry import ask_factor


class ReadOnly(NamedAdmin, admin.ModelAdmin):
    list_per_page = 25
    show_full_result_count = False
    actions = None

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Checkout)
class CheckoutAdmin(ReadOnly):
    list_display = ["__str__", "shown_amount", "created_at", "expires_at", "session_id"]
    list_select_related = ["invoice"]
    search_fields = ["invoice__number", "session_id"]
    when_empty = "Une page de paiement s’ouvre quand un payeur choisit la carte."
    fields = ["invoice", "shown_amount", "currency", "session_id", "created_at", "expires_at"]
    change_form_template = "admin/billing/checkout.html"

    @admin.display(description="montant", ordering="amount")
    def shown_amount(self, row):
        return euros(row.amount)

    def get_urls(self):
        ask = self.admin_site.admin_view(require_POST(self.ask))
        return [path("<int:pk>/etat/", ask, name="billing_checkout_ask"), *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        may_ask = request.user.has_perm(RECONCILE) and gateway.gateway() is not None
        return super().change_view(request, object_id, form_url, {"may_ask": may_ask, **(extra_context or {})})

    def ask(self, request: Any, pk: int) -> HttpResponse:
        """What the provider says of it now: to know, not to mark. Asked by a click: a page that is read waits for nobody."""
        if not request.user.has_perm(RECONCILE):
            raise PermissionDenied
        row, provider = get_object_or_404(Checkout.objects.visible_to(request.user), pk=pk), gateway.gateway()
        try:
            told = provider.state(row.session_id) if provider and row.session_id else "rien : cette page ne lui a pas été demandée"
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            messages.info(request, f"Le prestataire dit : {told}.")
        return redirect("admin:billing_checkout_change", pk)


class WaitingFilter(admin.SimpleListFilter):
    title = "suite donnée"
    parameter_name = "attente"

    def lookups(self, request, model_admin):
        return [("oui", "à traiter")]

    def queryset(self, request, queryset):
        return queryset.waiting() if self.value() == "oui" else queryset


@admin.register(GatewayEvent)
class GatewayEventAdmin(ReadOnly):
    list_display = ["received_at", "outcome", "shown_amount", "payment_id", "note", "settlement"]
    list_filter = [WaitingFilter, "outcome"]
    search_fields = ["event_id", "session_id", "payment_id"]
    when_empty = "Le prestataire de cartes n’a encore rien dit."
    fields = [
        "event_id",
        "type",
        "outcome",
        "note",
        "shown_amount",
        "session_id",
        "payment_id",
        "made_at",
        "received_at",
        "counted",
        "settlement",
    ]
    change_form_template = "admin/billing/event.html"

    @admin.display(description="montant", ordering="amount")
    def shown_amount(self, row):
        return "—" if row.amount is None else f"{euros(row.amount)}{'' if row.currency in ('', 'EUR') else f' ({row.currency})'}"

    @admin.display(description="compté sur")
    def counted(self, row):
        payment = getattr(row, "payment", None)
        if payment is None:
            return "aucune facture"
        url = reverse("admin:billing_invoice_change", args=[payment.invoice_id])
        return format_html('<a href="{}">{}</a>', url, payment.invoice)

    def get_urls(self):
        acts = [("suite", self.settle), ("rendre", self.give_back)]
        own = [path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"billing_gatewayevent_{name}") for name, view in acts]
        return [*own, *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        row = GatewayEvent.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        acts = {"may_settle": False, "may_give_back": False}
        if row and request.user.has_perm(RECONCILE):
            waits = GatewayEvent.objects.waiting().filter(pk=row.pk).exists()
            acts = {"may_settle": waits, "may_give_back": hasattr(row, "payment")}
        return super().change_view(request, object_id, form_url, {**acts, **(extra_context or {})})

    def settle(self, request: Any, pk: int) -> HttpResponse:
        """« Dire ce qui a été fait » of money that came and was not counted as asked."""
        event = self._asked(request, pk)
        form = SettleForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                cards.settle(event, note=form.cleaned_data["note"], by=request.user, now=clock.now())
            except Refused as refused:
                form.add_error(None, str(refused))
            else:
                messages.success(request, "C’est noté, avec votre nom.")
                return redirect("admin:billing_gatewayevent_change", pk)
        return self._page(request, event, form, "Dire ce qui a été fait", "Noter")

    def give_back(self, request: Any, pk: int) -> HttpResponse:
        """A refund by card; of what was invoiced, with its credit note."""
        event = self._asked(request, pk)
        if answer := ask_factor(request):
            return answer
        payment = getattr(event, "payment", None)
        if payment is None:
            raise PermissionDenied
        form = RefundForm(request.POST if request.method == "POST" else None, initial={"amount": payment.amount})
        if form.is_valid():
            try:
                refund = cards.refund(payment, **form.cleaned_data, by=request.user, now=clock.now())
            except gateway.Unavailable as away:
                messages.warning(request, f"{away} Le remboursement est noté et sera redemandé tout seul.")
                return redirect("admin:billing_gatewayevent_change", pk)
            except Refused as refused:
                form.add_error(None, str(refused))
            else:
                told = f", avec l’avoir {refund.credit_note}" if refund.credit_note else ""
                messages.success(request, f"{euros(refund.amount)} rendus par carte{told}.")
                return redirect("admin:billing_gatewayevent_change", pk)
        return self._page(request, event, form, "Rendre par carte", "Rendre")

    def _asked(self, request: Any, pk: int) -> GatewayEvent:
        if not request.user.has_perm(RECONCILE):
            raise PermissionDenied
        return get_object_or_404(GatewayEvent, pk=pk)

    def _page(self, request: HttpRequest, event: GatewayEvent, form: Any, title: str, button: str) -> HttpResponse:
        said = {"title": title, "button": button, "event": event, "form": form, "opts": self.opts}
        is_money = event.outcome in (EventOutcome.PAID, EventOutcome.TOO_MUCH)
        context = {**self.admin_site.each_context(request), **said, "amount": event.amount, "is_money": is_money}
        return render(request, "admin/billing/event_act.html", context, status=422 if form.errors else 200)
