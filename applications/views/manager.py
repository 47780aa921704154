"""The page of a manager: one agreement, without account (domain.md B8). Its address is the key; it opens nothing else of the candidate.

It says who asks, their job and what is asked: dates, places, costs. Never the motivation, never a decision that is not told.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from applications import agreements, papers, services
from applications.confirm_forms import AgreeForm, QuestionForm, RefuseForm
from applications.models import EmployerAgreement
from applications.views.shared import download
from core import clock
from core.refusals import Refused
from core.secret_pages import kept_secret

# What the page may do, by the button that was pressed.
FORMS: dict[str, type[forms.Form]] = {"accord": AgreeForm, "refus": RefuseForm, "question": QuestionForm}


def by_secret(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Open the request of a secret address; a dead or invented one is told kindly, the same whichever it is."""

    @login_not_required
    @never_cache
    @wraps(view)
    def opened(request: HttpRequest, token: str) -> HttpResponse:
        link = agreements.agreement_of(token, now=clock.now())
        response = view(request, link) if link else render(request, "applications/agreement_gone.html", status=404)
        return kept_secret(response)

    return opened


@by_secret
@require_http_methods(["GET", "HEAD", "POST"])
def agreement(request: HttpRequest, link: EmployerAgreement) -> HttpResponse:
    """Read what is asked; agree, refuse or ask. Opening changes nothing but « ouvert le »."""
    if request.method != "POST":
        agreements.note_opened(link, now=clock.now())
        return _page(request, link)
    act = request.POST.get("act", "")
    if act not in FORMS or link.answered_at:
        return _page(request, link, status=409 if link.answered_at else 400)
    form = FORMS[act](request.POST, auto_id=f"{act}_%s")
    if form.is_valid():
        try:
            _do(act, link, form.cleaned_data)
        except Refused as refused:
            link.refresh_from_db()
            return _page(request, link, {act: form}, refusal=str(refused), status=409)
        return redirect("agreement", agreements.secret_of(link))
    return _page(request, link, {act: form}, status=422)


def _do(act: str, link: EmployerAgreement, said: dict[str, Any]) -> None:
    now = clock.now()
    if act == "question":
        services.ask_question(link, said["question"], name=said["name"], email=said["email"], now=now)
    else:
        words = said.get("words", "")
        services.word_received(link, agrees=act == "accord", name=said["name"], job=said["job"], words=words, now=now)


def _page(
    request: HttpRequest, link: EmployerAgreement, typed: dict[str, forms.Form] | None = None, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    # Nothing is filled in: whoever the link was forwarded to does not learn to whom it was sent.
    shown = {act: (typed or {}).get(act) or form(auto_id=f"{act}_%s") for act, form in FORMS.items()}
    context = {
        **papers.asked_of(link.application),
        "link": link,
        "answer_before": agreements.answer_before(link.application, now=clock.now()),
        "token": agreements.secret_of(link),
        "forms": shown,
        "failed": next(iter((typed or {}).values()), None),
        "opened": next(iter(typed or {}), ""),
        "refusal": refusal,
    }
    return render(request, "applications/agreement.html", context, status=status)


@by_secret
@require_safe
def paper(request: HttpRequest, link: EmployerAgreement) -> HttpResponse:
    """The same as a paper to sign, for whoever prefers paper."""
    return download(papers.to_sign(link.application), papers.name_of(link.application), papers.PDF)
