"""Changing what was announced: a save of the form, « Reporter », « Annuler », « Rouvrir ». Nothing leaves before people were counted."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import path, reverse

from core import clock
from core.refusals import Refused
from core.registry import Concerned
from mailing.groupacts import Answers, GroupAct, Line, Plan, Sample, Screen
from mailing.models import Batch, Refusal
from programmes import emails
from programmes.admin.tools import ToolsAdmin
from programmes.emails import Announcement
from programmes.forms import CancelForm, PostponeEditionForm, PostponeSessionForm, ReopenForm, TellForm
from programmes.models import ChangeKind, Edition, TrainingSession
from programmes.services import changes
from programmes.services.changes import Move, Row
from programmes.states import Status
from records.services import label_of, record


class RowAct(GroupAct):
    """An act on one call or one day that tells many people."""

    nouns = ("personne", "personnes")
    undo = changes.UNDO
    can_be_tried = True
    change_template = "admin/programmes/_act_help.html"
    is_folded = True
    # The button when nobody is to be told.
    button_alone = ""

    def about(self, selection: Row) -> str:
        return label_of(selection)

    def headline(self, plan: Plan) -> str:
        return "Personne n’est à prévenir" if self.nobody else super().headline(plan)

    def tally(self, done: int, refused: int) -> str:
        return "personne n’était à prévenir" if self.nobody else super().tally(done, refused)

    def move(self, row: Row, answers: Answers) -> Move:
        raise NotImplementedError

    def plan(self, selection: Row, answers: Answers, *, by: Any, now: datetime) -> Plan:
        try:
            announcement, people = changes.rehearse(selection, self.move(selection, answers), now=now)
        except Refused as refusal:
            self.nouns = ("fiche", "fiches")  # nobody is counted: the row itself is left as it is
            return Plan([Line(label_of(selection), str(selection), why=str(refusal))])
        told = [person for person in people if not person.left_out]
        self.nobody = not told
        self.button = self.button if told else self.button_alone or self.button
        return Plan(_lines(selection, people), _sample(announcement, told), len(told), announcement)

    def run(self, plan: Plan, answers: Answers, *, batch: Batch, by: Any, now: datetime) -> Sequence[Line]:
        row = self.row_of(plan)
        people = changes.carry_out(row, self.move(row, answers), batch=batch, by=by, now=now)
        return _lines(row, people)

    def try_on_myself(self, plan: Plan, answers: Answers, *, by: Any, now: datetime) -> str:
        first = next(person for person in changes.concerned(plan.data) if not person.left_out)
        changes.try_on_myself(plan.data, first, by=by, now=now)
        return f"Un essai part à {by.email} : la lettre de {first.name or first.email}."

    def row_of(self, plan: Plan) -> Row:
        """The row that the plan is about; a plan that refuses says why again."""
        if plan.data is None:
            raise Refused(plan.lines[0].why)
        row: Row = plan.data.row
        return row


def _lines(row: Row, people: Sequence[Concerned]) -> list[Line]:
    """One a person; when nobody is told, the public page alone shows what changes, and that is an act too."""
    refused = Refusal.objects.among(person.email for person in people)
    lines = [_line(person, person.email.lower() in refused) for person in people]
    page = Line(label_of(row), f"La page « {row} »", note="elle montre ce qui change ; personne n’est à prévenir")
    return lines if any(not line.why for line in lines) else [page, *lines]


def _line(person: Concerned, is_refused: bool) -> Line:
    note = "son adresse ne reçoit pas" if is_refused else ""
    return Line(person.about, person.name or person.email, why=person.left_out, note=note)


def _sample(announcement: Announcement, told: Sequence[Concerned]) -> Sample | None:
    if not told:
        return None
    subject, text = emails.rendered(announcement, told[0])
    return Sample(told[0].name or told[0].email, subject, text)


class Postpone(RowAct):
    slug, title, button = "reporter", "Reporter", "Reporter et prévenir"
    button_alone = "Reporter"
    intro = "Les nouvelles dates remplacent les anciennes partout : page, agenda, rappels. La page montre les deux."

    def label(self, answers: Answers) -> str:
        return "Report"

    def form(self, selection: Row, data: Any = None) -> forms.Form:
        if isinstance(selection, Edition):
            return PostponeEditionForm(data, edition=selection, now=clock.now())
        return PostponeSessionForm(data, session=selection, now=clock.now())

    def move(self, row: Row, answers: Answers) -> Move:
        form = self.form(row)
        named = [name for name in form.row_fields if name in answers]  # type: ignore[attr-defined]
        values = {name: answers[name] for name in named}
        phases = _phases_in(form, answers) if isinstance(form, PostponeEditionForm) else {}
        return changes.postponing(values, phases, answers["motif"])


def _phases_in(form: PostponeEditionForm, answers: Answers) -> dict[int, dict[str, Any]]:
    form.cleaned_data = dict(answers)
    return form.phase_values()


class Cancel(RowAct):
    slug, title, button = "annuler", "Annuler", "Confirmer l’annulation"
    intro = "La page reste et dit que c’est annulé ; plus rien ne peut être déposé ni réservé. Après dix minutes, cela ne se reprend plus."

    def label(self, answers: Answers) -> str:
        return "Annulation"

    def form(self, selection: Row, data: Any = None) -> forms.Form:
        return CancelForm(data)

    def move(self, row: Row, answers: Answers) -> Move:
        return changes.cancelling(answers["motif"])


class Reopen(RowAct):
    slug, title, button = "rouvrir", "Rouvrir", "Rouvrir et prévenir"
    button_alone = "Rouvrir"
    intro = "L’appel accepte de nouveau des candidatures jusqu’à la nouvelle clôture ; les rappels aux brouillons reprennent."

    def label(self, answers: Answers) -> str:
        return "Réouverture"

    def form(self, selection: Row, data: Any = None) -> forms.Form:
        assert isinstance(selection, Edition)  # noqa: S101 - `acts_on` offers it to calls only
        return ReopenForm(data, edition=selection, now=clock.now())

    def move(self, row: Row, answers: Answers) -> Move:
        return changes.reopening({name: answers[name] for name in ReopenForm.row_fields}, answers["motif"])


ACTS: dict[str, type[RowAct]] = {act.slug: act for act in (Postpone, Reopen, Cancel)}


def may_move(row: Row, *, now: datetime) -> bool:
    """Does anything public and to come still stand, to be moved or called off?"""
    return row.is_public(now=now) and not row.cancelled_at and not changes.is_over(row, now=now)


def acts_on(row: Row, *, now: datetime) -> list[type[RowAct]]:
    """Return the acts that make sense on this row today."""
    if not may_move(row, now=now):
        return []
    is_closed = isinstance(row, Edition) and row.status(now=now) in (Status.CLOSED, Status.SELECTING)
    return [Postpone, *([Reopen] if is_closed else []), Cancel]


class SaveAndTell(RowAct):
    """A save of the form that changes what was announced, done again once confirmed."""

    slug, title, button = "prevenir", "Prévenir de ce changement", "Enregistrer et prévenir"
    button_alone = "Enregistrer"
    intro = "Rien n’est encore enregistré. Ces dates ou ces lieux sont publics : voici qui en serait prévenu."

    def __init__(self, admin: "TellingAdmin", request: HttpRequest, typed: QueryDict) -> None:
        self.admin, self.request, self.typed = admin, request, typed
        if request.POST.get("correction"):
            self.undo, self.button, self.nouns = "", "Enregistrer sans prévenir", ("fiche corrigée", "fiches corrigées")

    def label(self, answers: Answers) -> str:
        return "Correction de dates, sans prévenir" if answers.get("correction") else "Dates ou lieux changés"

    def form(self, selection: Row, data: Any = None) -> forms.Form:
        return TellForm(data)

    def move(self, row: Row, answers: Answers) -> Move:
        return Move(ChangeKind.DATES, lambda _row, _now: self.admin.save_typed(self.request, row, self.typed), answers["motif"])

    def plan(self, selection: Row, answers: Answers, *, by: Any, now: datetime) -> Plan:
        plan = super().plan(selection, answers, by=by, now=now)
        if self.nobody:
            self.title, self.intro = "Confirmer ce changement", ALONE
        if not answers.get("correction") or plan.data is None:
            return plan
        self.nobody, self.button, self.nouns = False, "Enregistrer sans prévenir", ("fiche corrigée", "fiches corrigées")
        return Plan([Line(label_of(selection), str(selection), note="corrigé sans prévenir personne")], data=plan.data)

    def run(self, plan: Plan, answers: Answers, *, batch: Batch, by: Any, now: datetime) -> Sequence[Line]:
        if not answers.get("correction"):
            return super().run(plan, answers, batch=batch, by=by, now=now)
        row = self.row_of(plan)
        self.admin.save_typed(self.request, row, self.typed)
        record("dates corrigées sans prévenir", row, by=by, now=now, note=answers["motif"])
        return plan.lines


ALONE = "Rien n’est encore enregistré. La page montrera ce qui change ; personne n’est à prévenir."
BEGINNING = "Rien n’est encore enregistré. Ces dates ou ces lieux sont publics : dites pourquoi ils changent, puis voyez qui le saura."


class _ToTell(Exception):
    """The form changes what was announced: nothing is saved before somebody confirms."""


class TellingAdmin(ToolsAdmin):
    """Mixin, before ModelAdmin, for calls and training days: saves that change what was announced are confirmed first.

    The first save is taken back by the transaction that holds it; the screen keeps what was typed (`saisie`) and, once confirmed, has the
    same form do it again, so that fields, phases, checks and history are those of the form.
    """

    admin_site: Any
    opts: Any
    model: Any
    get_object: Any
    has_change_permission: Any

    def get_urls(self):
        acts = [act for act in ACTS.values() if self.model is Edition or act is not Reopen]
        views = [(act.slug, self.admin_site.admin_view(self.act_view)) for act in acts]
        name = f"programmes_{self.opts.model_name}"
        mine = [path(f"<path:object_id>/{slug}/", view, {"slug": slug}, name=f"{name}_{slug}") for slug, view in views]
        return [*mine, *super().get_urls()]

    def tools(self, request: HttpRequest, row: Any) -> list[tuple[str, str]]:
        found = super().tools(request, row)
        if self.has_change_permission(request, row):
            found += [(self._url(act.slug, row), act.title) for act in acts_on(row, now=clock.now())]
        return found

    def act_view(self, request: HttpRequest, object_id: str, slug: str) -> HttpResponse:
        """« Reporter », « Annuler », « Rouvrir »: what is told to whom, then the act."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        if request.method == "GET" and not may_move(row, now=clock.now()):
            messages.warning(request, f"« {ACTS[slug].title} » ne vaut que pour ce qui est publié, à venir, et n’est pas déjà annulé.")
            return redirect(self._url("change", row))
        return self._screen(ACTS[slug](), row).answer(request, row, now=clock.now())

    def _screen(self, act: RowAct, row: Row) -> Screen:
        admin: Any = self
        return Screen(act, admin, back=self._url("change", row), context={"subtitle": str(row)})

    def _url(self, name: str, row: Row) -> str:
        return reverse(f"admin:programmes_{self.opts.model_name}_{name}", args=[row.pk])

    # --- A save of the form ----------------------------------------------------------------------------

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        if request.method != "POST" or object_id is None:
            return super().changeform_view(request, object_id, form_url, extra_context)
        again = "saisie" in request.POST
        typed = QueryDict(request.POST["saisie"]) if again else request.POST
        try:
            with _posting(request, typed):
                return super().changeform_view(request, object_id, form_url, extra_context)
        except _ToTell:
            row, act = self.get_object(request, unquote(object_id)), SaveAndTell(self, request, typed)
            return self._screen(act, row).answer(request, row, now=clock.now()) if again else self._ask_why(request, row, act)

    def _ask_why(self, request: HttpRequest, row: Row, act: "SaveAndTell") -> HttpResponse:
        """Why, or that it is a correction, before anybody is counted: the letter of the preview then holds it."""
        form = TellForm(initial={"saisie": act.typed.urlencode()})
        plan = act.plan(row, {"motif": ""}, by=request.user, now=clock.now())
        act.intro = ALONE if act.nobody else BEGINNING
        refusal = "" if plan.data else plan.lines[0].why
        return self._screen(act, row).begin(request, row, form, changing=plan.data, refusal=refusal)

    def save_typed(self, request: HttpRequest, row: Row, typed: QueryDict) -> None:
        """Save the form as it was typed; called by the act, in its transaction."""
        with _posting(request, typed, telling=True):
            answer = super().changeform_view(request, str(row.pk), "", None)
        if answer.status_code != 302:  # noqa: PLR2004
            raise Refused("La fiche a changé depuis : revenez-y, et enregistrez de nouveau.")

    def save_model(self, request, obj, form, change):
        if change:
            request.announced = changes.announced(obj, now=clock.now())
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if change and not getattr(request, "telling", False) and changes.differences(form.instance, request.announced, now=clock.now()):
            raise _ToTell

    def message_user(self, request, message, *args, **kwargs):
        """While the act saves, it is the act's page that speaks."""
        if not getattr(request, "telling", False):
            super().message_user(request, message, *args, **kwargs)

    def get_form(self, request, obj=None, change=False, **kwargs):
        """Refuse, beside the field, a deadline in the past and an opening that drafts have passed."""
        form = super().get_form(request, obj, change=change, **kwargs)
        if obj is None:
            return form
        return type(form.__name__, (_RightDates if isinstance(obj, Edition) else _EnoughSeats, form), {"before": obj})


