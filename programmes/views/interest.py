"""« Prévenez-moi »: asking, without an account; confirming, by a POST from the mailed link. No address is ever in a URL."""

from math import ceil

from allauth.core.internal.httpkit import get_client_ip
from allauth.core.internal.ratelimit import truncate_ip
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from core import clock
from core.refusals import Refused
from programmes.emails import UNCONFIRMED_KEPT
from programmes.forms import InterestForm
from programmes.models import Edition, Interest, Programme
from programmes.services import interest as services

FORM = "programmes/interest/ask.html"


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, programme: str, edition: str = "") -> HttpResponse:
    """One address; the answer is the same whatever is known of it. Once it is open, there is nothing to wait for."""
    now = clock.now()
    shown = get_object_or_404(Programme.objects.public(), slug=programme)
    call = get_object_or_404(shown.editions.public(now=now).select_related("programme"), slug=edition) if edition else None
    if not services.is_useful(shown, call, now=now):
        return redirect(call or shown)
    form = InterestForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _form(request, shown, call, form, status=422 if form.is_bound else 200)
    try:
        services.ask(shown, form.cleaned_data["email"], edition=call, now=now, asked_from=_network(request))
    except services.TooMany as refusal:
        form.add_error(None, f"{refusal} Réessayez dans une heure, ou écrivez-nous.")
        answer = _form(request, shown, call, form, status=429)
        answer["Retry-After"] = str(max(1, ceil((refusal.until - now).total_seconds())))
        return answer
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _form(request, shown, call, form, status=422)
    return redirect("interest_asked")


@login_not_required
@never_cache
@require_safe
def asked(request: HttpRequest) -> HttpResponse:
    return render(request, "programmes/interest/asked.html", {"days": UNCONFIRMED_KEPT.days})


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, secret: str) -> HttpResponse:
    """Reading the page changes nothing: mail scanners of administrations open links. Its buttons confirm, or give up."""
    interest = services.find(secret)
    if interest is None:
        return render(request, "programmes/interest/unknown.html", status=404)
    done = ""
    if request.method == "POST":
        done = "stopped" if "stop" in request.POST else "confirmed"
        if done == "stopped":
            services.give_up(interest)
        else:
            services.confirm(interest, now=clock.now())
    return render(request, "programmes/interest/confirm.html", _of(interest) | {"done": done})


def _form(request: HttpRequest, programme: Programme, edition: Edition | None, form: InterestForm, *, status: int) -> HttpResponse:
    context = {"form": form, "programme": programme, "edition": edition, "row": edition or programme}
    return render(request, FORM, context, status=status)


def _of(interest: Interest) -> dict[str, object]:
    return {
        "programme": interest.programme,
        "edition": interest.edition,
        "row": interest.edition or interest.programme,
        "interest": interest,
    }


def _network(request: HttpRequest) -> str:
    """Name who asks, for the limits: an IPv6 address by its network, of which one subscriber has billions."""
    return str(truncate_ip(get_client_ip(request) or ""))
