"""The second factor: whether this session has shown it, how long ago, and how to ask for it again."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.models import User

P = ParamSpec("P")

RECENT = 15 * 60
# What counts as a second factor; the recovery codes stand in for one of these and never alone.
STRONG = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
KEPT = "accounts_kept_post"
KEPT_BYTES = 100_000


def has_authenticator(user: User) -> bool:
    """Whether the person has enrolled a second factor."""
    return Authenticator.objects.filter(user_id=user.pk, type__in=STRONG).exists()


def shown_at(request: HttpRequest, user: User) -> float | None:
    """Return when this session last showed a factor that its owner still has, in seconds; None if never.

    Read on the real clock, as allauth writes it: the trial mode's shifted clock makes no factor older.
    """
    records = [record for record in get_authentication_records(request, user) if record.get("method") == "mfa"]
    if not records:
        return None
    held = dict(Authenticator.objects.filter(user_id=user.pk).values_list("pk", "type"))
    if not set(held.values()) & set(STRONG):
        return None
    return max((record["at"] for record in records if record.get("id") in held), default=None)


def has_recent_factor(request: HttpRequest) -> bool:
    """Whether a second factor was shown in the last 15 minutes: at sign-in, at enrolment or when asked again."""
    if not request.user.is_authenticated:
        return False
    at = shown_at(request, request.user)
    return at is not None and time.time() - at < RECENT


def ask_again(request: HttpRequest) -> HttpResponse:
    """Send to the page that asks for the factor (or has one enrolled), and keep the POST to take up afterwards."""
    if request.method == "POST":
        _keep(request)
    if not request.user.is_authenticated:
        return redirect(f"{reverse('account_login')}?{urlencode({'next': request.get_full_path()})}")
    methods = get_adapter().get_reauthentication_methods(request.user)
    if not methods or not has_authenticator(request.user):
        return redirect(enrolment_address(request.get_full_path()))
    return redirect(f"{methods[0]['url']}?{urlencode({'next': request.get_full_path()})}")


def gate(request: HttpRequest) -> HttpResponse | None:
    """For `core.registry.FACTOR_GATES`: None when the factor is recent, else the page that asks for it."""
    if not has_recent_factor(request):
        return ask_again(request)
    forget_kept(request)
    return None


def recent_factor_required(
    view: Callable[Concatenate[Any, P], HttpResponse],
) -> Callable[Concatenate[Any, P], HttpResponse]:
    """Ask for the second factor before this view when it is older than 15 minutes; a POST is kept and taken up again."""

    @wraps(view)
    def guarded(request: Any, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return gate(request) or view(request, *args, **kwargs)

    return guarded


def enrolment_address(going_to: str) -> str:
    """Return the page where a second factor is enrolled before going on."""
    return f"{reverse('mfa_index')}?{urlencode({'next': going_to})}"


def count_enrolment(request: HttpRequest, authenticator: Authenticator) -> None:
    """Enrolling a factor shows it: the person is not asked for it again at once."""
    record_authentication(request, authenticator.user, "mfa", id=authenticator.pk, type=authenticator.type, reauthenticated=True)


def _keep(request: HttpRequest) -> None:
    fields = [[name, value] for name, values in request.POST.lists() for value in values if name != "csrfmiddlewaretoken"]
    if request.FILES or sum(len(name) + len(value) for name, value in fields) > KEPT_BYTES:
        messages.warning(request, "Votre envoi était trop gros pour être gardé : refaites-le après cette vérification.")
        return
    request.session[KEPT] = {"path": request.get_full_path(), "fields": fields, "user": request.user.pk, "at": time.time()}


def kept_post(request: HttpRequest) -> dict[str, Any] | None:
    """Return what the person was sending when the factor was asked again, for a quarter of an hour."""
    kept: dict[str, Any] | None = request.session.get(KEPT)
    if not kept or kept["user"] != request.user.pk or time.time() - kept["at"] > RECENT:
        return None
    return kept


def forget_kept(request: HttpRequest) -> None:
    """Forget what was kept once it is sent: the back button must not offer it, and with JavaScript send it, a second time."""
    if request.method == "POST":
        request.session.pop(KEPT, None)


def way_on(request: HttpRequest, going_to: str) -> str:
    """Return where to go once the factor is shown: to the kept POST if it was meant for there."""
    kept = kept_post(request)
    return reverse("accounts_resume") if kept and kept["path"] == going_to else going_to
