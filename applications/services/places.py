"""The places of a call once its results are out: what the clock frees, what is offered, taken, refused (domain.md B3, B5, B8).

Every verb holds the row of the call first (`moving.hold`): places and ranks are counted under that lock alone. What the clock ended
counts as free at once, wherever it is read; here its row is brought to its end, with its one letter, by the next act or by the sweep.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from applications import emails, telling
from applications.deadlines import confirm_date, end_of, offered_until
from applications.models import Application, Offer, Selection
from applications.models.choosing import OfferQuerySet
from applications.services import ranking
from applications.services.agreeing import close_links
from applications.services.moving import hold, hold_files, move, read_again
from applications.states import CHOSEN, Ending, State
from core.clock import PARIS
from core.refusals import Refused
from core.typography import moment_in_words
from programmes.models import Change, ChangeKind, Edition
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User

CLOSED_AGAIN = "Cette place n’est plus proposée."


def to_settle(*, now: datetime) -> list[Edition]:
    """The calls whose places may move by the clock: told, not called off, and either not over and not closed, so that places are
    offered, or with a place or an offer that the clock ended, which is told whatever became of the call since.
    """
    today = now.astimezone(PARIS).date()
    late = Application.objects.filter(edition=OuterRef("pk")).lapsed(now=now)
    over = Offer.objects.filter(application__edition=OuterRef("pk")).lapsed(now=now)
    offering = Q(ends_on__gte=today, selection__closed_at=None)
    told = Edition.objects.filter(results_released_at__lte=now, cancelled_at=None, selection__isnull=False)
    return list(told.filter(offering | Exists(late) | Exists(over)).select_related("programme").order_by("pk"))


@transaction.atomic
def settle(edition: Edition, now: datetime) -> None:
    """Bring what the clock ended to its end, a letter each, and offer again what is free. Twice is once."""
    settle_held(hold(edition.pk), now)


def settle_held(edition: Edition, now: datetime, *, left: Sequence[str] = (), besides: int | None = None) -> None:
    """The same for who holds the call; `left` are the branches of those who have just given a place back, `besides` who is offered none."""
    if edition.is_released(now=now) and not edition.cancelled_at:
        hold_files([edition.pk])
        fill(edition, now, left=[*left, *_expire(edition, now), *_lapse(edition, now)], besides=besides)


def fill(edition: Edition, now: datetime, *, left: Sequence[str] = (), besides: int | None = None) -> list[Offer]:
    """Offer each free place to the next of the waiting list, for 72 h (B5); the caller holds the call.

    `left` are the branches of those who have just left: with `prefers_balance` the best rank of the same branch comes first.
    """
    if not can_offer(edition, now):
        return []
    balanced = list(left) if Selection.objects.filter(edition=edition, prefers_balance=True).exists() else []
    offers = []
    for place in range(free(edition, now)):
        row = _next(edition, branch := balanced[place] if place < len(balanced) else "", besides)
        if row is None:
            break
        offers.append(_offer(row, branch, now))
    return offers


def can_offer(edition: Edition, now: datetime) -> bool:
    """True between the release and the end of the call, unless it is called off or its selection is closed."""
    if edition.cancelled_at or not edition.is_released(now=now) or now >= end_of(edition):
        return False
    return not is_closed(edition)


def is_closed(edition: Edition) -> bool:
    """True once « Clore la sélection » is done: nothing is offered nor decided any more."""
    return Selection.objects.filter(edition=edition, closed_at__isnull=False).exists()


def free(edition: Edition, now: datetime) -> int:
    """How many places nobody holds: neither selected in time, nor confirmed, nor offered one."""
    return max(edition.seats - held(edition, now), 0)


def held(edition: Any, now: datetime) -> int:
    """Of a call; a training day has no applications."""
    if not isinstance(edition, Edition):
        return 0
    return Application.objects.filter(edition=edition).holding_a_seat(now=now).count()


def left(application: Application, now: datetime, *, branch: str = "") -> None:
    """Somebody gave a place back: it is offered at once to whoever is next. The caller holds the call."""
    settle_held(hold(application.edition_id), now, left=[branch or application.branch])


# --- Taken, refused -----------------------------------------------------------------------------------


@transaction.atomic
def take_offer(offer: Offer, *, by: "User", now: datetime) -> Application:
    """« Je confirme » on an offered place: the yes of the person, who still owes the employer's. Twice is once."""
    from applications import confirming_emails
    from applications.services.confirming import confirmed_if_complete

    edition, row, offer = _held(offer)
    if offer.ending == Ending.ACCEPTED:
        return row
    _refuse_unless_open(offer, edition, now)
    _end(offer, Ending.ACCEPTED, now)
    dates = {"accepted_at": now, "confirm_by": confirm_date(edition, now=now)}
    move(row, State.SELECTED, by=by, now=now, note="Place proposée acceptée.", **dates)
    record("place proposée acceptée", row, by=by, now=now)
    if not confirmed_if_complete(row, now, by=by):
        confirming_emails.post_accepted(row, now=now)
    return row


