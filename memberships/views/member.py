"""The space of a member: for whoever speaks for the body today, and nobody else (404). The team reads it in the admin."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import UserRequest
from core import clock
from core.clock import PARIS
from core.refusals import Refused
from memberships import downloads, papers, rights, services, space
from memberships.member_forms import ContactForm, LeaveForm, NamesForm, colleagues_of
from memberships.models import Membership, MembershipDocument
from memberships.services.contacting import EDITED, finance_page_of, needs_successor
from memberships.states import DocumentKind
from organisations.models import Contact, Organisation
from records.models import Association

NOT_IN_FORCE = "L’attestation est donnée pendant que les droits courent : ils ne courent pas aujourd’hui."


def spoken_for(request: UserRequest, pk: int) -> tuple[Organisation, Contact]:
    """The body, and the role by which this person speaks for it; whoever does not is told nothing of it."""
    body = get_object_or_404(Organisation, pk=pk)
    if role := space.held(body, request.user, clock.now()):
        return body, role
    raise Http404


def _memberships(body: Organisation) -> Any:
    family = body.heirs_of(clock.now().astimezone(PARIS).date())
    return Membership.objects.filter(organisation__in=family).select_related("organisation", "campaign")


def _contact(body: Organisation, pk: int) -> Contact:
    rows = Contact.objects.of(body, on=clock.now().astimezone(PARIS).date()).select_related("organisation")
    return get_object_or_404(rows, pk=pk)


@require_safe
@never_cache
def member(request: UserRequest, pk: int) -> HttpResponse:
    """Everything of the body, on one page."""
    body, _ = spoken_for(request, pk)
    context = space.page(body, request.user, clock.now())
    ours = Association.shown()
    return render(request, "memberships/member.html", {**context, "dues_email": ours.dues_email or ours.contact_email})


@require_safe
@never_cache
def attestation(request: UserRequest, pk: int) -> HttpResponse:
    """The attestation of the year by which the body is a member today; none when it is not."""
    body, _ = spoken_for(request, pk)
    now = clock.now()
    found = rights.in_force(body, now.astimezone(PARIS).date())
    if found is None:
        messages.error(request, NOT_IN_FORCE)
        return redirect("member", pk)
    return downloads.given(papers.publish(found, DocumentKind.ATTESTATION, now))


@require_safe
@never_cache
def summary(request: UserRequest, pk: int, year: int) -> HttpResponse:
    """« Ce que l’adhésion vous a apporté », of a year whose rights have begun."""
    body, _ = spoken_for(request, pk)
    now = clock.now()
    begun = _memberships(body).accepted().filter(campaign__year=year, rights_from__lte=now.astimezone(PARIS).date())
    found = get_object_or_404(begun.order_by("pk")[:1])
    return downloads.given(papers.publish(found, DocumentKind.SUMMARY, now))


@require_safe
@never_cache
def paper(request: UserRequest, pk: int, document: int) -> HttpResponse:
    """A paper of the body's memberships, ours or theirs."""
    body, _ = spoken_for(request, pk)
    rows = MembershipDocument.objects.filter(membership__in=_memberships(body)).select_related("membership__campaign")
    return downloads.given(get_object_or_404(rows.exclude(file=""), pk=document))


@require_POST
def finance_page(request: UserRequest, pk: int, membership: int) -> HttpResponse:
    """Open the page where references are given, the invoice asked for and the call answered: one's own address of it."""
    body, role = spoken_for(request, pk)
    found = get_object_or_404(_memberships(body), pk=membership)
    return redirect(finance_page_of(found, role, now=clock.now()))


# --- Contacts -------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def edit(request: UserRequest, pk: int, contact: int) -> HttpResponse:
    """Correct a colleague's name, job, telephone, or one's own."""
    body, _ = spoken_for(request, pk)
    found = _contact(body, contact)
    form = NamesForm(request.POST if request.method == "POST" else None, initial={name: getattr(found, name) for name in EDITED})
    if form.is_valid():
        try:
            services.edit_contact(found, by=request.user, now=clock.now(), **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Le contact est à jour.")
            return redirect("member", pk)
    return _form(request, body, form, contact=found)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def add(request: UserRequest, pk: int) -> HttpResponse:
    """Add somebody; they are told by letter."""
    body, _ = spoken_for(request, pk)
    form = ContactForm(request.POST if request.method == "POST" else None, initial={"role": request.GET.get("role", "")})
    if form.is_valid():
        services.add_contact(body, form.cleaned_data["role"], form.person, by=request.user, now=clock.now())
        messages.success(request, "Le contact est ajouté ; une lettre le lui dit.")
        return redirect("member", pk)
    return _form(request, body, form, contact=None)


def _form(request: UserRequest, body: Organisation, form: NamesForm, *, contact: Contact | None) -> HttpResponse:
    context = {"body": body, "form": form, "contact": contact}
    return render(request, "memberships/member_contact.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def end(request: UserRequest, pk: int, contact: int) -> HttpResponse:
    """End a role, one's own or a colleague's, and say who follows. Access ends at once."""
    body, _ = spoken_for(request, pk)
    found, now = _contact(body, contact), clock.now()
    needed = needs_successor(found, now=now)
    form = LeaveForm(request.POST if request.method == "POST" else None, colleagues=colleagues_of(found, now=now), may_be_nobody=not needed)
    if form.is_valid():
        try:
            services.end_contact(found, by=request.user, now=now, successor=form.person)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"{found} n’est plus {found.get_role_display()} de {body}.")
            return redirect("member", pk) if space.held(body, request.user, now) else redirect("space")
    context = {"body": body, "form": form, "contact": found, "needed": needed, "is_me": found.account_id == request.user.pk}
    return render(request, "memberships/member_contact_end.html", context, status=422 if form.errors else 200)
