"""Applying. Each page is one screen: fetch, form, one call, answer."""

import secrets
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.http import UserRequest
from applications import answers as asked
from applications import documents, services, stash
from applications.deadlines import as_open_to
from applications.forms import ApplicationForm
from applications.models import Application
from applications.staff_emails import OWN_LIMIT
from applications.states import EDITABLE, State
from applications.views.shared import copy_key, download, kept_until, number
from core import clock
from core.refusals import Refused
from organisations.services import propose
from programmes.models import Edition

TAB_LENGTH = 16


@login_not_required
def apply(request: UserRequest, programme: str, edition: str) -> HttpResponse:
    """The form of a call: a GET shows and stores nothing, « Relire » keeps what was typed and shows it all."""
    now, call = clock.now(), _call(request, programme, edition)
    if not request.user.is_authenticated:
        return _sign_in_first(request, call, now=now)
    if request.method == "POST":
        return (_look_up if request.POST.keys() & {"chercher", "prendre"} else _review)(request, call, now=now)
    application = _mine(request, call)
    return _form_or_closed(request, call, application, now=now)


@login_not_required
@require_POST
def save(request: UserRequest, programme: str, edition: str) -> HttpResponse:
    """Keep the typing: by itself (htmx, answered in a line), or by « Enregistrer le brouillon »."""
    now, call = clock.now(), _call(request, programme, edition)
    by_itself = request.headers.get("HX-Request") == "true"
    if not request.user.is_authenticated:
        return _signed_out_line(request, call) if by_itself else _sign_in_first(request, call, now=now)
    try:
        application = services.save_typing(call, _typing(request, asked_for=not by_itself), by=request.user, now=now)
    except Refused as refusal:
        return _line(request, str(refusal), status=409) if by_itself else _not_kept(request, call, refusal, now=now, checked=False)
    stash.forget(request, call)
    if by_itself:
        return _line(request, "", application=application, closed_at=None if call.is_accepting(now=now) else call.closes_at)
    messages.success(request, "Votre brouillon est enregistré." if application else "Rien n’est encore tapé : rien n’est enregistré.")
    return redirect("apply", programme, edition)


@login_not_required
def deposit(request: UserRequest, programme: str, edition: str) -> HttpResponse:
    """Deposit what was read over; what is deposited is what the server kept, and the receipt says it."""
    if request.method != "POST" or not request.user.is_authenticated:
        return redirect("apply", programme, edition)
    now = clock.now()
    application = (
        Application.objects.with_call().filter(edition__programme__slug=programme, edition__slug=edition, applicant=request.user).first()
    )
    if not application:
        return redirect("apply", programme, edition)
    application.edition = as_open_to(application.edition, request.user, now=now)
    form = ApplicationForm(application.draft, edition=application.edition)
    if not form.is_valid() and application.edition.is_accepting(now=now):
        return _form_page(request, application.edition, application, form, status=422)
    try:
        step = services.submit(application, form.cleaned_data, by=request.user, now=now, revision=number(request.POST.get("revision")))
    except services.Closed:
        return _closed(request, application.edition, application, now=now, status=422)
    except Refused as refusal:
        application.refresh_from_db(fields=["typed", "revision", "state"])
        return _review_page(request, application, ApplicationForm(application.draft, edition=application.edition), refusal=str(refusal))
    return redirect("application_received", step.application.reference)


@require_safe
def text(request: UserRequest, programme: str, edition: str) -> HttpResponse:
    """My text, to keep: what is typed, or what was deposited."""
    now, call = clock.now(), _call(request, programme, edition)
    application = _mine(request, call)
    kept = stash.read(request, call) or (application.draft if application else None)
    if not kept:
        raise Http404
    content = documents.text(application or Application(edition=call, applicant=request.user), kept, now=now)
    return download(content.encode(), f"candidature-{call.programme.slug}-{call.slug}.txt", "text/plain; charset=utf-8")


