"""The admin's own words."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst


class NamedAdmin:
    """Mixin, before ModelAdmin: pages named by what they hold."""

    opts: Any

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Name the list by what it holds, where Django says « Sélectionnez l’objet… »."""
        context = {"title": capfirst(self.opts.verbose_name_plural), **(extra_context or {})}
        return super().changelist_view(request, context)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Name the form by what it edits; Django's subtitle says which row."""
        name = capfirst(self.opts.verbose_name)
        context = {"title": name if object_id else f"{name}\u00a0: ajout", **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, context)
