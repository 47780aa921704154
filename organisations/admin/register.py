"""The list of bodies, found by any part of a name, an alias or a number; the page of each."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join

from accounts.roles import IMPORT_ORGANISATIONS, MERGE_ORGANISATIONS
from core import clock
from core.asking import everyone
from core.clock import PARIS
from core.numbers import spaced
from core.registry import BODY_FACTS
from core.typography import day_in_words
from organisations import queries, services
from organisations.admin.importing import ImportMixin
from organisations.admin.merging import MergeMixin
from organisations.admin.succession import SuccessionMixin
from organisations.models import Alias, Contact, Organisation, ServiceCode
from organisations.models.organisation import OrganisationQuerySet
from organisations.naming import typeset
from organisations.states import CATEGORIES, category_of
from records.history import HistoryAdmin

_NOTHING = "—"


class AliasForm(forms.ModelForm):
    class Meta:
        model = Alias
        fields = ["name"]

    def clean_name(self):
        return typeset(self.cleaned_data["name"])


class AliasInline(admin.StackedInline):
    model = Alias
    form = AliasForm
    fields = ["name"]
    extra = 0


class ServiceCodeInline(admin.StackedInline):
    model = ServiceCode
    fields = ["code", "label"]
    extra = 0


class OrganisationForm(forms.ModelForm):
    """The legal category says what is left empty: type, branch, days to pay."""

    class Meta:
        model = Organisation
        fields = "__all__"  # noqa: DJ007 - the admin names them

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "kind" in self.fields:
            self.fields["kind"].required = False
            self.fields["kind"].help_text = "Vide : celui que dit la catégorie juridique."
        if "address" in self.fields:
            self.fields["address"].widget.attrs["rows"] = 3
        if "legal_category" in self.fields:
            known = ", ".join(f"{code} {category.label}" for code, category in list(CATEGORIES.items())[5:11])
            self.fields["legal_category"].help_text = f"Code INSEE de 4 chiffres : {known}…"

    def clean_name(self):
        return typeset(self.cleaned_data["name"])

    def clean(self):
        super().clean()
        cleaned = self.cleaned_data
        category = category_of(cleaned.get("legal_category", ""))
        if category:
            cleaned["kind"] = cleaned.get("kind") or category.kind
            cleaned["branch"] = cleaned.get("branch") or category.branch or ""
            if "legal_category" in self.changed_data and "payment_days" not in self.changed_data:
                cleaned["payment_days"] = category.payment_days
        if not cleaned.get("kind") and "kind" not in self.errors:
            self.add_error("kind", "Choisissez un type, ou donnez la catégorie juridique.")
        return cleaned


class StandingFilter(admin.SimpleListFilter):
    """By default those that act today; a merged row shows only here."""

    title = "situation"
    parameter_name = "etat"

    def lookups(self, request, model_admin):
        return [("remplace", "remplacés"), ("disparu", "absents des répertoires publics"), ("reuni", "réunis à un autre"), ("tous", "tous")]

    def choices(self, changelist):
        first, *others = super().choices(changelist)
        return [{**first, "display": "en place"}, *others]

    def queryset(self, request, queryset):
        today = clock.now().astimezone(PARIS).date()
        if self.value() == "remplace":
            return queryset.standing().filter(replaced_by__isnull=False)
        if self.value() == "disparu":
            return queryset.left_behind()
        if self.value() == "reuni":
            return queryset.exclude(merged_into=None)
        return queryset if self.value() == "tous" else queryset.standing().filter(Q(replaced_on=None) | Q(replaced_on__gt=today))


@admin.register(Organisation)
class OrganisationAdmin(MergeMixin, SuccessionMixin, ImportMixin, HistoryAdmin, admin.ModelAdmin):
    form = OrganisationForm
    list_display = ["name", "kind", "region", "siret_column", "contacts_column", "situation"]
    list_display_links = ["name"]
    list_filter = [StandingFilter, "kind", "region"]
    list_per_page = 25
    show_full_result_count = False
    search_fields = ["search"]  # what `searched` reads
    search_help_text = "Nom, sigle, autre nom, ville, SIREN ou SIRET ; accents et majuscules indifférents."
    when_empty = "La commande « reference » y lit régions, départements et intercommunalités ; les communes entrent quand elles servent."
    inlines = [AliasInline, ServiceCodeInline]
    actions = ["merge_two"]
    change_form_template = "admin/organisations/organisation.html"
    change_list_template = "admin/organisations/organisations.html"
    view_on_site = False  # its address is this page
    readonly_fields = ["contacts_shown", "files_shown", "continuity", "source"]
    fieldsets = [
        (None, {"fields": ["name", "kind", "legal_category", "branch", "siret", "siren"]}),
        ("À qui parler", {"fields": ["contacts_shown"]}),
        ("Où", {"fields": ["commune", "region", "address", "postcode", "city"]}),
        (
            "Facturation (Chorus Pro)",
            {
                "fields": [
                    "needs_service_code",
                    "needs_commitment",
                    "needs_either",
                    "needs_payer_siret",
                    "payment_days",
                    "closed_on",
                    "population",
                ]
            },
        ),
        ("Histoire", {"fields": ["files_shown", "continuity", "source"]}),
    ]

    def get_queryset(self, request) -> OrganisationQuerySet:
        today = clock.now().astimezone(PARIS).date()
        current = Q(contacts__ends_on=None) | Q(contacts__ends_on__gte=today)
        rows = Organisation.objects.visible_to(request.user).with_successor()
        return rows.annotate(contact_count=Count("contacts", filter=current)).order_by("name", "pk")

    def get_search_results(self, request, queryset, search_term):
        return (queryset.searched(search_term) if search_term.strip() else queryset), False

    @admin.display(description="SIRET", ordering="siret")
    def siret_column(self, body):
        return body.siret_shown or (f"SIREN {spaced(body.siren)}" if body.siren else _NOTHING)

    @admin.display(description="contacts")
    def contacts_column(self, body):
        return body.contact_count or _NOTHING

    @admin.display(description="situation")
    def situation(self, body):
        if body.merged_into:
            return format_html('réuni à <a href="{}">{}</a>', body.merged_into.get_absolute_url(), body.merged_into)
        if body.replaced_by:
            words = f"remplacé le {body.replaced_on:%d/%m/%Y} par"
            return format_html('{} <a href="{}">{}</a>', words, body.replaced_by.get_absolute_url(), body.replaced_by)
        return "absent des répertoires publics" if body.left_reference_on else _NOTHING

    @admin.display(description="contacts")
    def contacts_shown(self, body):
        """Who speaks for it today, those of the bodies it has replaced included, then who did."""
        if not body.pk:
            return _NOTHING
        today = clock.now().astimezone(PARIS).date()
        current = list(Contact.objects.of(body, on=today).select_related("organisation"))
        past = list(body.contacts.exclude(pk__in=[contact.pk for contact in current]))
        lines = [_contact_line(contact, body) for contact in [*current, *past]]
        add = format_html('<a href="{}?organisation={}">Ajouter un contact</a>', reverse("admin:organisations_contact_add"), body.pk)
        return format_html("{}<p>{}</p>", format_html_join("", '<p><a href="{}">{}</a>{}</p>', lines), add)

    @admin.display(description="avant et après")
    def continuity(self, body):
        """What it replaced, what replaces it, and the rows that were merged into it."""
        if not body.pk:
            return _NOTHING
        lines = [
            (old.get_absolute_url(), old, f" jusqu’au {day_in_words(old.replaced_on)}")
            for old in body.predecessors.order_by("replaced_on", "pk")
        ]
        if body.replaced_by:
            lines.append((body.replaced_by.get_absolute_url(), body.replaced_by, f" à partir du {day_in_words(body.replaced_on)}"))
        merged = body.duplicates.order_by("merged_at", "pk")
        lines += [(reverse("admin:organisations_organisation_history", args=[row.pk]), row, ", réuni à celui-ci") for row in merged]
        return format_html_join("", '<p><a href="{}">{}</a>{}</p>', lines) or _NOTHING

    @admin.display(description="dossiers")
    def files_shown(self, body):
        """How many rows of each kind are its own today."""
        today = clock.now().astimezone(PARIS).date()
        return ", ".join(queries.files_of(body, on=today)) or _NOTHING if body.pk else _NOTHING

    @admin.display(description="répertoires publics")
    def source(self, body):
        if not body.reference:
            return "Ajouté par l’équipe."
        gone = f", absent depuis le {day_in_words(body.left_reference_on)}" if body.left_reference_on else ""
        return f"{body.reference_name}{gone}. Données INSEE et DGCL, Licence Ouverte."

    def save_related(self, request, form, formsets, change):
        """What is searched holds the other names too: they are saved by now."""
        super().save_related(request, form, formsets, change)
        form.instance.save(update_fields=["search"])

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [path("propositions.json", view(self.proposals), name="organisations_organisation_proposals"), *super().get_urls()]

    def proposals(self, request: HttpRequest) -> HttpResponse:
        """What is proposed to staff: bodies of every kind, each with its number, then the communes to come."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        words = request.GET.get("q", "")[:160]
        user: Any = request.user
        rows = Organisation.objects.visible_to(user).standing().searched(words)[:10] if words.strip() else []
        found = [{"nom": f"{row} [{row.pk}]", "note": row.note} for row in rows]
        held = {str(row) for row in rows}
        found += [{"nom": new.name, "note": new.note} for new in services.propose(words, now=clock.now()) if new.name not in held]
        return JsonResponse({"propositions": found[:12]})

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The address of a row that was merged leads to the one that stays."""
        body = self.get_object(request, object_id)
        if body is not None and body.merged_into:
            messages.info(request, f"« {body} » a été réuni à « {body.merged_into} » : voici celui-ci.")
            return HttpResponseRedirect(body.merged_into.get_absolute_url())
        user: Any = request.user
        facts = everyone(BODY_FACTS, body, user).items if body is not None else []
        context = {"unites": user.has_perm(MERGE_ORGANISATIONS), "facts": facts, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def changelist_view(self, request, extra_context=None):
        user: Any = request.user
        return super().changelist_view(request, {"imports": user.has_perm(IMPORT_ORGANISATIONS), **(extra_context or {})})


def _contact_line(contact: Contact, body: Organisation) -> tuple[str, str, str]:
    words = [str(contact.get_role_display()), contact.email, contact.phone]
    if contact.organisation_id != body.pk:
        words.append(f"venu de {contact.organisation}")
    if contact.ends_on:
        words.append(f"jusqu’au {day_in_words(contact.ends_on)}")
    return reverse("admin:organisations_contact_change", args=[contact.pk]), str(contact), f" : {', '.join(filter(None, words))}"
