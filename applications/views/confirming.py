"""The selected person's side: their yes, the place offered to them, and their employer's word (domain.md B5, B8)."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import UserRequest
from applications import agreements, papers, services, standing
from applications.confirm_forms import SendLinkForm, SignedFileForm
from applications.models import Application, EmployerAgreement
from applications.services.agreeing import OwnAddress
from applications.states import Agreement, State
from applications.views.shared import download
from core import clock
from core.refusals import Refused


def own(request: UserRequest, reference: str) -> Application:
    """What only its author does."""
    return get_object_or_404(Application.objects.with_call(), reference=reference, applicant=request.user)


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: UserRequest, reference: str) -> HttpResponse:
    """« Je confirme », by POST alone: a link in a letter leads here and changes nothing."""
    found = own(request, reference)
    if request.method == "POST":
        return _try(request, found, lambda: services.accept_place(found, by=request.user, now=clock.now()), "Votre oui est enregistré.")
    shown = standing.of(found, now=clock.now())
    if shown.state != State.SELECTED:
        # The letter of an offer leads here too.
        return redirect("application_place", reference) if shown.offer else redirect(found)
    context = {"application": found, "edition": found.edition, "standing": shown, "phases": found.edition.phases.with_places()}
    return render(request, "applications/confirm.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def place(request: UserRequest, reference: str) -> HttpResponse:
    """« Je prends cette place » or « Je la laisse »: an offer of the waiting list, answered once."""
    found = own(request, reference)
    shown = standing.of(found, now=clock.now())
    if request.method != "POST":
        if shown.offer is None:
            return redirect(found)
        context = {"application": found, "edition": found.edition, "standing": shown, "phases": found.edition.phases.with_places()}
        return render(request, "applications/place.html", context)
    offer = found.offers.order_by("-at", "-pk").first()
    if offer is None or request.POST.get("act") not in ("take", "leave"):
        raise Http404
    takes = request.POST["act"] == "take"
    verb = services.take_offer if takes else services.decline_offer
    said = "Cette place est à vous." if takes else "C’est noté : la place est proposée à quelqu’un d’autre."
    return _try(request, found, lambda: verb(offer, by=request.user, now=clock.now()), said)


def _try(request: UserRequest, found: Application, act: Callable[[], Any], said: str) -> HttpResponse:
    try:
        act()
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect(found)


# --- The employer's word ------------------------------------------------------------------------------------


@require_safe
def agreement(request: UserRequest, reference: str) -> HttpResponse:
    return _page(request, own(request, reference))


def _page(
    request: UserRequest, found: Application, *, send: SendLinkForm | None = None, file: SignedFileForm | None = None, status: int = 200
) -> HttpResponse:
    now = clock.now()
    rows = list(found.agreements.order_by("-asked_at", "-pk"))
    answer = agreements.answered(found)
    context = {
        "application": found,
        "edition": found.edition,
        "standing": standing.of(found, now=now),
        "word": Agreement(answer.answer) if answer else Agreement.AWAITED,
        "answer": answer,
        "asked": agreements.is_asked(found, now=now),
        "links": [(row, agreements.address_of(row) if _waits(row, now) else "") for row in rows if row.digest],
        "files": [row for row in rows if row.file],
        "received": next((row for row in rows if row.answer == Agreement.RECEIVED), None),
        "send_form": send or SendLinkForm(auto_id="lien_%s"),
        "file_form": file or SignedFileForm(auto_id="pdf_%s"),
        "failed": send or file,
    }
    return render(request, "applications/agreement_own.html", context, status=status)


def _waits(row: EmployerAgreement, now: Any) -> bool:
    return row.answered_at is None and row.revoked_at is None and row.until is not None and now < row.until


@require_POST
def ask(request: UserRequest, reference: str) -> HttpResponse:
    """Send the link to the address typed, or only make one to copy."""
    found = own(request, reference)
    form = SendLinkForm(request.POST, auto_id="lien_%s")
    copies = request.POST.get("act") == "copy"
    if not copies and not form.is_valid():
        return _page(request, found, send=form, status=422)
    email = "" if copies else form.cleaned_data["email"]
    try:
        services.ask_manager(found, email, by=request.user, now=clock.now())
    except Refused as refusal:
        if copies:
            messages.error(request, str(refusal))
            return redirect("application_agreement", reference)
        form.add_error("email" if isinstance(refusal, OwnAddress) else None, str(refusal))
        return _page(request, found, send=form, status=422)
    messages.success(request, f"La demande part à {email}." if email else "Le lien est prêt : copiez-le ci-dessous.")
    return redirect("application_agreement", reference)


@require_POST
def revoke(request: UserRequest, reference: str, pk: int) -> HttpResponse:
    found = own(request, reference)
    services.revoke_link(get_object_or_404(found.agreements.exclude(digest=""), pk=pk), by=request.user, now=clock.now())
    messages.success(request, "Ce lien ne s’ouvre plus.")
    return redirect("application_agreement", reference)


@require_POST
def deposit(request: UserRequest, reference: str) -> HttpResponse:
    """Keep a signed PDF; anything else is refused in words, beside its field."""
    found = own(request, reference)
    form = SignedFileForm(request.POST, request.FILES, auto_id="pdf_%s")
    if form.is_valid():
        try:
            services.deposit_agreement(found, form.cleaned_data["file"], by=request.user, now=clock.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "L’accord signé est déposé. Merci.")
            return redirect("application_agreement", reference)
    return _page(request, found, file=form, status=422)


@require_safe
def file(request: UserRequest, reference: str, pk: int) -> HttpResponse:
    """Give back a deposited agreement: to its author, and to who may read applications; to nobody else, not even to say it exists."""
    visible = Application.objects.visible_to(request.user).filter(reference=reference)
    row = get_object_or_404(EmployerAgreement.objects.filter(application__in=visible).exclude(file=""), pk=pk)
    with row.file.open("rb") as opened:
        return download(opened.read(), f"{reference}-accord-signe.pdf", papers.PDF)


@require_safe
def paper(request: UserRequest, reference: str) -> HttpResponse:
    """The paper to sign, filled in."""
    found = own(request, reference)
    if not agreements.is_asked(found, now=clock.now()):
        raise Http404
    return download(papers.to_sign(found), papers.name_of(found), papers.PDF)
