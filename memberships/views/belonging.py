"""Who is of a member: the booking link that agents hold, the contact's answer by a mailed link, and where a person stands (G0)."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.http import UserRequest
from core import clock
from core.clock import PARIS
from core.refusals import Refused
from core.secret_pages import kept_secret
from memberships import belonging, claim_links, held_links, rights, services
from memberships.claim_forms import ClaimForm
from memberships.models import Belonging
from memberships.services.answering import ByLink
from memberships.services.claiming import already
from memberships.states import Answer
from organisations.models import Contact

YES, NO = "oui", "non"


def by_secret(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Without account, never kept by a cache, and told to no other site (as `views.finance.by_secret`)."""

    @login_not_required
    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def opened(request: HttpRequest, token: str) -> HttpResponse:
        response = view(request, token)
        return kept_secret(response)

    return opened


def _today() -> Any:
    return clock.now().astimezone(PARIS).date()


# --- The booking link -----------------------------------------------------------------------------------------


@by_secret
def booking_link(request: HttpRequest, token: str) -> HttpResponse:
    """Of which member the link is, and nothing else of it. Reading changes nothing: the button keeps the link for this visit."""
    link = belonging.link_of(token)
    if link is None:
        return render(request, "memberships/link_gone.html", status=404)
    if request.method == "POST":
        if "drop" in request.POST:
            held_links.drop(request)
        else:
            held_links.keep(request, link)
        return redirect("booking_link", token)
    body = link.organisation.at(_today())
    kept = held_links.held(request)
    context = {
        "body": body,
        "is_held": kept is not None and kept.pk == link.pk,
        "standing": rights.standing(body, _today()),
    }
    return render(request, "memberships/link.html", context)


# --- The contact's answer -------------------------------------------------------------------------------------


@by_secret
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Two buttons, while nobody answered; then who did. Scanners of mail open links: only a POST answers."""
    found = claim_links.opened(token, on=_today())
    if found is None:
        return render(request, "memberships/claim_gone.html", status=404)
    row, contact = found
    said = {YES: Answer.YES, NO: Answer.NO}.get(request.POST.get("answer", ""))
    refusal = ""
    if said and not row.answer:
        try:
            row = services.answer(row, said, by=_who(contact), now=clock.now())
        except Refused as refused:
            refusal = str(refused)
            row = Belonging.objects.select_related("organisation").filter(pk=row.pk).first() or row
    elif said:
        refusal = already(row)
    context = {
        "row": row,
        "body": row.organisation.at(_today()),
        "contact": contact,
        "refusal": refusal,
        "done": bool(said) and not refusal,
    }
    return render(request, "memberships/claim_answer.html", context, status=409 if refusal else 200)


def _who(contact: Contact) -> Any:
    return contact.account or ByLink(str(contact))


# --- Where a person stands ------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def belongings(request: UserRequest) -> HttpResponse:
    """Of which member I am and by what gate, what I asked, and asking."""
    now, addresses = clock.now(), list(request.user.addresses())
    form = ClaimForm(request.POST if request.method == "POST" else None, on=_today(), initial={"claim_name": request.user.get_full_name()})
    if form.is_valid():
        try:
            services.claim(form.body, request.user.email, name=form.cleaned_data["claim_name"], now=now)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"Votre demande est partie à {form.body}. Sa réponse vous arrive par courriel.")
            return redirect("belongings")
    context = {
        "form": form,
        "explained": belonging.explained(addresses, held_links.held(request), _today()),
        "rows": Belonging.objects.filter(email__in=addresses).select_related("organisation").order_by("-asked_at", "-pk"),
    }
    return render(request, "memberships/belongings.html", context, status=422 if form.errors else 200)


@require_POST
def take_back(request: UserRequest, pk: int) -> HttpResponse:
    """Erase one's own request, answered or not."""
    row = get_object_or_404(Belonging.objects.filter(email__in=request.user.addresses()), pk=pk)
    services.take_back(row, now=clock.now())
    messages.success(request, "Votre demande est effacée.")
    return redirect("belongings")
