"""What the treasurer decides once and every invoice copies: VAT regimes, texts and accounts, files, the first number of a year."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.html import format_html

from accounts.roles import ISSUE_INVOICES
from billing import supplier
from billing.models import Counter, Line, SupplierFile, TaxProfile, Terms
from billing.services.numbering import HIGHEST_FIRST, day_of, set_first
from billing.states import SERIES
from core import clock
from core.admin import NamedAdmin
from core.forms import form_helper
from core.refusals import Refused
from core.registry import ask_factor
from records.history import HistoryAdmin


@admin.register(TaxProfile)
class TaxProfileAdmin(HistoryAdmin, admin.ModelAdmin):
    list_display = ["name", "category", "rate_shown", "exemption_code", "account"]
    list_per_page = 25
    show_full_result_count = False
    ordering = ["name", "pk"]
    search_fields = ["name", "exemption_text"]
    fields = ["name", "category", "rate", "exemption_code", "exemption_text", "account", "kept"]
    readonly_fields = ["kept"]

    @admin.display(description="taux", ordering="rate", empty_value="—")
    def rate_shown(self, row):
        return f"{row.rate.normalize():f}\u00a0%".replace(".", ",") if row.rate else None

    @admin.display(description="factures émises")
    def kept(self, row):
        """A regime is copied onto each line: what is changed here is for the invoices to come."""
        alike = Line.objects.filter(vat_category=row.category, vat_rate=row.rate, exemption_text=row.exemption_text)
        told = "Une facture émise garde le régime de son jour ; ce que vous changez vaut pour les suivantes."
        return f"{told} {alike.values('invoice').distinct().count()} facture(s) portent cette mention." if row.pk else told

    def has_delete_permission(self, request, obj=None):
        return False


class TermsForm(forms.ModelForm):
    class Meta:
        model = Terms
        fields = "__all__"  # noqa: DJ007 - the admin names them
        widgets = {name: forms.Textarea(attrs={"rows": 3}) for name in ("late_penalty", "indemnity", "discount")}


@admin.register(Terms)
class TermsAdmin(HistoryAdmin, admin.ModelAdmin):
    """One row: never added, never deleted."""

    form = TermsForm
    fieldsets = [
        ("Mentions des factures à venir", {
            "fields": ["late_penalty", "indemnity", "discount", "vat_on_debits"],
            "description": "Ce qui est émis garde les mentions de son jour.",
        }),
        ("Comptes", {
            "fields": ["buyer_account", "vat_account", "bank_account", "cash_account", "card_account", "difference_account"],
            "description": "Proposés par défaut : à confirmer avec votre comptable.",
        }),
    ]  # fmt: skip

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_object(self, request, object_id, from_field=None):
        return Terms.current() if str(object_id) == "1" else None

    def changelist_view(self, request, extra_context=None):
        return HttpResponseRedirect(reverse("admin:billing_terms_change", args=[1]))


class SupplierFileForm(forms.ModelForm):
    """The file is looked at before it is kept; left empty, the one that is there stays."""

    class Meta:
        model = SupplierFile
        fields = ["kind", "title", "year", "file", "is_offered"]
        widgets = {"file": forms.FileInput(attrs={"accept": "application/pdf"})}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "file" in self.fields:
            self.fields["file"].help_text = "PDF, 5 Mo au plus." + (" Vide : le fichier déposé reste." if self.instance.pk else "")

    def clean_file(self):
        given = self.cleaned_data["file"]
        if "file" in self.changed_data:
            try:
                self.content = supplier.checked(given)
            except ValidationError as refused:
                raise ValidationError(refused.messages) from None
            given.seek(0)
        return given


@admin.register(SupplierFile)
class SupplierFileAdmin(HistoryAdmin, admin.ModelAdmin):
    form = SupplierFileForm
    list_display = ["title", "kind", "year", "is_offered", "added_at"]
    list_per_page = 25
    show_full_result_count = False
    search_fields = ["title"]
    when_empty = "RIB, statuts, vote des tarifs : ce que demandent les services financiers, proposé sur la page de chaque dossier."
    readonly_fields = ["shown"]

    def get_fields(self, request, obj=None):
        return ["kind", "title", "year", "file", "is_offered", *(["shown"] if obj else [])]

    @admin.display(description="fichier déposé")
    def shown(self, row):
        address = reverse("admin:billing_supplierfile_file", args=[row.pk])
        return format_html('<a href="{}">Télécharger</a>, empreinte <code>{}</code>…', address, row.sha256[:16])

    def get_urls(self):
        view = self.admin_site.admin_view(self.file_view)
        return [path("<int:pk>/fichier/", view, name="billing_supplierfile_file"), *super().get_urls()]

    def file_view(self, request: HttpRequest, pk: int) -> FileResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = get_object_or_404(SupplierFile, pk=pk)
        answer = FileResponse(
            row.file.open("rb"), as_attachment=True, filename=str(row.file.name).rpartition("/")[2], content_type="application/pdf"
        )
        answer["X-Content-Type-Options"], answer["Cache-Control"] = "nosniff", "private, no-store"
        return answer

    def save_model(self, request, obj, form, change):
        if "file" in form.changed_data:
            supplier.keep(obj, form.cleaned_data["file"], now=clock.now())
        else:
            super().save_model(request, obj, form, change)


class FirstNumberForm(forms.Form):
    """Where a year's series begins."""

    series = forms.ChoiceField(label="Série", choices=[("F", "F : factures"), ("A", "A : avoirs")])
    year = forms.IntegerField(label="Année", min_value=2000, max_value=2099)
    first = forms.IntegerField(
        label="Premier numéro", min_value=2, max_value=HIGHEST_FIRST,
        help_text="Celui de la première pièce que le portail émettra : le suivant de votre dernier numéro. Il ne se change plus ensuite.",
    )  # fmt: skip
    helper = form_helper()


