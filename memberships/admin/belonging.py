"""Who is of a member, for the team: domains and links to correct, requests to answer in a contact's place. Each act is a verb."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html

from accounts.roles import ACCEPT_MEMBERSHIPS
from core import clock
from core.refusals import Refused
from memberships import domains, services
from memberships.models import Belonging, BookingLink, MailDomain
from memberships.staff_forms import ActForm
from memberships.states import Answer
from organisations.models import Organisation
from records.history import HistoryAdmin


class OfBody(admin.SimpleListFilter):
    """One body, from its page; nothing to choose here, there may be hundreds."""

    title, parameter_name = "organisme", "organisme"

    def lookups(self, request, model_admin):
        chosen = request.GET.get(self.parameter_name, "")
        found = Organisation.objects.filter(pk=chosen).first() if chosen.isdecimal() and len(chosen) < 10 else None  # noqa: PLR2004
        return [(str(found.pk), found.name)] if found else []

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        value = self.value()
        if not value:
            return queryset
        return queryset.filter(organisation=value) if value in dict(self.lookup_choices) else queryset.none()

    def has_output(self) -> bool:
        return bool(self.lookup_choices)


class Stands(admin.SimpleListFilter):
    """Where a request stands, or whether a link lives."""

    title, parameter_name = "état", "etat"
    CHOICES: Any = {}

    def lookups(self, request, model_admin):
        return [(key, label) for key, (label, _) in self.CHOICES.items()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        value = self.value()
        return queryset.filter(**self.CHOICES[value][1]) if value in self.CHOICES else queryset


class RequestStands(Stands):
    CHOICES = {
        "attend": ("attend une réponse", {"answer": ""}),
        "oui": ("oui", {"answer": Answer.YES}),
        "non": ("non", {"answer": Answer.NO}),
    }


class LinkStands(Stands):
    CHOICES = {"ouvert": ("ouvert", {"revoked_at": None}), "retire": ("retiré", {"revoked_at__isnull": False})}


class GateAdmin(HistoryAdmin, admin.ModelAdmin):
    """Read here; changed by an act with its own page, which says what follows."""

    list_per_page = 25
    show_full_result_count = False
    list_select_related = ["organisation"]
    change_form_template = "admin/memberships/gate/form.html"
    # slug -> title, what follows, what is said once done.
    ACTS: dict[str, tuple[str, str, str]] = {}

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_urls(self):
        name = f"memberships_{self.opts.model_name}_act"
        return [path("<int:pk>/acte/<slug:slug>/", self.admin_site.admin_view(self.act_view), name=name), *super().get_urls()]

    def fits(self, row: Any, slug: str) -> bool:
        return True

    def do(self, row: Any, slug: str, by: Any) -> None:
        raise NotImplementedError

    def change_view(self, request, object_id, form_url="", extra_context=None):
        row = self.get_object(request, object_id)
        offered = [(slug, said[0]) for slug, said in self.ACTS.items() if row and self.fits(row, slug)]
        may = {"acts": offered if request.user.has_perm(ACCEPT_MEMBERSHIPS) else [], "act_url": self._act_name()}
        return super().change_view(request, object_id, form_url, {**may, **(extra_context or {})})

    def _act_name(self) -> str:
        return f"admin:memberships_{self.opts.model_name}_act"

    def act_view(self, request: Any, pk: int, slug: str) -> HttpResponse:
        """A page that says what follows, then the verb."""
        if not request.user.has_perm(ACCEPT_MEMBERSHIPS):
            raise PermissionDenied
        row = get_object_or_404(self.model._base_manager.select_related("organisation"), pk=pk)
        listed = reverse(f"admin:memberships_{self.opts.model_name}_changelist")
        if slug not in self.ACTS or not self.fits(row, slug):
            messages.error(request, "Cet acte ne va plus : quelqu’un vient d’agir.")
            return redirect(listed)
        title, follows, done = self.ACTS[slug]
        form = ActForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                self.do(row, slug, request.user)
            except Refused as refused:
                form.add_error(None, str(refused))
            else:
                messages.success(request, done)
                return redirect(listed)
        shown = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, "row": row, "form": form}
        context = {**shown, "follows": follows, "listed": listed, "shown": self.shown(row)}
        return TemplateResponse(request, "admin/memberships/gate/act.html", context, status=422 if form.errors else 200)

    def shown(self, row: Any) -> str:
        return str(row)


@admin.register(MailDomain)
class MailDomainAdmin(GateAdmin):
    list_display = ["name", "organisation", "is_of_a_contact", "declared_at", "by_name"]
    list_filter = [OfBody]
    ordering = ["domain", "pk"]
    search_fields = ["domain", "organisation__search"]
    search_help_text = "Domaine ; organisme."
    when_empty = "Les domaines s’affichent ici dès qu’un adhérent en déclare un, dans son espace."
    fields = ["name", "organisation", "is_of_a_contact", "declared_at", "by_name"]
    ACTS = {
        "retirer": (
            "Retirer le domaine",
            "Qui a une adresse dans ce domaine n’est plus, par elle, des agents de cet organisme. Ce qui est réservé ne change pas.",
            "Le domaine est retiré.",
        )
    }

    def do(self, row: Any, slug: str, by: Any) -> None:
        services.remove_domain(row, by=by, now=clock.now())

    def shown(self, row: Any) -> str:
        return domains.shown(row.domain)

    @admin.display(description="domaine", ordering="domain")
    def name(self, row: MailDomain) -> str:
        return domains.shown(row.domain)

    @admin.display(description="celui d’un contact", boolean=True)
    def is_of_a_contact(self, row: MailDomain) -> bool:
        """False asks for a look: nobody who speaks for the body writes from there."""
        return bool(row.is_of_a_contact)  # type: ignore[attr-defined]

    def get_queryset(self, request):
        return MailDomain.objects.with_contacts()


@admin.register(BookingLink)
class BookingLinkAdmin(GateAdmin):
    list_display = ["__str__", "organisation", "state", "created_at", "by_name"]
    list_filter = [LinkStands, OfBody]
    ordering = ["-created_at", "-pk"]
    search_fields = ["organisation__search"]
    search_help_text = "Organisme."
    when_empty = "Les liens s’affichent ici dès qu’un adhérent en crée un, dans son espace. Leur adresse n’est lue que par lui."
    fields = ["organisation", "state", "created_at", "by_name", "revoked_at"]
    ACTS = {
        "retirer": (
            "Retirer le lien",
            "Le lien ne donne plus rien, à l’instant. L’organisme peut en créer un autre dans son espace.",
            "Le lien est retiré.",
        )
    }

    def fits(self, row: Any, slug: str) -> bool:
        return row.revoked_at is None

    def do(self, row: Any, slug: str, by: Any) -> None:
        services.revoke_one(row, by=by, now=clock.now())

    @admin.display(description="état")
    def state(self, row: BookingLink) -> Any:
        return _pill("declined", "retiré") if row.revoked_at else _pill("selected", "ouvert")


@admin.register(Belonging)
class BelongingAdmin(GateAdmin):
    list_display = ["who", "organisation", "state", "asked_at", "answered_by"]
    list_filter = [RequestStands, OfBody]
    ordering = ["-asked_at", "-pk"]
    search_fields = ["email", "name", "organisation__search"]
    search_help_text = "Nom ou adresse de la personne ; organisme."
    when_empty = "Les demandes s’affichent ici dès qu’une personne se dit d’un adhérent. Les contacts de l’organisme y répondent."
    fields = ["name", "email", "organisation", "what", "asked_at", "reminded_at", "state", "answered_at", "answered_by"]
    ACTS = {
        "oui": (
            "Répondre oui",
            "La priorité et le tarif des adhérents sont pour cette personne tant que l’adhésion court. Elle le reçoit par courriel.",
            "C’est répondu : oui.",
        ),
        "non": (
            "Répondre non",
            "Cette personne réserve comme tout le monde. Elle le reçoit par courriel, sans savoir qui a répondu.",
            "C’est répondu : non.",
        ),
    }

    def fits(self, row: Any, slug: str) -> bool:
        return row.answer != (Answer.YES if slug == "oui" else Answer.NO)

    def do(self, row: Any, slug: str, by: Any) -> None:
        services.answer(row, Answer.YES if slug == "oui" else Answer.NO, by=by, now=clock.now())

    def shown(self, row: Any) -> str:
        return f"{row.name} ({row.email})" if row.name else str(row.email)

    @admin.display(description="personne", ordering="name")
    def who(self, row: Belonging) -> str:
        return row.name or row.email

    @admin.display(description="réponse", ordering="answer")
    def state(self, row: Belonging) -> Any:
        if not row.answer:
            return _pill("in_review", "attend")
        return _pill("selected" if row.answer == Answer.YES else "declined", row.get_answer_display())


def _pill(kind: str, words: str) -> Any:
    return format_html('<span class="pill pill-{}">{}</span>', kind, words)
