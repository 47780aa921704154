"""« Saisir une adhésion »: a bulletin that came by mail or on paper, typed by the team, then accepted like any other."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from accounts.roles import ACCEPT_MEMBERSHIPS
from core import clock
from core.refusals import Refused
from memberships import answers as asked
from memberships import services
from memberships.staff_forms import EnterForm
from memberships.states import Origin, Signature


class EnteringMixin:
    """Before ModelAdmin."""

    admin_site: Any
    opts: Any

    def get_urls(self):
        view = self.admin_site.admin_view(self.enter_view)
        return [path("saisir/", view, name="memberships_membership_enter"), *super().get_urls()]

    def enter_view(self, request: Any) -> HttpResponse:
        if not request.user.has_perm(ACCEPT_MEMBERSHIPS):
            raise PermissionDenied
        form = EnterForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            answers = form.cleaned_data
            bulletin = asked.bulletin_of(answers, answers["body"], signature=Signature.PAPER)
            try:
                made = services.send(bulletin, campaign=answers["campaign"], by=request.user, now=clock.now(), origin=Origin.STAFF)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, "L’adhésion est saisie : relisez-la, puis acceptez-la.")
                return redirect(reverse("admin:memberships_membership_change", args=[made.pk]))
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": "Saisir une adhésion", "form": form}
        request.current_app = self.admin_site.name
        status = 422 if form.errors else 200
        return TemplateResponse(request, "admin/memberships/membership/enter.html", context, status=status)
