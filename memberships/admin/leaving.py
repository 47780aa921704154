"""Ending the role of a contact from the page of a membership, and naming who follows: the member's own verb, for the team."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse

from accounts.roles import ACCEPT_MEMBERSHIPS
from core import clock
from core.refusals import Refused
from memberships import queries, services
from memberships.member_forms import LeaveForm, colleagues_of
from memberships.services.contacting import needs_successor
from organisations.models import Contact

CHANGE_CONTACT = "organisations.change_contact"


def may_end(user: Any) -> bool:
    return bool(user.has_perm(ACCEPT_MEMBERSHIPS) and user.has_perm(CHANGE_CONTACT))


class LeavingMixin:
    """Before ModelAdmin."""

    admin_site: Any
    _row: Any
    _answer: Any

    def get_urls(self):
        view = self.admin_site.admin_view(self.leave_view)
        return [path("<int:pk>/contacts/<int:contact>/fin/", view, name="memberships_membership_leave"), *super().get_urls()]

    def leave_view(self, request: Any, pk: int, contact: int) -> HttpResponse:
        """Who follows is asked; refused, what was typed stays."""
        membership, now = self._row(request, pk), clock.now()
        if not may_end(request.user):
            raise PermissionDenied
        speaking = Contact.objects.of(membership.organisation, on=queries.today(now)).select_related("organisation")
        leaving = get_object_or_404(speaking, pk=contact)
        needed = needs_successor(leaving, now=now)
        typed = request.POST if request.method == "POST" else None
        form = LeaveForm(typed, colleagues=colleagues_of(leaving, now=now), may_be_nobody=not needed)
        if form.is_valid():
            try:
                services.end_contact(leaving, by=request.user, now=now, successor=form.person)
            except Refused as refused:
                form.add_error(None, str(refused))
            else:
                messages.success(request, f"{leaving} n’est plus {leaving.get_role_display()} de {leaving.organisation}.")
                return redirect(reverse("admin:memberships_membership_change", args=[pk]))
        shown = {"form": form, "contact": leaving, "needed": needed}
        return self._answer(request, "leave.html", "Mettre fin à un rôle", membership, shown, status=422 if form.errors else 200)
