"""Writing the audit log."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models

from records.models import Act


def label_of(instance: models.Model) -> str:
    """Return the key under which the log and the letters know a row: `app.model:pk`."""
    return f"{instance._meta.label_lower}:{instance.pk}"


def record(
    verb: str,
    about: models.Model,
    *,
    by: Any,
    now: datetime,
    note: str = "",
    changes: dict[str, list[Any]] | None = None,
) -> Act:
    """Append an act to the log; `by` is a person, or None for the house itself."""
    return Act.objects.create(
        at=now,
        by_id=str(by.pk) if by else "",
        by_name=str(by)[:200] if by else "Portail",
        verb=verb,
        about=label_of(about),
        about_name=str(about)[:200],
        note=note,
        changes=changes or {},
    )


def last_act() -> int:
    """Return the number of the last act: it changes whenever somebody does something."""
    return Act.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


@dataclass(frozen=True)
class Entry:
    """One row's line in the log, when an act touches many."""

    about: models.Model
    note: str = ""
    changes: dict[str, list[Any]] | None = None


def record_many(verb: str, entries: Iterable[Entry], *, by: Any, now: datetime) -> None:
    """Append the same act for each of many rows, in a few queries."""
    author = {"at": now, "by_id": str(by.pk) if by else "", "by_name": str(by)[:200] if by else "Portail", "verb": verb}
    rows = [
        Act(**author, about=label_of(each.about), about_name=str(each.about)[:200], note=each.note, changes=each.changes or {})
        for each in entries
    ]
    Act.objects.bulk_create(rows, batch_size=500)


def forget(about: models.Model) -> None:
    """Leave of the acts about a purged row only what was done, by whom and when (domain.md G3)."""
    Act.objects.filter(about=label_of(about)).blank("about_name", "note", "changes")


def forget_person(person: models.Model) -> None:
    """Leave of the acts of an erased person about themselves only what was done and when."""
    Act.objects.filter(about=label_of(person), by_id=str(person.pk)).blank("by_name")
    forget(person)
