"""The association's record and the audit log, in the admin."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from core.admin import NamedAdmin
from core.registry import ask_factor
from records.forms import AssociationForm
from records.history import MARKDOWN, HistoryAdmin
from records.models import Act, Association

# What money follows: changing it asks the second factor again.
_GUARDED = ("iban", "bic")


@admin.register(Association)
class AssociationAdmin(HistoryAdmin, admin.ModelAdmin):
    """One record: never added, never deleted."""

    form = AssociationForm
    fieldsets = [
        ("Identité", {"fields": ["name", "legal_form", "baseline", "siret", "vat_number", "provider_number", "representative"]}),
        ("Siège", {"fields": ["address", "postcode", "city", "phone", "website"]}),
        ("Adresses électroniques", {"fields": [
            "contact_email", "dues_email", "events_email", "press_email", "accessibility_email", "privacy_email",
        ]}),
        ("Banque", {"fields": ["iban", "bic"], "description": "Le second facteur est redemandé pour changer ces deux lignes."}),
        ("Publication", {"fields": ["publication_director", "host"]}),
        ("Textes ajoutés aux pages", {
            "fields": ["legal_text", "privacy_text", "accessibility_text", "ecodesign_text"], "description": MARKDOWN,
        }),
    ]  # fmt: skip

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Association | None = None) -> bool:
        return False

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Association | None:
        """A fresh portal shows the defaults, unsaved until somebody saves them."""
        return Association.current() if str(object_id) == "1" else None

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:records_association_change", args=[1]))

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None) -> HttpResponse:
        guarded = request.method == "POST" and self.has_change_permission(request) and _moves_money(request)
        if guarded and (answer := ask_factor(request)):
            return answer
        return super().changeform_view(request, object_id, form_url, extra_context)


def _moves_money(request: HttpRequest) -> bool:
    """Tell whether the posted form changes the bank account."""
    kept = Association.current()
    return any(_compact(request.POST.get(name, "")) != _compact(getattr(kept, name)) for name in _GUARDED)


def _compact(number: str) -> str:
    return "".join(number.split()).upper()


@admin.register(Act)
class ActAdmin(NamedAdmin, admin.ModelAdmin):
    """The audit log: read, searched, never touched."""

    list_display = ["at", "verb", "about_name", "changed", "by_name", "note"]
    list_display_links = ["verb"]
    list_filter = ["verb"]
    search_fields = ["about_name", "about", "by_name", "note"]
    search_help_text = "Objet, auteur ou motif"
    date_hierarchy = "at"
    show_full_result_count = False
    list_per_page = 50
    when_empty = "Le portail y note de lui-même ce que chaque personne change, et quand."
    act_when_empty = ("admin:index", "Revenir à l’administration")
    fields = ["at", "verb", "about_name", "about", "by_name", "by_id", "note", "what_changed"]
    readonly_fields = ["at", "verb", "about_name", "about", "by_name", "by_id", "note", "what_changed"]

    @admin.display(description="champs")
    def changed(self, act: Act) -> str:
        return ", ".join(act.changes) or "—"

    @admin.display(description="modifications")
    def what_changed(self, act: Act) -> SafeString | str:
        return changes_table(act) if act.changes else "—"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Act | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Act | None = None) -> bool:
        return False


def changes_table(act: Act) -> SafeString:
    """Return the changes of an act as a table: field, before, after."""
    rows = format_html_join(
        "", '<tr><th scope="row">{}</th><td>{}</td><td>{}</td></tr>', ((name, *_pair(pair)) for name, pair in act.changes.items())
    )
    head = '<table class="changes"><thead><tr><th scope="col">Champ</th><th scope="col">Avant</th><th scope="col">Après</th></tr></thead>'
    return format_html("{}<tbody>{}</tbody></table>", SafeString(head), rows)


def _pair(pair: list) -> tuple[str, str]:
    before, after = (*pair, "", "")[:2]
    return _words(before), _words(after)


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "—")
