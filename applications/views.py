"""Applying, and following one's application. Each page is one screen: fetch, form, one call, answer."""

import secrets
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
from applications import documents, retention, services, stash
from applications.forms import ApplicationForm, WithdrawalForm
from applications.models import Application, Step
from applications.states import EDITABLE, State
from core import clock
from core.refusals import Refused
from programmes import documents as calls
from programmes.models import Edition

TAB_LENGTH = 16
LARGEST_REVISION = 2_000_000_000
DIGITS_AT_MOST = 10  # Python refuses to read thousands of them


@login_not_required
def apply(request: UserRequest, programme: str, edition: str) -> HttpResponse:
    """The form of a call: a GET shows and stores nothing, « Relire » keeps what was typed and shows it all."""
    now, call = clock.now(), _call(programme, edition)
    if not request.user.is_authenticated:
        return _sign_in_first(request, call, now=now)
    if request.method == "POST":
        return _review(request, call, now=now)
    application = _mine(request, call)
    return _form_or_closed(request, call, application, now=now)


@login_not_required
@require_POST
def save(request: UserRequest, programme: str, edition: str) -> HttpResponse:
    """Keep the typing: by itself (htmx, answered in a line), or by « Enregistrer le brouillon »."""
    now, call = clock.now(), _call(programme, edition)
    by_itself = request.headers.get("HX-Request") == "true"
    if not request.user.is_authenticated:
        return _signed_out_line(request, call) if by_itself else _sign_in_first(request, call, now=now)
    try:
        application = services.save_typing(call, _typing(request, asked_for=not by_itself), by=request.user, now=now)
    except Refused as refusal:
        return _line(request, str(refusal), status=409) if by_itself else _not_kept(request, call, refusal, now=now)
    stash.forget(request, call)
    if by_itself:
        return _line(request, "", application=application)
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
    form = ApplicationForm(application.draft, edition=application.edition)
    if not form.is_valid() and application.edition.is_accepting(now=now):
        return _form_page(request, application.edition, application, form, status=422)
    try:
        step = services.submit(application, form.cleaned_data, by=request.user, now=now, revision=_number(request.POST.get("revision")))
    except services.Closed:
        return _closed(request, application.edition, application, now=now, status=422)
    except Refused as refusal:
        application.refresh_from_db(fields=["typed", "revision", "state"])
        return _review_page(request, application, ApplicationForm(application.draft, edition=application.edition), refusal=str(refusal))
    return redirect("application_received", step.application.reference)


@require_safe
def text(request: UserRequest, programme: str, edition: str) -> HttpResponse:
    """My text, to keep: what is typed, or what was deposited."""
    now, call = clock.now(), _call(programme, edition)
    application = _mine(request, call)
    kept = stash.read(request, call) or (application.draft if application else None)
    if not kept:
        raise Http404
    content = documents.text(application or Application(edition=call, applicant=request.user), kept, now=now)
    return _download(content.encode(), f"candidature-{call.programme.slug}-{call.slug}.txt", "text/plain; charset=utf-8")


def delete(request: UserRequest, programme: str, edition: str) -> HttpResponse:
    """Erase my draft, after a page that asks."""
    now, call = clock.now(), _call(programme, edition)
    application = get_object_or_404(Application, edition=call, applicant=request.user, state=State.DRAFT)
    if request.method != "POST":
        context = {"edition": call, "application": application, "copy_key": _copy_key(call, request)}
        return render(request, "applications/delete.html", context | {"accepting": call.is_accepting(now=now)})
    try:
        services.delete_draft(application, by=request.user, now=now)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("apply", programme, edition)
    stash.forget(request, call)
    messages.success(request, "Votre brouillon est effacé.")
    return redirect(call)


@require_safe
def application(request: UserRequest, reference: str) -> HttpResponse:
    """Where my application stands, in the candidate's words."""
    found = _visible(request, reference)
    steps = [step for step in found.steps.all() if step.to_state in (State.SUBMITTED, State.WITHDRAWN)]
    deposits = [step for step in steps if step.to_state == State.SUBMITTED]
    return render(request, "applications/application.html", {**_status(request, found), "steps": steps, "receipt": _last(deposits)})


