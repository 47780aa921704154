"""A campaign: its texts and rates, its state in figures, its acts, and the one of the next year made from it."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.forms.models import BaseInlineFormSet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse

from accounts.roles import CALL_DUES
from billing.forms import EuroField
from billing.models import TaxProfile
from core import clock
from core.clock import PARIS
from core.refusals import Refused
from mailing.groupacts import Screen
from memberships import dues, figures, papers, planned
from memberships.admin.calling import ACTS
from memberships.models import Campaign, Rate
from memberships.services import calling, campaigning, quoting, renewing
from memberships.states import DocumentKind, LateRule
from organisations.models import Organisation
from records.history import FORMFIELDS, HistoryAdmin


class RateFormSet(BaseInlineFormSet):
    """Bands that overlap would give a body two prices: refused, naming them."""

    def clean(self):
        super().clean()
        kept = [form for form in self.forms if hasattr(form, "cleaned_data") and form.cleaned_data and form not in self.deleted_forms]
        for one, other in dues.overlaps(form.instance for form in kept):
            form = next(form for form in kept if form.instance is other)
            form.add_error("population_from", f"Cette tranche recouvre celle-ci : {dues.band_in_words(one) or 'toute la population'}.")


class RateInline(admin.StackedInline):
    model = Rate
    formset = RateFormSet
    extra = 0
    fields = ["category", "amount", "population_from", "population_below"]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """Amounts are typed as everywhere: « 5 000,00 », « 5.000 »."""
        return EuroField(label="Montant") if db_field.name == "amount" else super().formfield_for_dbfield(db_field, request, **kwargs)


class CampaignForm(forms.ModelForm):
    """The late rule holds in its own year; the grace day is moved by its service, with the periods that depend on it."""

    class Meta:
        model = Campaign
        fields = "__all__"  # noqa: DJ007 - the admin names them

    def clean(self):
        cleaned = super().clean() or {}
        year, rule, since = cleaned.get("year") or self.instance.year, cleaned.get("late_rule"), cleaned.get("late_from")
        if rule and rule != LateRule.FULL and since is None:
            self.add_error("late_from", "Dites à partir de quel jour cette règle s’applique.")
        if since and year and since.year != year:
            self.add_error("late_from", f"Un jour de {year}.")
        if (grace := cleaned.get("grace_until")) and year and grace.year != year:
            self.add_error("grace_until", f"Un jour de {year} : les droits de {year - 1} finissent cette année-là.")
        return cleaned


class FollowForm(forms.Form):
    """The code never guesses which VAT regime applies."""

    tax_profile = forms.ModelChoiceField(
        label="Régime de TVA des cotisations", queryset=TaxProfile.objects.order_by("name"), empty_label="Choisissez",
        error_messages={"required": "Choisissez le régime de TVA : il n’est pas recopié."},
    )  # fmt: skip


@admin.register(Campaign)
class CampaignAdmin(HistoryAdmin, admin.ModelAdmin):
    form = CampaignForm
    formfield_overrides = FORMFIELDS
    inlines = [RateInline]
    list_display = ["title", "is_open", "late_rule", "called_on", "grace"]
    list_display_links = ["title"]
    list_per_page = 25
    ordering = ["-year", "pk"]
    when_empty = "La première campagne s’ajoute ici : une année, un barème, ses textes."
    change_form_template = "admin/programmes/change_form.html"
    fieldsets = [
        (None, {"fields": ["year", "is_open", "tax_profile"]}),
        ("Calendrier", {"fields": ["calls_on", "grace_until", "late_rule", "late_from"]}),
        ("Textes", {"fields": ["introduction", "who_can_join", "calendar", "citation", "citation_source"]}),
    ]

    @admin.display(description="campagne", ordering="year")
    def title(self, campaign: Campaign) -> str:
        return str(campaign)

    @admin.display(description="appel lancé le", ordering="called_at", empty_value="pas encore")
    def called_on(self, campaign: Campaign) -> Any:
        return campaign.called_at.astimezone(PARIS).date() if campaign.called_at else None

    @admin.display(description="droits de l’année d’avant jusqu’au")
    def grace(self, campaign: Campaign) -> Any:
        return campaign.grace_day

    def has_delete_permission(self, request, obj=None):
        return False

    def get_readonly_fields(self, request, obj=None):
        return ["year"] if obj else []

    # --- Acts --------------------------------------------------------------------------------------------

    def change_view(self, request, object_id, form_url="", extra_context=None):
        campaign = self.get_object(request, unquote(object_id))
        tools = self.tools(request, campaign) if campaign else []
        return super().change_view(request, object_id, form_url, {"tools": tools, **(extra_context or {})})

    def tools(self, request: HttpRequest, campaign: Campaign) -> list[tuple[str, str]]:
        """Return address and label of each act this person may do."""
        found = [(_url("state", campaign), "Où en est la campagne")]
        if request.user.has_perm(CALL_DUES):
            found += [(_url(slug, campaign), act.title) for slug, act in ACTS.items()]
        if request.user.has_perm(CALL_DUES) and not Campaign.objects.filter(year=campaign.year + 1).exists():
            found.append((_url("follow", campaign), f"Créer la campagne {campaign.year + 1}"))
        return found

    def get_urls(self):
        view = self.admin_site.admin_view
        own = [
            path("<int:pk>/etat/", view(self.state_view), name=_name("state")),
            path("<int:pk>/annee-suivante/", view(self.follow_view), name=_name("follow")),
            path("<int:pk>/appel/<int:body>.pdf", view(self.call_paper), name=_name("appel")),
            path("<int:pk>/devis/<int:body>.pdf", view(self.quote_paper), name=_name("devis")),
            *(path(f"<int:pk>/{slug}/", view(self.act_view), {"slug": slug}, name=_name(slug)) for slug in ACTS),
        ]
        return [*own, *super().get_urls()]

    def act_view(self, request: HttpRequest, pk: int, slug: str) -> HttpResponse:
        """One of the two group acts, on its own screen."""
        campaign, now = get_object_or_404(Campaign, pk=pk), clock.now()
        if not request.user.has_perm(CALL_DUES):
            raise PermissionDenied
        if refusal := calling.refusal_to_call(calling.with_rates(campaign), now=now):
            messages.error(request, refusal)
            return redirect(_url("change", campaign))
        screen = Screen(ACTS[slug](), self, back=_url("change", campaign), context={"subtitle": str(campaign)})
        return screen.answer(request, campaign, now=now)

    def state_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Called, confirmed, declined, silent; expected, invoiced, received; what leaves when."""
        campaign, now = get_object_or_404(Campaign, pk=pk), clock.now()
        if not self.has_view_permission(request, campaign):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "campaign": campaign,
            "title": f"{campaign} : où en est la campagne",
            "figures": figures.of(campaign, on=now.astimezone(PARIS).date()), "coming": planned.of(campaign, now=now),
            "tools": [tool for tool in self.tools(request, campaign) if tool[0] != _url("state", campaign)],
            "unreached": planned.unreached(campaign, now=now), "list": reverse("admin:memberships_campaign_changelist"),
        }  # fmt: skip
        return render(request, "admin/memberships/campaign/state.html", context)

    def follow_view(self, request: Any, pk: int) -> HttpResponse:
        """Make the next year's campaign: what is copied is said, the VAT regime is asked."""
        campaign = get_object_or_404(Campaign, pk=pk)
        _allow(request)
        form = FollowForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                made = campaigning.follow(campaign, tax_profile=form.cleaned_data["tax_profile"], by=request.user, now=clock.now())
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, f"La campagne {made.year} est créée, fermée : relisez-la, puis ouvrez-la.")
                return redirect(_url("change", made))
        context = {**self.admin_site.each_context(request), "opts": self.opts, "form": form, "campaign": campaign}
        context |= {
            "title": f"Créer la campagne {campaign.year + 1}",
            "rates": [(rate.get_category_display(), dues.band_in_words(rate), rate.amount) for rate in campaign.rates.all()],
            "back": _url("change", campaign),
        }
        return render(request, "admin/memberships/campaign/follow.html", context, status=422 if form.is_bound else 200)

    # --- Papers ------------------------------------------------------------------------------------------

    def call_paper(self, request: HttpRequest, pk: int, body: int) -> HttpResponse:
        """The call of dues that a body would get, before anything is written."""
        campaign, now = calling.with_rates(get_object_or_404(Campaign, pk=pk)), clock.now()
        _allow(request)
        row = next((row for row in calling.called(campaign, now=now, only={body}) if row.owed), None)
        if row is None:
            raise Http404
        return _pdf(papers.preview(calling.unsaved(row, campaign, now=now), DocumentKind.DUES_CALL, now), "appel-de-cotisation-apercu")

    def quote_paper(self, request: HttpRequest, pk: int, body: int) -> HttpResponse:
        """The quote of one body: made the first time, the same afterwards; drawn and not kept while the group act is only previewed."""
        campaign, now = calling.with_rates(get_object_or_404(Campaign, pk=pk)), clock.now()
        _allow(request)
        organisation = get_object_or_404(Organisation, pk=body)
        try:
            drawn = quoting.quote_for(organisation, campaign, now=now, keep=request.method == "POST")
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect(_url("change", campaign))
        return _pdf(drawn, f"devis-adhesion-{campaign.year}-{organisation.pk}")

    # --- Saving ------------------------------------------------------------------------------------------

    @transaction.atomic
    def save_model(self, request, obj, form, change):
        """Write all but the grace day, which its service moves with the periods that depend on it."""
        wanted = obj.grace_until
        if change:
            obj.grace_until = Campaign.objects.values_list("grace_until", flat=True).get(pk=obj.pk)
        super().save_model(request, obj, form, change)
        try:
            moved = renewing.move_grace(obj, wanted, by=request.user, now=clock.now())
        except Refused as refusal:
            messages.error(request, f"La date de fin des droits n’a pas changé. {refusal}")
        else:
            obj.grace_until = wanted
            if moved:
                messages.info(request, f"Droits déplacés avec la date : {moved}.")


def _name(what: str) -> str:
    return f"memberships_campaign_{what}"


def _url(what: str, campaign: Campaign) -> str:
    return reverse(f"admin:{_name(what)}", args=[campaign.pk])


def _allow(request: Any) -> None:
    if not request.user.has_perm(CALL_DUES):
        raise PermissionDenied


def _pdf(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(content, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}.pdf"'})
