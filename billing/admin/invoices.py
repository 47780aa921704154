"""Invoices in the admin: the list, what it comes to, and the page of each. Nothing is edited here but through the verbs."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from billing import documents, sale, standing
from billing.admin.invoice_acts import InvoiceActsMixin
from billing.models import FileFault, Invoice, InvoiceFile, Payment
from billing.models.invoice import InvoiceQuerySet
from billing.services.numbering import day_of
from billing.standing import Standing, with_standing
from billing.states import Kind, TransmissionState
from core import clock
from core.folding import containing
from core.money import euros
from mailing.models import Message
from records.history import HistoryAdmin
from records.models import Act
from records.services import label_of

# The tokens of the house's pills (static/css/admin.css).
PILLS = {
    Standing.OVERDUE: "withdrawn", Standing.TO_PAY: "submitted", Standing.TO_REFUND: "in_review", Standing.PAID: "selected",
    Standing.CREDITED: "declined", Standing.NOTE: "duplicate",
}  # fmt: skip
WITHOUT_CHORUS = "sans"


class _Chosen(admin.SimpleListFilter):
    """A filter drawn as a choice of the form above the list."""

    def options(self) -> list[tuple[str, str, bool]]:
        return [(str(value), str(label), self.value() == str(value)) for value, label in self.lookup_choices]


class StandingFilter(_Chosen):
    title, parameter_name = "état", "etat"

    def lookups(self, request, model_admin):
        return [(each.value.lower(), each.label) for each in Standing]

    def queryset(self, request, queryset):
        asked = (self.value() or "").upper()
        return queryset.filter(standing.condition(Standing(asked), day_of(clock.now()))) if asked in Standing.values else queryset


class YearFilter(_Chosen):
    title, parameter_name = "année", "annee"

    def lookups(self, request, model_admin):
        years = Invoice.objects.order_by("-year").values_list("year", flat=True).distinct()
        return [(str(year), str(year)) for year in years]

    def queryset(self, request, queryset):
        asked = self.value() or ""
        return queryset.filter(year=int(asked)) if asked.isdecimal() and len(asked) == len("2027") else queryset


class KindFilter(_Chosen):
    title, parameter_name = "nature", "nature"

    def lookups(self, request, model_admin):
        return [(kind.value.lower(), kind.label) for kind in Kind]

    def queryset(self, request, queryset):
        asked = (self.value() or "").upper()
        return queryset.filter(kind=asked) if asked in Kind.values else queryset


class ChorusFilter(_Chosen):
    title, parameter_name = "Chorus Pro", "chorus"

    def lookups(self, request, model_admin):
        return [*((state.value.lower(), state.label) for state in TransmissionState), (WITHOUT_CHORUS, "hors Chorus Pro")]

    def queryset(self, request, queryset):
        asked = self.value() or ""
        if asked == WITHOUT_CHORUS:
            return queryset.filter(transmission=None)
        return queryset.filter(transmission__state=asked.upper()) if asked.upper() in TransmissionState.values else queryset


class FileFilter(_Chosen):
    """What the night's check found, and what is not drawn yet."""

    title, parameter_name = "fichier", "fichier"

    def lookups(self, request, model_admin):
        return [("altere", "altéré"), ("a_faire", "pas encore dessiné")]

    def queryset(self, request, queryset):
        if self.value() == "altere":
            return queryset.exclude(fault=None)
        return queryset.unpublished() if self.value() == "a_faire" else queryset


