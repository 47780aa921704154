"""Orders of places: the list, narrowed and counted; from it the page of each, with every act; files; what came by mail or telephone."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html

from accounts.roles import RUN_BOOKINGS
from bookings import services as orders
from bookings import situations, tables
from bookings.admin import page
from bookings.admin.acts import ACTS, Act, open_to, seen
from bookings.admin.days import DaysMixin
from bookings.admin.places import PlacesMixin
from bookings.models import Booking, SaleConditions
from bookings.openings import closes_at
from bookings.situations import FACETS, Billed, Names, Situation
from bookings.staff_forms import EnterForm
from core import clock
from core.clock import PARIS
from core.facets import FacetedList, filters_of
from core.folding import only_signs
from core.money import euros
from core.refusals import Refused
from programmes.models import TrainingSession
from records.history import HistoryAdmin
from records.models import Association
from records.services import record

# The pills of `static/css/admin.css`, by what they say.
PILLS = {
    Situation.UNPROVEN: "draft", Situation.ENDING: "withdrawn", Situation.HELD: "in_review", Situation.WAITING: "waitlisted",
    Situation.FIRM: "selected", Situation.LAPSED: "declined", Situation.CANCELLED: "duplicate",
}  # fmt: skip
CONFIRM, SEEN = "_confirm", "_seen"


@admin.register(Booking)
class BookingAdmin(DaysMixin, PlacesMixin, HistoryAdmin, admin.ModelAdmin):
    """Nothing of an order is edited here but through the verbs."""

    list_display = ["order", "who", "day_shown", "situation_shown", "places_shown", "total_shown", "names_shown", "billed_shown", "made_on"]
    list_display_links = ["order"]
    list_filter = filters_of(FACETS)
    list_per_page = 25
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    ordering = ["-created_at", "-pk"]
    search_fields = ["search"]  # what `searched` reads
    search_help_text = "Référence, nom, adresse, payeur, SIRET ou numéro de commande."
    when_empty = "Les commandes s’affichent ici dès que quelqu’un réserve une place."
    change_list_template = "admin/bookings/orders.html"

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/acte/<slug:slug>/", view(self.act_view), name="bookings_booking_act"),
            path("saisir/", view(self.enter_view), name="bookings_booking_enter"),
            path("export/commandes.<slug:kind>", view(self.export_view), name="bookings_booking_export"),
            *super().get_urls(),
        ]

    def get_queryset(self, request):
        rows = Booking.objects.visible_to(request.user).select_related("session")
        return situations.situated(rows, now=clock.now())

    def get_changelist(self, request, **kwargs):
        return FacetedList

    def get_search_results(self, request, queryset, search_term):
        if search_term.strip() and only_signs(search_term):
            return queryset.none(), False
        return situations.searched(queryset, search_term), False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        return lookup in {facet.name for facet in FACETS}

    def changelist_view(self, request, extra_context=None):
        kept = request.GET.urlencode()
        offered = {"runs": request.user.has_perm(RUN_BOOKINGS), "kept": f"?{kept}" if kept else ""}
        return super().changelist_view(request, {"title": "Commandes de places", **offered, **(extra_context or {})})

    # --- One order -----------------------------------------------------------------------------------------

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        pk = unquote(object_id)
        booking = self._row(request, int(pk) if pk.isdecimal() and len(pk) <= 18 else 0)  # noqa: PLR2004 - what a database counts to
        context = page.of(booking, request.user, now=clock.now())
        context["acts"] = open_to(request.user, booking, now=clock.now())
        return self._answer(request, "order.html", f"Commande {booking}", {"booking": booking, **context})

    def act_view(self, request: Any, pk: int, slug: str) -> HttpResponse:
        """One act on its own screen: what it would do, then doing it on what was read; refused, what was typed stays."""
        booking, act, now = self._row(request, pk), ACTS.get(slug), clock.now()
        if act is None or not request.user.has_perm(act.permission):
            raise Http404 if act is None else PermissionDenied
        if not act.fits(booking, now):
            messages.error(request, f"« {act.title} » n’a plus de sens ici : cette commande a changé.")
            return redirect(_change(pk))
        form = act.form(request.POST if request.method == "POST" else None, booking=booking)
        effects: list[str] = []
        if form.is_valid():
            try:
                effects = act.effects(booking, form, now) if act.effects else []
                if not act.effects or (CONFIRM in request.POST and request.POST.get(SEEN) == seen(form, effects)):
                    messages.success(request, act.do(booking, form, request.user, now))
                    return redirect(_change(pk))
            except Refused as refusal:
                form.add_error(None, str(refusal))
        return self._act_page(request, booking, act, form, effects)

    def _act_page(self, request: Any, booking: Booking, act: Act, form: Any, effects: list[str]) -> HttpResponse:
        shown = {"booking": booking, "act": act, "form": form, "effects": effects}
        if form.is_bound and not form.errors:
            shown |= {"seen": seen(form, effects), "asked_again": CONFIRM in request.POST}
        return self._answer(request, "act.html", act.title, shown, status=422 if form.errors else 200)

    # --- Files, and what came otherwise -------------------------------------------------------------------------

    def export_view(self, request: Any, kind: str) -> HttpResponse | StreamingHttpResponse:
        """The list as it is on the screen, all its pages."""
        if kind not in ("csv", "xlsx"):
            raise Http404
        if not request.user.has_perm(RUN_BOOKINGS):
            raise PermissionDenied
        rows = self.get_changelist_instance(request).get_queryset(request)
        record(
            f"export de commandes ({kind.upper()})", Association.current(), by=request.user, now=clock.now(), note=f"{rows.count()} lignes"
        )
        if kind == "csv":
            answer: Any = StreamingHttpResponse(tables.csv_of(rows.iterator(chunk_size=200)), content_type="text/csv; charset=utf-8")
        else:
            answer = HttpResponse(tables.workbook(rows.iterator(chunk_size=200)), content_type=tables.XLSX_TYPE)
        answer["Content-Disposition"] = f'attachment; filename="commandes.{kind}"'
        return answer

    def enter_view(self, request: Any) -> HttpResponse:
        """An order that came by mail, on paper or by telephone: the same service as on the site, without the priority of members."""
        if not request.user.has_perm(RUN_BOOKINGS):
            raise PermissionDenied
        form = EnterForm(request.POST if request.method == "POST" else None, days=_days(), initial=self._asked_day(request))
        if form.is_valid():
            try:
                made = self._entered(request, form)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, f"Commande {made.reference} : {made.get_state_display()}.")
                return redirect(_change(made.pk))
        return self._answer(request, "enter.html", "Saisir une commande", {"form": form}, status=422 if form.errors else 200)

    def _asked_day(self, request: Any) -> dict[str, str]:
        asked = request.GET.get("journee", "")
        return {"session": asked} if asked.isdecimal() and len(asked) <= 18 else {}  # noqa: PLR2004 - what a database counts to

    def _entered(self, request: Any, form: EnterForm) -> Booking:
        now = clock.now()
        conditions = SaleConditions.objects.in_force(now=now)
        if conditions is None:
            raise Refused("Aucune version des conditions de vente n’est en vigueur : publiez-en une.")
        session = form.cleaned_data["session"]
        return orders.order(session, form.ask(), conditions=conditions, now=now, entered_by=request.user)

    def _row(self, request: Any, pk: int) -> Booking:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found: Booking = get_object_or_404(Booking.objects.visible_to(request.user).with_day(), pk=pk)
        return found

    def _answer(self, request: Any, name: str, title: str, shown: dict[str, Any], status: int = 200) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, **shown}
        request.current_app = self.admin_site.name
        return TemplateResponse(request, f"admin/bookings/{name}", context, status=status)

    # --- Columns -----------------------------------------------------------------------------------------

    @admin.display(description="commande", ordering="pk")
    def order(self, row: Booking) -> str:
        return row.reference

    @admin.display(description="par", ordering="payer_name")
    def who(self, row: Booking) -> Any:
        return format_html("{}<br><span class='quiet'>{}</span>", row.payer_name, row.name) if row.name != row.payer_name else row.name

    @admin.display(description="journée", ordering="session__day")
    def day_shown(self, row: Booking) -> Any:
        return row.session.day

    @admin.display(description="situation", ordering="situation")
    def situation_shown(self, row: Any) -> Any:
        return pill(row.situation)

    @admin.display(description="places", ordering="places")
    def places_shown(self, row: Any) -> int:
        return int(row.places)

    @admin.display(description="total TTC")
    def total_shown(self, row: Any) -> str:
        return euros(row.unit_price * row.places)

    @admin.display(description="noms", ordering="names")
    def names_shown(self, row: Any) -> str:
        return "—" if row.situation in (Situation.LAPSED, Situation.CANCELLED) else str(Names(row.names).label)

    @admin.display(description="facture", ordering="billed")
    def billed_shown(self, row: Any) -> str:
        return str(Billed(row.billed).label)

    @admin.display(description="le", ordering="created_at")
    def made_on(self, row: Booking) -> Any:
        return row.created_at.astimezone(PARIS).date()


def pill(situation: str) -> Any:
    found = Situation(situation)
    return format_html('<span class="pill pill-{}">{}</span>', PILLS[found], found.label)


def _change(pk: int) -> str:
    return reverse("admin:bookings_booking_change", args=[pk])


def _days() -> list[TrainingSession]:
    """The days that the team may still enter an order for."""
    now = clock.now()
    rows = TrainingSession.objects.to_come(now=now).filter(terms__isnull=False).with_places().with_seats(now=now)
    return [day.tell_seats(now=now) for day in rows.order_by("day", "pk") if closes_at(day).timestamp() > now.timestamp()]
