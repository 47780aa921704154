"""The words of the letters: each kind, for all or for one call, written, tried, and taken back."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from core import clock
from core.admin import NamedAdmin
from core.refusals import Refused
from core.registry import SCOPES, Scope
from mailing import rendering, wordings
from mailing.html import html_part, sandboxed, text_part
from mailing.letters import KINDS, Context, Example, LetterKind
from mailing.models import Wording
from mailing.rendering import Words
from records.links import as_text, link_to
from records.models import Association

logger = logging.getLogger(__name__)
VERSIONS_SHOWN = 50
VALUE_SHOWN = 80
INVENTED = "exemple"


@dataclass(frozen=True)
class Place:
    """One kind of letter, for one scope: what the page writes."""

    kind: LetterKind
    scope: str
    title: str
    scopes: list[Scope]

    @property
    def url(self) -> str:
        return address(self.kind, self.scope)

    @property
    def html_url(self) -> str:
        return f"{reverse('admin:mailing_wording_html', args=[self.kind.name])}{_query(self.scope)}"


def address(kind: LetterKind, scope: str = "") -> str:
    return f"{reverse('admin:mailing_wording_kind', args=[kind.name])}{_query(scope)}"


def _query(scope: str) -> str:
    return f"?{urlencode({'pour': scope})}" if scope else ""


def place_of(request: HttpRequest, name: str) -> Place:
    """Find the kind, and the scope of the address among those this person may word apart."""
    kind = KINDS.get(name)
    if kind is None:
        raise Http404
    scopes = [scope for scope in all_scopes(request) if scope.label.partition(":")[0] in kind.scopes]
    wanted = request.GET.get("pour", "")
    titles = {"": wordings.FOR_ALL, **{scope.label: scope.title for scope in scopes}}
    if wanted not in titles:
        raise Http404
    return Place(kind, wanted, titles[wanted], scopes)


def all_scopes(request: HttpRequest) -> list[Scope]:
    return [scope for find in SCOPES for scope in find(request.user)]


def examples_of(request: HttpRequest, place: Place) -> list[Example]:
    """Real rows to preview with, for who may read such letters; the invented one always."""
    invented = Example(INVENTED, "un exemple inventé", place.kind.sample)
    may = not place.kind.secret and (not place.kind.read_with or request.user.has_perm(place.kind.read_with))
    return [invented, *(place.kind.examples(place.scope) if may else ())]


class WordsForm(forms.Form):
    """Subject and text as typed; what is kept is tidied, and refused in words beside its field."""

    subject = forms.CharField(label="Sujet", error_messages={"required": rendering.NO_SUBJECT})
    body = forms.CharField(
        label="Texte",
        error_messages={"required": rendering.NO_BODY},
        strip=False,
        help_text="Une ligne vide sépare les paragraphes. Une ligne « Libellé : », puis l’adresse seule sur la suivante, font le bouton.",
        widget=forms.Textarea(attrs={"rows": 24, "class": "letter-words", "spellcheck": "true"}),
    )
    base = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, kind: LetterKind, examples: Iterable[Example], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.words = kind, Words("", "")
        self.examples = {example.key: example for example in examples}
        choices = [(example.key, example.label) for example in self.examples.values()]
        self.fields["example"] = forms.ChoiceField(label="Aperçu avec", choices=choices)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self.words = wordings.tidied(data.get("subject") or "", data.get("body") or "")
        said = set(data)
        for field, fault in rendering.faults(self.kind, self.words):
            if field in said:
                self.add_error(field, fault)
        return data

    @property
    def chosen(self) -> Context:
        """The row to preview with: the one that was chosen, else the invented one."""
        key = self.cleaned_data.get("example", "") if self.is_bound else ""
        return self.examples[key].context() if key in self.examples else self.kind.sample()


@admin.register(Wording)
class WordingAdmin(NamedAdmin, admin.ModelAdmin):
    """The list is the kinds of letters; a version is only read, from the page of its kind."""

    fields = ["kind_label", "scope_title", "number", "subject", "body", "at", "by_name"]
    readonly_fields = ["kind_label", "scope_title", "number", "subject", "body", "at", "by_name"]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        own = [
            path("sorte/<str:name>/", view(self.kind_view), name="mailing_wording_kind"),
            path("sorte/<str:name>/mise-en-forme/", view(require_POST(self.html_view)), name="mailing_wording_html"),
        ]
        return own + super().get_urls()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Wording | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Nothing is written by the version's page: `mailing.wordings` keeps the versions."""

    @admin.display(description="sorte")
    def kind_label(self, wording: Wording) -> str:
        return wording.kind_label

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Wording | None:
        wording: Wording | None = super().get_object(request, object_id, from_field)
        if wording is not None:
            wording.scope_link = link_to(wording.scope, user=request.user)  # type: ignore[attr-defined]
        return wording

    @admin.display(description="pour")
    def scope_title(self, wording: Any) -> str:
        return as_text(wording.scope_link) if wording.scope else "toutes les lettres"

    # --- The kinds ------------------------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        self._must(request, self.has_view_permission)
        context = {**self.admin_site.each_context(request), "title": "Textes des lettres", "opts": self.opts, "apps": _by_app(request)}
        return TemplateResponse(request, "admin/mailing/wording/kinds.html", context)

    # --- One kind -------------------------------------------------------------------------------------

    def kind_view(self, request: HttpRequest, name: str) -> HttpResponse:
        self._must(request, self.has_view_permission)
        place = place_of(request, name)
        if request.method != "POST":
            return self._page(request, place, _blank_form(request, place))
        self._must(request, self.has_change_permission)
        form = WordsForm(place.kind, examples_of(request, place), request.POST)
        acts: dict[str, Callable[[HttpRequest, Place, WordsForm], HttpResponse]] = {
            "_save": self._save,
            "_restore": partial(self._act, act=_restore, done="Ces mots ne servent plus : ce qui était avant eux est de retour."),
            "_take_up": partial(self._act, act=_take_up, done="Cette version est reprise."),
        }
        act = next((act for asked, act in acts.items() if asked in request.POST), self._preview)
        return act(request, place, form)

    def html_view(self, request: HttpRequest, name: str) -> HttpResponse:
        """The typed text as a mailbox shows it, before it is kept."""
        self._must(request, self.has_view_permission)
        place = place_of(request, name)
        form = WordsForm(place.kind, examples_of(request, place), request.POST)
        if not form.is_valid():
            return self._page(request, place, form)
        subject, text = rendering.render(place.kind, form.words, form.chosen)
        return sandboxed(html_part(subject, text, association=Association.current()))

    def _preview(self, request: HttpRequest, place: Place, form: WordsForm) -> HttpResponse:
        form.is_valid()
        return self._page(request, place, form)

    def _save(self, request: HttpRequest, place: Place, form: WordsForm) -> HttpResponse:
        if not form.is_valid():
            return self._page(request, place, form)
        base = form.cleaned_data["base"] or 0
        try:
            wordings.save(place.kind, place.scope, form.words, base=base, by=request.user, now=clock.now())
        except wordings.Overtaken as refusal:
            form.add_error(None, str(refusal))
            return self._page(request, place, form, theirs=refusal.last)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            return self._page(request, place, form)
        self.message_user(request, "Ces mots sont enregistrés : les prochaines lettres les porteront.", messages.SUCCESS)
        return HttpResponseRedirect(place.url)

    def _act(self, request: HttpRequest, place: Place, form: WordsForm, *, act: Callable[..., Any], done: str) -> HttpResponse:
        form.full_clean()
        try:
            act(request, place, form.cleaned_data.get("base") or 0)
        except Refused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        else:
            self.message_user(request, done, messages.SUCCESS)
        return HttpResponseRedirect(place.url)

    def _page(self, request: HttpRequest, place: Place, form: WordsForm, theirs: Wording | None = None) -> HttpResponse:
        refused = form.is_bound and not form.is_valid()
        if theirs:
            # Saving again is now a choice, made after reading theirs.
            form.data = {**form.data.dict(), "base": str(theirs.number)}  # type: ignore[attr-defined]
        context = {
            **self.admin_site.each_context(request),
            "title": _title(place),
            "opts": self.opts,
            "place": place,
            "form": form,
            "theirs": theirs,
            "may_change": self.has_change_permission(request),
            "preview": None if refused else _preview(place, form),
            **_state(place),
        }
        return TemplateResponse(request, "admin/mailing/wording/kind.html", context, status=422 if refused else 200)

    def _must(self, request: HttpRequest, may: Callable[[HttpRequest], bool]) -> None:
        if not may(request):
            raise PermissionDenied


