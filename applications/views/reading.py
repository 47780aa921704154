"""The jury reads here: one queue, one file a screen. Rows through `Review.objects.visible_to`; what is not one's own to read is a 403."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_POST

from accounts.http import UserRequest
from accounts.roles import Role
from applications import jury, services
from applications.jury import GONE
from applications.jury_forms import HIGHEST_WORDS, LOWEST_WORDS, ConflictForm, ReviewForm, StructureForm, initial_of
from applications.masking import read_by_jury
from applications.models import Application, ConflictOfInterest, Criterion, Juror, Review, Selection
from applications.services.conflicts import recheck
from applications.services.juries import amendable
from applications.services.reading import Outdated, Seen
from applications.states import READ_BY_THE_JURY, ConflictKind
from core import clock
from core.refusals import Refused

SAVE, ABSTAIN = "_save", "_abstain"  # « Noter et lire la suivante » is the other one


def of_the_jury(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Open these pages to the jury alone; for the others, a page that says so."""

    def guarded(request: UserRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if Role.REVIEWER not in request.user.roles:
            return closed(request, "La lecture des candidatures est ouverte au jury seul.")
        return view(request, *args, **kwargs)

    return guarded


def closed(request: UserRequest, why: str) -> HttpResponse:
    """A page that stays shut, and why, whatever stands at its address."""
    return render(request, "applications/reading/closed.html", {"why": why}, status=403)


@require_http_methods(["GET", "HEAD", "POST"])
@of_the_jury
def readings(request: UserRequest) -> HttpResponse:
    """« À lire »: what is left and what is done, call by call; and the structure that a reader says once."""
    now, juror = clock.now(), Juror.objects.filter(person=request.user).select_related("body").first()
    form = StructureForm(request.POST if request.method == "POST" else None, initial={"structure": juror.structure if juror else ""})
    if form.is_valid():
        services.say_structure(request.user, form.cleaned_data["structure"], now=now)
        messages.success(request, "Votre structure est enregistrée : vous ne lirez pas les candidatures de vos collègues.")
        return redirect("readings")
    context = {"calls": jury.calls_of(request.user, now=now), "juror": juror, "form": form}
    return render(request, "applications/reading/readings.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@of_the_jury
def reading(request: UserRequest, reference: str) -> HttpResponse:
    """One file: what it says, and its scores."""
    desk = _desk(request, reference)
    if isinstance(desk, HttpResponse):
        return desk
    if request.method != "POST":
        return _page(request, desk, ReviewForm(initial=initial_of(desk.review), criteria=desk.criteria))
    form = ReviewForm(request.POST, criteria=desk.criteria, complete=SAVE not in request.POST and ABSTAIN not in request.POST)
    if not form.is_valid():
        return _page(request, desk, form)
    try:
        return _act(request, desk, form)
    except Outdated as refusal:
        return _page(request, _again(desk), _fresh(form, _again(desk)), refusal=str(refusal))
    except Refused as refusal:
        return _page(request, desk, form, refusal=str(refusal))


@require_POST
@of_the_jury
def reading_conflict(request: UserRequest, reference: str) -> HttpResponse:
    """« Je déclare un conflit d’intérêts »: the file leaves, the team is told."""
    desk = _desk(request, reference)
    if isinstance(desk, HttpResponse):
        return desk
    form, blank = ConflictForm(request.POST), ReviewForm(initial=initial_of(desk.review), criteria=desk.criteria)
    if not form.is_valid():
        return _page(request, desk, blank, conflict_form=form)
    try:
        services.declare_conflict(desk.review, note=form.cleaned_data["note"], by=request.user, now=clock.now())
    except Refused as refusal:
        return _page(request, desk, blank, conflict_form=form, refusal=str(refusal))
    messages.success(request, f"Conflit d’intérêts noté : la candidature {reference} ne vous est plus confiée, et l’équipe le sait.")
    return _to_next(desk)


# --- The desk: one reader, one file ---------------------------------------------------------------


@dataclass(frozen=True)
class Desk:
    """What a page of one file needs; `left` is the queue of its call, this file included while it is unread."""

    review: Review
    selection: Selection
    criteria: Sequence[Criterion]
    left: Sequence[Review]
    now: datetime

    @property
    def application(self) -> Application:
        return self.review.application

    @property
    def is_read(self) -> bool:
        """True while the file is before the jury: what is decided is scored no more."""
        return self.application.state in READ_BY_THE_JURY

    @property
    def can_send(self) -> bool:
        return self.is_read and (self.review.sent_at is None or amendable(self.selection, now=self.now))

    @property
    def following(self) -> Review | None:
        """The file to read after this one; after the last, the first that was passed over."""
        order = [review.pk for review in self.left]
        others = [review for review in self.left if review.pk != self.review.pk]
        if self.review.pk not in order or not others:
            return next(iter(others), None)
        after = order.index(self.review.pk)
        return others[after % len(others)]


def _desk(request: UserRequest, reference: str) -> Desk | HttpResponse:
    """The reader's own, with what is known of conflicts at this second; the same answer for a file of nobody and for another's."""
    now = clock.now()
    mine = Review.objects.filter(application__reference=reference, reviewer=request.user.pk)
    recheck(mine.filter(application__edition__results_released_at=None, application__erased_at=None), now=now)
    rows = Review.objects.visible_to(request.user).filter(application__reference=reference)
    review = rows.select_related("application__edition__programme", "application__applicant", "application__body").first()
    if review is None:
        declared = ConflictOfInterest.objects.filter(application__reference=reference, reviewer=request.user.pk, kind=ConflictKind.DECLARED)
        return closed(request, _IN_CONFLICT if declared.exists() else _NOT_GIVEN)
    if review.application.edition.is_released(now=now):
        return closed(request, "Les résultats de cet appel sont publiés : ses candidatures ne se lisent plus ici.")
    if review.application.state in GONE or (review.sent_at is None and review.application.state not in READ_BY_THE_JURY):
        messages.info(request, f"La candidature {reference} n’est plus à lire.")
        return redirect("readings")
    return _laid(review, now)


# What was found, and not said by the reader, tells a blind reader whose file it is: the words are those of any file that is not theirs.
_IN_CONFLICT = "Un conflit d’intérêts est noté : cette candidature n’est pas à lire par vous."
_NOT_GIVEN = "Cette candidature ne vous est pas confiée. Celles qui le sont vous attendent dans « À lire »."


def _laid(review: Review, now: datetime) -> Desk:
    edition = review.application.edition
    selection = services.selection_of(edition)
    criteria = list(edition.criteria.order_by("order", "pk"))
    return Desk(review, selection, criteria, jury.queue(review.reviewer, edition), now)


def _again(desk: Desk) -> Desk:
    """The same file as it is now."""
    rows = Review.objects.select_related("application__edition__programme", "application__applicant", "application__body")
    return _laid(rows.get(pk=desk.review.pk), desk.now)


def _fresh(form: ReviewForm, desk: Desk) -> ReviewForm:
    """Keep what was typed, on top of what is there now: sending it again replaces it."""
    initial = initial_of(desk.review)
    data = {**form.data.dict(), "revision": str(initial["revision"]), "seen": initial["seen"]}  # type: ignore[attr-defined]
    fresh = ReviewForm(data, criteria=desk.criteria)
    fresh.full_clean()
    return fresh


# --- What its buttons do --------------------------------------------------------------------------


def _act(request: UserRequest, desk: Desk, form: ReviewForm) -> HttpResponse:
    seen = Seen(form.cleaned_data["revision"], form.cleaned_data["seen"])
    said: dict[str, Any] = {"comment": form.cleaned_data["comment"], "by": request.user, "now": clock.now(), "seen": seen}
    if SAVE in request.POST:
        services.save_review(desk.review, form.scores, **said)
        messages.success(request, f"{desk.application} : enregistrée, pas encore envoyée.")
        return HttpResponseRedirect(jury.page_of(desk.review))
    sent = services.send_review(desk.review, form.scores, abstained=ABSTAIN in request.POST, **said)
    told = "abstention envoyée" if sent.abstained else f"notée {jury.in_words(sent.mark)} sur 5"
    words = "Relire la vôtre" if sent.abstained else "Relire la vôtre et voir les autres lectures"
    link = format_html('<a href="{}">{}</a>', jury.page_of(desk.review), words)
    messages.success(request, format_html("{}\u00a0: {}. {}", str(desk.application), told, link))
    # Corrected, it is shown again; sent for the first time, it leaves its place to the next.
    return HttpResponseRedirect(jury.page_of(desk.review)) if desk.review.sent_at else _to_next(desk)


def _to_next(desk: Desk) -> HttpResponse:
    """The next file of the queue; after the last one, the list."""
    return HttpResponseRedirect(jury.page_of(desk.following) if desk.following else reverse("readings"))


def _page(
    request: UserRequest, desk: Desk, form: ReviewForm, *, refusal: str = "", conflict_form: ConflictForm | None = None
) -> HttpResponse:
    application, sent = desk.application, desk.review.sent_at is not None
    context = {
        "application": application,
        "edition": application.edition,
        "review": desk.review,
        "selection": desk.selection,
        "read": read_by_jury(application, blind=desk.selection.is_blind),
        "form": form,
        "lowest": LOWEST_WORDS,
        "highest": HIGHEST_WORDS,
        "conflict_form": conflict_form or ConflictForm(),
        "refusal": refusal,
        "is_read": desk.is_read,
        "can_send": desk.can_send,
        "is_late": not sent and not amendable(desk.selection, now=desk.now),
        "following": desk.following,
        "count": jury.count_of(desk.review.reviewer, application.edition),
        "own": jury.own_reading(desk.review, desk.criteria) if sent else None,
        "others": jury.readings_of(application, desk.criteria, but=request.user) if desk.review.mark is not None else None,
    }
    failed = bool(refusal or form.errors or (conflict_form and conflict_form.errors))
    return render(request, "applications/reading/reading.html", context, status=422 if failed else 200)
