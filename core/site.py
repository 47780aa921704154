"""The admin of the house: Django's, with a dashboard as its first page and one search box on every page."""

from typing import Any, cast

from django.apps import apps
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path
from django.utils.functional import SimpleLazyObject

from core import dashboard, search, timeline


class PortalSite(AdminSite):
    site_header = "La 27e Région"
    site_title = "Administration du portail"
    index_title = "Administration"
    empty_value_display = "—"
    enable_nav_sidebar = True

    def get_urls(self) -> list[URLPattern | URLResolver]:
        # Cacheable by the browser alone, so that « Back » shows the answers again (core/search.py).
        return [path("recherche/", self.admin_view(self.search, cacheable=True), name="search"), *self._timeline(), *super().get_urls()]

    def _timeline(self) -> list[URLPattern | URLResolver]:
        return [path("echeancier/", self.admin_view(self.timeline), name="timeline")]

    def timeline(self, request: HttpRequest) -> HttpResponse:
        request.current_app = self.name
        return timeline.page(request, self.each_context(request))

    def search(self, request: HttpRequest) -> HttpResponse:
        request.current_app = self.name
        return search.page(request, self.each_context(request))

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The work first, the house last: from the top of the layers down (conventions.md section 2).

        Every page asks for it and few draw it: the whole list is made when it is read.
        """

        def made() -> list[Any]:
            rank = {config.label: number for number, config in enumerate(apps.get_app_configs())}
            found = sorted(AdminSite.get_app_list(self, request, app_label), key=lambda app: -rank[app["app_label"]])
            for app in found:
                app["models"] = self._in_order(app["models"])
            return found

        return made() if app_label else cast("list[Any]", SimpleLazyObject(made))

    def _in_order(self, models: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Where an app says it (`menu_rank`, `menu_name` of its admin classes), in the order of the work and in its words."""
        for model in models:
            pages = self._registry[model["model"]]
            model |= {"rank": getattr(pages, "menu_rank", 0), "name": getattr(pages, "menu_name", "") or model["name"]}
        return sorted(models, key=lambda model: model["rank"])

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().index(request, {**dashboard.context(request), **(extra_context or {})})
