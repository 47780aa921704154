"""« À rapprocher » : the lines of the bank that wait for a person, with what they may be and why; one line, to be placed."""

import hashlib
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from accounts.roles import RECONCILE
from billing.admin.cards import ReadOnly
from billing.admin.line_story import told_of
from billing.bank_forms import GiveBackForm, PlaceForm, ReasonForm
from billing.models import Invoice, Payment, Refund, StatementEntry
from billing.services import matching, reconciling
from billing.services.proposing import Desk, Proposal
from core import clock
from core.folding import containing
from core.money import amount_of
from core.refusals import Refused
from core.registry import ask_factor

PER_PAGE, FOUND = 20, 12
STATES = {"": "à rapprocher", "reglees": "rapprochées", "ecartees": "écartées", "toutes": "toutes"}


@admin.register(StatementEntry)
class StatementEntryAdmin(ReadOnly):
    """Nothing of a line is edited: it is placed, given back, set aside; each act may be undone."""

    def get_urls(self):
        acts = {
            "accepter": self.accept,
            "placer": self.place,
            "rendre": self.give_back,
            "ecarter": self.set_aside,
            "reprendre": self.bring_back,
            "annuler": self.undo,
        }
        view, name = self.admin_site.admin_view, "billing_statemententry_"
        own = [path(f"<int:pk>/{slug}/", view(require_POST(act)), name=f"{name}{slug}") for slug, act in acts.items()]
        return [*own, *super().get_urls()]

    # --- The list -----------------------------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        _allow(request)
        asked, words = request.GET.get("etat", ""), request.GET.get("q", "").strip()
        state = asked if asked in STATES else ""
        rows = _of_state(state).filter(_searched(words)).select_related("statement")
        page = Paginator(rows.order_by("booked_on" if not state else "-booked_on", "pk"), PER_PAGE).get_page(request.GET.get("p"))
        found = list(page.object_list)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "À rapprocher" if not state else "Lignes de relevé",
            "list_name": "À rapprocher" if not state else f"Lignes {STATES[state]}",
            "state": state,
            "words": words,
            "states": [(value, label, _of_state(value).count()) for value, label in STATES.items()],
            "page": page,
            "lines": _proposed(found) if not state else [{"entry": entry} for entry in found],
            "refunds": Refund.objects.open().filter(method="TRANSFER").count(),
        }
        return render(request, "admin/billing/bank/lines.html", context)

    # --- One line -----------------------------------------------------------------------------------------

    def change_view(self, request, object_id, form_url="", extra_context=None):
        _allow(request)
        entry = StatementEntry.objects.with_rest().filter(pk=object_id).first() if str(object_id).isdecimal() else None
        if entry is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined]
        return self._line(request, entry)

    def _line(self, request: Any, entry: StatementEntry, failed: Any = None, **forms: Any) -> HttpResponse:
        """Draw the page; `forms` replaces one that was refused."""
        waits = StatementEntry.objects.to_reconcile().filter(pk=entry.pk).exists()
        proposals = Desk([entry]).proposals(entry) if waits else []
        words = request.GET.get("q", "").strip()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Ligne du {entry.booked_on:%d/%m/%Y}",
            "entry": entry,
            "waits": waits,
            "alike": _alike(entry) if waits and entry.doubt else [],
            "place": _place(entry) if waits else None,
            "proposals": _keyed(entry, proposals),
            "words": words,
            "place_form": forms.get("place") or _place_form(entry, proposals, words),
            "back_form": forms.get("back") or _back_form(entry),
            "aside_form": forms.get("aside") or ReasonForm(auto_id="aside_%s"),
            "undo_form": ReasonForm(auto_id="undo_%s"),
            **told_of(entry),
            "failed": failed,
        }
        return render(request, "admin/billing/bank/line.html", context, status=422 if failed else 200)

    # --- Acts ---------------------------------------------------------------------------------------------

    def accept(self, request: Any, pk: int) -> HttpResponse:
        """Do what was proposed, if it is still what is proposed."""
        entry, key = _entry(request, pk), request.POST.get("choix", "")
        chosen = next((proposal for each, proposal in _keyed(entry, Desk([entry]).proposals(entry)) if each == key), None)

        def act() -> None:
            if chosen is None:
                raise Refused(matching.OVERTAKEN)
            matching.accept(entry, chosen, by=request.user, now=clock.now())

        return self._do(request, entry, act, "C’est rapproché.")

    def place(self, request: Any, pk: int) -> HttpResponse:
        entry = _entry(request, pk)
        asked = [int(name.removeprefix("part_")) for name in request.POST if name.startswith("part_") and name[5:].isdecimal()][:100]
        invoices = list(Invoice.objects.invoices().with_balance().filter(pk__in=asked).order_by("pk"))
        form = PlaceForm(request.POST, entry=entry, invoices=invoices, chosen=set())
        if not form.is_valid():
            return self._line(request, entry, form, place=form)
        told = form.cleaned_data
        if told["difference"] and (answer := ask_factor(request)):
            return answer

        def act() -> None:
            reconciling.place(
                entry, form.parts(), by=request.user, now=clock.now(), reason=told["reason"], difference=told["difference"]
            )  # fmt: skip

        return self._do(request, entry, act, "C’est rapproché.", form, place=form)

    def give_back(self, request: Any, pk: int) -> HttpResponse:
        entry, form = _entry(request, pk), GiveBackForm(request.POST, auto_id="back_%s")
        if not form.is_valid():
            return self._line(request, entry, form, back=form)
        if answer := ask_factor(request):
            return answer

        def act() -> None:
            reconciling.give_back(entry, by=request.user, now=clock.now(), **form.cleaned_data)

        return self._do(request, entry, act, "Le remboursement attend la ligne par laquelle il partira.", form, back=form)

    def set_aside(self, request: Any, pk: int) -> HttpResponse:
        entry, form = _entry(request, pk), ReasonForm(request.POST, auto_id="aside_%s")
        if not form.is_valid():
            return self._line(request, entry, form, aside=form)

        def act() -> None:
            reconciling.set_aside(entry, reason=form.cleaned_data["reason"], by=request.user, now=clock.now())

        return self._do(request, entry, act, "La ligne est écartée : elle n’attend plus.", form, aside=form)

    def bring_back(self, request: Any, pk: int) -> HttpResponse:
        entry = _entry(request, pk)
        return self._do(
            request, entry, lambda: reconciling.bring_back(entry, by=request.user, now=clock.now()), "La ligne attend de nouveau."
        )

    def undo(self, request: Any, pk: int) -> HttpResponse:
        """Take back one payment of this line, or the refund it closed."""
        entry, form = _entry(request, pk), ReasonForm(request.POST, auto_id="undo_%s")
        if not form.is_valid():
            return self._line(request, entry, form)
        if answer := ask_factor(request):
            return answer
        key, reason = request.POST.get("paiement", ""), form.cleaned_data["reason"]

        def act() -> None:
            if key.isdecimal():
                payment = get_object_or_404(Payment, pk=key, entry=entry)
                reconciling.undo_match(payment, reason=reason, by=request.user, now=clock.now())
            else:
                reconciling.undo_refund(get_object_or_404(Refund, closed_by=entry), reason=reason, by=request.user, now=clock.now())

        return self._do(request, entry, act, "C’est annulé : la ligne attend de nouveau.", form)

    def _do(self, request: Any, entry: StatementEntry, act: Any, done: str, form: Any = None, **forms: Any) -> HttpResponse:
        """Do it, then go on to the next line that waits; refused, show the page again with what was typed."""
        try:
            act()
        except Refused as refusal:
            if form is not None:
                form.add_error(None, str(refusal))
                return self._line(request, StatementEntry.objects.with_rest().get(pk=entry.pk), form, **forms)
            messages.error(request, str(refusal))
            return redirect("admin:billing_statemententry_change", entry.pk)
        messages.success(request, done)
        if request.POST.get("liste"):
            return redirect("admin:billing_statemententry_changelist")
        place = _place(entry)
        following = place["after"] or place["before"] if done == "C’est rapproché." else entry.pk
        return (
            redirect("admin:billing_statemententry_change", following) if following else redirect("admin:billing_statemententry_changelist")
        )