@transaction.atomic
def decline_offer(offer: Offer, *, by: "User", now: datetime, reason: str = "") -> Application:
    """« Je me désiste » on an offered place: the next rank gets it at once. Twice is once."""
    edition, row, offer = _held(offer)
    if offer.ending == Ending.DECLINED:
        return row
    _refuse_unless_open(offer, edition, now)
    record("place proposée refusée", row, by=by, now=now)
    give_back(row, by=by, now=now, reason=reason.strip())
    return row


def give_back(application: Application, *, by: "User", now: datetime, reason: str = "") -> None:
    """Withdraw a file of the selection, read again under the lock of its call: its place, or its offer, goes to the next rank.

    Before the release the candidate reads « en examen », and the letter says no more than that (B4).
    """
    with ranking.told_again(application.edition, now):
        _give_back(application, by=by, now=now, reason=reason)


def _give_back(application: Application, *, by: "User", now: datetime, reason: str) -> None:
    told, offer = application.public_state, Offer.objects.filter(application=application, ended_at=None).first()
    is_open = offer is not None and offer.until > now
    if offer and is_open:
        _end(offer, Ending.DECLINED, now)
    step = move(application, State.WITHDRAWN, by=by, now=now, note=reason)
    close_links(application, now=now)
    if offer and is_open:
        offer.application = application
        telling.tell_offer_ended(offer, step)
    elif told in CHOSEN:
        telling.tell_left(step)
    else:
        emails.post_withdrawn(step, now=now)
    settle_held(hold(application.edition_id), now, left=[(offer and offer.branch) or application.branch])


def _held(offer: Offer) -> tuple[Edition, Application, Offer]:
    edition = hold(offer.application.edition_id)
    hold_files([edition.pk], offer.application_id)
    row = read_again(offer.application)
    again = Offer.objects.select_for_update(of=("self",)).get(pk=offer.pk)
    again.application = row
    return edition, row, again


def _refuse_unless_open(offer: Offer, edition: Edition, now: datetime) -> None:
    """Say what became of an offer that is clicked too late."""
    until = moment_in_words(offer.until, noon=True)
    if edition.cancelled_at:
        raise Refused("Cet appel est annulé : il n’y a plus de place à prendre.")
    if offer.ending == Ending.ACCEPTED:
        raise Refused("Vous avez déjà accepté cette place : vous pouvez vous désister depuis la page de votre candidature.")
    if offer.ending == Ending.DECLINED:
        raise Refused("Vous avez renoncé à cette place : elle a été proposée à la personne suivante.")
    if offer.ending == Ending.EXPIRED or (not offer.ended_at and offer.until <= now):
        raise Refused(f"Cette place vous était réservée jusqu’au {until}. Le délai est passé : elle va à la personne suivante.")
    if offer.ended_at:
        raise Refused(CLOSED_AGAIN)
    if now >= end_of(edition):
        raise Refused("Cette édition est terminée : il n’y a plus de place à prendre.")


