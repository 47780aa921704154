"""The sale of a day, and the versions of the conditions: written on their own screens, the second with a preview."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from bookings import tiers
from bookings.models import SaleConditions, SessionTerms
from bookings.services import selling
from bookings.terms_forms import ConditionsForm, TermsForm
from core import clock
from core.money import euros
from core.refusals import Refused
from programmes.models import TrainingSession
from records.history import HistoryAdmin


class OwnScreens:
    """Before ModelAdmin: nothing is written but through our own screens."""

    admin_site: Any
    opts: Any

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def _answer(self, request: Any, name: str, title: str, shown: dict[str, Any], status: int = 200) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, **shown}
        request.current_app = self.admin_site.name
        return TemplateResponse(request, f"admin/bookings/{name}", context, status=status)


@admin.register(SessionTerms)
class TermsAdmin(OwnScreens, HistoryAdmin, admin.ModelAdmin):
    list_display = ["session", "day", "opens_at", "price", "minimum", "decision", "taken"]
    list_select_related = ["session"]
    list_per_page = 25
    ordering = ["-session__day", "pk"]
    search_fields = ["session__title"]
    when_empty = "Ouvrez la vente d’une journée depuis sa fiche : « Vente »."
    change_list_template = "admin/bookings/list.html"

    def get_urls(self):
        view = self.admin_site.admin_view
        return [path("journee/<int:day>/", view(self.of_day), name="bookings_sessionterms_of"), *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A row of the list is the screen of its day."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        terms = get_object_or_404(SessionTerms, pk=object_id if object_id.isdecimal() and len(object_id) <= 18 else 0)  # noqa: PLR2004
        return self.of_day(request, terms.session_id)

    def of_day(self, request: Any, day: int) -> HttpResponse:
        """The sale of one day; the first save opens it."""
        if not request.user.has_perm("bookings.change_sessionterms"):
            raise PermissionDenied
        session = get_object_or_404(TrainingSession.objects.select_related("programme", "venue"), pk=day)
        terms = SessionTerms.objects.filter(session=session).first()
        form = TermsForm(
            request.POST if request.method == "POST" else None, instance=terms or SessionTerms(session=session), session=session
        )
        if form.is_valid():
            selling.keep(form.save(commit=False), _labels(form), by=request.user, now=clock.now())
            messages.success(request, "La vente de cette journée est enregistrée.")
            return redirect("admin:bookings_booking_day", session.pk)
        shown = {"form": form, "session": session, "terms": terms}
        return self._answer(request, "terms.html", "Vente de la journée", shown, status=422 if form.errors else 200)

    @admin.display(description="jour", ordering="session__day")
    def day(self, row: SessionTerms) -> Any:
        return row.session.day

    @admin.display(description="prix")
    def price(self, row: SessionTerms) -> str:
        members = f", adhérents {euros(row.member_price)}" if row.member_price is not None else ""
        return f"{row.session.price_label}{members}"

    @admin.display(description="décision")
    def decision(self, row: SessionTerms) -> str:
        return row.get_verdict_display() or f"le {row.decision_day:%d/%m/%Y}"

    @admin.display(description="places prises", ordering="session__taken")
    def taken(self, row: SessionTerms) -> str:
        return f"{row.session.taken} sur {row.session.seats}"


def _labels(form: TermsForm) -> list[str]:
    return [str(form.fields[name].label or name) for name in form.changed_data]


@admin.register(SaleConditions)
class ConditionsAdmin(OwnScreens, admin.ModelAdmin):
    list_display = ["name", "in_force_from", "by_name", "said"]
    list_per_page = 25
    ordering = ["-version", "pk"]
    when_empty = "Rien ne se vend sans conditions : publiez la première version."
    change_list_template = "admin/bookings/conditions.html"

    def get_urls(self):
        view = self.admin_site.admin_view
        return [path("publier/", view(self.publish_view), name="bookings_saleconditions_publish"), *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        may = request.user.has_perm("bookings.add_saleconditions")
        return super().changelist_view(request, {"may_publish": may, "title": "Conditions de vente", **(extra_context or {})})

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = get_object_or_404(SaleConditions, pk=object_id if object_id.isdecimal() and len(object_id) <= 18 else 0)  # noqa: PLR2004
        return self._answer(request, "version.html", str(row), {"row": row, "tiers": _said(row), "orders": row.bookings.count()})

    def publish_view(self, request: Any) -> HttpResponse:
        """Write a version, read it as people will, publish it."""
        if not request.user.has_perm("bookings.add_saleconditions"):
            raise PermissionDenied
        now, last = clock.now(), SaleConditions.objects.order_by("-version").first()
        form = ConditionsForm(request.POST if request.method == "POST" else None, last=last, now=now)
        drawn = None
        if form.is_valid():
            said = form.cleaned_data
            drawn = SaleConditions(version=(last.version if last else 0) + 1, text=said["text"], tiers=form.rows())
            if "_confirm" in request.POST:
                try:
                    row = selling.publish(said["text"], form.rows(), in_force_from=said["in_force_from"], by=request.user, now=now)
                except Refused as refusal:
                    form.add_error(None, str(refusal))
                else:
                    messages.success(request, f"{row} : publiée.")
                    return redirect(reverse("admin:bookings_saleconditions_changelist"))
        shown = {"form": form, "drawn": drawn, "tiers": _said(drawn) if drawn else []}
        return self._answer(request, "publish.html", "Nouvelle version des conditions", shown, status=422 if form.errors else 200)

    @admin.display(description="version", ordering="version")
    def name(self, row: SaleConditions) -> str:
        return f"Version {row.version}"

    @admin.display(description="remboursement")
    def said(self, row: SaleConditions) -> str:
        return " ; ".join(_said(row))


def _said(row: SaleConditions) -> list[str]:
    """« 30 jours avant ou plus : 100 % »."""
    found = [f"{tier.days} jours avant ou plus : {tier.percent} %" for tier in tiers.tiers_of(row)]
    return [*found, "ensuite : rien"] if found else ["rien n’est remboursé"]
