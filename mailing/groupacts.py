"""Acts on many rows, from any admin: shown before they are done, confirmed once, told row by row, undone for ten minutes.

One screen for all (`templates/admin/mailing/group_act.html`): how many, who is left out and why, one real row; nothing is selected at
first, a letter can be tried on oneself, and above fifty letters their number is typed. What is confirmed is what was shown: when the
selection changed meanwhile, the screen says what changed and asks again. The same confirmation sent twice is one act (`Batch.token`).

To add an act: subclass `GroupAct`, register what undoes it in `mailing.batches.UNDOS`, and either list it in the `group_acts` of a
`ModelAdmin` that takes `GroupActsMixin` (acts on the rows of a list), or answer with `Screen(...)` from a view (an act on one row that
tells many people).
"""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, models, transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html

from core import clock
from core.refusals import Refused
from core.registry import ask_factor
from mailing import batches, shown
from mailing.models import Batch
from records.services import record

TEMPLATE = "admin/mailing/group_act.html"
# Of each list of a preview; the batch tells all of them, a page at a time, once the act is done.
LISTED_AT_MOST = 100
EVERY = "tous"
DIGITS_AT_MOST = 18

Answers = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """One row of an act, under its label (`application.modèle:clé`). `why` says why it is left out; empty: the act is done for it."""

    key: str
    name: str
    why: str = ""
    note: str = ""


@dataclass(frozen=True)
class Sample:
    """One real row as it will be: the letter it gets, or in words what becomes of it."""

    name: str
    subject: str = ""
    text: str = ""
    note: str = ""


@dataclass(frozen=True)
class Plan:
    """What an act would do now. `data` is what it found out and needs again to do it."""

    lines: Sequence[Line]
    sample: Sample | None = None
    letters: int = 0
    data: Any = None

    @property
    def done(self) -> list[Line]:
        return [line for line in self.lines if not line.why]

    @property
    def named(self) -> "Listed":
        """For whom it would be done, as far as a screen names them."""
        return listed(self.done)

    @property
    def left_out_by_reason(self) -> "dict[str, Listed]":
        """Whom it leaves out, as far as a screen names them."""
        return {why: listed(lines) for why, lines in self.left_out.items()}

    @property
    def left_out(self) -> dict[str, list[Line]]:
        """Whom the act leaves out, by reason."""
        return by_reason(self.lines)


@dataclass(frozen=True)
class Listed:
    """The first of many lines, how many there are, and how many stay unnamed."""

    lines: Sequence[Line]
    count: int
    others: int


def listed(lines: Sequence[Line]) -> Listed:
    """Name the first ones: a page of thousands of names is read by nobody."""
    return Listed(lines[:LISTED_AT_MOST], len(lines), max(len(lines) - LISTED_AT_MOST, 0))


def by_reason(lines: Iterable[Line]) -> dict[str, list[Line]]:
    """Group by reason the lines that have one."""
    reasons: dict[str, list[Line]] = {}
    for line in lines:
        if line.why:
            reasons.setdefault(line.why, []).append(line)
    return reasons


class GroupAct:
    """An act on many rows. `selection` is what its screen was given: most often a queryset.

    `plan` looks and writes nothing; `run` locks, looks again at each row of the plan and only of the plan, writes, posts its letters
    with the batch, and says what became of each.
    """

    slug = ""
    title = ""
    intro = ""
    button = ""
    # « 28 candidatures »: what its lines are.
    nouns = ("ligne", "lignes")
    permission = ""
    undo = ""
    form_class: type[forms.Form] | None = None
    can_be_tried = False
    # Shown under its form: the placeholders of a letter, for instance.
    help_template = "admin/mailing/group_act_help.html"
    # What it would change, above its form: shown with the preview, and before it when the act begins with `Screen.begin`.
    change_template = ""
    # Once previewed, its form is folded away: what was typed is confirmed, or opened again to be changed.
    is_folded = False
    # Set by its plan: the act is done for no person, and only a page shows it.
    nobody = False

    def form(self, selection: Any, data: Any = None) -> forms.Form | None:
        return self.form_class(data) if self.form_class else None

    def label(self, answers: Answers) -> str:
        """Name the act, in the log and in the list of batches."""
        return self.title

    def about(self, selection: Any) -> str:
        """The label of the row it is about, if there is one."""
        return ""

    def headline(self, plan: Plan) -> str:
        """For how many, at the top of the preview: « 28 candidatures »."""
        return _counted(self, len(plan.done))

    def tally(self, done: int, refused: int) -> str:
        """What became of all, in the log."""
        return f"{_counted(self, done)}, {refused} sans suite" if refused else _counted(self, done)

    def plan(self, selection: Any, answers: Answers, *, by: Any, now: datetime) -> Plan:
        raise NotImplementedError

    def run(self, plan: Plan, answers: Answers, *, batch: Batch, by: Any, now: datetime) -> Sequence[Line]:
        raise NotImplementedError

    def try_on_myself(self, plan: Plan, answers: Answers, *, by: Any, now: datetime) -> str:
        """Send the letter of the sample to whoever prepares it, and say so."""
        raise NotImplementedError