def _allow(request: Any) -> None:
    if not request.user.has_perm(RECONCILE):
        raise PermissionDenied


def _entry(request: Any, pk: int) -> StatementEntry:
    _allow(request)
    return get_object_or_404(StatementEntry.objects.with_rest(), pk=pk)


def _of_state(state: str) -> Any:
    rows = StatementEntry.objects.with_rest()
    if state == "":
        return StatementEntry.objects.to_reconcile()
    if state == "reglees":
        counted = Payment.objects.standing().filter(entry=OuterRef("pk"))
        return rows.filter(Exists(counted) | Q(closes__isnull=False))
    return rows.exclude(set_aside_at=None) if state == "ecartees" else rows


def _searched(words: str) -> Q:
    """By amount when it reads as one, else by words: payer, label, reference, IBAN."""
    if not words:
        return Q()
    try:
        amount = amount_of(words)
    except Refused:
        return containing(words)
    return Q(amount__in=[amount, -amount]) | containing(words)


def _alike(entry: StatementEntry) -> Any:
    """The lines of that day and amount that other statements told: what a doubt is about."""
    rows = StatementEntry.objects.filter(iban=entry.iban, booked_on=entry.booked_on, amount=entry.amount)
    return rows.exclude(statement=entry.statement).select_related("statement").order_by("pk")[:FOUND]


