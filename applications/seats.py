"""The places of a call as the team sees them: who holds one, until when, who is next, who is still unanswered. Read, never written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from applications import agreements
from applications.models import Application, Offer, Selection
from applications.services import closing
from applications.services.closing import Unanswered
from applications.services.places import can_offer
from applications.states import Agreement, State
from programmes.models import Edition

_SEEN = (State.SELECTED, State.CONFIRMED, State.WAITLISTED)


@dataclass(frozen=True)
class Holder:
    """Somebody, and what there is to know of their place."""

    application: Application
    until: datetime | None = None
    note: str = ""


class Seats:
    """Every figure and list of the page « Places », at one moment, in a few queries."""

    def __init__(self, edition: Edition, *, now: datetime) -> None:
        self.edition, self.now = edition, now
        self.selection = Selection.objects.filter(edition=edition).first()
        self.is_released = edition.is_released(now=now)
        self.can_offer = can_offer(edition, now)

    @cached_property
    def _rows(self) -> list[Application]:
        rows = agreements.with_word(Application.objects.filter(edition=self.edition, state__in=_SEEN, erased_at=None))
        return list(rows.with_call().order_by("waitlist_rank", "last_name", "first_name", "pk"))

    def _of(self, state: State) -> list[Application]:
        return [row for row in self._rows if row.state == state]

    @cached_property
    def confirmed(self) -> list[Holder]:
        return [Holder(row) for row in self._of(State.CONFIRMED)]

    @cached_property
    def to_confirm(self) -> list[Holder]:
        """Selected and still in time; past their date the clock has taken the place back, settled or not."""
        rows = ((row, self._limit(row)) for row in self._of(State.SELECTED))
        return [Holder(row, limit, _missing(row)) for row, limit in rows if not self.is_released or limit is None or limit > self.now]

    @cached_property
    def offered(self) -> list[Holder]:
        offers = Offer.objects.open(now=self.now).filter(application__edition=self.edition, application__state=State.WAITLISTED)
        held = {offer.application_id: offer for offer in offers.order_by("until", "pk")}
        return [Holder(row, held[row.pk].until, f"rang {held[row.pk].rank}") for row in self._rows if row.pk in held]

    @cached_property
    def waiting(self) -> list[Application]:
        """The list, first rank first, those with an offer apart."""
        offered = {holder.application.pk for holder in self.offered}
        return [row for row in self._of(State.WAITLISTED) if row.pk not in offered]

    @property
    def held(self) -> int:
        return len(self.confirmed) + len(self.to_confirm) + len(self.offered)

    @property
    def free(self) -> int:
        return max(self.edition.seats - self.held, 0)

    @property
    def nobody_left(self) -> bool:
        """Places are free, and nobody can be offered one."""
        return self.can_offer and self.free > 0 and not self.waiting

    @cached_property
    def unanswered(self) -> Sequence[Unanswered]:
        return closing.unanswered(self.edition, now=self.now) if self.is_released else []

    @cached_property
    def untold(self) -> list[Unanswered]:
        """Those whose letter did not reach them: somebody of the team may tell them."""
        return [each for each in self.unanswered if each.is_untold]

    def _limit(self, row: Application) -> datetime | None:
        return row.confirm_by or (self.selection.confirm_by if self.selection else None)


def _missing(row: Application) -> str:
    """« a dit oui, accord attendu »"""
    yes = "a dit oui" if row.accepted_at else "n’a pas encore répondu"
    return f"{yes}, {Agreement(row.word).label}"  # type: ignore[attr-defined]