@admin.register(Counter)
class CounterAdmin(NamedAdmin, admin.ModelAdmin):
    """The counters, read only; the first number of a year is chosen by an act."""

    list_display = ["__str__", "year", "series_shown", "first", "last_shown", "last_on"]
    list_display_links = None
    list_per_page = 25
    show_full_result_count = False
    actions = None
    when_empty = "Une série naît avec sa première pièce, et commence à 1. Si cette année est déjà numérotée ailleurs, dites-le d’abord."
    change_list_template = "admin/billing/counters.html"

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description="série", ordering="series")
    def series_shown(self, row):
        return {letter: f"{kind.label}s" for kind, letter in SERIES.items()}[row.series]

    @admin.display(description="dernier numéro", ordering="last")
    def last_shown(self, row):
        return f"{row}-{row.last:04d}" if row.last_on else "aucun encore"

    def get_urls(self):
        view = self.admin_site.admin_view(self.first_view)
        return [path("premier-numero/", view, name="billing_counter_first"), *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        may = {"may_choose": request.user.has_perm(ISSUE_INVOICES)}
        return super().changelist_view(request, {**may, **(extra_context or {})})

    def first_view(self, request: Any) -> HttpResponse:
        """« Choisir le premier numéro d’une année », before its first document."""
        if not request.user.has_perm(ISSUE_INVOICES):
            raise PermissionDenied
        if answer := ask_factor(request):
            return answer
        now = clock.now()
        form = FirstNumberForm(request.POST if request.method == "POST" else None, initial={"year": day_of(now).year})
        if form.is_valid():
            told = form.cleaned_data
            try:
                counter = set_first(told["series"], told["year"], told["first"], by=request.user, now=now)
            except Refused as refused:
                form.add_error(None, str(refused))
            else:
                messages.success(request, f"La série {counter} commencera par {counter}-{counter.first:04d}.")
                return redirect("admin:billing_counter_changelist")
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": "Premier numéro d’une année", "form": form}
        return render(request, "admin/billing/first_number.html", context, status=422 if form.errors else 200)