# --- What the clock ends ------------------------------------------------------------------------------


def _expire(edition: Edition, now: datetime) -> list[str]:
    """Close the offers left unanswered; return the branches their places were of."""
    over = Offer.objects.lapsed(now=now).filter(application__edition=edition).order_by("until", "pk")
    return [_expired(offer, now) for offer in over.select_related("application")]


def _expired(offer: Offer, now: datetime) -> str:
    row = read_again(offer.application)
    _end(offer, Ending.EXPIRED, now)
    step = move(row, State.LAPSED, by=None, now=now, note="Place proposée, sans réponse en 72 heures.")
    offer.application = row
    telling.tell_offer_ended(offer, step)
    return offer.branch or row.branch


def _lapse(edition: Edition, now: datetime) -> list[str]:
    """Take back the places not confirmed in time; return their branches."""
    late = Application.objects.filter(edition=edition).lapsed(now=now).order_by("pk")
    return [_lapsed(row, now) for row in late]


def _lapsed(application: Application, now: datetime) -> str:
    row = read_again(application)
    step = move(row, State.LAPSED, by=None, now=now, note="Place non confirmée à la date dite.")
    telling.tell_lapsed(step)
    return row.branch


# --- What a change of the call does to offers (`applications.moved`) ------------------------------------


def close_offers(edition: Edition, now: datetime) -> None:
    """The call is called off, which its own letter says: nothing is offered any more."""
    _unanswered(edition).update(ended_at=now, ending=Ending.CLOSED)


def open_again(edition: Edition, now: datetime) -> None:
    """The cancellation is undone: its offers stand again, as far as the places go; what is past its end then lapses as any other."""
    edition = hold(edition.pk)
    closed_at = (
        Change.objects.filter(edition=edition, kind=ChangeKind.CANCELLED).order_by("-at", "-pk").values_list("at", flat=True).first()
    )
    closed = Offer.objects.filter(application__edition=edition, ending=Ending.CLOSED, ended_at=closed_at)
    for offer in closed.filter(application__state=State.WAITLISTED).order_by("rank", "pk")[: free(edition, now)]:
        Offer.objects.filter(pk=offer.pk).update(ended_at=None, ending="")


def prolong(edition: Edition, now: datetime) -> None:
    """Other dates are another question: who is offered a place has 72 h from the change."""
    until = offered_until(edition, now=now)
    _unanswered(edition).filter(until__gt=now, until__lt=until).update(until=until)


def _unanswered(edition: Edition) -> OfferQuerySet:
    return Offer.objects.filter(application__edition=edition, ended_at=None)


# --- One offer ----------------------------------------------------------------------------------------


def _next(edition: Edition, branch: str, besides: int | None) -> Application | None:
    """The best rank, of this branch first when one is preferred; not who has an offer already, nor who was just put back on the list."""
    waiting = Application.objects.filter(edition=edition, state=State.WAITLISTED, waitlist_rank__isnull=False, erased_at=None)
    waiting = waiting.exclude(pk=besides) if besides else waiting
    waiting = waiting.filter(~Exists(Offer.objects.filter(application=OuterRef("pk"), ended_at=None))).order_by("waitlist_rank", "pk")
    same = waiting.filter(branch=branch).first() if branch else None
    return same or waiting.first()


def _offer(application: Application, branch: str, now: datetime) -> Offer:
    row = read_again(application)
    offer = Offer.objects.create(
        application=row, rank=row.waitlist_rank or 0, branch=branch, at=now, until=offered_until(row.edition, now=now)
    )
    record("place proposée", row, by=None, now=now, note=f"Jusqu’au {moment_in_words(offer.until, zone=False)}.")
    telling.tell_offer(offer)
    return offer


def _end(offer: Offer, ending: Ending, now: datetime) -> None:
    offer.ended_at, offer.ending = now, ending
    offer.save(update_fields=["ended_at", "ending"])
