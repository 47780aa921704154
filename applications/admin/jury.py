"""The jury of a call, for the team: who reads what and where they are, conflicts, settings, criteria; what a reader does not see."""

from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from accounts.roles import DECIDE
from applications import jury, services
from applications.admin.board import NAME as BOARD
from applications.admin.board import doors
from applications.admin.jury_acts import ACTS
from applications.admin.reading import ACTS as READING_ACTS
from applications.admin.reading import drawn, told
from applications.jury_forms import CriterionFormSet, MaskForm, SelectionForm
from applications.masking import chosen, read_by_jury, unfound, words_of
from applications.models import Application, Selection
from applications.services import assigning
from applications.services.juries import SETTINGS, criteria_are_frozen, version_of
from core import clock
from core.refusals import Refused
from core.registry import Link
from mailing.groupacts import Screen
from programmes.models import Edition
from records.models import Act

NAME = "applications_application_board_jury"


def address(edition: int, part: str = "") -> str:
    """Return the address of the jury of a call, or of one of its pages."""
    return reverse(f"admin:{NAME}{part}", args=[edition])


def selection_for(request: Any, pk: int) -> Selection:
    """Return the selection of a call, to who may decide."""
    if not request.user.has_perm(DECIDE):
        raise PermissionDenied
    return services.selection_of(get_object_or_404(Edition.objects.select_related("programme"), pk=pk))


