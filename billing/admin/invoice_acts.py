"""Acts on one invoice: each says what it will do before it does it, and asks the second factor again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import path, reverse

from accounts.roles import ISSUE_INVOICES, RECONCILE
from billing import documents, services
from billing.invoice_forms import ActForm, ByHandForm, CreditForm, ReasonForm, ReplaceForm
from billing.models import Invoice, Payment
from billing.sale import sold
from billing.services import reconciling, refunding
from billing.services.carrying import refuse_what_cannot_be_carried
from billing.services.correcting import drawn_again
from billing.services.crediting import drawn_credit
from billing.services.needs import missing
from billing.services.numbering import day_of
from billing.services.payments import SMALL_DIFFERENCE, differences_left_by, refuse_odd_day
from billing.standing import with_standing
from core import clock
from core.money import euros
from core.refusals import Refused
from core.registry import Link, ask_factor

# What the preview was shown for: changed since, it is shown again.
SEEN, CONFIRM = "_seen", "_confirm"


@dataclass(frozen=True)
class Act:
    """One verb: when it makes sense, what it would do, and doing it (which returns what was done, and where one goes on)."""

    slug: str
    title: str
    button: str
    permission: str
    form: type[ActForm]
    is_open: Callable[[Invoice], bool]
    preview: Callable[[Invoice, Any, datetime], dict[str, Any]]
    do: Callable[[Invoice, Any, Any, datetime], str]
    lead: str = ""


def _preview_credit(invoice: Invoice, form: CreditForm, now: datetime) -> dict[str, Any]:
    told = form.cleaned_data
    drawn = drawn_credit(invoice, reason=told["reason"], by=None, now=now, amount=told["amount"])
    after = invoice.remaining - drawn.gross
    return {"drawn": _drawn(drawn), "effects": [_left(after), _on_chorus(invoice, "L’avoir")]}


def _credit(invoice: Invoice, form: CreditForm, by: Any, now: datetime) -> str:
    told = form.cleaned_data
    note = services.credit(invoice, reason=told["reason"], amount=told["amount"], by=by, now=now)
    return f"Avoir {note} émis : {euros(note.gross)}."


def _preview_replace(invoice: Invoice, form: ReplaceForm, now: datetime) -> dict[str, Any]:
    buyer = form.buyer()
    if gaps := missing(buyer, on=day_of(now)):
        raise Refused(f"Il manque encore {', '.join(gaps)}.")
    note = drawn_credit(invoice, reason=form.cleaned_data["reason"], by=None, now=now)
    if note.gross != invoice.gross:
        raise Refused("Cette facture est déjà créditée en partie : elle ne se remplace plus entière. Créditez le reste.")
    refuse_what_cannot_be_carried(invoice)
    drawn = drawn_again(invoice, buyer, now=now)
    effects = [f"Un avoir de {euros(note.gross)} sur {invoice}, puis la facture que voici, au même montant.", _on_chorus(invoice, "Chacun")]
    effects.append(_written_to(drawn))
    if invoice.paid:
        effects.append(f"{euros(invoice.paid)} déjà reçus sont portés sur la nouvelle : rien n’est redemandé de ce qui est payé.")
    return {"drawn": _drawn(drawn), "effects": effects}


def _written_to(document: Invoice) -> str:
    """Whom the letter leaves to: the contact of who bought, which another payer is not."""
    told, body = sold(document), document.organisation
    if told is None or not told.to:
        return "Aucune lettre ne partira : personne à qui écrire n’est connu. Remettez la facture vous-même."
    if body is None or not document.buyer_siret or document.buyer_siret == body.siret:
        return f"La lettre part à {told.to}."
    return (
        f"La lettre part à {told.to}, contact de {body.name}, et non de {document.buyer_name} : demandez-lui de la transmettre, "
        "ou remettez la facture vous-même à ce payeur."
    )


def _replace(invoice: Invoice, form: ReplaceForm, by: Any, now: datetime) -> str:
    note, new = services.correct(invoice, form.buyer(), reason=form.cleaned_data["reason"], by=by, now=now)
    return f"Avoir {note} et facture {new} émis : {new} remplace {invoice}."


def _preview_by_hand(invoice: Invoice, form: ByHandForm, now: datetime) -> dict[str, Any]:
    amount = form.cleaned_data["amount"]
    try:
        refuse_odd_day(invoice, form.cleaned_data["received_on"], now=now)
    except Refused as refused:  # said beside the day; no longer being a day, it is not what was seen, and nothing is done
        form.add_error("received_on", str(refused))
        return {}
    if amount > invoice.remaining:
        raise Refused(f"Il reste {euros(invoice.remaining)} à payer : ce montant est trop grand.")
    return {"effects": [f"{euros(amount)} comptés sur {invoice}.", _left(invoice.remaining - amount)]}


def _by_hand(invoice: Invoice, form: ByHandForm, by: Any, now: datetime) -> str:
    payment = services.record_by_hand(invoice, **form.cleaned_data, by=by, now=now)
    return f"{euros(payment.amount)} notés sur {invoice}."


def _preview_close(invoice: Invoice, _: ReasonForm, __: datetime) -> dict[str, Any]:
    told = f"{euros(invoice.remaining)} manquent : ils comptent comme un écart, aucun argent n’est entré."
    return {"effects": [told, "La facture sera payée : plus aucune relance ne part."]}


def _close(invoice: Invoice, form: ReasonForm, by: Any, now: datetime) -> str:
    closing = services.close_difference(invoice, reason=form.cleaned_data["reason"], by=by, now=now)
    return f"Écart de {euros(closing.amount)} soldé sur {invoice}."


def _drawn(document: Invoice) -> str:
    """The document as it would be read."""
    return render_to_string("billing/_invoice.html", documents.context(document))


def _left(amount: Any) -> str:
    if amount > 0:
        return f"Il restera {euros(amount)} à payer."
    return f"Il y aura {euros(-amount)} à rembourser." if amount < 0 else "Il ne restera rien à payer : plus aucune relance ne part."


def _on_chorus(invoice: Invoice, what: str) -> str:
    return f"{what} attendra d’être déposé sur Chorus Pro." if invoice.via_chorus else ""


def _invoice(invoice: Invoice) -> bool:
    return not invoice.is_credit and invoice.credited < invoice.gross


ACTS = (
    Act(
        "crediter", "Créditer", "Émettre l’avoir", ISSUE_INVOICES, CreditForm, _invoice, _preview_credit, _credit,
        "Une facture émise ne se modifie pas : un avoir la corrige, en tout ou en partie.",
    ),
    Act(
        "remplacer", "Remplacer", "Émettre l’avoir et la facture", ISSUE_INVOICES, ReplaceForm,
        lambda invoice: _invoice(invoice) and not invoice.credited, _preview_replace, _replace,
        "Les mêmes lignes, pour un autre payeur ou avec d’autres références : un avoir pour le tout, puis une nouvelle facture.",
    ),
    Act(
        "note", "Noter un chèque ou des espèces", "Noter ce paiement", RECONCILE, ByHandForm,
        lambda invoice: not invoice.is_credit and invoice.remaining > 0, _preview_by_hand, _by_hand,
        "Ce que ni la banque ni la carte ne diront. Un virement, lui, arrive par le relevé.",
    ),
    Act(
        "ecart", "Solder un écart", "Solder cet écart", RECONCILE, ReasonForm,
        lambda invoice: not invoice.is_credit and 0 < invoice.remaining <= SMALL_DIFFERENCE, _preview_close, _close,
        f"Pour {euros(SMALL_DIFFERENCE)} au plus : des frais de banque, une erreur de quelques centimes.",
    ),
)  # fmt: skip


class InvoiceActsMixin:
    """Before ModelAdmin: `/…/<pk>/<verb>/`, with preview and confirmation."""

    admin_site: Any
    opts: Any

    def get_urls(self):
        view = self.admin_site.admin_view
        own = [
            path("<int:pk>/acte/<slug:slug>/", view(self.act_view), name="billing_invoice_act"),
            path("<int:pk>/paiement/<int:payment>/annuler/", view(self.undo_view), name="billing_invoice_undo"),
        ]
        return [*own, *super().get_urls()]

    def act_links(self, request: HttpRequest, invoice: Invoice) -> list[Link]:
        """The acts that make sense now, for who may do them."""
        mine = [act for act in ACTS if request.user.has_perm(act.permission) and act.is_open(invoice)]
        links = [Link(act.title, reverse("admin:billing_invoice_act", args=[invoice.pk, act.slug])) for act in mine]
        if not invoice.is_credit and invoice.remaining < 0 and request.user.has_perm(RECONCILE) and refunding.proposed(invoice)["amount"]:
            links.append(Link("Rembourser", reverse("admin:billing_refund_decide", args=[invoice.pk])))
        return links

    def act_view(self, request: Any, pk: int, slug: str) -> HttpResponse:
        act = next((act for act in ACTS if act.slug == slug), None)
        if act is None:
            raise Http404
        invoice = self._asked(request, pk, act.permission)
        if answer := ask_factor(request):
            return answer
        if not act.is_open(invoice):
            messages.warning(request, f"« {act.title} » n’a plus lieu d’être sur {invoice}.")
            return redirect("admin:billing_invoice_change", pk)
        return self._run(request, invoice, act)

    def undo_view(self, request: Any, pk: int, payment: int) -> HttpResponse:
        """« Annuler ce paiement »: the opposite row, with a reason."""
        invoice = self._asked(request, pk, RECONCILE)
        counted = get_object_or_404(Payment.objects.standing(), invoice=invoice, pk=payment)
        if answer := ask_factor(request):
            return answer
        told = f"{euros(counted.amount)}, {counted.get_method_display()} du {counted.received_on:%d/%m/%Y}"

        def do(_: Invoice, form: Any, by: Any, now: datetime) -> str:
            # By its line first when it has one: everywhere a line is locked before its invoices (docs/adr/0032).
            undo = reconciling.undo_match if counted.entry_id else services.undo_payment
            undo(counted, reason=form.cleaned_data["reason"], by=by, now=now)
            return f"Paiement annulé : {told}."

        def preview(_: Invoice, __: Any, ___: datetime) -> dict[str, Any]:
            leaning = sum((row.amount for row in differences_left_by(counted)), Decimal(0))
            effects = [f"{told} ne comptera plus.", f"L’écart de {euros(leaning)} qui était soldé sera de nouveau dû." if leaning else ""]
            back = "La ligne du relevé redevient à rapprocher." if counted.entry_id else ""
            return {"effects": [*effects, _left(invoice.remaining + counted.amount + leaning), back]}

        act = Act("annuler", "Annuler un paiement", "Annuler ce paiement", RECONCILE, ReasonForm, lambda _: True, preview, do, told)
        return self._run(request, invoice, act)

    def _run(self, request: Any, invoice: Invoice, act: Act) -> HttpResponse:
        now, form = clock.now(), act.form(request.POST if request.method == "POST" else None, invoice=invoice)
        shown: dict[str, Any] = {}
        if form.is_valid():
            try:
                shown = act.preview(invoice, form, now)
                if CONFIRM in request.POST and request.POST.get(SEEN) == seen(form):
                    messages.success(request, act.do(invoice, form, request.user, now))
                    return redirect("admin:billing_invoice_change", invoice.pk)
            except Refused as refused:
                form.add_error(None, str(refused))
                shown = {}
        effects = [words for words in shown.pop("effects", []) if words]
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "title": f"{act.title} : {invoice}", "act": act, "form": form,
            "invoice": invoice, "effects": effects, "seen": seen(form) if effects else "", **shown,
        }  # fmt: skip
        return render(request, "admin/billing/invoice_act.html", context, status=422 if form.errors else 200)

    def _asked(self, request: Any, pk: int, permission: str) -> Invoice:
        if not request.user.has_perm(permission):
            raise PermissionDenied
        return get_object_or_404(with_standing(Invoice.objects.visible_to(request.user).select_related("organisation")), pk=pk)


def seen(form: ActForm) -> str:
    """Name what the preview was about."""
    return sha256(repr(sorted((name, str(value)) for name, value in form.cleaned_data.items())).encode()).hexdigest()[:32]