@require_safe
def received(request: UserRequest, reference: str) -> HttpResponse:
    """The receipt: reference, second of receipt, full copy, what happens next and when."""
    found = _visible(request, reference)
    step = found.steps.deposits().last()
    if not step or found.state == State.WITHDRAWN:
        return redirect(found)
    context = _status(request, found)
    return render(
        request, "applications/received.html", {**context, "receipt": _last([step]), "phases": found.edition.phases.with_places()}
    )


@require_safe
def edit(request: UserRequest, reference: str) -> HttpResponse:
    found = _own(request, reference)
    return redirect("apply", found.edition.programme.slug, found.edition.slug)


def withdraw(request: UserRequest, reference: str) -> HttpResponse:
    """Withdraw, after a page that asks, with or without a reason."""
    found = _own(request, reference)
    form = WithdrawalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.withdraw(found, by=request.user, now=clock.now(), reason=form.cleaned_data["reason"])
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "Votre candidature est retirée.")
        return redirect(found)
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "applications/withdraw.html", {**_status(request, found), "form": form}, status=status)


@require_safe
def receipt_pdf(request: UserRequest, reference: str) -> HttpResponse:
    return _document(request, reference, documents.RECEIPT)


@require_safe
def employer_letter_pdf(request: UserRequest, reference: str) -> HttpResponse:
    return _document(request, reference, documents.EMPLOYER_LETTER)


@require_safe
def dates(request: UserRequest, reference: str) -> HttpResponse:
    call = _visible(request, reference).edition
    return _download(calls.calendar(call), calls.calendar_name(call), "text/calendar; charset=utf-8")


# --- What the pages of a call share --------------------------------------------------------------


def _call(programme: str, edition: str) -> Edition:
    public = Edition.objects.public(now=clock.now()).select_related("programme")
    return get_object_or_404(public, programme__slug=programme, slug=edition)


def _mine(request: UserRequest, call: Edition) -> Application | None:
    application = Application.objects.filter(edition=call, applicant=request.user).first()
    if application:
        application.edition = call
    return application


def _typing(request: UserRequest, *, asked_for: bool) -> services.Typing:
    post = request.POST
    revision, tab = _number(post.get("revision")) or 0, post.get("tab", "")[:TAB_LENGTH].replace("\x00", "")
    return services.Typing(asked.typed_in(post), revision=revision, tab=tab, asked=asked_for)


def _number(value: str | None) -> int | None:
    """Read a number that we printed; anything else is no number."""
    digits = value if value and len(value) <= DIGITS_AT_MOST and value.isascii() and value.isdigit() else ""
    return int(digits) if digits and int(digits) <= LARGEST_REVISION else None


def _sign_in_first(request: HttpRequest, call: Edition, *, now: datetime) -> HttpResponse:
    """Keep the text of an ended session until the person is back; nobody's closed call needs no sign-in."""
    if request.method == "POST":
        stash.keep(request, call)
    elif not call.is_accepting(now=now):
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


def _review_page(request: UserRequest, application: Application, form: ApplicationForm, *, refusal: str = "") -> HttpResponse:
    answers = {"email": request.user.email, **(form.cleaned_data if form.is_valid() else application.answers)}
    context = {
        "edition": application.edition,
        "application": application,
        "copy": asked.read_out(answers),
        "refusal": refusal,
        "unchanged": application.state == State.SUBMITTED and not application.typed,
    }
    return render(request, "applications/review.html", context, status=409 if refusal else 200)


