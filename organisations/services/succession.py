"""A body replaced by another: a merger of communities, a new SIRET. Nothing is copied: who acts on a day is derived.

Before the day the old one acts, from that day the new: `Organisation.at(day)`, `Organisation.heirs_of(day)`, `Contact.objects.of(…)`.
What was issued keeps the text it was issued with.
"""

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction

from core.clock import PARIS
from core.refusals import Refused
from core.typography import day_in_words
from organisations.models import Organisation
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def succeed(old: Organisation, new: Organisation, *, on: date, by: "User | None", now: datetime) -> None:
    """Say that from a day on `new` acts in place of `old`, with its contacts and its files. A day to come may be said again otherwise."""
    rows = lock(old, new)
    old, new = rows[old.pk], rows[new.pk]
    _refuse_unless_possible(old, new, now=now)
    before = [str(old.replaced_by or ""), day_in_words(old.replaced_on) if old.replaced_on else ""]
    old.replaced_by, old.replaced_on = new, on
    old.save(update_fields=["replaced_by", "replaced_on"])
    changes = {"remplacé par": [before[0], str(new)], "à partir du": [before[1], day_in_words(on)]}
    record("remplacement", old, by=by, now=now, changes=changes)
    record("prend la suite", new, by=by, now=now, changes={"de": ["", str(old)], "à partir du": ["", day_in_words(on)]})


@transaction.atomic
def cancel_succession(old: Organisation, *, by: "User", now: datetime, reason: str) -> None:
    """Take back what was said of a replacement: the old body acts again, with what was its own."""
    old = lock(old)[old.pk]
    if old.replaced_by is None:
        raise Refused("Cet organisme n’est pas remplacé.")
    if not reason.strip():
        raise Refused("Dites pourquoi : le motif est gardé avec l’acte.")
    changes = {"remplacé par": [str(old.replaced_by), ""]}
    changes |= {"à partir du": [day_in_words(old.replaced_on), ""]} if old.replaced_on else {}
    old.replaced_by = old.replaced_on = None
    old.save(update_fields=["replaced_by", "replaced_on"])
    record("remplacement annulé", old, by=by, now=now, note=reason.strip(), changes=changes)


def refusal_to_succeed(old: Organisation, new: Organisation, *, now: datetime) -> str:
    """Say why `succeed` would refuse; nothing when it would not."""
    try:
        _refuse_unless_possible(old, new, now=now)
    except Refused as refusal:
        return str(refusal)
    return ""


def lock(*bodies: Organisation) -> dict[int, Organisation]:
    """Read the rows again, locked in one order: two people at once act one after the other."""
    pks = [body.pk for body in bodies]
    rows = Organisation.objects.select_for_update(of=("self",)).filter(pk__in=pks).order_by("pk")
    return {row.pk: row for row in rows}


def _refuse_unless_possible(old: Organisation, new: Organisation, *, now: datetime) -> None:
    today = now.astimezone(PARIS).date()
    if old.pk == new.pk:
        raise Refused("Un organisme ne se remplace pas lui-même.")
    if merged := next((body for body in (old, new) if body.merged_into_id), None):
        raise Refused(f"« {merged} » a été réuni à « {merged.merged_into} » : choisissez celui-là.")
    if old.replaced_by and old.replaced_on and old.replaced_on <= today:
        raise Refused(f"« {old} » est déjà remplacé par « {old.replaced_by} » depuis le {day_in_words(old.replaced_on)}.")
    if old.pk in _after(new):
        raise Refused(f"« {new} » est lui-même remplacé par « {old} », directement ou non : la suite tournerait en rond.")


def _after(body: Organisation) -> set[int]:
    """Return who comes after a body, whatever the days."""
    found: set[int] = set()
    following = body.replaced_by
    while following and following.pk not in found:
        found.add(following.pk)
        following = following.standing.replaced_by
    return found
