"""The selection board of a call: everyone before the jury, a decision at a time or on ticked lines, the balance live (B3, B4, B6)."""

from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from accounts.roles import DECIDE, EXPORT_APPLICATIONS
from applications import jury, services
from applications.admin.board_lines import headings, lines
from applications.admin.choosing import CHOOSING
from applications.admin.reading import ACTS, LIST_ACTS, drawn, told
from applications.balance import HEADINGS
from applications.board import Asked, Board, balance_of, narrowed, with_readings
from applications.board_columns import decimal, marks, state_of
from applications.board_exports import KINDS
from applications.board_forms import WORDS, BoundsForm, DecisionForm
from applications.models import Application
from applications.states import DECIDED, State
from core import clock
from core.refusals import Refused
from core.registry import Link
from mailing.groupacts import EVERY, Screen
from programmes.models import Edition

NAME = "admin:applications_application_board"
_KEY_LENGTH = 12
_MOVES = {"monter": -1, "descendre": 1}
COMPARE = "comparer"


def edition_for(request: Any, pk: int) -> Edition:
    """Return the call, to who may decide."""
    if not request.user.has_perm(DECIDE):
        raise PermissionDenied
    return get_object_or_404(Edition.objects.select_related("programme"), pk=pk)


def doors(edition: Edition, here: str) -> list[dict[str, Any]]:
    """The pages of a selection, each a tab."""
    found = (
        ("", "Tableau"), ("_jury", "Jury"), ("_bounds", "Équilibre voulu"), ("_figures", "En chiffres"), ("_minutes", "Procès-verbal"),
        ("_release", "Résultats"), ("_places", "Places"),
    )  # fmt: skip
    return [{"url": reverse(f"{NAME}{name}", args=[edition.pk]), "label": label, "here": name == here} for name, label in found]


