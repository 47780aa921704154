"""Publishing from the admin: checked in the form, field by field, and on a screen of its own with the link of « Aperçu »."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.forms.models import BaseInlineFormSet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.text import capfirst

from core import clock
from core.refusals import Refused
from core.typography import moment_in_words
from programmes import checks, previews
from programmes.admin.tools import ToolsAdmin
from programmes.services import publication
from records.history import DateTimeInput
from records.services import record

TEMPLATE = "admin/programmes/publication.html"
LASTS = [("2", "deux jours"), ("7", "une semaine"), ("30", "un mois")]


class PublishedForm(forms.ModelForm):
    """The form of a call or a day: once a date of publication is typed, each fault is told beside its field."""

    def _post_clean(self):
        super()._post_clean()
        at = self.cleaned_data.get("published_at")
        if not at:
            return
        if publication.would_hide(self.initial.get("published_at"), at, now=clock.now()):
            self.add_error("published_at", publication.WOULD_HIDE)
        for fault in checks.of_row(self.instance):
            if fault.field in self.fields:
                self.add_error(fault.field, capfirst(fault.words))
            else:
                self.add_error(None, str(fault))


class PublishedFormSet(BaseInlineFormSet):
    """The rows below a call or a day that is, or will be, published."""

    needed = ""

    def clean(self):
        super().clean()
        if not self.instance.published_at:
            return
        years = checks.years_of(self.instance)
        kept = [form for form in self.forms if hasattr(form, "cleaned_data") and form.cleaned_data and form not in self.deleted_forms]
        for form in kept:
            for fault in (*checks.of_texts(form.instance, years=years), *self._in_order(form.instance)):
                form.add_error(fault.field if fault.field in form.fields else None, capfirst(fault.words))
        if self.needed and not kept:
            raise forms.ValidationError(self.needed)

    def _in_order(self, row: Any) -> list[checks.Fault]:
        return []


class PhaseFormSet(PublishedFormSet):
    def _in_order(self, row: Any) -> list[checks.Fault]:
        return list(checks.of_phase(row, self.instance))


class AgendaFormSet(PublishedFormSet):
    needed = checks.NO_AGENDA


class WhenToPublishForm(forms.Form):
    at = forms.DateTimeField(label="À partir de", required=False, widget=DateTimeInput, help_text="Vide : tout de suite. Heure de Paris.")


class PreviewLinkForm(forms.Form):
    days = forms.ChoiceField(label="Ouvert pendant", choices=LASTS, initial="7")


class PublicationAdmin(ToolsAdmin):
    """Mixin, before ModelAdmin: the date of publication typed in the form goes through the verb, like that of its own screen."""

    form = PublishedForm
    admin_site: Any
    opts: Any
    # Of ModelAdmin.
    get_object: Any
    has_change_permission: Any
    message_user: Any

    def get_urls(self):
        name = f"programmes_{self.opts.model_name}_publication"
        mine = path("<path:object_id>/publication/", self.admin_site.admin_view(self.publication_view), name=name)
        return [mine, *super().get_urls()]

    def tools(self, request: HttpRequest, row: Any) -> list[tuple[str, str]]:
        found = super().tools(request, row)
        if self.has_change_permission(request, row):
            found.append((self._publication_address(row), "Publication et aperçu"))
        return found

    # --- The date in the form ------------------------------------------------------------------------

    def save_model(self, request, obj, form, change):
        """Write everything but the publication, which waits for the rows below."""
        obj.publication_wanted = obj.published_at
        obj.published_at = type(obj)._default_manager.values_list("published_at", flat=True).get(pk=obj.pk) if change else None
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        row, at, now = form.instance, form.instance.publication_wanted, clock.now()
        try:
            if at:
                publication.publish(row, at=at, by=request.user, now=now)
            elif not at:
                publication.unpublish(row, by=request.user, now=now)
        except publication.Unpublishable as refusal:
            self.message_user(request, f"Enregistré, mais pas publié. {refusal}", messages.ERROR)
        except Refused as refusal:
            self.message_user(request, f"Enregistré, sauf la date de publication. {refusal}", messages.ERROR)

    def construct_change_message(self, request, form, formsets, add=False):
        """The publication is an act of its own."""
        changed = super().construct_change_message(request, form, formsets, add)
        changed.pop("Publiée à partir de", None)
        return changed

    # --- Its screen ----------------------------------------------------------------------------------

    def publication_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What is visible and when, what is to be corrected first, the button, and a link to show it to somebody before."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        acts = {"publish": self._publish, "unpublish": self._unpublish, "preview": self._make_link, "take_back": self._take_back}
        act = acts.get(request.POST.get("act", "")) if request.method == "POST" else None
        return act(request, row) if act else self._publication_page(request, row)

    def _publish(self, request, row):
        form = WhenToPublishForm(request.POST)
        if not form.is_valid():
            return self._publication_page(request, row, when=form)
        try:
            done = publication.publish(row, at=form.cleaned_data["at"], by=request.user, now=clock.now())
        except publication.Unpublishable as refusal:
            form.add_error(None, "Rien n’est publié : corrigez d’abord ce qui est listé.")
            return self._publication_page(request, row, when=form, faults=refusal.faults)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect(self._publication_address(row))
        said = f"Publié à partir du {moment_in_words(row.published_at, zone=False)}." if done else "C’était déjà fait."
        messages.success(request, said)
        return redirect(self._publication_address(row))

    def _unpublish(self, request, row):
        done = publication.unpublish(row, by=request.user, now=clock.now())
        messages.success(request, "Retiré : seule l’équipe le voit." if done else "C’était déjà fait.")
        return redirect(self._publication_address(row))

    def _make_link(self, request, row):
        form = PreviewLinkForm(request.POST)
        if not form.is_valid() or row.is_public(now=clock.now()):
            return self._publication_page(request, row, lasts=form)
        now = clock.now()
        until = now + timedelta(days=int(form.cleaned_data["days"]))
        record("lien d’aperçu", row, by=request.user, now=now, note=f"ouvert jusqu’au {moment_in_words(until, zone=False)}")
        return self._publication_page(request, row, lasts=form, link=previews.link(row, until=until), until=until)

    def _take_back(self, request, row):
        publication.take_previews_back(row, by=request.user, now=clock.now())
        messages.success(request, "Repris : aucun lien d’aperçu donné jusqu’ici ne s’ouvre plus.")
        return redirect(self._publication_address(row))

    def _publication_page(self, request, row, *, when=None, lasts=None, faults=None, **made):
        now = clock.now()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Publication et aperçu",
            "subtitle": str(row),
            "row": row,
            "public": row.is_public(now=now),
            "faults": checks.faults_of(row) if faults is None else faults,
            "when": when or WhenToPublishForm(),
            "lasts": lasts or PreviewLinkForm(),
            "form": when or lasts or PreviewLinkForm(),
            "link": "",
            "until": None,
            **made,
        }
        wrong = any(form is not None and not form.is_valid() for form in (when, lasts))
        return render(request, TEMPLATE, context, status=422 if wrong else 200)

    def _publication_address(self, row: Any) -> str:
        return reverse(f"admin:programmes_{self.opts.model_name}_publication", args=[row.pk])
