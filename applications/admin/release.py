"""« Publier les résultats »: who would be told what, every letter as it would leave, one act, once (domain.md B4)."""

import secrets
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse

from applications import services
from applications.admin.board import NAME, BoardMixin, edition_for
from applications.models import Application
from applications.results_preview import TOLD, Changed, Preview, changes_since, previews, shown_in, sign
from applications.services import releasing
from applications.states import State
from core import clock
from core.refusals import Refused
from core.registry import ask_factor
from mailing import batches
from mailing.models import Batch, Refusal
from mailing.shown import TYPED_ABOVE
from programmes.models import Edition

PER_PAGE = 10
NAMED_AT_MOST = 30
HERE = "_release"


class ReleaseMixin(BoardMixin):
    """Before ModelAdmin: the page that publishes the results of a call."""

    def get_urls(self) -> list[Any]:
        name = f"{NAME.removeprefix('admin:')}{HERE}"
        return [path("selection/<int:edition>/publier/", self.admin_site.admin_view(self.release), name=name), *super().get_urls()]

    def release(self, request: Any, edition: int) -> HttpResponse:
        """Show it; on POST, do it, if it still is what was shown."""
        call, now = edition_for(request, edition), clock.now()
        if known := releasing.released(call):
            return self._done(request, call, known)
        results = releasing.looked_at(call, now=now)
        found = previews(results.rows, call, now=now)
        if request.method == "POST":
            return self._confirm(request, call, results, found)
        return self._page(request, call, results, found)

    def _confirm(self, request: Any, call: Edition, results: releasing.Results, found: Sequence[Preview]) -> HttpResponse:
        shown, now = shown_in(request.POST.get("shown", "")), clock.now()
        if changes := changes_since(found, shown):
            return self._page(request, call, results, found, changes=changes, status=409)
        if refusal := _not_counted(request, found):
            return self._page(request, call, results, found, refusal=refusal, status=422)
        if len(found) > 1 and (gate := ask_factor(request)):
            return gate
        token = request.POST.get("token", "")[:64] or secrets.token_hex(16)
        if Batch.objects.filter(token=token, undone_at__isnull=False).exists():
            return self._page(request, call, results, found, refusal="Cette publication a été annulée : confirmez de nouveau.", status=409)
        try:
            services.release(call, by=request.user, now=now, token=token, shown=shown)
        except Changed as changed:
            return self._again(request, call, changes=changed.changes)
        except Refused as refusal:
            return self._again(request, call, refusal=str(refusal))
        messages.success(request, "Les résultats sont publiés : chaque personne a sa lettre, une seule.")
        return redirect(f"{NAME}{HERE}", call.pk)

    def _again(self, request: Any, call: Edition, **said: Any) -> HttpResponse:
        """Somebody was faster: what there is now, and why nothing was done."""
        now = clock.now()
        if known := releasing.released(call):
            messages.info(request, releasing.already(known))
            return redirect(f"{NAME}{HERE}", call.pk)
        results = releasing.looked_at(call, now=now)
        return self._page(request, call, results, previews(results.rows, call, now=now), status=409, **said)

    # --- The pages --------------------------------------------------------------------------------------

    def _page(
        self, request: Any, call: Edition, results: releasing.Results, found: Sequence[Preview], *, status: int = 200, **said: Any
    ) -> HttpResponse:
        kind = request.GET.get("lettre", "")
        narrowed = [each for each in found if kind in ("", each.state.value)]
        context = {
            "results": results,
            "counts": _counts(results, kind),
            "kind": kind if kind in State.values else "",
            "letters": len(found),
            "page": Paginator(narrowed, PER_PAGE).get_page(request.GET.get("p")),
            "obstacles": [_obstacle(obstacle) for obstacle in results.obstacles],
            "warnings": list(_warnings(results, found)),
            "leaves_at": releasing.leaves_at(clock.now()),
            "shown": sign(found),
            "token": secrets.token_hex(16),
            "must_type": len(found) > TYPED_ABOVE,
            "typed_above": TYPED_ABOVE,
            **said,
        }
        return self.board_page(request, call, "release", HERE, status=status, **context)

    def _done(self, request: Any, call: Edition, known: Any) -> HttpResponse:
        """Once asked for: when it leaves, how to take it back, and what became of each letter."""
        if request.method == "POST":
            messages.info(request, releasing.already(known))
            return redirect(f"{NAME}{HERE}", call.pk)
        now = clock.now()
        return self.board_page(
            request,
            call,
            "released",
            HERE,
            release=known,
            counts=[(known.counts.get(state.value, 0), word, state.value) for state, word in TOLD.items()],
            waits=bool(known.batch and known.batch.can_be_undone(now=now)),
            can_hurry=bool(known.batch and batches.can_be_hurried(known.batch, now=now)),
            may_act=request.user.has_perm("mailing.change_batch"),
        )


def _not_counted(request: Any, found: Sequence[Preview]) -> str:
    """Above fifty letters, their number is typed."""
    typed = "".join(request.POST.get("count", "").split())
    if len(found) > TYPED_ABOVE and typed != str(len(found)):
        return f"Pour confirmer, tapez le nombre de lettres : {len(found)}."
    return ""


def _counts(results: releasing.Results, kind: str) -> list[dict[str, Any]]:
    """One figure for each kind of letter, that narrows the previews."""
    counts = results.counts
    return [{"count": counts[state.value], "word": word, "state": state.value, "here": kind == state.value} for state, word in TOLD.items()]


def _obstacle(obstacle: releasing.Obstacle) -> dict[str, Any]:
    shown = obstacle.rows[:NAMED_AT_MOST]
    return {"why": obstacle.why, "rows": [_named(row) for row in shown], "others": len(obstacle.rows) - len(shown)}


def _named(row: Application) -> dict[str, str]:
    return {"name": row.named, "url": reverse("admin:applications_application_change", args=[row.pk])}


def _warnings(results: releasing.Results, found: Sequence[Preview]) -> Any:
    """What stands in nobody's way, and is better known before."""
    refused = Refusal.objects.among(each.application.address for each in found)
    if bad := [each.application for each in found if each.application.address.lower() in refused]:
        yield {
            "why": "Ces adresses ne reçoivent pas : leur lettre sera refusée, et ces personnes resteront à prévenir.",
            "rows": _some(bad),
        }
    left = results.edition.seats - results.counts[State.SELECTED]
    if 0 < left < results.edition.seats:
        what = "Une place reste libre" if left == 1 else f"{left} places restent libres"
        offered = (
            " : la liste d’attente les recevra aussitôt."
            if results.counts[State.WAITLISTED]
            else ", et personne n’est sur la liste d’attente."
        )
        yield {"why": f"{what}{offered}", "rows": []}
    late = results.late
    if late:
        yield {
            "why": "Des brouillons poursuivis après la clôture attendent votre décision ; ensuite, ils ne pourront plus être acceptés.",
            "rows": _some(late),
        }


def _some(rows: Sequence[Application]) -> list[dict[str, str]]:
    return [_named(row) for row in rows[:NAMED_AT_MOST]]
