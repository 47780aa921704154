"""The doors: signing in by code or link, accepting an invitation, the addresses of a person."""

from datetime import datetime
from math import ceil
from typing import Any

from allauth.account import views as allauth_views
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.flows.logout import logout
from allauth.account.internal.stagekit import clear_login, get_pending_stage
from allauth.account.models import EmailAddress, Login
from allauth.core.internal.httpkit import get_client_ip
from allauth.core.internal.ratelimit import truncate_ip
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import colleagues, factors, forms, services
from accounts.http import UserRequest
from accounts.models import Invitation, Proof, User
from accounts.roles import OPENS_ADMIN
from accounts.states import Purpose, Standing
from core import clock, errorpages
from core.refusals import Refused
from core.registry import sign_in_note

ASKED = "accounts_proof"
logout_view = allauth_views.logout


def safe_next(going_to: str) -> str:
    """Return a path of ours, or nothing: never another site."""
    is_path = going_to.startswith("/") and len(going_to) <= 500 and going_to.isprintable()
    return going_to if is_path and url_has_allowed_host_and_scheme(going_to, allowed_hosts=None) else ""


def _next_of(request: HttpRequest) -> str:
    return safe_next(request.POST.get("next", "") or request.GET.get("next", ""))


def _network(request: HttpRequest) -> str:
    """Name who asks, for the limits: an IPv6 address by its network, of which one subscriber has billions."""
    return truncate_ip(get_client_ip(request) or "")


def _browser(request: HttpRequest) -> str:
    """Name this browser for the time of a double click, by the cookie that protects its forms."""
    return str(request.META.get("CSRF_COOKIE", ""))


def too_many(request: HttpRequest, until: datetime) -> HttpResponse:
    """Answer who asks too often, with when to try again."""
    response = render(request, "accounts/too_many.html", {"until": until}, status=429)
    response["Retry-After"] = str(max(1, ceil((until - clock.now()).total_seconds())))
    return response


@login_not_required
def too_fast(request: HttpRequest) -> HttpResponse:
    """What allauth answers to who tries factors too fast: its limits last from one to five minutes."""
    response = errorpages.page(429)
    response["Retry-After"] = "300"
    return response