def carry_out(act: GroupAct, selection: Any, plan: Plan, answers: Answers, *, token: str, by: Any, now: datetime) -> Batch:
    """Do the act, once for one token, and keep what became of each row; one act in the log.

    Nothing done for anybody is no act: refused, with the first reason.
    """
    try:
        with transaction.atomic():
            batch = batches.open_batch(act.label(answers), by=by, now=now, about=act.about(selection), undo=act.undo, token=token)
            lines = act.run(plan, answers, batch=batch, by=by, now=now)
            done = sum(not line.why for line in lines)
            if not done:
                raise Refused(f"Rien n’a été fait : {next((line.why for line in lines), 'la sélection est vide')}.")
            batch.results = [[line.key, line.why, line.note] for line in lines]
            batch.save(update_fields=["results", "undo_data"])
            record("acte groupé", batch, by=by, now=now, note=act.tally(done, len(lines) - done))
            return batch
    except IntegrityError:
        if batch_done := Batch.objects.filter(token=token).first():
            return batch_done
        raise


def _counted(act: GroupAct, count: int) -> str:
    return f"{count}\u00a0{act.nouns[count > 1]}"


@dataclass
class Screen:
    """The screen of one act on one selection: fetch, form, one call, answer."""

    act: GroupAct
    model_admin: "admin.ModelAdmin[Any]"
    back: str
    context: dict[str, Any] = field(default_factory=dict)

    def answer(self, request: HttpRequest, selection: Any, *, now: datetime) -> HttpResponse:
        """Show the act; on POST preview it, try it, or do it."""
        token = request.POST.get("token", "")[:64] or secrets.token_hex(16)
        if done := Batch.objects.filter(token=token).first():
            return self._told(request, done, again=True)
        form = self.act.form(selection, request.POST if request.method == "POST" else None)
        if form and not form.is_valid():
            return self._page(request, selection, form, token, status=422 if form.is_bound else 200)
        answers = form.cleaned_data if form else {}
        plan = self.act.plan(selection, answers, by=request.user, now=now)
        if "_confirm" in request.POST:
            return self._confirm(request, selection, form, plan, token, now=now)
        if "_try" in request.POST and plan.sample:
            messages.success(request, self.act.try_on_myself(plan, answers, by=request.user, now=now))
        return self._page(request, selection, form, token, plan=plan)

    def begin(self, request: HttpRequest, selection: Any, form: forms.Form, *, changing: Any, refusal: str = "") -> HttpResponse:
        """Ask what the act needs to know before anything is previewed; `changing` is what it would change (`change_template`)."""
        return self._page(request, selection, form, secrets.token_hex(16), changing=changing, refusal=refusal)

    def choose(self, request: HttpRequest, found: int, query: QueryDict) -> HttpResponse:
        """Nobody is selected at first: all that the filter finds, or back to the list to tick some."""
        hidden = [(name, value) for name, values in query.lists() for value in values]
        return self._page(request, None, None, "", to_choose={"count": found, "query": hidden, "every": EVERY})

    def _confirm(
        self, request: HttpRequest, selection: Any, form: forms.Form | None, plan: Plan, token: str, *, now: datetime
    ) -> HttpResponse:
        answers = form.cleaned_data if form else {}
        if changes := shown.changes_since(plan, shown.shown_in(request), shown.fingerprint(request, form)):
            return self._page(request, selection, form, token, plan=plan, changes=changes, status=409)
        if refusal := shown.not_counted(request, plan):
            return self._page(request, selection, form, token, plan=plan, refusal=refusal, status=422)
        if plan.letters > 1 and (gate := ask_factor(request)):
            return gate
        try:
            batch = carry_out(self.act, selection, plan, answers, token=token, by=request.user, now=now)
        except Refused as refusal:
            return self._page(request, selection, form, token, plan=plan, refusal=str(refusal), status=409)
        return self._told(request, batch)

    def _told(self, request: HttpRequest, batch: Batch, *, again: bool = False) -> HttpResponse:
        if again:
            messages.info(request, "Cet acte est déjà fait : voici ce qu’il a donné.")
        else:
            messages.success(request, format_html('C’est fait. <a href="{}">Revenir où vous en étiez</a>', self.back))
        return redirect(batch)

    def _page(
        self, request: HttpRequest, selection: Any, form: forms.Form | None, token: str, *, status: int = 200, **said: Any
    ) -> HttpResponse:
        plan: Plan | None = said.get("plan")
        context = {
            **self.model_admin.admin_site.each_context(request),
            "opts": self.model_admin.opts,
            "title": self.act.title,
            "act": self.act,
            "back": self.back,
            "form": form,
            "token": token,
            "shown": shown.sign(plan, shown.fingerprint(request, form)) if plan else "",
            "concerned": self.act.headline(plan) if plan else "",
            "left_out": _counted(self.act, len(plan.lines) - len(plan.done)) if plan else "",
            "typed_above": shown.TYPED_ABOVE,
            "must_type": plan is not None and plan.letters > shown.TYPED_ABOVE,
            "refusal": "",
            "changes": [],
            "changing": plan.data if plan else None,
            **self.context,
            **said,
        }
        return TemplateResponse(request, TEMPLATE, context, status=status)


