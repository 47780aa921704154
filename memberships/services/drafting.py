"""The draft of a bulletin: what somebody typed, kept until it is sent. One a person; of two tabs, the second is told."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from core.refusals import Refused
from memberships import answers as asked
from memberships.models import JoiningDraft, Membership
from memberships.states import State

if TYPE_CHECKING:
    from accounts.models import User


class Stale(Refused):
    """Another tab saved something newer: nothing was overwritten."""


def draft_of(person: "User") -> JoiningDraft | None:
    return JoiningDraft.objects.filter(person=person).first()


@transaction.atomic
def save_draft(typed: dict[str, str], *, by: "User", now: datetime, revision: int | None = None) -> JoiningDraft | None:
    """Keep what was typed, beside what other steps typed; an empty form begins nothing. `revision`: what the page started from."""
    draft = JoiningDraft.objects.select_for_update(of=("self",)).filter(person=by).first()
    if draft is None:
        return None if asked.is_empty(typed) else _begun(typed, by=by, now=now)
    if revision is not None and revision != draft.revision:
        raise Stale("Une autre fenêtre a enregistré un texte plus récent.")
    if all(draft.typed.get(name, "") == text for name, text in typed.items()):
        return draft
    draft.typed, draft.revision, draft.saved_at = draft.typed | typed, draft.revision + 1, now
    draft.save()
    return draft


def _begun(typed: dict[str, str], *, by: "User", now: datetime) -> JoiningDraft:
    try:
        with transaction.atomic():
            return JoiningDraft.objects.create(person=by, typed=typed, revision=1, saved_at=now)
    except IntegrityError:
        raise Stale("Une autre fenêtre a enregistré un texte plus récent.") from None


def delete_draft(*, by: "User") -> None:
    JoiningDraft.objects.filter(person=by).delete()


@transaction.atomic
def reopen(membership: Membership, *, by: "User", now: datetime) -> JoiningDraft:
    """Begin to answer the team's question: the bulletin as it was sent, to be corrected and sent again."""
    if membership.state != State.ASKED:
        raise Refused("Ce bulletin n’attend pas de complément.")
    typed = asked.as_typed(membership) | {asked.COMPLETES: str(membership.pk), asked.BODY_KEY: str(membership.organisation_id)}
    typed |= {"year": str(membership.campaign.year), "siret": membership.organisation.siret}
    draft = draft_of(by)
    if draft and draft.typed.get(asked.COMPLETES) == str(membership.pk):
        return draft
    delete_draft(by=by)
    return JoiningDraft.objects.create(person=by, typed=typed, revision=1, saved_at=now)