def _title(place: Place) -> str:
    name = place.kind.label[:1].upper() + place.kind.label[1:]
    return f"{name}, {place.title}" if place.scope else name


def _blank_form(request: HttpRequest, place: Place) -> WordsForm:
    """The words in force; `?version=3` shows those of a version, `?version=0` the shipped ones, to start from."""
    words = wordings.current(place.kind, scope=place.scope)
    asked = request.GET.get("version", "")
    if asked == "0":
        words = rendering.shipped(place.kind)
    elif asked.isdecimal() and len(asked) < 9:
        words = wordings.words_of(get_object_or_404(wordings.versions(place.kind, place.scope).exclude(body=""), number=int(asked)))
    last = wordings.versions(place.kind, place.scope).first()
    initial = {"subject": words.subject, "body": words.body, "base": last.number if last else 0}
    return WordsForm(place.kind, examples_of(request, place), initial=initial)


def _preview(place: Place, form: WordsForm) -> dict[str, Any]:
    words = form.words if form.is_bound else Words(form.initial["subject"], form.initial["body"])
    try:
        subject, text = rendering.render(place.kind, words, form.chosen)
    except Exception as error:
        return {"error": f"{type(error).__name__} : {error}"}
    return {"subject": subject, "text": text_part(text, association=Association.current())}