def _proposed(entries: list[StatementEntry]) -> list[dict[str, Any]]:
    desk = Desk(entries)
    return [{"entry": entry, "proposals": _keyed(entry, desk.proposals(entry))[:2]} for entry in entries]


def _keyed(entry: StatementEntry, proposals: list[Proposal]) -> list[tuple[str, Proposal]]:
    """Each proposal with the name under which it is accepted: what it does, and what is left of the line."""
    return [(_key(entry, proposal), proposal) for proposal in proposals]


def _key(entry: StatementEntry, proposal: Proposal) -> str:
    refund, back = proposal.refund.pk if proposal.refund else "", [payment.pk for payment in proposal.taken_back]
    told = [(invoice.number, f"{invoice.remaining:.2f}") for invoice in proposal.invoices]
    return hashlib.sha256(repr((entry.pk, f"{entry.left:.2f}", told, refund, back)).encode()).hexdigest()[:16]


def _place(entry: StatementEntry) -> dict[str, Any]:
    """« 3 sur 12 », the line before and the line after, among those that wait; the nearest ones when it waits no more."""
    order = list(StatementEntry.objects.to_reconcile().order_by("booked_on", "pk").values_list("booked_on", "pk"))
    mine = (entry.booked_on, entry.pk)
    before, after = [key for key in order if key < mine], [key for key in order if key > mine]
    return {
        "at": len(before) + 1,
        "total": len(order),
        "before": before[-1][1] if before else None,
        "after": after[0][1] if after else None,
    }


def _place_form(entry: StatementEntry, proposals: list[Proposal], words: str) -> PlaceForm | None:
    """The invoices proposed, then those searched: how much of the line is for each."""
    if entry.left <= 0 or entry.set_aside_at:
        return None
    proposed = {invoice.pk: invoice for proposal in proposals for invoice in proposal.invoices}
    chosen = {invoice.pk for invoice in proposals[0].invoices} if proposals else set()
    for invoice in _found(words):
        proposed.setdefault(invoice.pk, invoice)
    return PlaceForm(entry=entry, invoices=list(proposed.values()), chosen=set() if words else chosen, auto_id="place_%s")


def _found(words: str) -> Any:
    """Open invoices by number, body or amount."""
    if not words:
        return []
    try:
        asked = Q(remaining=amount_of(words)) | containing(words)
    except Refused:
        asked = containing(words)
    return Invoice.objects.unpaid().filter(asked).order_by("due_on", "pk")[:FOUND]


def _back_form(entry: StatementEntry) -> GiveBackForm | None:
    if entry.left <= 0 or entry.set_aside_at:
        return None
    initial = {"amount": entry.left, "to_iban": entry.party_iban, "to_name": entry.party_name}
    return GiveBackForm(initial=initial, auto_id="back_%s")
