"""What a member says of its own people: its mail domains, its booking link, its answers. For whoever speaks for the body (404 else)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.http import UserRequest
from core import clock
from core.addresses import absolute
from core.clock import PARIS
from core.refusals import Refused
from memberships import belonging, domains, rights, services
from memberships.claim_forms import DomainForm
from memberships.models import Belonging, BookingLink, MailDomain
from memberships.models.belonging import SHARED_DOMAINS
from memberships.states import Answer
from memberships.views.member import spoken_for
from organisations.models import Organisation

SAID = {"oui": Answer.YES, "non": Answer.NO}


def _family(body: Organisation) -> list[Organisation]:
    return body.heirs_of(clock.now().astimezone(PARIS).date())


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def agents(request: UserRequest, pk: int) -> HttpResponse:
    """Domains, link and requests on one page; its form declares a domain."""
    body, _ = spoken_for(request, pk)
    form = DomainForm(request.POST if request.method == "POST" else None, initial={"domain": _proposed(request, body)})
    if form.is_valid():
        try:
            row = services.declare_domain(body, form.cleaned_data["domain"], by=request.user, now=clock.now())
        except Refused as refused:
            form.add_error("domain", str(refused))
        else:
            messages.success(request, f"Qui a une adresse en « @{domains.shown(row.domain)} » compte désormais parmi vos agents.")
            return redirect("member_agents", pk)
    return render(request, "memberships/agents.html", {**_shown(body), "form": form}, status=422 if form.errors else 200)


def _shown(body: Organisation) -> dict[str, Any]:
    family, today = _family(body), clock.now().astimezone(PARIS).date()
    link = BookingLink.objects.alive().filter(organisation__in=family).order_by("-created_at", "-pk").first()
    rows = Belonging.objects.filter(organisation__in=family).order_by("-asked_at", "-pk")
    declared = MailDomain.objects.filter(organisation__in=family).order_by("domain", "pk")
    same = MailDomain.objects.filter(domain__in=[row.domain for row in declared]).exclude(organisation__in=family)
    elsewhere = set(same.values_list("domain", flat=True))
    return {
        "body": body,
        "standing": rights.standing(body, today),
        "domains": [(row, domains.shown(row.domain), row.domain in elsewhere) for row in declared],
        "link": link,
        "link_address": absolute(reverse("booking_link", args=[belonging.secret_of(link)])) if link else "",
        "waiting": [row for row in rows if not row.answer],
        "answered": [row for row in rows if row.answer],
    }


def _proposed(request: UserRequest, body: Organisation) -> str:
    """The domain of one's own address, unless it is declared or everybody's."""
    own = domains.domain_of(request.user.email)
    is_known = MailDomain.objects.filter(organisation__in=_family(body), domain=own).exists()
    return "" if is_known or own in SHARED_DOMAINS else domains.shown(own)


@require_POST
def remove_domain(request: UserRequest, pk: int, domain: int) -> HttpResponse:
    """From now on, an address there says nothing."""
    body, _ = spoken_for(request, pk)
    rows = MailDomain.objects.filter(organisation__in=_family(body)).select_related("organisation")
    row = get_object_or_404(rows, pk=domain)
    services.remove_domain(row, by=request.user, now=clock.now())
    messages.success(request, f"« {domains.shown(row.domain)} » est retiré. Ce qui est déjà réservé ne change pas.")
    return redirect("member_agents", pk)


@require_POST
def make_link(request: UserRequest, pk: int) -> HttpResponse:
    """Make the booking link, or another in place of the one before."""
    body, _ = spoken_for(request, pk)
    services.make_link(body, by=request.user, now=clock.now())
    messages.success(request, "Le lien est prêt. Celui d’avant, s’il y en avait un, ne donne plus rien.")
    return redirect(f"{reverse('member_agents', args=[pk])}#lien")


@require_POST
def revoke_link(request: UserRequest, pk: int) -> HttpResponse:
    body, _ = spoken_for(request, pk)
    services.revoke_link(body, by=request.user, now=clock.now())
    messages.success(request, "Le lien est retiré : il ne donne plus rien.")
    return redirect(f"{reverse('member_agents', args=[pk])}#lien")


@require_POST
def answer(request: UserRequest, pk: int, belonging: int) -> HttpResponse:
    """Answer a request, or change the answer: the form says which answer it was drawn with."""
    body, _ = spoken_for(request, pk)
    rows = Belonging.objects.filter(organisation__in=_family(body)).select_related("organisation")
    row = get_object_or_404(rows, pk=belonging)
    said = SAID.get(request.POST.get("answer", ""))
    row.answer = request.POST.get("seen", "")
    try:
        if said is None:
            raise Refused("Répondez oui ou non.")
        services.answer(row, said, by=request.user, now=clock.now())
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"C’est noté : {said.label} pour {row.name or row.email}. La personne le reçoit par courriel.")
    return redirect(f"{reverse('member_agents', args=[pk])}#demandes")
