"""What the log and the letters know by a key (`app.model:pk`), in words: what it is, its name, its page."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_permission_codename
from django.db import models
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from core.registry import Link

_LONGEST = 19  # figures of a key that a database knows


def link_to(key: str, *, user: Any) -> Link:
    """What a key means; nothing at all for a key of no model."""
    return links_to([key], user=user).get(key, Link("", ""))


def links_to(keys: Iterable[str], *, user: Any) -> dict[str, Link]:
    """Return what each key means, with one query a model: the name of the row (`label`), what it is (`note`), its page.

    Of what is no more, and of what this person may not see, only what it is.
    """
    found: dict[str, Link] = {}
    for model, pks in _by_model(set(keys)).items():
        kind, may = str(capfirst(model._meta.verbose_name)), user.has_perm(_permission(model))
        rows = {str(pk): row for pk, row in model._default_manager.in_bulk(pks).items()} if may else {}
        gone = f"{kind} qui n’existe plus" if may else kind
        for pk in pks:
            key = f"{model._meta.label_lower}:{pk}"
            found[key] = Link(_name_of(rows[pk]), _page_of(rows[pk]), kind) if pk in rows else Link(gone, "")
    return found


def _name_of(row: models.Model) -> str:
    """A reference alone says little: a row may have a longer name for the team (`named`)."""
    return str(getattr(row, "named", "") or row)


def as_text(link: Link) -> SafeString | str:
    """« Appel : Les Aventuriers 2027 », the name being a link."""
    if not link.label:
        return "—"
    name = format_html('<a href="{}">{}</a>', link.url, link.label) if link.url else link.label
    return format_html("{}\u00a0: {}", link.note, name) if link.note else name


class AboutAdmin:
    """Mixin, before ModelAdmin, of rows that hold a key in `about`: their page says it in words (`about_what`)."""

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)  # type: ignore[misc]
        if row is not None:
            row.about_link = link_to(row.about, user=request.user)
        return row

    @admin.display(description="au sujet de")
    def about_what(self, row: Any) -> SafeString | str:
        return as_text(row.about_link)


def _by_model(keys: set[str]) -> dict[type[models.Model], list[str]]:
    found: dict[type[models.Model], list[str]] = {}
    for key in sorted(keys):
        label, _, pk = key.partition(":")
        if (model := _model(label)) and pk.isascii() and pk.isdigit() and len(pk) < _LONGEST:
            found.setdefault(model, []).append(pk)
    return found


def _model(label: str) -> type[models.Model] | None:
    """None for whoever is known without a row, and for a model that is no more."""
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        return None


def _permission(model: type[models.Model]) -> str:
    return f"{model._meta.app_label}.{get_permission_codename('view', model._meta)}"


def _page_of(row: models.Model) -> str:
    try:
        return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    except NoReverseMatch:
        return ""
