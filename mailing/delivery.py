"""Sending what is due: claim with a lease, hand over, mark (reliability.md section 1).

A claimed letter was certainly not sent; one « en cours de remise » whose worker died is uncertain. Every write is fenced by
`attempt`: a worker that was overtaken changes nothing.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from core import hints
from mailing import stopping
from mailing.envelope import Ready, compose
from mailing.letters import names
from mailing.models import Message, Refusal, Relay
from mailing.outbox import TASK, closing, leaves_at
from mailing.states import Settling, State
from mailing.transport import HungUp, NotOurs, NotTaken, Session, Unknown, Unreachable
from records.models import Association

Clock = Callable[[], datetime]

logger = logging.getLogger(__name__)

BATCH = 50
# Longer than the body and the answer may last, so that a living worker is never overtaken.
LEASE = timedelta(seconds=2 * settings.EMAIL_TIMEOUT + 5)
# After that, a slow server's batch is given back.
BATCH_TIME = LEASE / 3
RESENDS_AT_MOST = 3
GIVE_UP_AFTER = timedelta(days=4)
BACK_OFF = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60)]


def deliver(*, clock: Clock) -> int:
    """Send until nothing is due, a stop is asked or the server does not answer; return how many left."""
    recover(now=clock())
    count, helped, more = 0, False, True
    while more and not stopping.asked():
        batch = claim(now=clock())
        more = len(batch) == BATCH
        if more and not helped:
            hints.nudge(TASK)  # a second process may help
            helped = True
        if batch:
            work = Round(Association.shown(), clock)
            count += work.deliver(batch)
            more = more or work.gave_back
    return count


def recover(*, now: datetime) -> None:
    """Find what dead workers left: the claimed are due again, the handed over uncertain, settled by their kind's rule."""
    # A code read twice is the same code: no person has to decide about a secret letter.
    harmless = {*names(settling=Settling.RESEND), *names(secret=True)}
    settled_by_rule = Q(kind__in=harmless, resends__lt=RESENDS_AT_MOST)
    if not Message.objects.left_behind(settled_by_rule, now=now).exists():
        return
    Message.objects.lease_over(State.CLAIMED, now=now).update(state=State.DUE, leased_until=None)
    Message.objects.lease_over(State.HANDING_OVER, now=now).update(
        state=State.UNCERTAIN, leased_until=None, error="Le travail s’est arrêté pendant la remise."
    )
    Message.objects.unsettled().filter(settled_by_rule).update(
        state=State.DUE, attempt=F("attempt") + 1, resends=F("resends") + 1, next_at=now
    )


@transaction.atomic
def claim(*, now: datetime, size: int = BATCH) -> list[Message]:
    """Reserve a batch for this worker; others skip it. Nothing while the server is left in peace.

    What a delivery has to know is asked at once: was the address refused, was the server silent.
    """
    resting = Exists(Relay.objects.filter(closed_until__gt=now))
    known = {
        "is_flagged": Exists(Refusal.objects.filter(address=OuterRef("to"), by_staff=False)),
        "was_silent": Exists(Relay.objects.filter(failures__gt=0)),
    }
    due = Message.objects.due(now=now).filter(~resting).annotate(**known)
    batch = list(due.select_for_update(skip_locked=True, of=("self",))[:size])
    changes = {"state": State.CLAIMED, "attempt": F("attempt") + 1, "leased_until": now + LEASE}
    Message.objects.filter(pk__in=[message.pk for message in batch]).update(**changes)
    for message in batch:
        message.state, message.attempt = State.CLAIMED, message.attempt + 1
    return batch


