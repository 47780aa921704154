"""« Relances »: what leaves tomorrow and in the days after, and what a person holds."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from accounts.roles import ISSUE_INVOICES
from billing.admin.cards import ReadOnly
from billing.forms import HoldForm
from billing.models import Invoice, ReminderHold
from billing.models.invoice import VIEW_INVOICE
from billing.services import reminding
from core import clock
from core.clock import PARIS
from core.refusals import Refused

# How far the list looks.
AHEAD = timedelta(days=14)


@admin.register(ReminderHold)
class ReminderHoldAdmin(ReadOnly):
    """Its list is the page of reminders; a row alone has no page."""

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm(VIEW_INVOICE)

    def get_urls(self):
        view, hold, release = (self.admin_site.admin_view(each) for each in (self.reminders, self.hold, require_POST(self.release)))
        return [
            path("", view, name="billing_reminderhold_changelist"),
            path("<int:pk>/suspendre/", hold, name="billing_reminderhold_hold"),
            path("<int:pk>/reprendre/", release, name="billing_reminderhold_release"),
        ]

    def reminders(self, request: Any) -> HttpResponse:
        if not request.user.has_perm(VIEW_INVOICE):
            raise PermissionDenied
        now = clock.now()
        holds = ReminderHold.objects.standing(on=now.astimezone(PARIS).date()).select_related("invoice").order_by("until", "pk")
        context = {**self.admin_site.each_context(request), "title": "Relances", "opts": self.opts, "holds": holds, "now": now}
        context |= {"coming": reminding.between(now, now + AHEAD), "unreachable": reminding.unreachable(now=now)}
        context |= {"may_hold": request.user.has_perm(ISSUE_INVOICES)}
        return render(request, "admin/billing/reminders.html", context)

    def hold(self, request: Any, pk: int) -> HttpResponse:
        """« Suspendre les relances » of an invoice, with a reason."""
        invoice = self._invoice(request, pk)
        form = HoldForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                reminding.hold(invoice, **form.cleaned_data, by=request.user, now=clock.now())
            except Refused as refused:
                form.add_error(None, str(refused))
            else:
                messages.success(request, f"Les relances de {invoice} sont suspendues.")
                return redirect("admin:billing_reminderhold_changelist")
        said = {"title": "Suspendre les relances", "invoice": invoice, "form": form, "opts": self.opts}
        return render(
            request, "admin/billing/hold.html", {**self.admin_site.each_context(request), **said}, status=422 if form.errors else 200
        )

    def release(self, request: Any, pk: int) -> HttpResponse:
        if not request.user.has_perm(ISSUE_INVOICES):
            raise PermissionDenied
        hold = get_object_or_404(ReminderHold.objects.select_related("invoice"), pk=pk)
        try:
            reminding.release(hold, by=request.user, now=clock.now())
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, f"Les relances de {hold.invoice} reprennent.")
        return redirect("admin:billing_reminderhold_changelist")

    def _invoice(self, request: Any, pk: int) -> Invoice:
        if not request.user.has_perm(ISSUE_INVOICES):
            raise PermissionDenied
        return get_object_or_404(Invoice.objects.visible_to(request.user).invoices(), pk=pk)
