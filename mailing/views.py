"""A letter read in one's space, and the mailbox of the trial mode."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from core import clock
from mailing import outbox, trial
from mailing.html import blocks, sandboxed
from mailing.queries import letters_of

PER_PAGE = 25


@never_cache
@require_safe
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """One of my letters (G1); of a code or a link, only that it was sent."""
    found = get_object_or_404(letters_of(request, now=clock.now()), pk=pk)
    return render(request, "mailing/letter_page.html", {"letter": found, "blocks": blocks(found.shown_text)})


@login_not_required
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, secret: str) -> HttpResponse:
    """« Ne plus recevoir »: a POST, from the mailbox or from the button, is the act (RFC 8058); reading the page changes nothing.

    The answer is the same whoever asks: it says neither an address nor whether the link is known.
    """
    if request.method == "POST":
        outbox.unsubscribe(secret, now=clock.now())
    return render(request, "mailing/unsubscribe.html", {"done": request.method == "POST"})


def only_in_trial(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Elsewhere than in trial mode, the page does not exist."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.TRIAL:
            raise Http404
        return view(request, *args, **kwargs)

    return login_not_required(never_cache(require_safe(answer)))


def _mail(name: str) -> trial.Mail:
    found = trial.read(name)
    if found is None:
        raise Http404
    return found


@only_in_trial
def mailbox(request: HttpRequest) -> HttpResponse:
    page = Paginator(trial.names(), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "mailing/mailbox.html", {"page": page, "mails": [_mail(name) for name in page]})


@only_in_trial
def mail(request: HttpRequest, name: str) -> HttpResponse:
    return render(request, "mailing/mail.html", {"mail": _mail(name)})


@only_in_trial
def mail_html(request: HttpRequest, name: str) -> HttpResponse:
    html = _mail(name).html
    if not html:
        raise Http404
    return sandboxed(html)


@only_in_trial
def mail_file(request: HttpRequest, name: str, rank: int) -> HttpResponse:
    files = _mail(name).files
    if rank >= len(files):
        raise Http404
    headers = {"Content-Disposition": str(content_disposition_header(as_attachment=True, filename=files[rank].name))}
    return HttpResponse(files[rank].content, content_type=files[rank].mimetype, headers=headers)
