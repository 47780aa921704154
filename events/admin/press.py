"""Staff write communiqués: sections, links, kit and contacts; « Prêt », corrections and withdrawal have their acts."""

import logging
from typing import Any

from django.contrib import admin, messages
from django.db import models, transaction
from django.urls import reverse
from django.utils.html import format_html

from core import clock
from core.drawing import Undrawn
from core.pdf import Unmade
from core.typography import moment_in_words
from events.admin.press_act import PressActAdmin
from events.admin.press_forms import ContactForm, FileForm, LinkForm, LinkFormSet, ReleaseForm, RowFormSet, SectionForm, SectionFormSet
from events.models import PressContact, PressFile, PressLink, PressRelease, PressSection
from events.press import kit, reading, targets
from events.services import press
from programmes.admin.tools import ToolsAdmin
from records.history import FORMFIELDS, HistoryAdmin

logger = logging.getLogger(__name__)

# « adresse » of a URL without a scheme is one of the open Internet.
FIELDS = FORMFIELDS | {models.URLField: {"assume_scheme": "https"}}


class StateFilter(admin.SimpleListFilter):
    title = "état"
    parameter_name = "etat"

    def lookups(self, request, model_admin):
        return [("brouillon", "pas prêts"), ("embargo", "prêts, sous embargo"), ("public", "publics"), ("retire", "retirés")]

    def queryset(self, request, releases):
        now = clock.now()
        narrowed = {
            "brouillon": releases.filter(ready_at=None),
            "embargo": releases.filter(ready_at__isnull=False, embargo_until__gt=now),
            "public": releases.listed(now=now),
            "retire": releases.filter(withdrawn_at__isnull=False),
        }
        return narrowed.get(self.value() or "", releases)


class LinksFilter(admin.SimpleListFilter):
    title = "liens"
    parameter_name = "liens"

    def lookups(self, request, model_admin):
        return [("morts", "qui ne répondent plus"), ("a-venir", "« à venir »")]

    def queryset(self, request, releases):
        dead = PressLink.objects.filter(dead_since__isnull=False).order_by().values("release")
        coming = PressLink.objects.filter(is_to_come=True, url="", email="").order_by().values("release")
        return {"morts": releases.filter(pk__in=dead), "a-venir": releases.filter(pk__in=coming)}.get(self.value() or "", releases)


class SectionInline(admin.StackedInline):
    model = PressSection
    form = SectionForm
    formset = SectionFormSet
    verbose_name = "partie\u00a0"
    verbose_name_plural = "parties, dans l’ordre où elles se lisent"
    extra = 0
    fields = ["title", "text", "order"]
    formfield_overrides = FIELDS


class LinkInline(admin.StackedInline):
    model = PressLink
    form = LinkForm
    formset = LinkFormSet
    verbose_name = "lien\u00a0"
    verbose_name_plural = "liens"
    extra = 0
    fields = ["label", "section", "target", "url", "email", "is_to_come", "looked_at", "order"]
    readonly_fields = ["looked_at"]
    formfield_overrides = FIELDS

    @admin.display(description="vérification")
    def looked_at(self, link):
        if link.dead_since:
            since = moment_in_words(link.dead_since, zone=False, weekday=False)
            return format_html('<strong class="errors">Ne répond plus depuis le {} : {}.</strong>', since, link.fault)
        if link.checked_at:
            return f"Répondait le {moment_in_words(link.checked_at, zone=False, weekday=False)}."
        return "Chaque nuit, une fois le communiqué paru."

    def get_formset(self, request, obj=None, **kwargs):
        """The list of pages and that of the sections, asked once for all the links."""
        formset = super().get_formset(request, obj, **kwargs)
        fields: dict[str, Any] = formset.form.base_fields
        fields["target"].choices = targets.choices()
        sections = obj.sections.order_by("order", "pk") if obj else PressSection.objects.none()
        fields["section"].queryset = sections
        fields["section"].choices = [("", "— À la fin, sous « Plus d’infos »"), *((part.pk, str(part)) for part in sections)]
        return formset


class FileInline(admin.StackedInline):
    model = PressFile
    form = FileForm
    formset = RowFormSet
    verbose_name = "fichier\u00a0"
    verbose_name_plural = "dossier de presse"
    extra = 0
    fields = ["shown", "upload", "caption", "credit", "licence", "order"]
    readonly_fields = ["shown"]

    @admin.display(description="aujourd’hui")
    def shown(self, file):
        if not file.pk or not file.file:
            return "—"
        address = reverse("press_file", args=[file.release.slug, file.pk])
        name = kit.given_name(file)
        if not file.preview:
            return format_html('<a href="{}">{}</a>', address, name)
        small = reverse("press_preview", args=[file.release.slug, file.pk])
        return format_html('<img src="{}" alt="" width="180"><br><a href="{}">{}</a>', small, address, name)


