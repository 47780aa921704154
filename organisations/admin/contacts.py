"""The people to write to: found by name, address or body; a role that ends keeps its row and its last day."""

from django import forms
from django.contrib import admin

from core import clock
from core.clock import PARIS
from core.folding import containing
from organisations.forms import BodyField
from organisations.models import Contact, Organisation
from organisations.naming import words_of
from records.history import HistoryAdmin


class ContactForm(forms.ModelForm):
    """The body is named in words: the register holds too many for a list."""

    organisation = BodyField(label="Organisme")

    class Meta:
        model = Contact
        fields = "__all__"  # noqa: DJ007 - the admin names them

    def get_initial_for_field(self, field, field_name):
        """The key in a row or in an address is shown as a name."""
        value = super().get_initial_for_field(field, field_name)
        if field_name == "organisation" and str(value or "").isdigit():
            return Organisation.objects.filter(pk=int(value)).first()
        return value


class CurrentFilter(admin.SimpleListFilter):
    title = "rôle tenu"
    parameter_name = "tenu"

    def lookups(self, request, model_admin):
        return [("fini", "fini"), ("tous", "tous")]

    def choices(self, changelist):
        first, *others = super().choices(changelist)
        return [{**first, "display": "aujourd’hui"}, *others]

    def queryset(self, request, queryset):
        today = clock.now().astimezone(PARIS).date()
        if self.value() == "fini":
            return queryset.ended_before(today)
        return queryset if self.value() == "tous" else queryset.current(on=today)


@admin.register(Contact)
class ContactAdmin(HistoryAdmin, admin.ModelAdmin):
    holds_people = True
    form = ContactForm
    list_display = ["name", "organisation", "role", "email", "phone", "ends_on"]
    list_display_links = ["name"]
    list_filter = [CurrentFilter, "role"]
    list_per_page = 25
    show_full_result_count = False
    search_fields = ["search"]
    search_help_text = "Nom, adresse, téléphone, fonction ou organisme ; accents et majuscules indifférents."
    when_empty = "Un contact s’ajoute depuis la page de son organisme, ou par l’import d’un tableau."
    fields = ["organisation", "role", "last_name", "first_name", "job", "email", "phone", "starts_on", "ends_on"]

    class Media:
        js = ["js/suggest.js"]

    @admin.display(description="contact", ordering="last_name")
    def name(self, contact):
        return str(contact)

    def get_queryset(self, request):
        rows = Contact.objects.visible_to(request.user).select_related("organisation__merged_into", "organisation__replaced_by")
        return rows.order_by("last_name", "first_name", "pk")

    def get_search_results(self, request, queryset, search_term):
        words = words_of(search_term)
        found = containing(words) | containing(words, "organisation__search") if words else containing(search_term)
        return queryset.filter(found), False
