"""What the screens of a call and of a training day say of it: its status, its page."""

from typing import Any

from django.contrib import admin
from django.utils.html import format_html

from core import clock


class ShownAdmin:
    """Mixin, before ModelAdmin: `status` and `page`, among the fields that are only read."""

    # Before publication, nobody sees it.
    unpublished = "Pas encore publié"

    @admin.display(description="état")
    def status(self, row: Any) -> str:
        """The one status; before publication, that nobody sees it comes first."""
        if row.pk is None:
            return "—"
        now = clock.now()
        label = str(row.status(now=now).label)
        return label if row.is_public(now=now) else f"{self.unpublished} ({label.lower()})"

    @admin.display(description="page")
    def page(self, row: Any) -> str:
        if row.pk is None:
            return "—"
        words = "Voir sur le site" if row.is_public(now=clock.now()) else "Aperçu, pour l’équipe seulement"
        return format_html('<a href="{}">{}</a>', row.get_absolute_url(), words)

    def view_on_site(self, row: Any) -> str:
        return str(row.get_absolute_url())

    def save_model(self, request: Any, row: Any, form: Any, change: bool) -> None:
        """Each change of the row, what hangs from it included, is a new version of its calendar (`documents`)."""
        row.changed_at = clock.now()
        super().save_model(request, row, form, change)
