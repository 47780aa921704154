"""The columns of the list as the admin asks for them: a method each, its heading, its order."""

from typing import Any

from django.contrib import admin

from applications.columns import COLUMNS, Column, seen_by


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