def delete(request: UserRequest, programme: str, edition: str) -> HttpResponse:
    """Erase my draft, or what I changed since the deposit, after a page that asks."""
    now, call = clock.now(), _call(request, programme, edition)
    application = _mine(request, call)
    if application is None or not (application.state == State.DRAFT or application.has_changes):
        raise Http404
    if request.method != "POST":
        context = {"edition": call, "application": application, "copy_key": copy_key(call, request)}
        return render(request, "applications/delete.html", context | {"accepting": call.is_accepting(now=now)})
    erase = services.delete_draft if application.state == State.DRAFT else services.discard_changes
    try:
        erase(application, by=request.user, now=now)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("apply", programme, edition)
    stash.forget(request, call)
    messages.success(request, "Vos modifications sont abandonnées." if application.reference else "Votre brouillon est effacé.")
    return redirect(application if application.reference else call)


# --- What the pages of a call share --------------------------------------------------------------


def _call(request: HttpRequest, programme: str, edition: str) -> Edition:
    """A public call; one that staff took back stays open to whoever has begun an application to it."""
    call = get_object_or_404(Edition.objects.select_related("programme"), programme__slug=programme, slug=edition)
    if not call.is_public(now=clock.now()) and not Application.objects.begun_by(request.user).filter(edition=call).exists():
        raise Http404
    return as_open_to(call, request.user, now=clock.now())


def _mine(request: UserRequest, call: Edition) -> Application | None:
    application = Application.objects.filter(edition=call, applicant=request.user).first()
    if application:
        application.edition = call
    return application


def _typing(request: UserRequest, *, asked_for: bool) -> services.Typing:
    post = request.POST
    revision, tab = number(post.get("revision")) or 0, post.get("tab", "")[:TAB_LENGTH].replace("\x00", "")
    return services.Typing(asked.typed_in(post), revision=revision, tab=tab, asked=asked_for)


def _sign_in_first(request: HttpRequest, call: Edition, *, now: datetime) -> HttpResponse:
    """Keep the text of an ended session until the person is back; nobody's closed call needs no sign-in."""
    if request.method == "POST":
        stash.keep(request, call)
    elif not call.is_accepting(now=now) and OWN_LIMIT not in request.GET:
        return _closed(request, call, None, now=now)
    return redirect_to_login(reverse("apply", args=[call.programme.slug, call.slug]))


def _review(request: UserRequest, call: Edition, *, now: datetime) -> HttpResponse:
    typing = _typing(request, asked_for=True)
    form = ApplicationForm(typing.answers, edition=call)
    try:
        application = services.save_typing(call, typing, by=request.user, now=now)
    except Refused as refusal:
        return _not_kept(request, call, refusal, now=now)
    stash.forget(request, call)
    if not call.is_accepting(now=now):
        return _closed(request, call, application, now=now, status=422)
    if not form.is_valid() or application is None:
        return _form_page(request, call, application, form, status=422)
    return _review_page(request, application, form)


def _look_up(request: UserRequest, call: Edition, *, now: datetime) -> HttpResponse:
    """Without JavaScript, « Chercher ma structure »: keep the typing, show the form again with what it may be, or with the one taken."""
    typing = _typing(request, asked_for=True)
    if taken := request.POST.get("prendre"):
        typing = replace(typing, answers={**typing.answers, "organisation": asked.storable(taken)})
    try:
        application = services.save_typing(call, typing, by=request.user, now=now)
    except Refused as refusal:
        return _not_kept(request, call, refusal, now=now, checked=False)
    if not call.is_accepting(now=now):
        return _closed(request, call, application, now=now, status=422)
    found = None if taken else propose(typing.answers["organisation"], now=now)
    return _form_page(request, call, application, ApplicationForm(initial=typing.answers, edition=call), found=found)


def _review_page(request: UserRequest, application: Application, form: ApplicationForm, *, refusal: str = "") -> HttpResponse:
    answers = {"email": request.user.email, **(form.cleaned_data if form.is_valid() else application.answers)}
    context = {
        "edition": application.edition,
        "application": application,
        "copy": asked.read_out(answers),
        "refusal": refusal,
        "copy_key": copy_key(application.edition, request),
        "unchanged": application.state == State.SUBMITTED and not application.typed,
    }
    return render(request, "applications/review.html", context, status=409 if refusal else 200)


