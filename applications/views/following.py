"""Following one's application: where it stands, its documents, withdrawing it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts.http import UserRequest
from applications import answers as asked
from applications import documents, history, services, standing
from applications.deadlines import as_open_to
from applications.forms import WithdrawalForm
from applications.models import Application, ApplicationQuerySet, Step
from applications.results_emails import open_to_all
from applications.states import CANDIDATE_LABELS, EDITABLE, State
from applications.views.shared import copy_key, download, kept_until, number
from core import clock
from core.refusals import Refused
from programmes import documents as calls

# Nothing is left to withdraw.
OVER = frozenset({State.WITHDRAWN, State.DECLINED, State.DUPLICATE, State.LAPSED})
# What is told after the release, and shown on a panel of its own.
PLACED = frozenset({State.SELECTED, State.CONFIRMED, State.WAITLISTED, State.DECLINED, State.LAPSED})


@require_safe
def application(request: UserRequest, reference: str) -> HttpResponse:
    """Where my application stands, in the candidate's words."""
    found = _visible(request, reference)
    lines = history.of(found, now=clock.now())
    deposits = [line.step for line in lines if line.step and line.step.to_state == State.SUBMITTED]
    context = {**_status(request, found), "lines": lines, "receipt": _last(deposits)}
    if context["state"] in (State.DECLINED, State.LAPSED) or context["standing"].is_over:
        context["still_open"] = open_to_all(found.edition, now=clock.now())
        context["was_offered"] = found.offers.exists() and found.accepted_at is None
    return render(request, "applications/application.html", context)


@require_safe
def received(request: UserRequest, reference: str) -> HttpResponse:
    """The receipt: reference, second of receipt, full copy, what happens next and when."""
    found = _visible(request, reference)
    step = found.steps.deposits().last()
    if not step or found.state == State.WITHDRAWN:
        return redirect(found)
    context = _status(request, found)
    heading = "Votre candidature est déposée" if context["is_mine"] else "Candidature déposée"
    shown = {"receipt": _last([step]), "phases": found.edition.phases.with_places(), "heading": heading}
    return render(request, "applications/received.html", {**context, **shown})


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
            placed = found.state in PLACED and found.edition.is_released(now=clock.now())
            messages.success(
                request, "Votre désistement est enregistré. Merci de l’avoir dit." if placed else "Votre candidature est retirée."
            )
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
    return download(calls.calendar(call), calls.calendar_name(call), "text/calendar; charset=utf-8")


# --- What the pages of an application share ------------------------------------------------------


def _visible(request: UserRequest, reference: str) -> Application:
    """Mine, most often, found without asking for my roles; else what my role lets me see; else 404."""
    applications = Application.objects.with_call().filter(reference=reference)
    mine = applications.filter(applicant=request.user).first() or _arriving(request, applications)
    return _as_open(request, mine) if mine else get_object_or_404(applications.visible_to(request.user))


def _arriving(request: UserRequest, applications: ApplicationQuerySet) -> Application | None:
    """Entered by staff for an address of mine while I was signed in: it becomes mine now."""
    waiting = applications.filter(applicant=None, email__in=request.user.addresses())
    if not waiting or not services.take_over(request.user, clock.now()):
        return waiting.first()
    return applications.filter(applicant=request.user).first()


def _as_open(request: UserRequest, application: Application) -> Application:
    application.edition = as_open_to(application.edition, request.user, now=clock.now())
    return application


def _own(request: UserRequest, reference: str) -> Application:
    """What only its author does."""
    return _as_open(request, get_object_or_404(Application.objects.with_call(), reference=reference, applicant=request.user))


def _status(request: UserRequest, found: Application) -> dict[str, Any]:
    owned = found.applicant_id == request.user.pk
    # Entered for another address of mine, beside what I deposited myself: read only, until the team joins the two.
    is_mine = owned or (bool(found.email) and found.email in request.user.addresses())
    accepting = found.edition.is_accepting(now=clock.now())
    shown = standing.of(found, now=clock.now())
    state = shown.state
    return {
        "application": found,
        "edition": found.edition,
        "state": state,
        "standing": shown,
        "label": CANDIDATE_LABELS.get(state) or str(state.label),
        "placed": state in PLACED and not found.edition.cancelled_at,
        "was_told": state == State.WITHDRAWN and _left_after_release(found),
        "is_mine": is_mine,
        "can_edit": owned and accepting and found.state in EDITABLE,
        "can_withdraw": owned and state not in OVER,
        "kept": _kept(request, found),
        "copy_key": copy_key(found.edition, request),
        **kept_until(found.edition),
    }


def _left_after_release(found: Application) -> bool:
    step = found.steps.filter(to_state=State.WITHDRAWN).last()
    return step is not None and found.edition.is_released(now=step.at)


def _kept(request: UserRequest, found: Application) -> Application | None:
    """The file that this one is joined to, when its reader may open it too."""
    rows = Application.objects.visible_to(request.user).with_call()
    return rows.filter(pk=found.duplicate_of_id).first() if found.duplicate_of_id else None


def _last(deposits: list[Step]) -> dict[str, Any] | None:
    """The last deposit and its full copy; None once erased."""
    return {"step": deposits[-1], "copy": asked.read_out(deposits[-1].answers or {})} if deposits else None


def _document(request: UserRequest, reference: str, document: tuple[str, str, str]) -> HttpResponse:
    """Give a PDF of the last deposit, or of the one asked for; made now if nobody asked before."""
    found = _visible(request, reference)
    if document == documents.EMPLOYER_LETTER and found.state == State.WITHDRAWN:
        # It says that the person applies.
        messages.info(request, "Cette candidature est retirée : la lettre pour l’employeur n’est plus donnée.")
        return redirect(found)
    deposits = found.steps.deposits()
    asked_for = number(request.GET.get("depot"))
    step = deposits.filter(pk=asked_for).first() if asked_for else deposits.last()
    if not step:
        raise Http404
    step.application = found
    with getattr(documents.publish(step), document[0]).open("rb") as file:
        return download(file.read(), documents.file_name(step, document), documents.PDF)