def _not_kept(request: UserRequest, call: Edition, refusal: Refused, *, now: datetime) -> HttpResponse:
    """Show again what was typed and not kept, why, and what pressing the button again will do."""
    if isinstance(refusal, services.Closed):
        return _closed(request, call, _mine(request, call), now=now, status=422, text=asked.typed_in(request.POST))
    application = _mine(request, call)
    form = ApplicationForm(asked.typed_in(request.POST), edition=call)
    stale = isinstance(refusal, services.Stale)
    if not stale:
        form.add_error(None, str(refusal))
    return _form_page(request, call, application, form, status=409 if stale else 422, stale=stale)


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
    stale: bool = False,
    restored: bool = False,
) -> HttpResponse:
    context = {
        "edition": call,
        "application": application,
        "form": form,
        "stale": stale,
        "restored": restored,
        "revision": application.revision if application else 0,
        "tab": secrets.token_hex(TAB_LENGTH // 2),
        "copy_key": _copy_key(call, request),
        "phases": call.phases.with_places(),
        **_kept_until(call),
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
        **_kept_until(call),
    }
    return render(request, "applications/closed.html", context, status=status)


def _kept_until(call: Edition) -> dict[str, Any]:
    return {
        "draft_erased_at": retention.drafts_erased_at(call),
        "not_chosen_erased_on": retention.not_chosen_erased_on(call),
        "chosen_erased_on": retention.chosen_erased_on(call),
    }


def _line(
    request: HttpRequest, words: str, *, status: int = 200, application: Application | None = None, sign_in: str = ""
) -> HttpResponse:
    """The one line under the form that says what became of the typing."""
    context = {"words": words, "application": application, "sign_in": sign_in}
    return render(request, "applications/_saved.html", context, status=status)


def _signed_out_line(request: HttpRequest, call: Edition) -> HttpResponse:
    back = reverse("apply", args=[call.programme.slug, call.slug])
    return _line(request, "Votre session est finie : ce texte est gardé sur cet appareil.", status=401, sign_in=back)


def _copy_key(call: Edition, request: UserRequest) -> str:
    """Name the copy that this device keeps: of this call and this person only."""
    return f"candidature:{call.pk}:{request.user.pk}"


# --- What the pages of an application share ------------------------------------------------------


def _visible(request: UserRequest, reference: str) -> Application:
    """Mine, most often, found without asking for my roles; else what my role lets me see; else 404."""
    applications = Application.objects.with_call().filter(reference=reference)
    return applications.filter(applicant=request.user).first() or get_object_or_404(applications.visible_to(request.user))


def _own(request: UserRequest, reference: str) -> Application:
    """What only its author does."""
    return get_object_or_404(Application.objects.with_call(), reference=reference, applicant=request.user)


def _status(request: UserRequest, found: Application) -> dict[str, Any]:
    is_mine = found.applicant_id == request.user.pk
    accepting = found.edition.is_accepting(now=clock.now())
    state = found.public_state
    return {
        "application": found,
        "edition": found.edition,
        "state": state,
        "is_mine": is_mine,
        "can_edit": is_mine and accepting and found.state in EDITABLE,
        "can_withdraw": is_mine and state not in (State.WITHDRAWN, State.DECLINED),
        "copy_key": _copy_key(found.edition, request),
        **_kept_until(found.edition),
    }


def _last(deposits: list[Step]) -> dict[str, Any] | None:
    """The last deposit and its full copy; None once erased."""
    return {"step": deposits[-1], "copy": asked.read_out(deposits[-1].answers or {})} if deposits else None


def _document(request: UserRequest, reference: str, document: tuple[str, str, str]) -> HttpResponse:
    """Give a PDF of the last deposit, or of the one asked for; made now if nobody asked before."""
    found = _visible(request, reference)
    deposits = found.steps.deposits()
    asked_for = _number(request.GET.get("depot"))
    step = deposits.filter(pk=asked_for).first() if asked_for else deposits.last()
    if not step:
        raise Http404
    step.application = found
    with getattr(documents.publish(step), document[0]).open("rb") as file:
        return _download(file.read(), documents.file_name(step, document), documents.PDF)


def _download(content: bytes, name: str, content_type: str) -> HttpResponse:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, content_type=content_type, headers=headers)