@admin.register(Invoice)
class InvoiceAdmin(InvoiceActsMixin, HistoryAdmin, admin.ModelAdmin):
    list_display = ["number_shown", "day", "payer", "about_shown", "amount", "due", "pill", "chorus"]
    list_display_links = ["number_shown"]
    list_filter = [StandingFilter, YearFilter, KindFilter, ChorusFilter, FileFilter]
    list_per_page = 25
    list_select_related = ["corrects", "transmission"]
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    ordering = ["-issued_on", "-pk"]
    actions = None
    search_fields = ["search"]
    search_help_text = "Numéro, payeur, SIRET, objet, engagement ou référence de virement ; accents et majuscules indifférents."
    when_empty = "Une facture entre ici quand elle est émise : un projet n’y est pas."
    change_list_template = "admin/billing/invoices.html"

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_queryset(self, request) -> InvoiceQuerySet:
        return with_standing(Invoice.objects.visible_to(request.user))

    def get_search_results(self, request, queryset, search_term):
        return queryset.filter(containing(search_term)), False

    # --- The list -------------------------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list with what it comes to; the form's empty choices leave the address."""
        if request.method == "GET" and "" in request.GET.values():
            kept = request.GET.copy()
            for name in [name for name, value in kept.items() if not value]:
                del kept[name]
            return HttpResponseRedirect(f"{request.path}?{kept.urlencode()}".rstrip("?"))
        context = {"title": "Factures et avoirs", "is_nav_sidebar_enabled": False, **(extra_context or {})}
        answer = super().changelist_view(request, context)
        if isinstance(answer, TemplateResponse) and answer.context_data and "cl" in answer.context_data:
            answer.context_data |= self._narrowed(request, answer.context_data["cl"])
        return answer

    def _narrowed(self, request: HttpRequest, cl: Any) -> dict[str, Any]:
        """What the list is narrowed by, how many stand where without that of the standing, and what it comes to."""
        today = day_of(clock.now())
        state, *others = [spec for spec in cl.filter_specs if isinstance(spec, _Chosen)]
        counted = standing.counts(cl.get_queryset(request, exclude_parameters=[state.parameter_name]), today)
        total = sum(counted.values())
        links = [{"label": "toutes", "number": total, "url": _without(cl, "etat"), "chosen": not state.value(), "pill": "all"}]
        links += [
            {
                "label": each.label, "number": counted[each], "url": cl.get_query_string({"etat": each.value.lower()}, ["p"]),
                "chosen": state.value() == each.value.lower(), "pill": PILLS[each],
            }
            for each in Standing
        ]  # fmt: skip
        chips = [
            {"label": spec.title, "value": label, "url": _without(cl, str(spec.parameter_name))}
            for spec in (state, *others) for value, label, is_chosen in spec.options() if is_chosen
        ]  # fmt: skip
        return {"standings": links, "narrowings": others, "chips": chips, "state": state.value(), "sums": standing.sums(cl.queryset, today)}

    @admin.display(description="numéro", ordering="number")
    def number_shown(self, row):
        return row.number

    @admin.display(description="date", ordering="issued_on")
    def day(self, row):
        return f"{row.issued_on:%d/%m/%Y}"

    @admin.display(description="payeur", ordering="buyer_name")
    def payer(self, row):
        return row.buyer_name

    @admin.display(description="objet")
    def about_shown(self, row):
        return row.subject

    @admin.display(description="TTC", ordering="gross")
    def amount(self, row):
        return format_html('<span class="figure">{}{}</span>', "− " if row.is_credit else "", euros(row.gross))

    @admin.display(description="échéance", ordering="due_on", empty_value="—")
    def due(self, row):
        return f"{row.due_on:%d/%m/%Y}" if row.due_on else None

    @admin.display(description="état", ordering="remaining")
    def pill(self, row):
        return pill(row)

    @admin.display(description="Chorus Pro", empty_value="—")
    def chorus(self, row):
        transmission = getattr(row, "transmission", None)
        return transmission.get_state_display() if transmission else None

    # --- The page of one ------------------------------------------------------------------------------

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """The document as it was issued, and all that became of it."""
        invoice = self.get_object(request, object_id)
        if not self.has_view_permission(request, invoice) or request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        if invoice is None:
            raise Http404
        today = day_of(clock.now())
        context = {
            **self.admin_site.each_context(request), **documents.reading(invoice), "opts": self.opts, "title": invoice.title,
            "pill": pill(invoice), "said": standing.said(invoice, today), "acts": self.act_links(request, invoice),
            "is_nav_sidebar_enabled": False, **_around(invoice, request), **(extra_context or {}),
        }  # fmt: skip
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/billing/invoice.html", context)


def pill(invoice: Invoice) -> SafeString:
    """Where it stands, in its colour."""
    said = standing.said(invoice, day_of(clock.now()))
    return format_html('<span class="pill pill-{}">{}</span>', PILLS[said.standing], capfirst(said.words))


def _around(invoice: Invoice, request: HttpRequest) -> dict[str, Any]:
    """Payments, linked documents, file, letters and acts."""
    about = label_of(invoice)
    # Whoever reads an invoice may not read what letters say.
    letters = Message.objects.visible_to(request.user) if request.user.has_perm("mailing.view_message") else Message.objects.none()
    return {
        "payments": Payment.objects.filter(invoice=invoice).select_related("undone_by", "entry").order_by("received_on", "pk"),
        "may_undo": request.user.has_perm("billing.reconcile_payment"),
        "credit_notes": invoice.credit_notes.order_by("pk"),
        "replacement": invoice.replacements.order_by("pk").first(),
        "document": InvoiceFile.objects.filter(invoice=invoice).first(),
        "fault": FileFault.objects.filter(invoice=invoice).first(),
        "transmission": getattr(invoice, "transmission", None),
        "sold": sale.sold(invoice),
        "body_page": reverse("admin:organisations_organisation_change", args=[invoice.organisation_id]) if invoice.organisation_id else "",
        "letters": letters.filter(about=about).order_by("-pk")[:20],
        "history": Act.objects.filter(about=about).order_by("-at", "-pk")[:50],
    }


def _without(cl: Any, name: str) -> str:
    query: str = cl.get_query_string(remove=[name, "p"])
    return query