class GroupActsMixin:
    """Mixin, before ModelAdmin: acts on the rows ticked in a list, or on all that its filter finds.

    The choice is in the address (`?choix=12,15`, or `?choix=tous` with the filter): the screen can be reloaded, left and found again.
    """

    group_acts: Sequence[GroupAct] = ()
    model: type[models.Model]
    opts: Any
    admin_site: Any

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer each act that this person may do."""
        acts = {act.slug: (_leading_to(act), act.slug, act.title) for act in self.group_acts if request.user.has_perm(act.permission)}
        return {**super().get_actions(request), **acts}  # type: ignore[misc]

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_group_act"
        own = path("actes/<slug:slug>/", self.admin_site.admin_view(self.group_act), name=name)
        return [own, *super().get_urls()]  # type: ignore[misc]

    def group_act(self, request: HttpRequest, slug: str) -> HttpResponse:
        """The screen of one act; with nobody chosen yet, what there is to choose."""
        act = next((act for act in self.group_acts if act.slug == slug), None)
        if act is None:
            raise Http404
        if not request.user.has_perm(act.permission):
            raise PermissionDenied
        back = f"{reverse(f'admin:{self.opts.app_label}_{self.opts.model_name}_changelist')}?{_filter(request).urlencode()}"
        try:
            keys, found = self._chosen(request)
        except IncorrectLookupParameters:
            return redirect(back.partition("?")[0])
        screen = Screen(act, cast(Any, self), back)
        if keys is None:
            return screen.choose(request, found, _filter(request))
        return screen.answer(request, self.model._default_manager.filter(pk__in=keys), now=clock.now())

    def _chosen(self, request: HttpRequest) -> tuple[list[Any] | None, int]:
        """Return the keys chosen (None: nobody was yet), and how many rows the filter finds."""
        choice = request.GET.get("choix", "")
        if choice and choice != EVERY:
            keys = [int(key) for key in choice.split(",") if key.isascii() and key.isdigit() and len(key) <= DIGITS_AT_MOST]
            rows = self.get_queryset(request).filter(pk__in=keys)  # type: ignore[attr-defined]
        else:
            rows = self._found(request)
        keys = list(rows.order_by("pk").values_list("pk", flat=True).distinct())
        return (keys if choice else None), len(keys)

    def _found(self, request: HttpRequest) -> models.QuerySet[Any]:
        """What the list shows under the filter of this address."""
        asked = copy(request)
        asked.GET = _filter(request)  # type: ignore[assignment]
        found = self.get_changelist_instance(asked).get_queryset(asked)  # type: ignore[attr-defined]
        return cast("models.QuerySet[Any]", found)


def _leading_to(act: GroupAct) -> Callable[..., HttpResponse]:
    """Return the action of the list that opens the act's screen on what is ticked there."""

    def lead(model_admin: Any, request: HttpRequest, rows: models.QuerySet[Any]) -> HttpResponse:
        chosen = _filter(request)
        every = request.POST.get("select_across") == "1"
        chosen["choix"] = EVERY if every else ",".join(str(pk) for pk in rows.order_by("pk").values_list("pk", flat=True))
        name = f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_group_act"
        return redirect(f"{reverse(name, args=[act.slug])}?{chosen.urlencode()}")

    return lead


def _filter(request: HttpRequest) -> QueryDict:
    """The filter of the list in this address, without our choice and the number of its page."""
    query = request.GET.copy()
    for name in ("choix", "p", "e"):
        query.pop(name, None)
    return query