def _state(place: Place) -> dict[str, Any]:
    """What is in force, what came before, and what may be written."""
    kept = list(wordings.versions(place.kind, place.scope)[:VERSIONS_SHOWN])
    in_force = wordings.in_force(place.kind, scope=place.scope)
    last = kept[0] if kept else None
    broken = rendering.faults(place.kind, wordings.words_of(last)) if last and last.body else []
    return {
        "in_force": in_force,
        "inherits": bool(place.scope) and (in_force is None or not in_force.scope),
        "broken": [fault for _, fault in broken],
        "versions": kept,
        "last": last,
        "placeholders": _explained(place.kind),
    }


def _explained(kind: LetterKind) -> list[dict[str, Any]]:
    return [
        {"name": f"{{{name}}}", "meaning": placeholder.meaning, "notes": _notes(placeholder), "value": _shown(placeholder, kind)}
        for name, placeholder in kind.placeholders.items()
    ]


def _notes(placeholder: Any) -> str:
    told = {
        "fait le bouton": placeholder.button,
        "indispensable": placeholder.essential or placeholder.button,
        "texte seulement": placeholder.lines,
    }
    return ", ".join(note for note, is_true in told.items() if is_true)


def _shown(placeholder: Any, kind: LetterKind) -> str:
    """What it gives in the invented letter, shortened."""
    try:
        value = " ".join(str(placeholder.value(kind.sample())).split())
    except Exception:
        logger.exception("sample of %s", kind.name)
        return ""
    return value if len(value) <= VALUE_SHOWN else f"{value[:VALUE_SHOWN].rstrip()}…"


def _by_app(request: HttpRequest) -> list[tuple[str, list[dict[str, Any]]]]:
    """The kinds under the name of their app, each with what is in force for all and the scopes that have words of their own."""
    titles = {scope.label: scope.title for scope in all_scopes(request)}
    last = {(wording.kind, wording.scope): wording for wording in wordings.last_versions().exclude(body="")}
    kinds = sorted(KINDS.values(), key=lambda kind: (_app_name(kind), kind.label))
    return [(name, [_row(kind, last, titles) for kind in group]) for name, group in groupby(kinds, key=_app_name)]


def _app_name(kind: LetterKind) -> str:
    return str(apps.get_app_config(kind.app).verbose_name) if apps.is_installed(kind.app) else "Autres"


def _row(kind: LetterKind, last: dict[tuple[str, str], Wording], titles: dict[str, str]) -> dict[str, Any]:
    own = [
        {"title": titles[scope], "url": address(kind, scope), "wording": wording}
        for (name, scope), wording in last.items()
        if name == kind.name and scope in titles
    ]
    wording = last.get((kind.name, ""))
    broken = bool(wording and rendering.faults(kind, wordings.words_of(wording)))
    return {"kind": kind, "url": address(kind), "wording": wording, "broken": broken, "own": own}


def _restore(request: HttpRequest, place: Place, base: int) -> None:
    wordings.restore(place.kind, place.scope, base=base, by=request.user, now=clock.now())


def _take_up(request: HttpRequest, place: Place, base: int) -> None:
    asked = request.POST["_take_up"]
    version = wordings.versions(place.kind, place.scope).filter(number=int(asked)).first() if asked.isdecimal() and len(asked) < 9 else None
    if version is None:
        raise Refused("Cette version n’existe pas.")
    wordings.take_up(version, place.kind, base=base, by=request.user, now=clock.now())