class JuryMixin:
    """Before ModelAdmin: the pages of a call's jury, and the words masked in a file."""

    admin_site: Any
    opts: Any

    def get_urls(self) -> list[Any]:
        view, at = self.admin_site.admin_view, "selection/<int:edition>/jury/"
        return [
            path(at, view(self.jury), name=NAME),
            path(f"{at}reglages/", view(self.jury_settings), name=f"{NAME}_settings"),
            *(path(f"{at}{slug}/", view(self.jury_act), {"slug": slug}, name=f"{NAME}_{slug}") for slug in ACTS),
            path("<int:pk>/masquer/", view(self.mask), name="applications_application_mask"),
            *super().get_urls(),
        ]

    def jury_page(self, request: Any, selection: Selection, template: str, *, status: int = 200, **said: Any) -> HttpResponse:
        """Draw a page of this jury."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Jury : {selection.edition.short_title}",
            "edition": selection.edition,
            "selection": selection,
            "doors": doors(selection.edition, "_jury"),
            "board_url": reverse(BOARD, args=[selection.edition_id]),
            "jury_url": address(selection.edition_id),
            "is_nav_sidebar_enabled": False,
            **said,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, f"admin/applications/jury/{template}.html", context, status=status)

    def jury(self, request: Any, edition: int) -> HttpResponse:
        """Where each reader stands, what lacks a reader, what conflicts were declared."""
        selection, now = selection_for(request, edition), clock.now()
        call = selection.edition
        return self.jury_page(
            request,
            selection,
            "jury",
            progress=jury.progress(call),
            idle=jury.idle(call, assigning.jury()),
            state=jury.state_of(selection),
            conflicts=call_conflicts(call),
            criteria=call.criteria.order_by("order", "pk"),
            frozen=criteria_are_frozen(call),
            is_late=selection.read_by is not None and now >= selection.read_by,
            hides=jury.has_left(call, request.user),
            acts=[(address(edition, f"_{slug}"), act.title) for slug, act in ACTS.items()],
            settings_url=address(edition, "_settings"),
        )

    def jury_act(self, request: Any, edition: int, slug: str) -> HttpResponse:
        """One of the two acts, on its own screen."""
        selection = selection_for(request, edition)
        screen = Screen(ACTS[slug], cast(Any, self), back=address(edition), context={"subtitle": selection.edition.short_title})
        return screen.answer(request, selection, now=clock.now())

    # --- Settings -------------------------------------------------------------------------------------

    def jury_settings(self, request: Any, edition: int) -> HttpResponse:
        """Blind or not, how many readings, the two dates, the criteria."""
        selection = selection_for(request, edition)
        frozen, data = criteria_are_frozen(selection.edition), request.POST if request.method == "POST" else None
        initial = [
            {"pk": row.pk, "label": row.label, "help": row.help, "weight": row.weight}
            for row in selection.edition.criteria.order_by("order", "pk")
        ]
        form = SelectionForm(data, instance=services.selection_of(selection.edition), initial={"seen": version_of(selection)})
        rows = CriterionFormSet(None if frozen else data, initial=initial, prefix="critere")
        if data is not None and form.is_valid() and (frozen or rows.is_valid()):
            try:
                self._set_up(request, selection, form, None if frozen else rows, now=clock.now())
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, "Les réglages de cette sélection sont enregistrés.")
                return redirect(address(edition))
        said = {"form": form, "rows": rows, "frozen": frozen, "criteria": initial, "subtitle": "Réglages"}
        return self.jury_page(request, selection, "settings", status=422 if data is not None else 200, **said)

    @staticmethod
    def _set_up(request: Any, selection: Selection, form: SelectionForm, rows: Any, *, now: datetime) -> None:
        values = {name: form.cleaned_data[name] for name in SETTINGS}
        asked = [row.asked for row in rows if row.asked] if rows is not None else services.criteria_asked(selection.edition)
        services.set_up_selection(selection.edition, values, asked, by=request.user, now=now, seen=form.cleaned_data["seen"])

    # --- Masking --------------------------------------------------------------------------------------

    def mask(self, request: Any, pk: int) -> HttpResponse:
        """The words that a reader does not see, and what the reader sees; the answers stay as they are."""
        if not request.user.has_perm(DECIDE):
            raise PermissionDenied
        application: Any = self.get_object(request, str(pk))  # type: ignore[attr-defined]
        if application is None or not application.reference:
            raise Http404
        initial = {"words": application.masked_words, **drawn(application)}
        form, news = MaskForm(request.POST if request.method == "POST" else None, initial=initial), list[Act]()
        if form.is_valid():
            if "_preview" in request.POST:
                application.masked_words = form.cleaned_data["words"]
            else:
                try:
                    revision = form.cleaned_data["revision"]
                    services.mask(application, form.cleaned_data["words"], by=request.user, now=clock.now(), revision=revision)
                    messages.success(request, "Les mots masqués sont enregistrés : voici ce que lit le jury.")
                    return redirect("admin:applications_application_mask", pk)
                except Refused as refusal:
                    news = told(form, application, refusal)
        return self._mask_page(request, application, form, news)

    def _mask_page(self, request: Any, application: Application, form: MaskForm, news: list[Act]) -> HttpResponse:
        selection = services.selection_of(application.edition)
        said = {
            "title": f"Ce que lit le jury : {application}",
            "application": application,
            "form": form,
            "news": news,
            "read": read_by_jury(application, blind=True),
            "unfound": unfound(application),
            "own_words": [word for word in dict.fromkeys(words_of(application)) if word and word not in chosen(application)],
        }
        status = 422 if form.is_bound and form.errors else 200
        return self.jury_page(request, selection, "mask", status=status, **said)


def call_conflicts(edition: Edition) -> Any:
    """The conflicts of a call, the declared first."""
    rows = jury.conflicts_of(edition).select_related("reviewer", "application__edition__programme", "application__applicant")
    return rows.order_by("-kind", "-at", "-pk")


def _mask_act(request: HttpRequest, application: Application) -> Link | None:
    """« Ce que lit le jury », on the page of a file that a jury reads."""
    if not application.reference or application.erased_at or not request.user.has_perm(DECIDE):
        return None
    return Link("Ce que lit le jury", reverse("admin:applications_application_mask", args=[application.pk]))


READING_ACTS.append(_mask_act)
