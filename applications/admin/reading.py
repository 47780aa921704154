"""One application, well set for reading; around it what the team adds. Nothing of the answers is written here."""

from collections.abc import Callable
from copy import copy
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db.models import Max, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from accounts.roles import TRIAGE
from applications import answers as asked
from applications import duplicates, jury, services
from applications.columns import pill
from applications.facets import TWO_PEOPLE
from applications.forms import NoteForm, TagForm
from applications.models import Application, Note, Tag
from applications.states import State
from applications.written import trial_key
from core import clock
from core.refusals import Refused
from core.registry import Link
from mailing.models import Message, Refusal
from records.models import Act
from records.services import label_of

FILTERS = "_changelist_filters"
# (request, application) -> an act of the reading page, or None when it makes no sense now: helpers of the admin add theirs.
ACTS: list[Callable[[HttpRequest, Application], Link | None]] = []
# (request) -> an act of the list.
LIST_ACTS: list[Callable[[HttpRequest], Link | None]] = []


_Verb = Callable[[int | None], None]


class ReadingMixin:
    """Before ModelAdmin: the page of one row is for reading, and follows the list it was opened from."""

    admin_site: Any
    opts: Any

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "applications_application_"
        return [
            path("<int:pk>/note/", view(require_POST(self.add_note)), name=f"{name}note"),
            path("<int:pk>/note/<int:note>/effacer/", view(require_POST(self.remove_note)), name=f"{name}note_remove"),
            path("<int:pk>/etiquette/", view(require_POST(self.add_tag)), name=f"{name}tag"),
            path("<int:pk>/etiquette/<int:tag>/retirer/", view(require_POST(self.remove_tag)), name=f"{name}tag_remove"),
            *super().get_urls(),
        ]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        application = self.get_object(request, object_id)  # type: ignore[attr-defined]
        if not self.has_view_permission(request, application) or request.method not in ("GET", "HEAD"):  # type: ignore[attr-defined]
            raise PermissionDenied
        if application is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined]
        return self.reading(request, application, extra=extra_context)

    def reading(self, request: Any, application: Application, *, extra: Any = None, status: int = 200) -> HttpResponse:
        """Draw the page; `extra` replaces a form that was refused."""
        sorts, query = request.user.has_perm(TRIAGE), request.GET.get(FILTERS, "")
        initial = drawn(application)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Candidature {application}",
            "application": application,
            "pill": pill(application),
            "place": self._place(request, application),
            "following": following("", query),
            "failed": None,
            "news": [],
            "acts": [act for find in ACTS if (act := find(request, application))],
            "sorts": sorts,
            "note_form": NoteForm(initial=initial, auto_id="note_%s"),
            "tag_form": TagForm(initial=initial, auto_id="tag_%s"),
            **_about(application),
            **(_of_the_team(application, request.user) if sorts else {}),
            **(extra or {}),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/applications/application/reading.html", context, status=status)

    # --- Where it stands in the list ------------------------------------------------------------------

    def _place(self, request: HttpRequest, application: Application) -> dict[str, Any]:
        """« 12 sur 87 », the file before and the file after, in the list as it was narrowed, searched and sorted."""
        query = request.GET.get(FILTERS, "")
        order = self._order(request, query)
        at = order.index(application.pk) if application.pk in order else None
        place = {"back": list_of(query), "total": len(order), "at": None}
        if at is None:
            return place
        before, after = order[at - 1] if at else None, order[at + 1] if at + 1 < len(order) else None
        return {**place, "at": at + 1, "before": before and page_of(before, query), "after": after and page_of(after, query)}

    def _order(self, request: HttpRequest, query: str) -> list[int]:
        asked_for = copy(request)
        asked_for.GET, asked_for.order_only = QueryDict(query), True  # type: ignore[attr-defined]
        return list(self.get_changelist_instance(asked_for).queryset.values_list("pk", flat=True))  # type: ignore[attr-defined]

    # --- What the team adds ---------------------------------------------------------------------------

    def add_note(self, request: Any, pk: int) -> HttpResponse:
        application, form = self._sorted(request, pk), NoteForm(request.POST, auto_id="note_%s")

        def act(revision: int | None) -> None:
            services.add_note(application, form.cleaned_data["text"], by=request.user, now=clock.now(), revision=revision)

        return self._act(request, application, form, act, "note_form", "notes")

    def add_tag(self, request: Any, pk: int) -> HttpResponse:
        application, form = self._sorted(request, pk), TagForm(request.POST, auto_id="tag_%s")

        def act(revision: int | None) -> None:
            services.add_tag(application, form.cleaned_data["name"], by=request.user, now=clock.now(), revision=revision)

        return self._act(request, application, form, act, "tag_form", "etiquettes-titre")

    def _act(
        self, request: Any, application: Application, form: Any, act: Callable[[int | None], None], name: str, at: str
    ) -> HttpResponse:
        """Do it; refused, draw the page again with what was typed, ready to be sent again."""
        news: list[Act] = []
        if form.is_valid():
            try:
                act(form.cleaned_data["revision"])
                return self._back(request, application, at)
            except Refused as refusal:
                news = told(form, application, refusal)
        application = self._sorted(request, application.pk)
        return self.reading(request, application, extra={name: form, "news": news, "failed": form}, status=422)

    def remove_note(self, request: Any, pk: int, note: int) -> HttpResponse:
        application = self._sorted(request, pk)
        row = get_object_or_404(Note.objects.select_related("application"), pk=note, application=application)
        try:
            services.remove_note(row, by=request.user, now=clock.now())
        except Refused as refusal:
            raise PermissionDenied(str(refusal)) from refusal
        return self._back(request, application, "notes")

    def remove_tag(self, request: Any, pk: int, tag: int) -> HttpResponse:
        application = self._sorted(request, pk)
        if row := Tag.objects.filter(pk=tag).first():
            services.remove_tag(application, row, by=request.user, now=clock.now())
        return self._back(request, application, "etiquettes-titre")

    def _sorted(self, request: Any, pk: int) -> Application:
        """Return the file, to who may sort."""
        if not request.user.has_perm(TRIAGE):
            raise PermissionDenied
        application: Application | None = self.get_object(request, str(pk))  # type: ignore[attr-defined]
        if application is None:
            raise Http404
        return application

    def _back(self, request: HttpRequest, application: Application, at: str) -> HttpResponse:
        return HttpResponseRedirect(f"{page_of(application.pk, request.GET.get(FILTERS, ''))}#{at}")


