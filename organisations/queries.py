"""What hangs on a body, counted from the models themselves: later apps are included."""

from datetime import date
from typing import Any

from django.db import models

from organisations.models import Alias, Contact, Organisation, ServiceCode

# Shown by themselves on the page of a body.
_OWN = (Alias, Contact, Organisation, ServiceCode)


def keys_to(model: type[models.Model]) -> list[models.ManyToOneRel]:
    """Every foreign key to a model, hidden ones and those of join tables included, in one order."""
    found = model._meta.get_fields(include_hidden=True)
    keys = [relation for relation in found if isinstance(relation, models.ManyToOneRel) and relation.related_model._meta.managed]
    return sorted(keys, key=lambda relation: (relation.related_model._meta.label, relation.field.name))


def files_of(body: Organisation, *, on: date) -> list[str]:
    """« 12 candidatures »: what is the body's on a day, that of the bodies it has replaced by then included."""
    heirs = body.heirs_of(on)
    counted = [
        (relation.related_model, _count(relation, heirs)) for relation in keys_to(Organisation) if relation.related_model not in _OWN
    ]
    return [f"{count} {model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural}" for model, count in counted if count]


def passing(body: Organisation, *, on: date) -> list[str]:
    """What follows the body to whoever replaces it on a day: its contacts of that day, and its files."""
    count = Contact.objects.of(body, on=on).count()
    contacts = [f"{count} contact{'s' if count > 1 else ''}"] if count else []
    return [*contacts, *files_of(body, on=on)]


def _count(relation: models.ManyToOneRel, heirs: list[Organisation]) -> int:
    rows: models.QuerySet[Any] = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": heirs})
    return rows.count()
