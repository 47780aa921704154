"""What a member made of a right: an hour, a seat, a programme; noted by the team, read in the member's space and in its yearly summary."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction

from core.clock import PARIS
from core.refusals import Refused
from core.typography import day_in_words
from memberships.models import BenefitUse, Membership, Right
from memberships.services.moving import lock
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def note_use(membership: Membership, right: Right, *, on: date, quantity: Decimal, what: str, by: "User", now: datetime) -> BenefitUse:
    """Note that a right was used on a day of its period, never on a day to come."""
    membership = lock(membership)
    if on > now.astimezone(PARIS).date():
        raise Refused("Ce jour n’est pas encore venu\u00a0: un usage se note une fois qu’il a eu lieu.")
    if not (membership.rights_from and membership.rights_until and membership.rights_from <= on <= membership.rights_until):
        raise Refused(f"Le {day_in_words(on)}, les droits de cette adhésion ne couraient pas\u00a0: choisissez l’adhésion de ce jour-là.")
    use = membership.uses.create(right=right, on=on, quantity=quantity, what=what, by_name=str(by)[:200])
    record("usage d’un droit noté", membership, by=by, now=now, note=f"{right}\u00a0: {what}")
    return use


@transaction.atomic
def remove_use(use: BenefitUse, *, reason: str, by: "User", now: datetime) -> None:
    """Take back a use that never was: the member no longer reads it; who took it back, and why, stays in the journal."""
    membership = lock(use.membership)
    if not reason.strip():
        raise Refused("Dites pourquoi cet usage est retiré.")
    if not BenefitUse.objects.filter(pk=use.pk).delete()[0]:
        raise Refused("Cet usage vient d’être retiré.")
    record(
        "usage d’un droit retiré", membership, by=by, now=now, note=f"{use.right} : {use.what}, le {day_in_words(use.on)}. {reason.strip()}"
    )
