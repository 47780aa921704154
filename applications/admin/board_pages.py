"""Beside the board: two files side by side, the selection in figures, its minutes, and its files. Each export is an act (G2)."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from accounts.roles import EXPORT_APPLICATIONS
from applications import answers as asked_for
from applications import board_exports, charts, jury, minutes
from applications.admin.board import NAME, BoardMixin, edition_for
from applications.board import Asked, Board, narrowed, with_readings
from applications.board_columns import branch_of, decimal, kind_of, region_of, state_of
from applications.board_forms import WORDS
from applications.exports import CHUNK
from applications.models import Application
from applications.states import DECIDED, State
from core import clock
from programmes.models import Edition
from records import jobs
from records.services import record

_SHOWN = ("job", "motivation")
# Of a file that whoever looks still has to read (B2).
_UNREAD: dict[str, Any] = {"hides": True, "mean": "", "spread": "", "readings": [], "waiting": [], "conflicts": []}
_READ_FIRST = "Vous avez encore des candidatures à lire dans cet appel : envoyez d’abord vos lectures."


class BoardPagesMixin(BoardMixin):
    """Before ModelAdmin: the board, and the pages beside it."""

    def get_urls(self) -> list[Any]:
        view, name = self.admin_site.admin_view, NAME.removeprefix("admin:")
        at = "selection/<int:edition>/"
        return [
            path(f"{at}comparer/", view(self.compare), name=f"{name}_compare"),
            path(f"{at}chiffres/", view(self.figures), name=f"{name}_figures"),
            path(f"{at}proces-verbal/", view(self.minutes), name=f"{name}_minutes"),
            path(f"{at}exporter/", view(require_POST(self.export_board)), name=f"{name}_export"),
            *super().get_urls(),
        ]

    def compare(self, request: Any, edition: int) -> HttpResponse:
        """Two files side by side: what they answer, what the readers say, and the same buttons as on the board."""
        call = edition_for(request, edition)
        keys = [request.GET.get(name, "") for name in ("a", "b")]
        wanted = [int(key) for key in keys if key.isascii() and key.isdecimal() and len(key) < 12]
        rows = with_readings(Application.objects.visible_to(request.user).filter(edition=call)).in_bulk(wanted)
        if len(rows) != 2:
            messages.warning(request, "Choisissez deux candidatures de cet appel, sur le tableau.")
            return redirect(NAME, call.pk)
        criteria = list(call.criteria.order_by("order", "pk"))
        hidden = jury.left_to(request.user, call)
        pair = [{**_file(rows[key], criteria), **(_UNREAD if key in hidden else {})} for key in wanted]
        answers = [(label, [each["answers"][label] for each in pair]) for label in (asked_for.LABELS[name] for name in _SHOWN)]
        released = call.results_released_at is not None
        words = [] if released else [(state.value, word) for state, word in WORDS.items()]
        return self.board_page(
            request, call, "compare", pair=pair, answers=answers, words=words, query=f"a={wanted[0]}&b={wanted[1]}", decided=DECIDED
        )

    def figures(self, request: Any, edition: int) -> HttpResponse:
        """The selection in charts, each with its table."""
        call = edition_for(request, edition)
        said: dict[str, Any] = {"funnel": charts.funnel(call), "decisions": charts.by_decision(call), "readers": charts.readers(call)}
        return self.board_page(request, call, "figures", "_figures", **said)

    def minutes(self, request: Any, edition: int) -> HttpResponse:
        """What the minutes would hold today; asked for, they are made as long work."""
        call, now = edition_for(request, edition), clock.now()
        if jury.left_to(request.user, call):
            messages.warning(request, _READ_FIRST)
            return redirect(NAME, call.pk)
        if request.method == "POST":
            record("procès-verbal demandé", call, by=request.user, now=now)
            label = f"Procès-verbal du jury : {call.short_title}"
            return redirect(jobs.start(minutes.JOB, label=label, params={"edition": call.pk}, by=request.user, now=now))
        board = Board(call, Asked(), now=now)
        return self.board_page(request, call, "minutes", "_minutes", board=board, exceptions=minutes.exceptions(call))

    def export_board(self, request: Any, edition: int) -> HttpResponseBase:
        """Give the file at once (CSV), or show the work that makes it; the address says what is on the board."""
        call, kind = edition_for(request, edition), request.POST.get("kind", "")
        if not request.user.has_perm(EXPORT_APPLICATIONS):
            raise PermissionDenied
        if kind not in board_exports.KINDS:
            raise BadRequest
        if jury.left_to(request.user, call):
            messages.warning(request, _READ_FIRST)
            return redirect(f"{reverse(NAME, args=[call.pk])}?{request.GET.urlencode()}".rstrip("?"))
        board = Board(call, Asked.of(request.GET), now=clock.now())
        _log(request, board, board_exports.KINDS[kind])
        rows = narrowed(call, board.asked)
        if kind == "csv":
            return _csv(call, rows)
        params = {"rows": list(rows.values_list("pk", flat=True))}
        label = f"Export du tableau de sélection : {call.short_title} ({board_exports.KINDS[kind]})"
        return redirect(jobs.start(board_exports.JOBS[kind], label=label, params=params, by=request.user, now=clock.now()))


def _csv(call: Edition, rows: Any) -> StreamingHttpResponse:
    lines = with_readings(rows).iterator(chunk_size=CHUNK)
    response = StreamingHttpResponse(board_exports.csv_parts(lines), content_type="text/csv; charset=utf-8")
    name = f"selection-{call.reference_prefix.lower()}-{clock.now():%Y-%m-%d-%Hh%M}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _log(request: Any, board: Board, kind: str) -> None:
    """Say who took what; the words searched may be a person's: the log says that there were some."""
    narrowed_by = [label if label == "recherche" else f"{label} {value}" for label, value, _ in board.narrowed_by]
    note = f"{kind}, {board.count} ligne{'s' if board.count > 1 else ''}\u202f; {', '.join(narrowed_by) or 'toutes'}"
    record("export du tableau de sélection", board.edition, by=request.user, now=clock.now(), note=note)


def _file(row: Application, criteria: Any) -> dict[str, Any]:
    """What the page says of one of the two."""
    return {
        "row": row,
        "page": reverse("admin:applications_application_change", args=[row.pk]),
        "state": state_of(row),
        "pressed": row.state,
        "open": row.state in (State.IN_REVIEW, *DECIDED),
        "facts": [("Fonction publique", branch_of(row)), ("Région", region_of(row)), ("Employeur", kind_of(row))],
        "mean": decimal(row.mean),
        "spread": decimal(row.spread),
        "answers": dict(asked_for.read_out(row.answers)),
        "readings": jury.readings_of(row, criteria),
        "conflicts": row.conflicts.all(),
        "waiting": [review.reviewer for review in row.reviews.all() if review.sent_at is None],
    }
