"""What somebody of the jury says of themselves: the body they work for, so that nobody reads a colleague (B2)."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from applications.models import Juror
from applications.services.conflicts import recheck_open
from organisations.services import recognise
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def say_structure(person: "User", structure: str, *, now: datetime) -> Juror:
    """Keep which body a reader works for, as written and as the register knows it; their files are asked about again."""
    juror, made = Juror.objects.select_for_update(of=("self",)).get_or_create(person=person)
    body = recognise(structure, now=now) if structure else None
    before = juror.structure
    if not made and (before, juror.body_id) == (structure, body.pk if body else None):
        return juror
    juror.structure, juror.body = structure, body
    juror.save()
    record("structure dite par le membre du jury", juror, by=person, now=now, changes={"structure": [before, structure]})
    recheck_open(reviewer=person, now=now)
    return juror