class _RightDates:
    """What the dates of a call that is public may become; `before` is the call as it is."""

    before: Edition
    cleaned_data: dict[str, Any]
    add_error: Any

    def clean(self):
        cleaned = super().clean()
        row, now = type(self.before)._default_manager.select_related("programme").get(pk=self.before.pk), clock.now()
        for name, why in changes.refused_dates(row, self.cleaned_data, now=now).items():
            self.add_error(name, why)
        if why := changes.refused_seats(row, self.cleaned_data.get("seats"), now=now):
            self.add_error("seats", why)
        return cleaned


class _EnoughSeats:
    """A day offers no fewer places than people hold; `before` is the day as it is."""

    before: TrainingSession
    cleaned_data: dict[str, Any]
    add_error: Any

    def clean(self):
        cleaned = super().clean()
        if why := changes.refused_seats(self.before, self.cleaned_data.get("seats"), now=clock.now()):
            self.add_error("seats", why)
        return cleaned


@contextmanager
def _posting(request: Any, typed: QueryDict, *, telling: bool = False) -> Iterator[None]:
    """For a while the request posts what was typed in the form."""
    posted, before = request.POST, getattr(request, "telling", False)
    request.POST, request.telling = typed, telling
    try:
        yield
    finally:
        request.POST, request.telling = posted, before
