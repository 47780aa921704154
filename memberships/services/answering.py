"""What a member answers to the November call: it renews, by a click or by an order number, or it does not."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from core.clock import PARIS
from core.refusals import Refused
from core.typography import day_in_words
from memberships import renewal_emails as emails
from memberships import rights
from memberships.models import Membership
from memberships.services.moving import hold_grace, lock, move
from memberships.states import Signature, State
from records.services import record


@dataclass(frozen=True)
class ByLink:
    """Whoever answers by the mailed link, without account: the journal keeps the name, or the address it was sent to."""

    name: str
    pk: str = ""

    def __str__(self) -> str:
        return self.name


@transaction.atomic
def confirm(
    membership: Membership, *, by: Any, now: datetime, commitment_number: str = "", service_code: str = "", note: str = ""
) -> Membership:
    """Renew for the year that was called: rights follow on those of the year before. Twice is once; a « no » may become a « yes ».

    `note` is the team's, who took the answer by telephone or by mail: then nobody signed online, and the bulletin may still be signed.
    """
    hold_grace(membership.campaign)
    membership = lock(membership)
    if membership.state == State.ACTIVE:
        return membership
    today = now.astimezone(PARIS).date()
    _refuse_unless_it_may_answer(membership, today)
    starts, until = rights.period(membership.campaign, today)
    order = {"commitment_number": commitment_number.strip()[:50], "service_code": service_code.strip()[:100]}
    signature = Signature.ORDER.value if order["commitment_number"] else "" if note.strip() else Signature.ONLINE.value
    signed = {"signature": signature, "signed_at": now if signature else None}
    begun = {"accepted_at": now, "rights_from": starts, "rights_until": until}
    # Declined by a resignation, and changed their mind: what was dated is said no more.
    stays = {"resigned_on": None, "resignation_reason": ""}
    move(membership, State.ACTIVE, **signed, **begun, **stays, **{name: value for name, value in order.items() if value})
    said = [str(Signature(signature).label) if signature else "", note.strip()]
    record("adhésion confirmée", membership, by=by, now=now, note=". ".join(words for words in said if words)[:300])
    emails.post_confirmed(membership, now=now)
    return membership


@transaction.atomic
def decline(membership: Membership, *, by: Any, now: datetime, reason: str = "") -> Membership:
    """Say that a body does not renew. Its rights last until the grace day as they would have: nothing is taken away."""
    membership = lock(membership)
    if membership.state == State.DECLINED:
        return membership
    if membership.state == State.ACTIVE:
        raise Refused(f"L’adhésion {membership.year} est déjà confirmée. Pour y mettre fin, écrivez-nous : une démission a une date.")
    _refuse_unless_it_may_answer(membership, now.astimezone(PARIS).date())
    move(membership, State.DECLINED)
    record("adhésion non renouvelée", membership, by=by, now=now, note=reason.strip()[:300])
    emails.post_declined(membership, now=now)
    return membership


def _refuse_unless_it_may_answer(membership: Membership, today: date) -> None:
    if membership.state not in (State.TO_CONFIRM, State.DECLINED):
        raise Refused(f"L’adhésion {membership.year} n’est pas à confirmer.")
    body = membership.organisation
    if body.closed_on and body.closed_on <= today:
        raise Refused(f"« {body} » est fermé depuis le {day_in_words(body.closed_on)}.")
    if today.year > membership.year:
        raise Refused(f"L’année {membership.year} est finie : choisissez l’adhésion de l’année en cours.")
