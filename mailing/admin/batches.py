"""Group acts: what each did, line by line; for ten minutes « Annuler cet envoi » and « Envoyer maintenant »; its letters."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import Count, Func, IntegerField, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from core import clock
from core.admin import NamedAdmin
from core.refusals import Refused
from core.registry import Link, ask_factor
from core.search import SearchedAdmin
from core.typography import grouped
from mailing import batches
from mailing.models import Batch, Message
from mailing.states import PENDING, State
from records.links import as_text, link_to, links_to

ROWS = 50
ACTS = {"_undo": "undo", "_send_now": "send_now"}


class ParagraphForm(forms.Form):
    """What is said to one reader only."""

    text = forms.CharField(
        label="Paragraphe personnel",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Il se place après la salutation, dans cette lettre seulement. Vide : la lettre reste celle de tous.",
        error_messages={"max_length": f"{grouped(2000)} caractères au plus."},
    )


class _Length(Func):
    """How many lines a list in JSON holds, without reading them."""

    function = "JSON_ARRAY_LENGTH"
    output_field = IntegerField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSONB_ARRAY_LENGTH", **context)


class _Named(ChangeList):
    """Each act with what it is about, named with one query a model."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows = list(self.result_list)
        links = links_to([row.about for row in rows if row.about], user=request.user)
        for row in rows:
            row.about_link = links.get(row.about, Link("", ""))
        self.result_list = cast(Any, rows)


