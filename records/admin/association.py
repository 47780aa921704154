"""The association's record, in the admin."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from core.registry import ask_factor
from records.forms import AssociationForm
from records.history import MARKDOWN, HistoryAdmin
from records.models import Association

# What money follows: changing it asks the second factor again.
_GUARDED = ("iban", "bic")


@admin.register(Association)
class AssociationAdmin(HistoryAdmin, admin.ModelAdmin):
    """One record: never added, never deleted."""

    form = AssociationForm
    fieldsets = [
        ("Identité", {"fields": ["name", "legal_form", "baseline", "siret", "vat_number", "representative"]}),
        ("Formation", {"fields": ["provider_number", "provider_region", "qualiopi"]}),
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
