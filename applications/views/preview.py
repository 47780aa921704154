"""The form of a call that is not published yet, as a candidate will see it: it can be tried, and stores nothing."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt

from applications import answers as asked
from applications.forms import ApplicationForm
from applications.views.shared import kept_until
from core import clock
from programmes.models import Edition
from programmes.views.preview import preview_or_404, unseen


@csrf_exempt  # nothing is stored, nobody is signed in: there is nothing to forge, and no cookie to set
@login_not_required
def preview_form(request: HttpRequest, token: str) -> HttpResponse:
    """A GET shows the form; « Relire » checks what was typed and shows it, exactly as it will, and keeps none of it."""
    now = clock.now()
    shown = preview_or_404(token, now=now)
    if not isinstance(shown.row, Edition):
        raise Http404
    if shown.row.is_public(now=now):
        return redirect(shown.row)
    tried = request.method == "POST"
    form = ApplicationForm(asked.typed_in(request.POST), edition=shown.row) if tried else ApplicationForm(edition=shown.row)
    read = asked.read_out(form.cleaned_data) if tried and form.is_valid() else []
    context = {
        "edition": shown.row,
        "form": form,
        "copy": read,
        "preview": "link",
        "until": shown.until,
        "token": token,
        "phases": shown.row.timeline,
        **kept_until(shown.row),
    }
    return unseen(render(request, "applications/preview_form.html", context, status=422 if tried and not read else 200))
