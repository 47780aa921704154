"""The columns of the list as the admin asks for them, a method each; and the drawing of its lines."""

import html
from collections.abc import Iterator
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.templatetags.admin_list import result_headers
from django.contrib.admin.views.main import ChangeList
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from applications.columns import BY_NAME, COLUMNS, Column, seen_by


class ColumnsMixin:
    """Before ModelAdmin: what this person may read, the call left out when one is chosen."""

    def get_list_display(self, request: Any) -> list[str]:
        return [column.name for column in seen_by(request.user, one_call=bool(request.GET.get("edition")))]


def _method(column: Column) -> Any:
    def shown(self, application):
        return column.shown(application)

    return admin.display(description=column.heading, ordering=column.order)(shown)


for _column in COLUMNS:
    setattr(ColumnsMixin, _column.name, _method(_column))


def _escaped(cell: str) -> str:
    """As `conditional_escape`, without what it does for lazy texts: 250 cells a page."""
    return cell if isinstance(cell, SafeString) else html.escape(cell)


_BOX = (
    '<td class="action-checkbox"><input type="checkbox" name="_selected_action" value="{pk}" class="action-select"'
    ' aria-label="Choisir {name}"></td>'
)


class DrawnList:
    """Before ChangeList: draws its lines itself. The admin's way costs more than all the rest of the page (docs/mesures.md)."""

    list_display: Any
    result_list: Any
    preserved_filters: str

    @property
    def headers(self) -> list[dict[str, Any]]:
        """The admin's own headings, with their links to sort."""
        return list(result_headers(cast(ChangeList, self)))

    @property
    def lines(self) -> Iterator[SafeString]:
        """The cells of each row of the page; the first leads to its file, which follows the list."""
        page = reverse("admin:applications_application_change", args=[0])
        follows = f"?{self.preserved_filters}" if self.preserved_filters else ""
        columns = [BY_NAME[name] for name in self.list_display if name in BY_NAME]
        box = _BOX if "action_checkbox" in self.list_display else ""
        for row in self.result_list:
            address = escape(page.replace("/0/", f"/{row.pk}/") + follows)
            cells = [_escaped(column.shown(row)) for column in columns]
            others = "".join(f'<td class="field-{column.name}">{cell}</td>' for column, cell in zip(columns[1:], cells[1:], strict=True))
            first = f'<th scope="row" class="field-{columns[0].name}"><a href="{address}">{cells[0]}</a></th>'
            # Nothing unescaped is in it: see above.
            yield mark_safe(box.format(pk=row.pk, name=escape(str(row))) + first + others)  # noqa: S308