class BoardMixin:
    """Before ModelAdmin: the board and its acts."""

    admin_site: Any
    opts: Any

    def get_urls(self) -> list[Any]:
        view, name = self.admin_site.admin_view, NAME.removeprefix("admin:")
        at = "selection/<int:edition>/"
        return [
            path(at, view(self.board), name=name),
            path(f"{at}decider/", view(require_POST(self.quick)), name=f"{name}_quick"),
            path(f"{at}cochees/", view(self.ticked), name=f"{name}_ticked"),
            path(f"{at}actes/<slug:slug>/", view(self.choose_many), name=f"{name}_act"),
            path(f"{at}equilibre/", view(self.bounds), name=f"{name}_bounds"),
            path("<int:pk>/decider/", view(self.decide), name="applications_application_decide"),
            *super().get_urls(),
        ]

    def board_page(self, request: Any, edition: Edition, template: str, here: str = "-", *, status: int = 200, **said: Any) -> HttpResponse:
        """Draw a page of this selection."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "edition": edition,
            "title": f"Sélection : {edition.short_title}",
            "doors": doors(edition, here),
            "board_url": reverse(NAME, args=[edition.pk]),
            "is_nav_sidebar_enabled": False,
            **said,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, f"admin/applications/board/{template}.html", context, status=status)

    # --- The board --------------------------------------------------------------------------------------

    def board(self, request: Any, edition: int) -> HttpResponse:
        call, now = edition_for(request, edition), clock.now()
        board = Board(call, Asked.of(request.GET), now=now, hidden=jury.left_to(request.user, call))
        released = call.results_released_at is not None
        return self.board_page(
            request,
            call,
            "board",
            "",
            board=board,
            lines=lines(board, released=released),
            headings=headings(board.asked),
            released=released,
            query=urlencode(sorted(board.asked.query.items())),
            acts=[] if released else [(act.slug, act.title) for act in CHOOSING.values()],
            exports=list(KINDS.items()) if request.user.has_perm(EXPORT_APPLICATIONS) else [],
            every=EVERY,
        )

    # --- One decision, at once --------------------------------------------------------------------------

    def quick(self, request: Any, edition: int) -> HttpResponse:
        """One button of one line; back to the board as it was, at that line."""
        call = edition_for(request, edition)
        pk, act, revision = _one(request.POST.get("one", ""))
        application = get_object_or_404(Application.objects.with_call(), pk=pk, edition=call)
        back, place = self._to_board(request, call), _place(request, call, pk)
        if call.results_released_at and act in WORDS:
            return redirect(f"{reverse('admin:applications_application_decide', args=[pk])}?decision={act}")
        try:
            _do(application, act, request.POST.get("rank", ""), revision, by=request.user)
        except Refused as refusal:
            messages.error(request, f"{application.named} : {refusal}" if str(refusal)[0].isupper() else str(refusal))
            return redirect(back)
        application.refresh_from_db()
        messages.success(request, f"{application.named} : {state_of(application).lower()}.")
        stays = place is None or Asked.of(request.GET).state in ("", application.state)
        return redirect(f"{back}#l{pk}" if stays else f"{back}{'&' if '?' in back else '?'}{urlencode({'ici': place})}")

    def _to_board(self, request: HttpRequest, call: Edition) -> str:
        """The page this act was asked from: the board as it was narrowed, or two files side by side."""
        kept = request.GET.copy()
        kept.pop("ici", None)
        query = kept.urlencode()
        pair = "a" in request.GET and "b" in request.GET
        return f"{reverse(f'{NAME}_compare' if pair else NAME, args=[call.pk])}?{query}".rstrip("?")

    # --- One decision, with its reason ------------------------------------------------------------------

    def decide(self, request: Any, pk: int) -> HttpResponse:
        """One file: the decision, its rank, its reason; refused, what was typed is given back with what changed meanwhile."""
        if not request.user.has_perm(DECIDE):
            raise PermissionDenied
        application = get_object_or_404(with_readings(Application.objects.visible_to(request.user)), pk=pk)
        call, news = application.edition, []
        released = call.results_released_at is not None
        initial = {**_decided(application), **drawn(application), "state": request.GET.get("decision") or application.state}
        form = DecisionForm(request.POST or None, initial=initial, application=application, released=released)
        if request.method == "POST" and form.is_valid():
            try:
                _decide(application, form.cleaned_data, by=request.user)
            except Refused as refusal:
                news = told(form, application, refusal)
            else:
                application.refresh_from_db()
                messages.success(request, f"{application.named} : {state_of(application).lower()}.")
                return redirect(f"{reverse(NAME, args=[call.pk])}#l{pk}")
        said: dict[str, Any] = {
            "application": application,
            "form": form,
            "news": news,
            "released": released,
            "marks": list(marks(application)),
        }
        hides = application.pk in jury.left_to(request.user, call)
        said |= {
            "hides": hides,
            "state": state_of(application),
            "mean": decimal(application.mean),
            "balance": balance_of(call, now=clock.now()),
        }
        return self.board_page(request, call, "decide", status=422 if form.is_bound else 200, **said)

    # --- Ticked lines -----------------------------------------------------------------------------------

    def ticked(self, request: Any, edition: int) -> HttpResponse:
        """What was ticked, and for which act: each has its screen, whose address holds the choice."""
        call, act = edition_for(request, edition), request.GET.get("acte", "")
        keys = [key for key in request.GET.getlist("ligne") if key.isascii() and key.isdecimal() and len(key) < _KEY_LENGTH]
        kept = Asked.of(request.GET).query
        board = f"{reverse(NAME, args=[call.pk])}?{urlencode(kept)}"
        if act == COMPARE:
            if len(keys) != 2:
                messages.warning(request, "Cochez deux lignes, et deux seulement, pour les voir côte à côte.")
                return redirect(board)
            return redirect(f"{reverse(f'{NAME}_compare', args=[call.pk])}?{urlencode({'a': keys[0], 'b': keys[1]})}")
        if act not in CHOOSING:
            raise BadRequest
        choice = EVERY if "toutes" in request.GET else ",".join(keys)
        if not choice:
            messages.warning(request, "Cochez d’abord au moins une ligne.")
            return redirect(board)
        return redirect(f"{reverse(f'{NAME}_act', args=[call.pk, act])}?{urlencode({**kept, 'choix': choice})}")

    def choose_many(self, request: Any, edition: int, slug: str) -> HttpResponse:
        """The screen of one decision for many."""
        call = edition_for(request, edition)
        if slug not in CHOOSING:
            raise Http404
        asked, choice = Asked.of(request.GET), request.GET.get("choix", "")
        rows = narrowed(call, asked)
        if choice != EVERY:
            keys = [int(key) for key in choice.split(",") if key.isascii() and key.isdecimal() and len(key) < _KEY_LENGTH]
            rows = narrowed(call, Asked(sort=asked.sort)).filter(pk__in=keys)
        back = f"{reverse(NAME, args=[call.pk])}?{urlencode(asked.query)}".rstrip("?")
        return Screen(CHOOSING[slug], cast(Any, self), back).answer(request, rows, now=clock.now())

    # --- What the jury wants of the group ---------------------------------------------------------------

    def bounds(self, request: Any, edition: int) -> HttpResponse:
        call = edition_for(request, edition)
        form = BoundsForm(request.POST or None, bounds=list(call.bounds.all()), auto_id="borne-%s")
        if request.method == "POST" and form.is_valid():
            try:
                changed = services.set_bounds(call, form.wanted, by=request.user, now=clock.now())
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, "L’équilibre voulu est enregistré." if changed else "Rien n’a changé.")
                return redirect(f"{NAME}_bounds", call.pk)
        said = {"form": form, "headings": HEADINGS, "balance": balance_of(call, now=clock.now())}
        return self.board_page(request, call, "bounds", "_bounds", status=422 if form.is_bound else 200, **said)


def _place(request: HttpRequest, call: Edition, pk: int) -> int | None:
    """Where the line stands on its page while it is narrowed by state: whoever is there next gets the focus."""
    asked = Asked.of(request.GET)
    if not asked.state:
        return None
    keys = [row["pk"] for row in Board(call, asked, now=clock.now()).page.object_list]
    return keys.index(pk) if pk in keys else None


def _one(value: str) -> tuple[int, str, int]:
    """Read what a button of a line says: « 12-SELECTED-3 », the file, the act, the revision that was read."""
    pk, _, rest = value.partition("-")
    act, _, revision = rest.rpartition("-")
    numbers = [number for number in (pk, revision) if number.isascii() and number.isdecimal() and len(number) < _KEY_LENGTH]
    if len(numbers) != 2 or act not in (*WORDS, *_MOVES, "rang"):
        raise BadRequest
    return int(pk), act, int(revision)


def _do(application: Application, act: str, typed: str, revision: int, *, by: Any) -> None:
    said: dict[str, Any] = {"by": by, "now": clock.now(), "revision": revision}
    if act == State.IN_REVIEW:
        services.undecide(application, **said)
    elif act in DECIDED:
        services.decide(application, State(act), **said)
    elif act == "rang":
        if not (typed.isascii() and typed.isdecimal() and 0 < len(typed) < _KEY_LENGTH // 2):
            raise Refused("Un rang est un nombre à partir de 1.")
        services.rank(application, int(typed), **said)
    else:
        services.rank(application, max(1, (application.waitlist_rank or 1) + _MOVES[act]), **said)


def _decide(application: Application, typed: dict[str, Any], *, by: Any) -> None:
    said = {"by": by, "now": clock.now(), "revision": typed["revision"]}
    if typed["state"] == State.IN_REVIEW:
        services.undecide(application, **said)
        return
    why = {"reason": typed["reason"], "shared": typed["shared"], "rank": typed["rank"]}
    services.decide(application, State(typed["state"]), **why, **said)


def _decided(application: Application) -> dict[str, Any]:
    return {"rank": application.waitlist_rank, "reason": application.reason, "shared": application.reason_shared}


def _decision(request: HttpRequest, application: Application) -> Link | None:
    """On the page of a file before the jury: its decision."""
    shown = (State.IN_REVIEW, *DECIDED, State.LAPSED)
    if application.state not in shown or application.edition.cancelled_at or not request.user.has_perm(DECIDE):
        return None
    return Link("Décider", reverse("admin:applications_application_decide", args=[application.pk]))


def _board(request: HttpRequest) -> Link | None:
    """Above the list, once one call is chosen: its board."""
    chosen = request.GET.get("edition", "")
    if not (chosen.isascii() and chosen.isdecimal() and len(chosen) < _KEY_LENGTH) or not request.user.has_perm(DECIDE):
        return None
    return Link("Tableau de sélection", reverse(NAME, args=[chosen]))


ACTS.append(_decision)
LIST_ACTS.append(_board)