def page_of(pk: int, query: str = "") -> str:
    """Return the address of a file, following a list narrowed by `query`."""
    return following(reverse("admin:applications_application_change", args=[pk]), query)


def list_of(query: str = "") -> str:
    """Return the address of the list narrowed by `query`."""
    return f"{reverse('admin:applications_application_changelist')}?{query}".rstrip("?")


def following(address: str, query: str) -> str:
    """Return an address that remembers the list one came from, as Django's own pages do."""
    return f"{address}?{urlencode({FILTERS: query})}" if query else address


def _about(application: Application) -> dict[str, Any]:
    """What the page says of the file."""
    draft = application.draft
    read = application.typed if application.state == State.DRAFT else application.answers
    facts = [(label, words) for label, words in asked.read_out(read) if label not in _APART]
    moved_on = application.typed if application.state != State.DRAFT else {}
    return {
        "name": application.full_name,
        "motivation": draft["motivation"] if application.state == State.DRAFT else application.motivation,
        "job": read.get("job", ""),
        "body": read.get("organisation", ""),
        "facts": facts,
        "undeposited": asked.read_out(moved_on) if moved_on else [],
        "refused": Refusal.objects.told_of(application.address),
        "steps": [(step, asked.read_out(step.answers) if step.answers else []) for step in application.steps.all()],
        "letters": _letters(application),
        "has_documents": bool(application.deposited_at and not application.erased_at),
        "withdrawn": application.state == State.WITHDRAWN,
        "same_person": duplicates.same_person(application),
        "likely": duplicates.likely(application),
    }


def _letters(application: Application) -> QuerySet[Message]:
    """What its person was written; not what a colleague tried on themselves, which is about it and forgotten with it."""
    found = Message.objects.filter(about=label_of(application)).exclude(key__startswith=trial_key(application))
    return found.order_by("created_at", "pk")


_APART = frozenset({asked.LABELS[name] for name in ("last_name", "first_name", "organisation", "job", "motivation")})


def _of_the_team(application: Application, viewer: Any) -> dict[str, Any]:
    tags = list(application.tags.order_by("name", "pk"))
    return {
        "two_people": any(tag.name == TWO_PEOPLE for tag in tags),
        "two_people_tag": TWO_PEOPLE,
        "notes": application.notes.order_by("at", "pk"),
        "tags": tags,
        "known_tags": Tag.objects.order_by("name", "pk"),
        "jury": jury.of_file(application, viewer),
    }


def drawn(application: Application) -> dict[str, int]:
    """The file as it is when a page is drawn: sent back with what is typed (`OnFile`)."""
    return {"revision": application.staff_revision, "seen": _last_act(application)}


def told(form: Any, application: Application, refusal: Refused) -> list[Act]:
    """Say no on the form, which may be sent again; return what colleagues changed since the page was drawn, if that is why."""
    form.add_error(None, str(refusal))
    form.data = form.data.copy()
    form.data.update(drawn(Application.objects.get(pk=application.pk)))
    return _since(application, form.cleaned_data["seen"]) if isinstance(refusal, services.Overtaken) else []


def _last_act(application: Application) -> int:
    return Act.objects.filter(about=label_of(application)).aggregate(last=Max("pk"))["last"] or 0


def _since(application: Application, seen: int | None) -> list[Act]:
    """Who changed what since the page was drawn, the latest first."""
    return list(Act.objects.filter(about=label_of(application), pk__gt=seen or 0)[:10])