class Round:
    """One batch, one connection."""

    def __init__(self, association: Association, clock: Clock) -> None:
        self.association = association
        self.clock = clock
        self.count = 0
        self.gave_back = False

    def deliver(self, batch: list[Message]) -> int:
        """Send a batch; what there is no time for, or no server, is given back unharmed."""
        end = self.clock() + BATCH_TIME
        with Session() as session:
            for rank, message in enumerate(batch):
                if stopping.asked() or self.clock() > end:
                    self.give_back(batch[rank:])
                    break
                try:
                    self.one(session, message)
                except Unreachable as error:
                    self.silence(message, error)
                    self.give_back(batch[rank:])
                    break
        return self.count

    def one(self, session: Session, message: Message) -> None:
        """Send one letter, or say what became of it; only the server's silence stops the batch."""
        try:
            ready = self.prepare(message)
        except Exception as error:
            self.broken(message, error)
            return
        if ready:
            try:
                with stopping.unbroken():
                    self.send(session, ready)
            except Unreachable:
                raise
            except Exception as error:
                session.drop(politely=False)
                self.broken(message, error)

    def broken(self, message: Message, error: Exception) -> None:
        """Something of ours broke: later. What was already handed over stays so, and will be uncertain."""
        logger.exception("letter %s could not be made or sent", message.pk)
        words = f"Préparation impossible : {type(error).__name__} : {error}"
        self.put_off(message, words[:2000].replace("\x00", ""), held=(State.CLAIMED,))

    def prepare(self, message: Message) -> Ready | None:
        """Ask again whether the letter is still due, and the hour one to write at (G8), then make it, files included."""
        if message.has_expired(now=self.clock()):
            self.close(message, State.VOID, error="Expirée avant d’avoir pu partir.")
            return None
        if not message.letter.still_due(message):
            self.close(message, State.VOID)
            return None
        if (hour := leaves_at(message.letter, self.clock(), in_batch=message.batch_id is not None)) > self.clock():
            self.write(message, State.CLAIMED, state=State.DUE, leased_until=None, next_at=hour)
            return None
        return compose(message, association=self.association, now=self.clock())

    def send(self, session: Session, ready: Ready) -> None:
        message = ready.message
        try:
            refused = session.send(ready.mail, lambda: self.hand_over(ready))
        except NotOurs:
            logger.warning("letter %s was taken over by another worker", message.pk)
        except NotTaken as no:
            self.not_taken(message, no)
        except Unknown as error:
            self.write(message, State.HANDING_OVER, state=State.UNCERTAIN, leased_until=None, error=str(error))
        else:
            self.sent(message, refused)

    def hand_over(self, ready: Ready) -> bool:
        """The point of no return, committed just before the body."""
        lease = self.clock() + LEASE
        return self.write(ready.message, State.CLAIMED, state=State.HANDING_OVER, leased_until=lease, files=ready.files)

    def sent(self, message: Message, refused: dict[str, str]) -> None:
        """It left: true even if the lease ran out meanwhile, as long as nobody sent it again."""
        error = "\n".join(f"Copie refusée : {address} : {answer}" for address, answer in refused.items())
        self.write(message, State.HANDING_OVER, State.UNCERTAIN, **closing(message, State.SENT, now=self.clock(), error=error))
        for address, answer in refused.items():
            self.flag(address, answer)
        if getattr(message, "is_flagged", False):
            Refusal.objects.filter(address=message.to, by_staff=False).delete()  # it receives again
        if getattr(message, "was_silent", True):
            Relay.current().works()
        self.count += 1

    def not_taken(self, message: Message, no: NotTaken) -> None:
        """The server's no: for good, shown and flagged; for now, later."""
        if not no.is_permanent:
            self.put_off(message, str(no))
            return
        self.close(message, State.FAILED, error=str(no))
        for address in no.refused:
            self.flag(address, str(no))

    def flag(self, address: str, answer: str) -> None:
        Refusal.objects.get_or_create(address=address, defaults={"reason": answer, "at": self.clock()})

    def put_off(self, message: Message, error: str, held: tuple[State, ...] = (State.CLAIMED, State.HANDING_OVER)) -> None:
        """Try again later, less and less often; after four days the letter is shown as refused."""
        now = self.clock()
        if now - message.due_at > GIVE_UP_AFTER:
            self.write(message, *held, **closing(message, State.FAILED, now=now, error=error))
            return
        wait = BACK_OFF[min(message.failures, len(BACK_OFF) - 1)]
        later = {"failures": message.failures + 1, "next_at": now + wait, "error": error}
        self.write(message, *held, state=State.DUE, leased_until=None, **later)

    def close(self, message: Message, state: State, *, error: str = "") -> None:
        self.write(message, State.CLAIMED, State.HANDING_OVER, **closing(message, state, now=self.clock(), error=error))

    def silence(self, message: Message, error: Unreachable) -> None:
        """The server is left in peace for a while; the letter it hung up on goes behind the others."""
        logger.warning("mail server: %s", error)
        Relay.current().trouble(str(error), now=self.clock())
        if isinstance(error, HungUp):
            self.put_off(message, str(error))

    def give_back(self, rest: list[Message]) -> None:
        """Claimed and not touched: due at once for whoever comes next."""
        self.gave_back = True
        for message in rest:
            self.write(message, State.CLAIMED, state=State.DUE, leased_until=None)

    def write(self, message: Message, *held: State, **changes: Any) -> bool:
        """Write if we still hold the letter: same attempt, state as we left it."""
        mine = Message.objects.filter(pk=message.pk, attempt=message.attempt, state__in=held)
        return bool(mine.update(**changes))
