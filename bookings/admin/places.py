"""One place, decided by a person: an absence invoiced all the same or not; its certificate, refused in words to who was not there."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse

from accounts.roles import RUN_BOOKINGS
from bookings.models import Seat
from bookings.services import attending, certifying, deciding
from bookings.staff_forms import AbsenceForm
from core import clock
from core.refusals import Refused


class PlacesMixin:
    """Before ModelAdmin."""

    admin_site: Any

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/places/<int:seat>/absence/", view(self.absence_view), name="bookings_booking_absence"),
            path("<int:pk>/places/<int:seat>/certificat/", view(self.certify_view), name="bookings_booking_certify"),
            *super().get_urls(),
        ]

    def absence_view(self, request: Any, pk: int, seat: int) -> HttpResponse:
        """Is this absence invoiced all the same?"""
        place = self._place(request, pk, seat)
        form = AbsenceForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            said = form.cleaned_data
            try:
                deciding.decide(place, said["charged"] == "1", reason=said["words"], by=request.user, now=clock.now())
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, "C’est décidé. Ce qui est dû sera facturé par le prochain passage.")
                return redirect(_change(pk))
        shown = {"booking": place.booking, "place": place, "form": form, "said": attending.said_of([place])}
        answer: HttpResponse = self._answer(request, "absence.html", "Décider d’une absence", shown, status=422 if form.errors else 200)  # type: ignore[attr-defined]
        return answer

    def certify_view(self, request: Any, pk: int, seat: int) -> HttpResponse:
        """Attest a presence now; refused in words when there is none."""
        place = self._place(request, pk, seat)
        if request.method != "POST":
            raise PermissionDenied
        try:
            made = certifying.certify(place, by=request.user, now=clock.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"{made} établi.")
        return redirect(_change(pk))

    def _place(self, request: Any, pk: int, seat: int) -> Seat:
        if not request.user.has_perm(RUN_BOOKINGS):
            raise PermissionDenied
        return get_object_or_404(Seat.objects.select_related("booking__session__venue", "booking__session__programme"), pk=seat, booking=pk)


def _change(pk: int) -> str:
    return reverse("admin:bookings_booking_change", args=[pk])
