"""Where an application stands for its candidate, at this second: what is told, what remains to do, until when (domain.md B4, B5, B8).

The clock decides at read time: a place not confirmed and an offer not answered in time are over, whether or not a job ran.
"""

from dataclasses import dataclass, field
from datetime import datetime

from applications import agreements
from applications.deadlines import confirm_limit, has_lapsed, is_list_over
from applications.models import Application, EmployerAgreement, Offer
from applications.states import AFTER_THE_DEADLINE, Agreement, State
from programmes import dates


@dataclass(frozen=True)
class Standing:
    """`until` in full, with its zone and the hour overseas; `missing` holds « yes » and « word »; `word`, once a place is in question."""

    state: State
    until: str = ""
    accepted_at: datetime | None = None
    word: Agreement = Agreement.AWAITED
    answer: EmployerAgreement | None = None
    rank: int | None = None
    # The waiting list is closed: nothing is offered any more.
    is_over: bool = False
    offer: Offer | None = None
    offer_until: str = ""
    reason: str = ""
    missing: frozenset[str] = field(default_factory=frozenset)
    confirmed_at: datetime | None = None


def of(application: Application, *, now: datetime) -> Standing:
    state = application.public_state
    if state not in AFTER_THE_DEADLINE or not application.edition.is_released(now=now):
        return Standing(state)
    if state == State.WAITLISTED:
        return _waiting(application, now=now)
    if state in (State.SELECTED, State.CONFIRMED):
        return _selected(application, state, now=now)
    return Standing(state, reason=application.reason if application.reason_shared else "")


def _word(application: Application) -> tuple[Agreement, EmployerAgreement | None]:
    answer = agreements.answered(application)
    return (Agreement(answer.answer) if answer else Agreement.AWAITED), answer


def _selected(application: Application, state: State, *, now: datetime) -> Standing:
    limit = confirm_limit(application)
    if limit is not None and has_lapsed(application, now):
        return Standing(State.LAPSED, until=dates.deadline_text(limit), accepted_at=application.accepted_at)
    word, answer = _word(application)
    missing = {"yes"} if application.accepted_at is None else set()
    missing |= {"word"} if word != Agreement.RECEIVED else set()
    step = application.steps.filter(to_state=State.CONFIRMED).last() if state == State.CONFIRMED else None
    return Standing(
        state,
        until=dates.deadline_text(limit) if limit else "",
        accepted_at=application.accepted_at,
        missing=frozenset(missing),
        confirmed_at=step.at if step else None,
        word=word,
        answer=answer,
    )


def _waiting(application: Application, *, now: datetime) -> Standing:
    """The rank is theirs to read (the letter says it); an offer past its end is over at that second."""
    offer = application.offers.open(now=now).first()
    if offer is None and application.offers.lapsed(now=now).exists():
        return Standing(State.LAPSED)
    until = dates.deadline_text(offer.until) if offer else ""
    word, answer = _word(application)
    rank = application.waitlist_rank
    if is_list_over(application, now=now):
        return Standing(State.WAITLISTED, is_over=True, word=word, answer=answer)
    return Standing(State.WAITLISTED, rank=rank, offer=offer, offer_until=until, word=word, answer=answer)