# --- Signing in ------------------------------------------------------------------------------------


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The one door, for known and unknown addresses alike."""
    going_to = _next_of(request)
    if request.user.is_authenticated:
        return redirect(going_to or "space")
    if (stage := get_pending_stage(request)) and stage.urlname:
        return redirect(stage.urlname)
    form = forms.AskForm(request.POST if "email" in request.POST else None)
    if form.is_valid():
        return _ask(request, form.cleaned_data["email"], ask=form.cleaned_data["ask"], going_to=going_to)
    context = {
        "form": form,
        "next": going_to,
        "note": sign_in_note(going_to),
        "elsewhere": "ailleurs" in request.GET,
        "erased_on": services.erased_on(clock.now()),
    }
    return render(request, "account/login.html", context, status=422 if form.is_bound else 200)


def _ask(request: HttpRequest, email: str, *, ask: str, going_to: str) -> HttpResponse:
    try:
        proof = services.ask_proof(email, next=going_to, now=clock.now(), asked_from=_network(request), ask=ask)
    except services.TooMany as refusal:
        return too_many(request, refusal.until)
    return _wait_for(request, proof, shown=True)


def _wait_for(request: HttpRequest, proof: Proof, *, shown: bool) -> HttpResponse:
    """Tie the code to this browser, forget the one it asked before, and show where to type it."""
    former = request.session.get(ASKED, {}).get("pk")
    if former and former != proof.pk:
        Proof.objects.filter(pk=former).revoke(now=clock.now())
    request.session[ASKED] = {"pk": proof.pk, "shown": shown}
    return redirect("account_confirm_login_code")


def _asked(request: HttpRequest) -> Proof | None:
    pk = request.session.get(ASKED, {}).get("pk")
    return Proof.objects.filter(pk=pk).select_related("invitation", "user").first() if pk else None


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """« Nous vous avons écrit »: the code, in the browser that asked for it and no other."""
    proof = _asked(request)
    if proof is None or (proof.purpose == Purpose.ADDRESS and proof.user_id != request.user.pk):
        return redirect("space" if request.user.is_authenticated else f"{reverse('account_login')}?ailleurs")
    form = forms.CodeForm(request.POST if "code" in request.POST else None)
    if form.is_valid():
        try:
            services.check_code(proof, form.cleaned_data["code"], now=clock.now())
            return _use(request, proof)
        except Refused as refusal:
            form.add_error("code", str(refusal))
    return _code_page(request, proof, form)


def _code_page(request: HttpRequest, proof: Proof, form: forms.CodeForm) -> HttpResponse:
    proof.refresh_from_db()
    context = {
        "form": form,
        "proof": proof,
        "is_live": proof.standing(now=clock.now()) == Standing.LIVE,
        "shown": request.session[ASKED]["shown"],
        "is_address": proof.purpose == Purpose.ADDRESS,
    }
    return render(request, "account/confirm_login_code.html", context, status=422 if form.is_bound else 200)


def _use(request: HttpRequest, proof: Proof) -> HttpResponse:
    """Use a proof for what it is for; raises `Refused`."""
    now, browser = clock.now(), _browser(request)
    if proof.purpose == Purpose.ADDRESS:
        services.add_address(proof, by=request.user, now=now, browser=browser)  # type: ignore[arg-type]
        request.session.pop(ASKED, None)
        messages.success(request, "Votre adresse est confirmée.")
        return redirect("account_email")
    person = services.sign_in(proof, now=now, browser=browser)
    return _enter(request, person, proof)


def _enter(request: HttpRequest, person: User, proof: Proof) -> HttpResponse:
    """Go through allauth's login, so that the second factor still applies; another person's session ends first."""
    going_to = safe_next(proof.next) or reverse("space")
    if request.user.is_authenticated and request.user.pk == person.pk:
        needs_factor = person.roles and not factors.has_authenticator(person)
        return redirect(factors.enrolment_address(going_to) if needs_factor else going_to)
    if request.user.is_authenticated:
        logout(request, show_message=False)
    clear_login(request)
    request.session.pop(ASKED, None)
    record_authentication(request, person, "code", email=proof.email)
    return perform_login(request, Login(user=person, email=proof.email, redirect_url=going_to))


@login_not_required
@require_POST
def resend(request: HttpRequest) -> HttpResponse:
    """« Renvoyer »: a new code and link; the former are worth nothing."""
    proof = _asked(request)
    if proof is None:
        return redirect(f"{reverse('account_login')}?ailleurs")
    return _resend(request, proof, shown=request.session[ASKED]["shown"])


def _resend(request: HttpRequest, proof: Proof, *, shown: bool) -> HttpResponse:
    try:
        again = services.resend(proof, now=clock.now(), asked_from=_network(request))
    except services.TooMany as refusal:
        return too_many(request, refusal.until)
    return _wait_for(request, again, shown=shown)


# --- The link --------------------------------------------------------------------------------------


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, secret: str) -> HttpResponse:
    """The mailed link. Opened, by a person or a scanner, it signs nobody in and changes nothing: its button does."""
    proof = Proof.objects.filter(secret_hash=services.hashed(secret)).select_related("invitation", "user").first()
    if proof is None:
        return _dead_link(request, "UNKNOWN", secret)
    if proof.purpose == Purpose.ADDRESS and not request.user.is_authenticated:
        return redirect(f"{reverse('account_login')}?next={request.path}")
    if proof.purpose == Purpose.ADDRESS and proof.user_id != request.user.pk:
        text = "Ce lien a été demandé depuis un autre compte : connectez-vous d’abord à celui-là."
        return render(request, "accounts/told.html", {"title": "Un autre compte", "text": text}, status=403)
    if request.method == "POST":
        try:
            return _use(request, proof)
        except Refused as refusal:
            proof.refresh_from_db()
            return _dead_link(request, proof.standing(now=clock.now()), secret, why=str(refusal))
    standing = proof.standing(now=clock.now())
    if standing != Standing.LIVE:
        return _dead_link(request, standing, secret)
    other = request.user.is_authenticated and proof.purpose == Purpose.SIGN_IN
    return render(request, "accounts/link.html", {"proof": proof, "is_address": proof.purpose == Purpose.ADDRESS, "other": other})


def _dead_link(request: HttpRequest, standing: str, secret: str, *, why: str = "") -> HttpResponse:
    """Say what happened to a link, and offer a new one to the address it was made for, without showing it."""
    status = 404 if standing == "UNKNOWN" else 410
    return render(request, "accounts/dead_link.html", {"standing": standing, "secret": secret, "why": why}, status=status)


@login_not_required
@require_POST
def link_resend(request: HttpRequest, secret: str) -> HttpResponse:
    """Send a new link to the address of this one, which the page does not know."""
    proof = Proof.objects.filter(secret_hash=services.hashed(secret)).select_related("invitation", "user").first()
    if proof is None:
        return _dead_link(request, "UNKNOWN", secret)
    if proof.purpose == Purpose.ADDRESS and proof.user_id != request.user.pk:
        return redirect(f"{reverse('account_login')}?next={reverse('account_email')}")
    return _resend(request, proof, shown=False)


# --- Invitations -----------------------------------------------------------------------------------


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """An invitation: its button mails the code that proves the address; the roles come with its use."""
    found = get_object_or_404(Invitation.objects.select_related("invited_by"), secret_hash=services.hashed(secret))
    standing = found.standing(now=clock.now())
    if standing != Standing.LIVE:
        return render(request, "accounts/dead_invitation.html", {"standing": standing, "secret": secret}, status=410)
    if request.method != "POST":
        return render(request, "accounts/invitation.html", {"invitation": found, "erased_on": services.erased_after(found.expires_at)})
    going_to = reverse("admin:index") if set(found.roles) & OPENS_ADMIN else reverse("space")
    try:
        proof = services.ask_proof(found.email, next=going_to, now=clock.now(), asked_from=_network(request), invitation=found)
    except services.TooMany as refusal:
        return too_many(request, refusal.until)
    return _wait_for(request, proof, shown=False)


@login_not_required
@require_POST
def invitation_resend(request: HttpRequest, secret: str) -> HttpResponse:
    """An expired invitation is sent again to its address, while the person who invited still may."""
    found = get_object_or_404(Invitation.objects.select_related("invited_by"), secret_hash=services.hashed(secret))
    try:
        services.check_limits(found.email, _network(request), now=clock.now())
        colleagues.invite_again(found, now=clock.now())
    except services.TooMany as refusal:
        return too_many(request, refusal.until)
    except Refused as refusal:
        return render(request, "accounts/told.html", {"title": "Invitation", "text": str(refusal)}, status=410)
    return render(request, "accounts/told.html", {"title": "C’est parti", "text": "Une nouvelle invitation vient de partir."})


# --- Addresses -------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def addresses(request: UserRequest) -> HttpResponse:
    """« Mes adresses »: each signs in; one is the address we write to."""
    form = forms.NewAddressForm(request.POST if "email" in request.POST else None)
    if form.is_bound and (answer := _gate(request)):
        return answer
    if form.is_valid():
        try:
            proof = services.ask_address(
                request.user, form.cleaned_data["email"], now=clock.now(), asked_from=_network(request), ask=form.cleaned_data["ask"]
            )
            return _wait_for(request, proof, shown=True)
        except services.TooMany as refusal:
            return too_many(request, refusal.until)
        except Refused as refusal:
            form.add_error("email", str(refusal))
    rows = EmailAddress.objects.filter(user=request.user).order_by("-primary", "email")
    context = {"form": form, "addresses": rows, "erased_on": services.erased_on(clock.now())}
    return render(request, "account/email.html", context, status=422 if form.is_bound else 200)


def _gate(request: UserRequest) -> HttpResponse | None:
    """Who has a second factor shows it again before changing what opens the account."""
    return factors.gate(request) if factors.has_authenticator(request.user) else None


@require_POST
def address_act(request: UserRequest, pk: int, act: str) -> HttpResponse:
    """Make one of my addresses the main one, or remove it."""
    address = get_object_or_404(EmailAddress, pk=pk, user=request.user)
    if answer := _gate(request):
        return answer
    verb: Any = {"principale": services.make_primary, "retirer": services.remove_address}[act]
    try:
        verb(request.user, address, now=clock.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "C’est fait." if act == "retirer" else f"Nous vous écrirons à {address.email}.")
    return redirect("account_email")


@login_not_required
@require_safe
def inactive(request: HttpRequest) -> HttpResponse:
    """Where allauth leads whoever signs in to a closed account."""
    return render(request, "account/account_inactive.html", status=403)
