"""The one function that moves a membership from a state to another (`states.NEXT`), and loses gracefully to a faster hand."""

from datetime import date
from typing import Any

from core.refusals import Refused
from memberships.models import Campaign, Membership
from memberships.states import NEXT, State
from organisations.models import Organisation


def lock(membership: Membership) -> Membership:
    """Read the row again, locked, with its body and its campaign: what the caller holds may be old.

    Not its key (docs/adr/0032): what only names it, an invoice or the address of a file, is written beside without waiting.
    """
    rows = Membership.objects.select_for_update(of=("self",), no_key=True).select_related("organisation", "campaign")
    return rows.get(pk=membership.pk)


def hold_body(membership: Membership) -> None:
    """The body before its memberships, for whoever writes its row, its contacts, or several of its years."""
    Organisation.objects.select_for_update(of=("self",), no_key=True).get(pk=membership.organisation_id)


def hold_grace(campaign: Campaign) -> None:
    """Hold the next campaign, whose grace day ends the rights of this one: who moves it waits, then settles what was opened meanwhile."""
    list(Campaign.objects.select_for_update(of=("self",), no_key=True).filter(year=campaign.year + 1))


def family(membership: Membership, *, on: date) -> list[Organisation]:
    """Return the bodies that act as one on a day: whoever acts in its place by then, and all those it has replaced."""
    return membership.organisation.at(on).heirs_of(on)


def move(membership: Membership, state: State, **values: Any) -> None:
    """Move a locked membership, with what changes at the same time."""
    before = State(membership.state)
    if state not in NEXT[before]:
        raise Refused(f"Une adhésion « {before.label} » ne peut pas devenir « {state.label} ».")
    if not Membership.objects.filter(pk=membership.pk, state=before).update(state=state, **values):
        raise Refused("Cette adhésion vient de changer : rechargez la page.")
    for name, value in {"state": state, **values}.items():
        setattr(membership, name, value)
