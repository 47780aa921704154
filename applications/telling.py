"""Which letter of the results leaves, and when: together at the release, one by one after it, each fact once.

Who calls holds the row of the call. Nothing here looks at what may be done; nothing is posted before « Publier les résultats ».
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from applications import results_emails as letters
from applications.emails import owe
from applications.models import Application, Offer, ResultsRelease, Step
from applications.results_emails import OF_STATE
from applications.states import State
from mailing import outbox
from mailing.letters import KINDS
from mailing.models import Batch, Message
from mailing.outbox import Owed
from mailing.states import State as LetterState
from programmes.models import Edition
from records.services import label_of

# What a candidate was told before, that a new answer replaces.
_ANSWERS = (*OF_STATE.values(), letters.LAPSED, letters.OFFER_EXPIRED)


def tell_change(step: Step) -> None:
    """Owe the one letter of a decision taken after the release; asked for and not gone yet, it leaves with the others."""
    kind = OF_STATE.get(State(step.to_state))
    if step.application.edition.results_released_at is None or kind is None:
        return
    batch = waiting(step.application.edition_id, now=step.at)
    if batch:
        _drop(batch, step.application)
    _post(key_of(step), kind, step.application, now=step.at, step=step, batch=batch, replaces=_answered_at(step.application))


def tell_reason(step: Step) -> None:
    """The same decision, for another reason: a letter that has not left says the new one; one that left stays as it was."""
    if waiting(step.application.edition_id, now=step.at):
        tell_change(step)


def tell_rank(application: Application, batch: Batch, *, now: datetime) -> None:
    """The rank moved while the letter of the waiting list waits to leave: the same answer, with the rank of now."""
    _drop(batch, application)
    step = application.steps.filter(to_state=State.WAITLISTED).order_by("at", "pk").last()
    if step:
        step.application = application
        _post(key_of(step), OF_STATE[State.WAITLISTED], application, now=now, step=step, batch=batch, replaces=_answered_at(application))


def waiting(edition_id: int, *, now: datetime) -> Batch | None:
    """The batch of the results while it may still be undone: what is decided meanwhile leaves with it."""
    release = ResultsRelease.objects.select_related("batch").filter(edition=edition_id).first()
    return release.batch if release and release.batch and release.batch.can_be_undone(now=now) else None


def _drop(batch: Batch, application: Application) -> None:
    """The answer that was about to leave is no longer the one; its key is given back, as another letter may say this fact again."""
    for letter in batch.letters.filter(about=label_of(application), state=LetterState.DUE).order_by("pk"):
        key = f"{letter.key[:170]}:remplacée:{letter.pk}"
        Message.objects.filter(pk=letter.pk).update(state=LetterState.VOID, key=key, message_id=outbox.message_id(key))


def tell_offer(offer: Offer) -> None:
    _post(f"offer:{offer.pk}", letters.OFFER, offer.application, now=offer.at, offer=offer)


def tell_offer_ended(offer: Offer, step: Step) -> None:
    """An offer refused by its person, or left without an answer."""
    expired = step.to_state == State.LAPSED
    kind = letters.OFFER_EXPIRED if expired else letters.OFFER_DECLINED
    _post(f"offer:{offer.pk}:{'expired' if expired else 'declined'}", kind, offer.application, now=step.at, step=step, offer=offer)


def tell_lapsed(step: Step) -> None:
    """A place that was not confirmed in time is not reserved any more."""
    _post(f"step:{step.pk}:lapsed", letters.LAPSED, step.application, now=step.at, step=step)


def tell_left(step: Step) -> None:
    """Somebody selected gave their place back."""
    _post(f"step:{step.pk}:left", letters.LEFT, step.application, now=step.at, step=step)


def tell_waitlist_over(rows: Iterable[Application], edition: Edition, *, batch: Batch, now: datetime) -> None:
    """The selection is closed: nobody of the waiting list will be offered a place any more."""
    rows = list(rows)
    steps = steps_of(rows, edition, now=now)
    _post_all(letters.WAITLIST_OVER, rows, edition, steps, ":waitlist_over", batch=batch, now=now)


# --- The release ----------------------------------------------------------------------------------------


def post_results(rows: Collection[Application], edition: Edition, *, batch: Batch, now: datetime) -> None:
    """Owe every answer, in a few queries; a letter already owed for this very step is not owed twice."""
    steps = steps_of(rows, edition, now=now)
    for state, kind in OF_STATE.items():
        _post_all(kind, [row for row in rows if row.state == state], edition, steps, f":{state.lower()}", batch=batch, now=now)


def steps_of(rows: Collection[Application], edition: Edition, *, now: datetime) -> dict[int, Step]:
    """The last step of each file, which its letter announces; a file that has none to where it stands gets one."""
    steps = last_steps(edition)
    bare = [row for row in rows if row.pk not in steps or steps[row.pk].to_state != row.state]
    made = [Step(application=row, to_state=row.state, at=now, by_name="Portail") for row in bare]
    return steps | {step.application_id: step for step in Step.objects.bulk_create(made)}


def last_steps(edition: Edition) -> dict[int, Step]:
    """The last step of each file of a call, by file."""
    return {step.application_id: step for step in Step.objects.filter(application__edition=edition).defer("answers").order_by("pk")}


def shared(edition: Edition, *, now: datetime) -> dict[str, Any]:
    """What all the letters of a release say alike, looked for once."""
    return {"still_open": letters.open_to_all(edition, now=now)}


def _post_all(
    kind: str, rows: Iterable[Application], edition: Edition, steps: dict[int, Step], suffix: str, *, batch: Batch, now: datetime
) -> None:
    same = shared(edition, now=now)
    owed = [_owed(row, steps[row.pk], suffix, same) for row in rows if row.address]
    outbox.post_all(KINDS[kind], owed, batch=batch, now=now, scope=label_of(edition))


def _owed(application: Application, step: Step, suffix: str, same: dict[str, Any]) -> Owed:
    return Owed(
        key=f"step:{step.pk}{suffix}",
        to=application.address,
        context=letters.context_of(application, step, **same),
        reader=application.applicant,
        about=label_of(application),
        reply_to=application.edition.programme.contact_email,
    )


# --- One letter -----------------------------------------------------------------------------------------


def key_of(step: Step) -> str:
    """Name the fact: this step, to this state."""
    return f"step:{step.pk}:{step.to_state.lower()}"


def _post(key: str, kind: str, application: Application, *, now: datetime, batch: Batch | None = None, **said: Any) -> None:
    if not application.address:  # nothing is looked for
        return
    step = said.pop("step", None)
    context = letters.context_of(application, step, still_open=letters.open_to_all(application.edition, now=now), **said)
    owe(key, kind, application, context, now=now, batch=batch)


def _answered_at(application: Application) -> datetime | None:
    """When an answer that left said something else, if one did."""
    sent = Message.objects.filter(about=label_of(application), kind__in=_ANSWERS, state=LetterState.SENT)
    return sent.order_by("-sent_at", "-pk").values_list("sent_at", flat=True).first()
