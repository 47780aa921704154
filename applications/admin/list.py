"""Staff sort applications here: the list, and from it the page of each file."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from applications.admin.acts import ActsMixin, WriteAct
from applications.admin.agreements import AgreementsMixin
from applications.admin.board_pages import BoardPagesMixin
from applications.admin.bodies import BodyMixin
from applications.admin.columns import ColumnsMixin
from applications.admin.entering import EnteringMixin
from applications.admin.exporting import ExportingMixin
from applications.admin.filters import ApplicationList, CountedPaginator, Neighbours, filters_for
from applications.admin.joining import JoiningMixin
from applications.admin.jury import JuryMixin
from applications.admin.late import LateMixin
from applications.admin.places import PlacesMixin
from applications.admin.reading import LIST_ACTS, ReadingMixin
from applications.admin.release import ReleaseMixin
from applications.columns import LATEST, with_lines
from applications.models import Application, ApplicationQuerySet
from core.registry import Link
from mailing.groupacts import EVERY
from records.history import HistoryAdmin


@admin.register(Application)
class ApplicationAdmin(
    ActsMixin,
    AgreementsMixin,
    ReleaseMixin,
    PlacesMixin,
    BoardPagesMixin,
    EnteringMixin,
    JoiningMixin,
    JuryMixin,
    ExportingMixin,
    LateMixin,
    BodyMixin,
    ReadingMixin,
    ColumnsMixin,
    HistoryAdmin,
    admin.ModelAdmin,
):
    """Nothing of an application is edited here but through the verbs."""

    list_display_links = ["name"]
    list_per_page = 25
    list_max_show_all = 100  # « Tout afficher », to tick thirty of them
    paginator = CountedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    ordering = [LATEST.desc(), "-pk"]
    search_fields = ["search"]  # what `matching` reads
    search_help_text = "Nom, adresse, structure ou référence ; accents et majuscules indifférents."
    when_empty = "Les candidatures s’affichent ici dès qu’une personne commence à écrire."
    act_when_empty = ("admin:programmes_edition_changelist", "Voir les appels")

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_queryset(self, request) -> ApplicationQuerySet:
        """What this person may see, with what a line and a file read."""
        return with_lines(Application.objects.visible_to(request.user))

    def get_changelist(self, request, **kwargs):
        return Neighbours if getattr(request, "order_only", False) else ApplicationList

    def get_list_filter(self, request):
        return filters_for(request.user)

    def get_search_results(self, request, queryset, search_term):
        return queryset.matching(search_term), False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """The filters alone narrow: what they do not know, the counters would not count."""
        return lookup in {each.facet.name for each in filters_for(request.user)}

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list; the form's empty choices leave the address."""
        if request.method == "GET" and "" in request.GET.values():
            kept = request.GET.copy()
            for name in [name for name, value in kept.items() if not value]:
                del kept[name]
            return HttpResponseRedirect(f"{request.path}?{kept.urlencode()}".rstrip("?"))
        acts = [act for find in LIST_ACTS if (act := find(request))]
        # The lines need the width; the menu of every app costs a tenth of the page.
        context = {"title": "Candidatures", "list_acts": acts, "on_all": self.on_all(request), "is_nav_sidebar_enabled": False}
        return super().changelist_view(request, {**(extra_context or {}), **context})

    def on_all(self, request: HttpRequest) -> list[Link]:
        """The acts on all that the list finds, twenty-five a page or not: each opens its screen, where one chooses and confirms."""
        kept = request.GET.copy()
        kept.pop("p", None)
        address, query = reverse("admin:applications_application_group_act", args=["acte"]), kept.urlencode()
        mine = [act for act in self.group_acts if request.user.has_perm(act.permission)]
        every = urlencode({"choix": EVERY})
        # A letter starts with nobody selected (issue 3); the others with what the list says it acts on.
        queries = {act.slug: query if act.slug == WriteAct.slug else f"{query}&{every}".lstrip("&") for act in mine}
        return [Link(act.title, f"{address.replace('/acte/', f'/{act.slug}/')}?{queries[act.slug]}".rstrip("?")) for act in mine]
