"""The desk of an event: who comes, by sitting; the file and the sheet; seats; withdrawing somebody; figures once it is over."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock
from core.refusals import Refused
from events import host_documents, host_exports, host_queries, members
from events.host_forms import ExportForm, SeatsForm
from events.host_queries import Sitting
from events.models import Registration, TimeSlot
from events.services import host_writing, hosting
from events.views.desk import Desk, at_desk
from events.views.proposing import number
from events.views.shared import page_of
from records.services import record

PER_PAGE = 100
PDF = "application/pdf"


def about(desk: Desk, *, now: datetime) -> dict[str, Any]:
    """What every page of a desk shows."""
    return {
        "desk": desk,
        "event": desk.event,
        "season": desk.event.season,
        "is_over": host_queries.is_over(desk.event, now=now),
        "may_write": not desk.is_cancelled,
    }


@at_desk
@require_safe
def host(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Who comes, one sitting at a time; every sitting with its counts."""
    now, words = clock.now(), request.GET.get("q", "")[:100]
    found = host_queries.sittings(desk.event, now=now)
    shown = host_queries.chosen(found, request.GET.get("seance", ""), now=now)
    rows = host_queries.people(desk.event, [shown.slot.pk]) if shown else []
    sitting = host_queries.with_people(shown, rows) if shown else None
    people = host_queries.matching(sitting.seated, words) if sitting else []
    context = about(desk, now=now) | {
        "sittings": found,
        "sitting": sitting,
        "words": words,
        "page": Paginator(people, PER_PAGE).get_page(page_of(request)),
        "waiting": _ranked(sitting, words),
        "export": ExportForm(with_needs=desk.reads_needs),
        "sent": _sent(desk, now=now),
        "thanked": host_writing.thanked(desk.event),
        "invites": desk.is_by_invitation,
        "priority": members.in_words(desk.event, now=now),
    }
    return render(request, "events/host/list.html", context)


def _ranked(sitting: Sitting | None, words: str) -> list[tuple[int, Registration]]:
    """Who waits, with their rank in the whole list."""
    rows = list(enumerate(sitting.waiting, start=1)) if sitting else []
    kept = {row.pk for row in host_queries.matching((row for _, row in rows), words)}
    return [(rank, row) for rank, row in rows if row.pk in kept]


def _sent(desk: Desk, *, now: datetime) -> list[dict[str, Any]]:
    """What was written, and what can still be taken back."""
    rows = host_writing.sent(desk.event).annotate(count=Count("letters"))[:20]
    return [{"batch": row, "count": row.count, "may_undo": row.can_be_undone(now=now)} for row in rows]


@at_desk
@require_POST
def export(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The list as a file; the journal says who took it."""
    form = ExportForm(request.POST, with_needs=desk.reads_needs)
    if not form.is_valid():
        return redirect(desk.home)
    kind, needs = form.cleaned_data["kind"], bool(form.cleaned_data.get("needs"))
    lines = host_exports.table(desk.event, needs=needs)
    note = f"{kind}, {len(lines) - 1} lignes{', avec les besoins' if needs else ''}"
    record("liste des inscrits exportée", desk.event, by=desk.by, now=clock.now(), note=note)
    return _file(host_exports.content(lines, kind), host_exports.TYPES[kind], f"inscrits-{desk.event.slug}.{kind}")


@at_desk
@require_safe
def sheet(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The sheet for the door, to print: what people need is on it only when an organiser asks for it."""
    slot, needs = number(request.GET.get("seance")), desk.reads_needs and request.GET.get("besoins") == "oui"
    content = host_documents.sheet(desk.event, slot=slot, needs=needs, now=clock.now())
    return _file(content, PDF, f"feuille-{desk.event.slug}.pdf", as_attachment=False)


def _file(content: bytes, kind: str, name: str, *, as_attachment: bool = True) -> HttpResponse:
    headers = {"Content-Disposition": str(content_disposition_header(as_attachment=as_attachment, filename=name))}
    return HttpResponse(content, content_type=kind, headers=headers)


# --- Seats ---------------------------------------------------------------------------------------------------------------


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def places(request: HttpRequest, desk: Desk) -> HttpResponse:
    """How many seats each sitting has; fewer than are given is refused, and says why."""
    now = clock.now()
    found = host_queries.sittings(desk.event, now=now)
    asked = request.POST.get("slot") if request.method == "POST" else None
    forms = [SeatsForm(request.POST if str(sitting.slot.pk) == asked else None, slot=sitting.slot) for sitting in found]
    rows = [(sitting, form, members.kept_in_words(sitting.slot, now=now)) for sitting, form in zip(found, forms, strict=True)]
    form = next((form for form in forms if form.is_bound), None)
    if form and form.is_valid():
        try:
            hosting.resize(form.slot, **form.wanted(), by=desk.by, now=now)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Le nombre de places est enregistré.")
            return redirect("host_places", desk.key)
    context = about(desk, now=now) | {"rows": rows, "form": form, "priority": members.in_words(desk.event, now=now)}
    return render(request, "events/host/places.html", context, status=422 if form else 200)


# --- One person ------------------------------------------------------------------------------------------------------------


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """Withdraw somebody, after a page that asks."""
    row = registration_or_404(desk, pk)
    back = f"{desk.home}?seance={row.slot_id}"
    if request.method == "POST":
        try:
            hosting.withdraw(row, by=desk.by, now=clock.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"{row.name} n’est plus inscrit{', et le sait par une lettre' if row.email else ''}.")
        return redirect(back)
    if desk.is_cancelled:
        return redirect(back)
    context = about(desk, now=clock.now()) | {"row": row, "back": back}
    return render(request, "events/host/withdraw.html", context)


def registration_or_404(desk: Desk, pk: int) -> Registration:
    """Somebody of this event; one of another is not there."""
    rows = Registration.objects.filter(slot__event=desk.event, erased_at=None, withdrawn_at=None).select_related("slot__event__season")
    return get_object_or_404(rows, pk=pk)


def slot_or_404(desk: Desk, asked: str | None) -> TimeSlot:
    return get_object_or_404(TimeSlot.objects.select_related("event__season"), event=desk.event, pk=number(asked) or 0)
