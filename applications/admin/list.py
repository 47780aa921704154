"""Staff read every application with its history and the letters about it; nothing is edited here but through the verbs."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.roles import ACCEPT_LATE
from applications import answers as asked
from applications import services
from applications.forms import ApplicationForm, LateForm
from applications.models import Application, Step
from applications.states import Branch, State
from core import clock
from core.clock import PARIS
from core.refusals import Refused
from core.templatetags.portail import paris
from mailing.models import Message, Refusal
from organisations.regions import Region
from records.history import HistoryAdmin
from records.services import label_of


class StepInline(admin.StackedInline):
    """The history: every move, every version."""

    model = Step
    fields = ["at", "by_name", "note", "version"]
    readonly_fields = ["at", "by_name", "note", "version"]
    extra = 0
    can_delete = False
    verbose_name = "étape\u00a0"  # Django puts a colon after it
    verbose_name_plural = "historique"

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    @admin.display(description="réponses déposées")
    def version(self, step):
        return _listed(asked.read_out(step.answers)) if step.answers else "—"


@admin.register(Application)
class ApplicationAdmin(HistoryAdmin, admin.ModelAdmin):
    list_display = ["name", "shown_state", "call", "reference_shown", "branch_shown", "region_shown", "body", "deposited", "saved"]
    list_display_links = ["name"]
    list_filter = ["state", "edition", "branch", "region"]
    list_per_page = 25
    show_full_result_count = False
    date_hierarchy = "deposited_at"
    ordering = ["-pk"]
    search_fields = [
        "last_name",
        "first_name",
        "applicant__email",
        "organisation",
        "reference",
        "typed__last_name",
        "typed__first_name",
        "typed__organisation",
    ]
    search_help_text = "Nom, prénom, adresse électronique, structure ou référence."
    inlines = [StepInline]
    fieldsets = [
        (None, {"fields": ["shown_state", "reference", "edition", "person", "undeposited"]}),
        ("Réponses", {"fields": ["last_name", "first_name", "organisation", "job", "branch", "region", "motivation", "costs_covered"]}),
        ("Dates", {"fields": ["started_at", "saved_at", "submitted_at", "deposited_at", "erased_at"]}),
        ("Lettres et documents", {"fields": ["letters", "documents"]}),
    ]
    change_form_template = "admin/applications/application/change_form.html"

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("edition__programme", "applicant")

    def get_readonly_fields(self, request, obj=None):
        return [name for _, options in self.fieldsets for name in options["fields"]]

    @admin.display(description="nom", ordering="last_name")
    def name(self, application):
        draft = application.draft
        return f"{draft['last_name']} {draft['first_name']}".strip() or (
            application.applicant.email if application.applicant else "Anonymisée"
        )

    @admin.display(description="état", ordering="state")
    def shown_state(self, application):
        label = State(application.state).label
        if application.state == State.DRAFT:
            return format_html('<strong class="draft">{}</strong>', "Brouillon : pas encore déposée")
        return f"{label} (modifications non déposées)" if application.has_changes else label

    @admin.display(description="appel", ordering="edition__closes_at")
    def call(self, application):
        return application.edition.short_title

    @admin.display(description="référence", ordering="reference", empty_value="—")
    def reference_shown(self, application):
        return application.reference

    @admin.display(description="fonction publique", ordering="branch", empty_value="—")
    def branch_shown(self, application):
        return dict(Branch.choices).get(application.draft["branch"])

    @admin.display(description="région", ordering="region", empty_value="—")
    def region_shown(self, application):
        return dict(Region.choices).get(application.draft["region"])

    @admin.display(description="déposée le", ordering="deposited_at")
    def deposited(self, application):
        return _short(application.deposited_at)

    @admin.display(description="dernière saisie", ordering="saved_at")
    def saved(self, application):
        return _short(application.saved_at)

    @admin.display(description="structure", ordering="organisation")
    def body(self, application):
        return application.draft["organisation"]

    @admin.display(description="candidat")
    def person(self, application):
        person = application.applicant
        if not person:
            return "Anonymisé"
        refused = Refusal.objects.told_of(person.email)
        name = application.full_name or person.get_full_name()
        return f"{name} <{person.email}>".strip() + (f", {refused}" if refused else "")

    @admin.display(description="saisie non déposée")
    def undeposited(self, application):
        return _listed(asked.read_out(application.typed)) if application.typed else "—"

    @admin.display(description="lettres")
    def letters(self, application):
        """Each letter about this application, leading to its line in the journal."""
        rows = Message.objects.filter(about=label_of(application)).order_by("created_at", "pk")
        lines = [
            (
                reverse("admin:mailing_message_change", args=[quote(letter.pk)]),
                letter.subject or "Lettre effacée",
                letter.get_state_display(),
                paris(letter.sent_at or letter.created_at),
            )
            for letter in rows
        ]
        return format_html("<ul>{}</ul>", format_html_join("", '<li><a href="{}">{}</a> : {}, {}</li>', lines)) if lines else "—"

    @admin.display(description="documents")
    def documents(self, application):
        if not application.deposited_at or application.erased_at:
            return "—"
        names = {"application_receipt": "Récépissé (PDF)", "application_employer_letter": "Lettre pour l’employeur (PDF)"}
        if application.state == State.WITHDRAWN:
            del names["application_employer_letter"]
        lines = [(reverse(name, args=[application.reference]), label) for name, label in names.items()]
        return format_html_join(" · ", '<a href="{}">{}</a>', lines)

    def get_urls(self):
        accept = path(
            "<path:object_id>/hors-delai/", self.admin_site.admin_view(self.accept_late), name="applications_application_accept_late"
        )
        return [accept, *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {**(extra_context or {}), "title": "Candidatures"})

    def change_view(self, request, object_id, form_url="", extra_context=None):
        application = self.get_object(request, object_id)
        can = application is not None and _can_accept_late(request, application)
        context = {"title": f"Candidature {application}" if application else None, "can_accept_late": can}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})

    def accept_late(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Staff alone accept after the deadline, with a reason, logged (A2)."""
        application = self.get_object(request, object_id)
        if application is None:
            raise Http404
        if not request.user.has_perm(ACCEPT_LATE):
            raise PermissionDenied
        if not _can_accept_late(request, application):
            messages.error(request, "Seul un brouillon peut être accepté hors délai, une fois l’appel clos.")
            return redirect("admin:applications_application_change", application.pk)
        answers, form = ApplicationForm(application.draft, edition=application.edition), LateForm(request.POST or None)
        if request.method == "POST" and form.is_valid() and answers.is_valid():
            return self._accept(request, application, answers.cleaned_data, form.cleaned_data["note"])
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": "Accepter hors délai",
            "application": application,
            "form": form,
            "missing": [] if answers.is_valid() else [error for errors in answers.errors.values() for error in errors],
        }
        return render(request, "admin/applications/application/accept_late.html", context, status=422 if form.is_bound else 200)

    def _accept(self, request: Any, application: Application, answers: dict[str, Any], note: str) -> HttpResponse:
        try:
            step = services.accept_late(application, answers, by=request.user, now=clock.now(), note=note)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"Candidature {step.application.reference} acceptée hors délai : le récépissé est envoyé.")
        return redirect("admin:applications_application_change", application.pk)


def _can_accept_late(request: HttpRequest, application: Application) -> bool:
    late = application.state == State.DRAFT and not application.edition.is_accepting(now=clock.now())
    return late and request.user.has_perm(ACCEPT_LATE)


def _short(moment: datetime | None) -> str:
    """Return a date that a column holds: « 08/09/2017 11:59 », in Paris."""
    return f"{moment.astimezone(PARIS):%d/%m/%Y %H:%M}" if moment else "—"


def _listed(copy: list[tuple[str, str]]) -> SafeString:
    lines = [(label, text or "—") for label, text in copy]
    return format_html("<dl>{}</dl>", format_html_join("", "<div><dt>{}</dt><dd>{}</dd></div>", lines))
