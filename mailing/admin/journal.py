"""The journal of letters: what left, what did not, and what a person decides about it."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime

from core import clock
from core.admin import NamedAdmin
from core.refusals import Refused
from core.registry import ask_factor
from core.search import SearchedAdmin
from mailing import outbox
from mailing.gathering import TO_SETTLE
from mailing.html import html_part, sandboxed, text_part
from mailing.letters import KINDS, LetterKind
from mailing.models import Message, Refusal, Relay
from mailing.states import State
from records.links import AboutAdmin
from records.models import Association

logger = logging.getLogger(__name__)
ACTS = ("resend", "settle_left", "settle_again", "mark_refused")
NOT_KEPT = "Un code ou un lien personnel : le texte n’est pas conservé."


class KindFilter(admin.SimpleListFilter):
    """By kind, under its French name."""

    title = "sorte"
    parameter_name = "kind"

    def lookups(self, request, model_admin):
        return sorted(((kind.name, kind.label) for kind in KINDS.values()), key=lambda pair: pair[1])

    def queryset(self, request, queryset):
        return queryset.filter(kind=self.value()) if self.value() else queryset


class ToSettleFilter(admin.SimpleListFilter):
    """What waits for a person, as the digest counts it."""

    title = "à traiter"
    parameter_name = "attente"

    def lookups(self, request, model_admin):
        return [(name, each.several) for name, each in TO_SETTLE.items()]

    def queryset(self, request, queryset):
        chosen = TO_SETTLE.get(self.value() or "")
        return chosen.narrow(queryset) if chosen else queryset


@admin.register(Message)
class MessageAdmin(AboutAdmin, admin.ModelAdmin):
    list_display = ["shown_subject", "to", "state", "shown_kind", "moments", "attempt"]
    list_display_links = ["shown_subject"]
    list_filter = ["state", ToSettleFilter, KindFilter]
    list_per_page = 25
    search_fields = ["search"]  # what `searched` reads
    search_help_text = "Adresse, sujet ou Message-ID ; accents et majuscules indifférents."
    show_full_result_count = False
    when_empty = "Chaque lettre du portail s’y inscrit en partant."
    act_when_empty = ("admin:mailing_message_previews", "Aperçu de chaque sorte de lettre")
    actions = ACTS
    fieldsets = [
        (None, {"fields": ["shown_subject", "shown_kind", "state", "error", "to", "flag", "cc", "reply_to", "about_what"]}),
        ("Contenu exact", {"fields": ["content", "formatted", "joined"]}),
        ("Envoi", {"fields": ["created_at", "due_at", "next_at", "sent_at", "leased_until", "attempt", "failures", "resends"]}),
        ("Identité", {"fields": ["message_id"]}),
    ]
    readonly_fields = [
        "shown_subject", "shown_kind", "state", "error", "to", "flag", "cc", "reply_to", "about_what", "content", "formatted", "joined",
        "created_at", "due_at", "next_at", "sent_at", "leased_until", "attempt", "failures", "resends", "message_id",
    ]  # fmt: skip

    # --- What is shown -------------------------------------------------------------------------------

    @admin.display(description="sujet", ordering="subject")
    def shown_subject(self, letter: Message) -> str:
        return letter.shown_subject

    @admin.display(description="sorte", ordering="kind")
    def shown_kind(self, letter: Message) -> str:
        return letter.kind_label

    @admin.display(description="écrite, puis envoyée", ordering="created_at")
    def moments(self, letter: Message) -> str | SafeString:
        moments = [letter.created_at, *([letter.sent_at] if letter.sent_at else [])]
        return format_html_join(mark_safe("<br>"), "{}", ((date_format(localtime(moment), "d/m/Y H:i"),) for moment in moments))

    @admin.display(description="texte")
    def content(self, letter: Message) -> str | SafeString:
        if letter.is_secret:
            return NOT_KEPT
        if not letter.text:
            return "Effacé (durée de conservation passée)."
        text = text_part(letter.staff_text, association=Association.current())
        return format_html('<pre class="letter-text">{}</pre>', text)

    @admin.display(description="version mise en forme")
    def formatted(self, letter: Message) -> str | SafeString:
        if not letter.shown_text:
            return "—"
        url = reverse("admin:mailing_message_html", args=[letter.pk])
        return format_html('<a href="{}">Voir la version mise en forme</a>', url)

    @admin.display(description="pièces jointes")
    def joined(self, letter: Message) -> str | SafeString:
        rows = ((file["name"], file["sha256"]) for file in letter.files)
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{} <small>sha256 {}</small></li>", rows)) if letter.files else "—"

    @admin.display(description="cette adresse")
    def flag(self, letter: Message) -> str:
        return Refusal.objects.told_of(letter.to) or "—"

    # --- What is allowed -----------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return Message.objects.visible_to(request.user)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return (queryset.searched(search_term, keys=True) if search_term.strip() else queryset), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Nothing is written by the form: every act goes through the outbox."""

    def log_change(self, request, obj, message):
        """The acts are in the audit log (`records.Act`)."""
        return

    # --- Acts: from the list and from the letter ------------------------------------------------------

    @admin.action(description="Renvoyer", permissions=["change"])
    def resend(self, request: HttpRequest, letters: QuerySet[Message]) -> HttpResponse | None:
        return self._again(request, letters, outbox.resend)

    @admin.action(description="Incertaine : elle est partie", permissions=["change"])
    def settle_left(self, request: HttpRequest, letters: QuerySet[Message]) -> None:
        self._each(request, letters, partial(outbox.settle, left=True), "notée comme partie")

    @admin.action(description="Incertaine : la renvoyer", permissions=["change"])
    def settle_again(self, request: HttpRequest, letters: QuerySet[Message]) -> HttpResponse | None:
        return self._again(request, letters, partial(outbox.settle, left=False))

    @admin.action(description="Marquer l’adresse « ne reçoit pas »", permissions=["change"])
    def mark_refused(self, request: HttpRequest, letters: QuerySet[Message]) -> None:
        self._each(request, letters, _mark_refused, "son adresse est marquée « ne reçoit pas »")

    def _again(self, request: HttpRequest, letters: QuerySet[Message], act: Callable[..., Any]) -> HttpResponse | None:
        """Several letters at once are a group letter: the second factor is asked again."""
        if letters.count() > 1 and (answer := ask_factor(request)):
            return answer
        self._each(request, letters, act, "renvoyée")
        return None

    def _each(self, request: HttpRequest, letters: QuerySet[Message], act: Callable[..., Any], done: str) -> None:
        for letter in letters:
            try:
                act(letter, by=request.user, now=clock.now())
            except Refused as refusal:
                self.message_user(request, f"{letter} : {refusal}", messages.ERROR)
            else:
                self.message_user(request, f"{letter} : {done}.", messages.SUCCESS)

    def response_change(self, request: HttpRequest, obj: Message) -> HttpResponse:
        """The buttons of the letter's page are the same acts."""
        for name in ACTS:
            if f"_{name}" in request.POST:
                getattr(self, name)(request, Message.objects.filter(pk=obj.pk))
        return HttpResponseRedirect(reverse("admin:mailing_message_change", args=[obj.pk]))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        letter = self.get_object(request, object_id)
        acts = _acts(letter) if letter and self.has_change_permission(request) else []
        context = {**(extra_context or {}), "title": "Lettre", "acts": acts, "overtaken": _overtaken(letter) if letter else ""}
        return super().change_view(request, object_id, form_url, context)

    def changelist_view(self, request, extra_context=None):
        context = {**(extra_context or {}), "title": "Journal des lettres", "relay": Relay.current()}
        return super().changelist_view(request, context)

    # --- The formatted letter, and the previews ---------------------------------------------------------

    def get_urls(self):
        own = [
            path("apercus/", self.admin_site.admin_view(self.previews), name="mailing_message_previews"),
            path("apercus/<str:name>/", self.admin_site.admin_view(self.preview_html), name="mailing_message_preview"),
            path("<int:pk>/mise-en-forme/", self.admin_site.admin_view(self.letter_html), name="mailing_message_html"),
        ]
        return own + super().get_urls()

    def letter_html(self, request: HttpRequest, pk: int) -> HttpResponse:
        self._must_view(request)
        letter = self.get_object(request, str(pk))
        if letter is None or not letter.shown_text:
            raise Http404
        return sandboxed(html_part(letter.subject, letter.staff_text, association=Association.current()))

    def previews(self, request: HttpRequest) -> HttpResponse:
        """Every kind of letter, with sample data."""
        self._must_view(request)
        kinds = sorted(KINDS.values(), key=lambda kind: kind.name)
        context = {
            **self.admin_site.each_context(request),
            "title": "Aperçu de chaque sorte de lettre",
            "opts": self.opts,
            "previews": [_preview(kind) for kind in kinds],
        }
        return TemplateResponse(request, "admin/mailing/message/previews.html", context)

    def preview_html(self, request: HttpRequest, name: str) -> HttpResponse:
        self._must_view(request)
        if name not in KINDS:
            raise Http404
        subject, text = outbox.render(KINDS[name], KINDS[name].sample())
        return sandboxed(html_part(subject, text, association=Association.current()))

    def _must_view(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied


def _mark_refused(letter: Message, *, by: Any, now: Any) -> None:
    if not letter.to:
        raise Refused("L’adresse de cette lettre a été effacée.")
    outbox.mark_refused(letter.to, reason="Marquée par l’équipe depuis le journal des lettres.", by=by, now=now)


def _acts(letter: Message) -> list[tuple[str, str]]:
    """The buttons that make sense for this letter."""
    acts: list[tuple[str, str]] = []
    if letter.state in (State.SENT, State.FAILED) and letter.shown_text and not _overtaken(letter):
        acts.append(("_resend", "Renvoyer"))
    if letter.state == State.UNCERTAIN:
        acts += [("_settle_left", "Elle est partie"), ("_settle_again", "La renvoyer")]
    if letter.to:
        acts.append(("_mark_refused", "Marquer l’adresse « ne reçoit pas »"))
    return acts


def _overtaken(letter: Message) -> str:
    return letter.letter.overtaken(letter) if letter.kind in KINDS else ""


def _preview(kind: LetterKind) -> dict[str, Any]:
    """A kind with its sample; one that breaks says so and hides no other."""
    try:
        subject, text = outbox.render(kind, kind.sample())
    except Exception as error:
        logger.exception("preview of %s", kind.name)
        return {"kind": kind, "error": f"{type(error).__name__} : {error}"}
    return {"kind": kind, "subject": subject, "text": text_part(text, association=Association.current())}


@admin.register(Refusal)
class RefusalAdmin(SearchedAdmin, NamedAdmin, admin.ModelAdmin):
    """The addresses that do not receive; added by hand after a bounce, taken away when they receive again."""

    list_display = ["address", "reason", "at", "by_staff"]
    list_filter = ["by_staff"]
    list_per_page = 25
    search_fields = ["address"]
    when_empty = "Une adresse que son serveur refuse s’y inscrit d’elle-même. Ajoutez celles dont vous apprenez qu’elles ne reçoivent plus."
    fields = ["address", "reason"]

    def has_view_permission(self, request: HttpRequest, obj: Refusal | None = None) -> bool:
        return request.user.has_perm("mailing.view_message")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("mailing.change_message")

    def has_delete_permission(self, request: HttpRequest, obj: Refusal | None = None) -> bool:
        return request.user.has_perm("mailing.change_message")

    def has_change_permission(self, request: HttpRequest, obj: Refusal | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.pk = outbox.mark_refused(obj.address, reason=obj.reason, by=request.user, now=clock.now()).pk

    def delete_model(self, request: HttpRequest, obj: Refusal) -> None:
        outbox.lift_refusal(obj, by=request.user, now=clock.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Refusal]) -> None:
        for refusal in queryset:
            self.delete_model(request, refusal)
