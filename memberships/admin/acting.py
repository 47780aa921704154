"""The page of one membership, and the acts of the team on it: each on its own screen, which says what follows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from accounts.roles import ACCEPT_MEMBERSHIPS, ISSUE_INVOICES
from billing.models import Invoice
from core import clock
from core.refusals import Refused
from mailing.models import Message
from memberships import answers as asked
from memberships import downloads, papers, queries, rights, services, space
from memberships.addressing import address_line, address_of
from memberships.admin.leaving import may_end
from memberships.bulletins import people_of
from memberships.models import Membership
from memberships.services import invoicing
from memberships.staff_forms import ActForm, QuestionForm, ReasonForm, RefusalForm, RenewedForm, ResignForm, SuspendForm, ToldForm, UseForm
from memberships.states import UPLOADED, DocumentKind, State
from organisations.models import Contact
from organisations.states import ContactRole
from records.models import Act as Recorded
from records.services import label_of

BEFORE = frozenset({State.PROPOSED, State.ASKED})


@dataclass(frozen=True)
class Act:
    """One act: its title, the button, what follows in words, its form, when it makes sense, and the verb."""

    title: str
    button: str
    told: str
    form: type[forms.Form]
    fits: Callable[[Membership], bool]
    do: Callable[[Membership, dict[str, Any], Any, datetime], Any]
    done: str
    permission: str = ACCEPT_MEMBERSHIPS


def _is_before(membership: Membership) -> bool:
    return membership.state in BEFORE


def _is_active(membership: Membership) -> bool:
    return membership.state == State.ACTIVE


def _suspended(membership: Membership) -> bool:
    return membership.suspensions.on(queries.today(clock.now())).exists()


ACTS: dict[str, Act] = {
    "accepter": Act(
        "Accepter le bulletin",
        "Accepter",
        "Les droits commencent aujourd’hui. Les contacts entrent au répertoire. Le bulletin et l’appel de cotisation partent par courriel.",
        ActForm,
        _is_before,
        lambda row, _, by, now: services.accept(row, by=by, now=now),
        "Bulletin accepté : les droits ont commencé.",
    ),
    "demander": Act(
        "Demander un complément",
        "Envoyer la question",
        "La personne reçoit votre question par courriel et rouvre son bulletin, tel qu’elle l’a tapé.",
        QuestionForm,
        _is_before,
        lambda row, said, by, now: services.ask(row, said["text"], by=by, now=now),
        "La question est partie.",
    ),
    "refuser": Act(
        "Refuser le bulletin",
        "Refuser",
        "La personne reçoit le motif par courriel. Rien n’est dû.",
        RefusalForm,
        _is_before,
        lambda row, said, by, now: services.refuse(row, said["text"], by=by, now=now),
        "Bulletin refusé.",
    ),
    "confirmer": Act(
        "Confirmer le renouvellement",
        "Confirmer",
        "L’organisme l’a dit autrement que par son lien. Ses droits suivent ceux de l’année d’avant, et la lettre de confirmation part.",
        RenewedForm,
        lambda row: row.state in (State.TO_CONFIRM, State.DECLINED),
        lambda row, said, by, now: services.confirm(row, by=by, now=now, commitment_number=said["commitment_number"], note=said["text"]),
        "L’adhésion est confirmée.",
    ),
    "decliner": Act(
        "Noter qu’il ne renouvelle pas",
        "Noter ce refus",
        "Ses droits courent jusqu’à la fin de leur grâce, comme s’il n’avait rien dit. Une lettre le lui dit, et comment revenir.",
        ToldForm,
        lambda row: row.state == State.TO_CONFIRM,
        lambda row, said, by, now: services.decline(row, by=by, now=now, reason=said["text"]),
        "C’est noté : cette année ne sera pas renouvelée.",
    ),
    "suspendre": Act(
        "Suspendre les droits",
        "Suspendre",
        "Les droits s’arrêtent aujourd’hui. Un retard de paiement n’est pas un motif : parlez d’abord.",
        SuspendForm,
        lambda row: _is_active(row) and not _suspended(row),
        lambda row, said, by, now: services.suspend(row, said["text"], ends_on=said["until"], by=by, now=now),
        "Les droits sont suspendus.",
    ),
    "lever": Act(
        "Lever la suspension",
        "Rendre les droits",
        "Les droits reprennent aujourd’hui, jusqu’à la fin de leur période.",
        ReasonForm,
        lambda row: _is_active(row) and _suspended(row),
        lambda row, said, by, now: services.lift_suspension(row, said["text"], by=by, now=now),
        "Les droits ont repris.",
    ),
    "demission": Act(
        "Noter une démission",
        "Noter la démission",
        "Les droits finissent le jour dit. Ce qui est dû le reste.",
        ResignForm,
        _is_active,
        lambda row, said, by, now: services.resign(row, on=said["on"], reason=said["text"], by=by, now=now),
        "La démission est notée.",
    ),
    "reprendre": Act(
        "Reprendre la démission",
        "Reprendre",
        "Les droits sont comme si rien n’avait été dit. Possible jusqu’au jour de la démission.",
        ReasonForm,
        lambda row: row.state == State.RESIGNED and bool(row.resigned_on and row.resigned_on >= queries.today(clock.now())),
        lambda row, said, by, now: services.take_back_resignation(row, reason=said["text"], by=by, now=now),
        "La démission est reprise.",
    ),
    "refacturer": Act(
        "Émettre une nouvelle facture",
        "Émettre la facture",
        "La facture d’avant est annulée par un avoir, et l’organisme n’en demande plus lui-même. Émettez-en une si l’année reste due.",
        ActForm,
        lambda row: invoicing.invoice_of(row) is None and invoicing.credited_before(row) is not None,
        lambda row, _, by, now: invoicing.ask_invoice(row, by=by, now=now, again=True),
        "La nouvelle facture est émise.",
        ISSUE_INVOICES,
    ),
    "usage": Act(
        "Noter un usage",
        "Noter",
        "L’organisme le lit dans son espace et dans son bilan de l’année. Une erreur se corrige dans les usages des droits.",
        UseForm,
        lambda row: row.rights_from is not None and row.rights_from <= queries.today(clock.now()),
        lambda row, said, by, now: services.note_use(row, by=by, now=now, **said),
        "L’usage est noté.",
    ),
}


class ActingMixin:
    """Before ModelAdmin."""

    admin_site: Any
    opts: Any

    def get_urls(self):
        view, name = self.admin_site.admin_view, "memberships_membership_"
        return [
            path("<int:pk>/acte/<slug:slug>/", view(self.act_view), name=f"{name}act"),
            path("<int:pk>/pieces/<int:document>/", view(self.paper_view), name=f"{name}paper"),
            path("<int:pk>/papiers/<slug:kind>/", view(self.made_view), name=f"{name}made"),
            *super().get_urls(),
        ]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        membership = self.get_object(request, unquote(object_id))  # type: ignore[attr-defined]
        if membership is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined]
        if not self.has_view_permission(request, membership) or request.method not in ("GET", "HEAD"):  # type: ignore[attr-defined]
            raise PermissionDenied
        return self._answer(request, "page.html", f"Adhésion {membership}", membership, _page(request, membership))

    def act_view(self, request: Any, pk: int, slug: str) -> HttpResponse:
        """One act on its own screen; refused, what was typed stays."""
        membership, act = self._row(request, pk), ACTS.get(slug)
        if act is None or not request.user.has_perm(act.permission):
            raise Http404 if act is None else PermissionDenied
        if not act.fits(membership):
            messages.error(request, f"« {act.title} » n’a plus de sens ici : cette adhésion a changé.")
            return redirect(_change(pk))
        form = act.form(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                act.do(membership, form.cleaned_data, request.user, clock.now())
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, act.done)
                return redirect(_change(pk))
        shown = {"form": form, "act": act, "slug": slug, **_foreseen(membership, slug)}
        return self._answer(request, "act.html", act.title, membership, shown, status=422 if form.errors else 200)

    def paper_view(self, request: Any, pk: int, document: int) -> HttpResponse:
        """What the body gave us, as an attachment."""
        found = get_object_or_404(self._row(request, pk).documents.filter(kind__in=UPLOADED), pk=document)
        return downloads.given(found)

    def made_view(self, request: Any, pk: int, kind: str) -> HttpResponse:
        """A paper of ours, as its data stands."""
        kinds = {"bulletin": DocumentKind.BULLETIN, "appel": DocumentKind.DUES_CALL}
        if kind not in kinds:
            raise Http404
        return downloads.given(papers.publish(self._row(request, pk), kinds[kind], clock.now()))

    def _row(self, request: Any, pk: int) -> Membership:
        rows = Membership.objects.visible_to(request.user).select_related("organisation", "campaign", "asker")
        if not self.has_view_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        found: Membership = get_object_or_404(rows, pk=pk)
        return found

    def _answer(
        self, request: Any, name: str, title: str, membership: Membership, shown: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, "membership": membership, **shown}
        request.current_app = self.admin_site.name
        return TemplateResponse(request, f"admin/memberships/membership/{name}", context, status=status)


def _change(pk: int) -> str:
    return reverse("admin:memberships_membership_change", args=[pk])


def _foreseen(membership: Membership, slug: str) -> dict[str, Any]:
    """What accepting will do, before it does."""
    if slug != "accepter":
        return {}
    try:
        period = rights.period(membership.campaign, queries.today(clock.now()))
    except Refused as refusal:
        return {"warning": str(refusal)}
    people = [(ContactRole(role).label, asked.in_words(person)) for role, person in people_of(membership.bulletin).items()]
    return {"period": period, "people": people, "price": queries.price_of(membership)}


def _page(request: Any, membership: Any) -> dict[str, Any]:
    """What the page of one shows."""
    from memberships.admin.memberships import pill

    today, body, label = queries.today(clock.now()), membership.organisation, label_of(membership)
    current = list(Contact.objects.of(body, on=today).select_related("organisation"))
    return {
        "pill": pill(membership.situation),
        "price": queries.price_of(membership),
        "acts": [(slug, act) for slug, act in ACTS.items() if request.user.has_perm(act.permission) and act.fits(membership)],
        "people": [(ContactRole(role).label, asked.in_words(person)) for role, person in people_of(membership.bulletin).items()],
        "is_new": bool(membership.bulletin.get("new")),
        "is_to_read": membership.state in BEFORE,
        "address": address_line(list(address_of(membership).values())),
        "contacts": current,
        "may_end": may_end(request.user),
        "past_contacts": body.contacts.exclude(pk__in=[contact.pk for contact in current]).order_by("-ends_on", "pk"),
        "given": membership.documents.filter(kind__in=UPLOADED),
        "made": membership.documents.exclude(kind__in=UPLOADED),
        "suspensions": membership.suspensions.all(),
        "uses": [(use, space.counted(use.quantity, use.right.unit)) for use in membership.uses.select_related("right")],
        "invoices": Invoice.objects.visible_to(request.user).about(label).with_balance().order_by("issued_at", "pk"),
        "others": Membership.objects.filter(organisation=body).exclude(pk=membership.pk).select_related("campaign"),
        "letters": Message.objects.filter(about=label).order_by("-created_at", "-pk")[:20],
        "history": Recorded.objects.filter(about=label).order_by("-at", "-pk")[:30],
    }
