"""The doors of partners (S17): opened and sent by the team, sent again, closed. What they show is `events.report`."""

from django import forms
from django.contrib import admin, messages

from core import clock
from core.refusals import Refused
from events.models import PartnerLink
from events.services import partners
from records.history import HistoryAdmin


class PartnerForm(forms.ModelForm):
    class Meta:
        model = PartnerLink
        fields = ["organisation", "name", "email"]
        help_texts = {
            "organisation": "« SGMAP » : en tête de sa page.",
            "email": "L’adresse de la porte y part aussitôt. Une adresse de service survit mieux aux départs.",
        }

    def clean_email(self):
        email = self.cleaned_data["email"].strip().lower()
        if PartnerLink.objects.alive(now=clock.now()).filter(email=email).exists():
            raise forms.ValidationError("Cette adresse a déjà une porte ouverte : renvoyez-la depuis la liste.")
        return email


@admin.register(PartnerLink)
class PartnerLinkAdmin(HistoryAdmin, admin.ModelAdmin):
    list_display = ["organisation", "email", "created_at", "opened_at", "state"]
    list_per_page = 25
    search_fields = ["organisation", "email"]
    form = PartnerForm
    readonly_fields = ["state", "created_at", "by_name", "expires_at", "opened_at", "revoked_at"]
    actions = ["send_again", "close"]

    def get_fields(self, request, obj=None):
        return ["organisation", "name", "email", *(self.readonly_fields if obj else [])]

    def get_readonly_fields(self, request, obj=None):
        return ["organisation", "name", "email", *self.readonly_fields] if obj else []

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        """A door is opened by the service: its letter leaves with it."""
        if not change:
            made = partners.open_door(**form.cleaned_data, by=request.user, now=clock.now())
            obj.__dict__.update(made.__dict__)

    @admin.display(description="état")
    def state(self, link):
        if link.revoked_at:
            return "fermée"
        return "ouverte" if link.expires_at > clock.now() else "expirée"

    @admin.action(description="Renvoyer l’adresse", permissions=["change"])
    def send_again(self, request, links):
        for link in links:
            try:
                partners.send_again(link, by=request.user, now=clock.now())
            except Refused as refusal:
                self.message_user(request, f"{link} : {refusal}", messages.ERROR)
            else:
                self.message_user(request, f"{link} : l’adresse part à {link.email}.", messages.SUCCESS)

    @admin.action(description="Fermer la porte", permissions=["change"])
    def close(self, request, links):
        closed = sum(partners.close(link, by=request.user, now=clock.now()) for link in links)
        said = f"{closed} porte{'s' if closed > 1 else ''} fermée{'s' if closed > 1 else ''}." if closed else "Rien à fermer."
        self.message_user(request, said, messages.SUCCESS if closed else messages.WARNING)