@admin.register(Batch)
class BatchAdmin(SearchedAdmin, NamedAdmin, admin.ModelAdmin):
    list_display = ["label", "about_what", "files", "standing", "letters_left", "created_at", "by_name"]
    list_display_links = ["label"]
    list_per_page = 25
    search_fields = ["label", "by_name", "about"]
    search_help_text = "Acte ou auteur"
    show_full_result_count = False
    when_empty = "Chaque acte sur plusieurs fiches s’y inscrit, avec ce qu’il est devenu pour chacune."
    act_when_empty = ("admin:index", "Revenir à l’administration")

    @admin.display(description="au sujet de")
    def about_what(self, batch: Any) -> SafeString | str:
        return as_text(batch.about_link)

    @admin.display(description="fiches", empty_value="—")
    def files(self, batch: Any) -> int | None:
        return batch.lines or None

    @admin.display(description="où il en est")
    def standing(self, batch: Any) -> str:
        return standing(batch)

    @admin.display(description="lettres parties", empty_value="—")
    def letters_left(self, batch: Any) -> str | None:
        return f"{batch.left} sur {batch.owed}" if batch.owed else None

    # --- What is allowed -------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Batch]:
        """With how many letters it owes, how many left, how many still may; without what became of each row, thousands of them."""
        left, pending = Q(letters__state=State.SENT), Q(letters__state__in=PENDING)
        counts = {"owed": Count("letters"), "left": Count("letters", filter=left), "pending": Count("letters", filter=pending)}
        return super().get_queryset(request).defer("results", "undo_data").annotate(**counts, lines=_Length("results"))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return _Named

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Batch | None = None) -> bool:
        return False

    # --- The page of one -------------------------------------------------------------------------------

    def get_urls(self):
        own = [
            path("<int:pk>/lettres/<int:letter>/", self.admin_site.admin_view(self.paragraph_view), name="mailing_batch_letter"),
            path("<int:pk>/acte/", self.admin_site.admin_view(require_POST(self.act_view)), name="mailing_batch_act"),
        ]
        return own + super().get_urls()

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """What the act did, for each row, and its letters."""
        batch = self.get_object(request, object_id)
        if batch is None:
            raise Http404
        if not self.has_view_permission(request, batch):
            raise PermissionDenied
        now = clock.now()
        letters = Message.objects.visible_to(request.user).filter(batch=batch).order_by("pk")
        refused = [result for result in batch.results if result[1]]
        shown = refused if request.GET.get("issue") == "sans-suite" else batch.results
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": batch.label,
            "batch": batch,
            "standing": standing(batch),
            "may_act": self.has_change_permission(request, batch),
            "can_undo": can_undo(batch),
            "can_hurry": batches.can_be_hurried(batch, now=now),
            "done": len(batch.results) - len(refused),
            "refused": len(refused),
            "only_refused": shown is refused,
            "rows": _rows(Paginator(shown, ROWS).get_page(request.GET.get("p")), request.user),
            "letters": Paginator(letters, ROWS).get_page(request.GET.get("l")),
            "about": as_text(link_to(batch.about, user=request.user)) if batch.about else "",
        }
        return render(request, "admin/mailing/batch/change_form.html", context)

    def act_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """« Annuler cet envoi » and « Envoyer maintenant »: two buttons, two verbs."""
        batch = get_object_or_404(Batch, pk=pk)
        if not self.has_change_permission(request, batch):
            raise PermissionDenied
        act = next((name for name in ACTS if name in request.POST), None)
        if act == "_send_now" and batch.letters.count() > 1 and (gate := ask_factor(request)):
            return gate
        try:
            if act:
                messages.success(request, _done(act, batch, request))
        except Refused as refusal:
            messages.error(request, str(refusal))
        return redirect(batch)

    def paragraph_view(self, request: HttpRequest, pk: int, letter: int) -> HttpResponse:
        """One letter of the batch, as it will leave, and the paragraph that is only for its reader."""
        found = get_object_or_404(Message.objects.visible_to(request.user).select_related("batch"), pk=letter, batch=pk)
        if not self.has_view_permission(request, found.batch):
            raise PermissionDenied
        may_write = self.has_change_permission(request, found.batch) and found.state == State.DUE and clock.now() < found.next_at
        form = ParagraphForm(request.POST or None, initial={"text": found.paragraph})
        if request.method == "POST" and not self.has_change_permission(request, found.batch):
            raise PermissionDenied
        if request.method == "POST" and form.is_valid():
            try:
                batches.add_paragraph(found, form.cleaned_data["text"], by=request.user, now=clock.now())
            except Refused as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, "Voici la lettre telle qu’elle partira.")
            return redirect("admin:mailing_batch_letter", pk, letter)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Lettre de l’envoi",
            "batch": found.batch,
            "letter": found,
            "may_write": may_write,
            "form": form,
        }
        return render(request, "admin/mailing/batch/letter.html", context, status=422 if form.is_bound else 200)


def standing(batch: Any) -> str:
    """Say where a group act is, counted by `BatchAdmin.get_queryset`: undone, waiting, leaving, done."""
    now = clock.now()
    if batch.undone_at:
        return "annulé"
    if batch.can_be_undone(now=now):
        return "en attente" if batch.pending else "fait"
    return "en cours d’envoi" if batch.pending else "fait"


def can_undo(batch: Any) -> bool:
    return batch.can_be_undone(now=clock.now()) and bool(batch.undo or batch.owed)


def _done(act: str, batch: Batch, request: HttpRequest) -> str:
    now = clock.now()
    if act == "_undo":
        undone = batches.undo(batch, by=request.user, now=now)
        return " ".join(["C’est annulé : aucune lettre ne part." if undone.letters else "C’est annulé.", undone.told]).strip()
    batches.send_now(batch, by=request.user, now=now)
    return "Les lettres partent."


def _rows(page: Page[Any], user: Any) -> Page[Any]:
    """Name each row of the page as it is now, with one query a model; whoever is known without a row has a hidden name."""
    links = links_to([key for key, _, _ in page.object_list], user=user)
    nobody = Link("effacé depuis", "")
    page.object_list = [
        {"name": links.get(key, nobody).label, "url": links.get(key, nobody).url, "why": why, "note": note}
        for key, why, note in page.object_list
    ]
    return page