def _not_kept(request: UserRequest, call: Edition, refusal: Refused, *, now: datetime, checked: bool = True) -> HttpResponse:
    """Show again what was typed and not kept, why, and what pressing the button again will do.

    `checked`: « Relire » says what is missing; « Enregistrer le brouillon » does not look.
    """
    if isinstance(refusal, services.Closed):
        return _closed(request, call, _mine(request, call), now=now, status=422, text=asked.typed_in(request.POST))
    application, typed = _mine(request, call), asked.typed_in(request.POST)
    form = ApplicationForm(typed, edition=call) if checked else ApplicationForm(initial=typed, edition=call)
    stale = isinstance(refusal, services.Stale)
    why = {"stale": stale, "refusal": "" if stale else str(refusal), "button": "Relire" if checked else "Enregistrer le brouillon"}
    return _form_page(request, call, application, form, status=409 if stale else 422, **why)


def _form_or_closed(request: UserRequest, call: Edition, application: Application | None, *, now: datetime) -> HttpResponse:
    if not call.is_accepting(now=now):
        return _closed(request, call, application, now=now)
    if application and application.state not in EDITABLE:
        return redirect(application)
    kept = stash.read(request, call)
    form = ApplicationForm(initial=kept or (application.draft if application else _known(request)), edition=call)
    return _form_page(request, call, application, form, restored=kept is not None)


def _known(request: UserRequest) -> dict[str, str]:
    """What the account knows already."""
    return {"first_name": request.user.first_name, "last_name": request.user.last_name}


def _form_page(
    request: UserRequest,
    call: Edition,
    application: Application | None,
    form: ApplicationForm,
    *,
    status: int = 200,
    **said: Any,
) -> HttpResponse:
    """`said`: what the page says above the form (`stale` and its `button`, `restored`, `refusal`)."""
    context = {
        "edition": call,
        "application": application,
        "form": form,
        "revision": application.revision if application else 0,
        "tab": secrets.token_hex(TAB_LENGTH // 2),
        "copy_key": copy_key(call, request),
        "phases": call.phases.with_places(),
        "found": None,
        **kept_until(call),
        **said,
    }
    return render(request, "applications/apply.html", context, status=status)


def _closed(
    request: HttpRequest,
    call: Edition,
    application: Application | None,
    *,
    now: datetime,
    status: int = 200,
    text: dict[str, str] | None = None,
) -> HttpResponse:
    """« L’appel est clos »: the text is kept, shown, and can be taken away (A2)."""
    if application and application.state != State.DRAFT and not application.typed and status == 200:  # noqa: PLR2004
        return redirect(application)
    kept = text or stash.read(request, call) or (application.draft if application else None)
    context = {
        "edition": call,
        "application": application,
        "copy": asked.read_out(kept) if kept else [],
        "announced": now < call.opens_at,
        "saved": application is not None,
        "signed_in": request.user.is_authenticated,
        **kept_until(call),
    }
    return render(request, "applications/closed.html", context, status=status)


def _line(
    request: HttpRequest,
    words: str,
    *,
    status: int = 200,
    application: Application | None = None,
    closed_at: datetime | None = None,
    sign_in: str = "",
) -> HttpResponse:
    """The one line under the form that says what became of the typing; kept after the deadline, that it is too late (A2)."""
    context = {"words": words, "application": application, "closed_at": closed_at, "sign_in": sign_in}
    return render(request, "applications/_saved.html", context, status=status)


def _signed_out_line(request: HttpRequest, call: Edition) -> HttpResponse:
    back = reverse("apply", args=[call.programme.slug, call.slug])
    return _line(request, "Votre session est finie : ce texte est gardé sur cet appareil.", status=401, sign_in=back)