@admin.register(PressRelease)
class PressReleaseAdmin(PressActAdmin, ToolsAdmin, HistoryAdmin, admin.ModelAdmin):
    form = ReleaseForm
    change_form_template = "admin/programmes/change_form.html"
    list_display = ["title", "dated_on", "place", "state", "embargo", "season"]
    list_filter = [StateFilter, LinksFilter, "season"]
    list_select_related = ["season"]
    list_per_page = 25
    search_fields = ["title", "place", "lede"]
    prepopulated_fields = {"slug": ["title"]}
    inlines = [SectionInline, LinkInline, FileInline]
    readonly_fields = ["state", "page"]
    fieldsets = [
        (None, {"fields": ["state", "page", "surtitle", "title", "slug", "season"]}),
        ("Daté", {"fields": ["place", "dated_on", "embargo_until"]}),
        ("Ce qu’on en lit", {"fields": ["lede", "boilerplate_title", "boilerplate"]}),
        ("Qui appeler", {"fields": ["contacts"]}),
        ("Corriger", {"fields": ["what_changed"]}),
    ]
    menu_name = "Communiqués"

    class Media:
        css = {"all": ["css/admin-press.css"]}

    @admin.display(description="état")
    def state(self, release):
        if release.pk is None:
            return "—"
        if release.withdrawn_at:
            return "retiré"
        if release.is_public(now=clock.now()):
            return "public, corrigé" if release.updated_at else "public"
        return "prêt, sous embargo" if release.ready_at else "pas prêt"

    @admin.display(description="embargo", ordering="embargo_until")
    def embargo(self, release):
        return moment_in_words(release.embargo_until, zone=False, weekday=False)

    @admin.display(description="page")
    def page(self, release):
        if release.pk is None:
            return "—"
        words = "Voir sur le site" if release.is_public(now=clock.now()) else "Aperçu, pour l’équipe seulement"
        return format_html('<a href="{}">{}</a>', release.get_absolute_url(), words)

    def view_on_site(self, release):
        return release.get_absolute_url()

    def has_delete_permission(self, request, release=None):
        """What was public is withdrawn, and says so; it is not erased."""
        allowed = super().has_delete_permission(request, release)
        return allowed and (release is None or not (release.is_public(now=clock.now()) or release.versions.exists()))

    def get_actions(self, request):
        """No deletion of many at once: each is looked at."""
        return {name: act for name, act in super().get_actions(request).items() if name != "delete_selected"}

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """Contacts are ticked, across the whole width: without the wrapper that Django puts around a relation."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "contacts":
            field.widget = field.widget.widget
        return field

    def get_readonly_fields(self, request, release=None):
        """Of what is public the address does not change, it is printed on paper; nor does the embargo, which would hide it again."""
        frozen = ["slug", "embargo_until"] if release and release.is_public(now=clock.now()) else []
        return [*super().get_readonly_fields(request, release), *frozen]

    def get_prepopulated_fields(self, request, release=None):
        return {} if release and release.is_public(now=clock.now()) else super().get_prepopulated_fields(request, release)

    # --- Corrections ---------------------------------------------------------------------------------

    def save_model(self, request, release, form, change):
        """Keep the PDF of before, and what it said: `save_related` says what changed."""
        release.said_before = self._kept_before(release.pk) if change else None
        super().save_model(request, release, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        release, now = form.instance, clock.now()
        # Another hour, and the pages that remember which are due would name it before.
        transaction.on_commit(reading.forget, robust=True)
        if release.said_before is None:
            return
        note = form.cleaned_data.get("what_changed", "")
        if press.correct(release, release.said_before, note=note, by=request.user, now=now):
            self.message_user(request, f"Page, PDF et flux disent « Mis à jour » : {release.update_note}", messages.SUCCESS)
        elif note:
            self.message_user(request, "Rien n’a changé dans le communiqué : ce qui change n’est pas publié.", messages.WARNING)

    def _kept_before(self, pk: int) -> Any:
        """What a public communiqué says before it is written again, its PDF kept; a drawing that fails stops nobody from correcting."""
        now = clock.now()
        release = reading.whole(PressRelease.objects.listed(now=now)).filter(pk=pk).first()
        if release is None:
            return None
        try:
            press.keep(release, now=now)
        except (Undrawn, Unmade):
            logger.exception("PDF of the press release %s, before its correction", pk)
        return reading.told(release, now=now)

    def construct_change_message(self, request, form, formsets, add=False):
        """What changed is told by the act of the correction."""
        changed = super().construct_change_message(request, form, formsets, add)
        changed.pop("Ce qui change", None)
        return changed


@admin.register(PressContact)
class PressContactAdmin(HistoryAdmin, admin.ModelAdmin):
    form = ContactForm
    holds_people = True
    list_display = ["function", "name", "phone", "mobile", "email"]
    list_per_page = 25
    search_fields = ["function", "name", "email"]
    fields = ["function", "name", "phone", "mobile", "email", "website"]
    menu_name = "Contacts presse"
