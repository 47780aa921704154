"""What the jury wants of the group (B6): at least, at most so many of a branch, a region, a kind of employer."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from applications.balance import CHOICES, label_of
from applications.models import Bound
from applications.services.moving import hold
from applications.states import Axis
from core.refusals import Refused
from programmes.models import Edition
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User

# (axis, value): (at least, at most)
Wanted = Mapping[tuple[Axis, str], tuple[int | None, int | None]]


@transaction.atomic
def set_bounds(edition: Edition, wanted: Wanted, *, by: "User", now: datetime) -> list[str]:
    """Keep these bounds and no others; say what changed. Bounds that cannot all hold are kept: the board says so."""
    hold(edition.pk)
    before = {(Axis(row.axis), row.value): row for row in edition.bounds.all()}
    changes: dict[str, list[str]] = {}
    for (axis, value), (least, most) in wanted.items():
        _refuse_unknown(axis, value, least, most)
        row = before.pop((axis, value), None)
        told = [_words(row.least, row.most) if row else "", _words(least, most)]
        if told[0] == told[1]:
            continue
        changes[label_of(axis, value)] = told
        if least is None and most is None:
            if row:
                row.delete()
        else:
            Bound.objects.update_or_create(edition=edition, axis=axis, value=value, defaults={"least": least, "most": most})
    for (axis, value), row in before.items():
        changes[label_of(axis, value)] = [_words(row.least, row.most), ""]
        row.delete()
    if changes:
        record("équilibre voulu", edition, by=by, now=now, changes={name: list(told) for name, told in changes.items()})
    return list(changes)


def _refuse_unknown(axis: Axis, value: str, least: int | None, most: int | None) -> None:
    if value not in dict(CHOICES[axis]):
        raise Refused("Cet équilibre n’existe pas : rechargez la page.")
    if least is not None and most is not None and least > most:
        raise Refused(f"{label_of(axis, value)} : « au moins » ne peut pas dépasser « au plus ».")


def _words(least: int | None, most: int | None) -> str:
    told = (f"au moins {least}" if least is not None else "", f"au plus {most}" if most is not None else "")
    return ", ".join(part for part in told if part)
