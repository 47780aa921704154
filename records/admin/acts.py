"""The audit log, in the admin."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from core.admin import NamedAdmin
from core.search import SearchedAdmin
from records.links import AboutAdmin
from records.models import Act


@admin.register(Act)
class ActAdmin(SearchedAdmin, AboutAdmin, NamedAdmin, admin.ModelAdmin):
    """The audit log: read, searched, never touched."""

    list_display = ["at", "verb", "about_name", "changed", "by_name", "note"]
    list_display_links = ["verb"]
    list_filter = ["verb"]
    search_fields = ["about_name", "about", "by_name", "note"]
    search_help_text = "Objet, auteur ou motif"
    date_hierarchy = "at"
    show_full_result_count = False
    list_per_page = 50
    when_empty = "Le portail y note de lui-même ce que chaque personne change, et quand."
    act_when_empty = ("admin:index", "Revenir à l’administration")
    fields = ["at", "verb", "about_name", "about_what", "by_name", "note", "what_changed"]
    readonly_fields = ["at", "verb", "about_name", "about_what", "by_name", "note", "what_changed"]

    @admin.display(description="champs")
    def changed(self, act: Act) -> str:
        return ", ".join(act.changes) or "—"

    @admin.display(description="modifications")
    def what_changed(self, act: Act) -> SafeString | str:
        return changes_table(act) if act.changes else "—"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Act]:
        return Act.objects.visible_to(request.user).order_by(*self.get_ordering(request) or Act._meta.ordering)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Act | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Act | None = None) -> bool:
        return False


def changes_table(act: Act) -> SafeString:
    """Return the changes of an act as a table: field, before, after."""
    rows = format_html_join(
        "", '<tr><th scope="row">{}</th><td>{}</td><td>{}</td></tr>', ((name, *_pair(pair)) for name, pair in act.changes.items())
    )
    head = '<table class="changes"><thead><tr><th scope="col">Champ</th><th scope="col">Avant</th><th scope="col">Après</th></tr></thead>'
    return format_html("{}<tbody>{}</tbody></table>", SafeString(head), rows)


def _pair(pair: list) -> tuple[str, str]:
    before, after = (*pair, "", "")[:2]
    return _words(before), _words(after)


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "—")
