"""Until when a person may deposit (A2), confirm (B8) or take an offered place (B5): the call's date, or one of their own."""

from collections import defaultdict
from collections.abc import Collection
from copy import copy
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress

from applications.models import Application, LateLink, Selection
from applications.states import State
from core.clock import PARIS
from mailing.models import Message
from mailing.states import State as LetterState
from programmes.models import Edition
from records.services import label_of

# At least so long to confirm: whoever is selected late, took an offered place, or whose employer's agreement the team could not take.
TIME_TO_CONFIRM = timedelta(days=7)
# So long is an offered place kept for one person (B5).
TIME_TO_ANSWER = timedelta(hours=72)
# The kind of the letter that closes the waiting list.
WAITLIST_OVER = "applications.waitlist_over"

if TYPE_CHECKING:
    from accounts.models import User


def own_limit(edition: Edition, person: "User | Any", *, now: datetime, hold: bool = False) -> datetime | None:
    """Return this person's own limit, once the call is closed to everybody else and until its results are out.

    `hold` keeps it from being taken back meanwhile.
    """
    if not person or not person.pk or edition.cancelled_at or edition.results_released_at or now < edition.closes_at:
        return None
    links = LateLink.objects.select_for_update() if hold else LateLink.objects.all()
    link = links.filter(edition=edition.pk, email__in=person.addresses()).valid(now=now).order_by("-until", "pk").first()
    return link.until if link else None


def limits_running(rows: Collection[Application], *, now: datetime) -> dict[int, datetime]:
    """Return, by file, until when its person may still deposit by a limit of their own: two queries, however many the files."""
    links = LateLink.objects.filter(edition__in={row.edition_id for row in rows}).valid(now=now)
    given = {(call, email): until for call, email, until in links.order_by("until", "pk").values_list("edition_id", "email", "until")}
    if not given:
        return {}
    proven = EmailAddress.objects.filter(email__in={email for _, email in given}, verified=True).values_list("user", "email")
    mine: dict[int | None, set[str]] = defaultdict(set)
    for holder, email in proven.order_by("pk"):
        mine[holder].add(email)
    found = ((row.pk, [given.get((row.edition_id, email)) for email in {row.address, *mine[row.applicant_id]}]) for row in rows)
    return {pk: max(until for until in limits if until) for pk, limits in found if any(limits)}


def as_open_to(edition: Edition, person: "User | Any", *, now: datetime) -> Edition:
    """Return the call as this person has it: with a limit of their own, a copy that closes then. It is read, never saved."""
    limit = own_limit(edition, person, now=now)
    return closing_at(edition, limit) if limit else edition


def closing_at(edition: Edition, limit: datetime) -> Edition:
    own = copy(edition)
    own.closes_at = limit
    own.own_limit, own.call_closes_at = limit, edition.closes_at  # type: ignore[attr-defined]
    return own


def limits_of(person: "User", *, now: datetime) -> dict[int, datetime]:
    """Return the own limits of a person, by call."""
    waits = {"edition__closes_at__lte": now, "edition__cancelled_at": None, "edition__results_released_at": None}
    links = LateLink.objects.filter(email__in=person.addresses(), **waits).valid(now=now)
    return dict(links.order_by("until", "pk").values_list("edition_id", "until"))


def confirm_limit(application: Application) -> datetime | None:
    """By when a selected person confirms: their own date (an offer taken, a second chance), else the call's. Half-open (B8)."""
    selection = getattr(application.edition, "selection", None)
    return application.confirm_by or (selection.confirm_by if selection else None)


def has_lapsed(application: Application, now: datetime) -> bool:
    """The clock alone decides: a selected person past their date holds no place, settled or not."""
    limit = confirm_limit(application)
    return application.state == State.SELECTED and application.edition.is_released(now=now) and limit is not None and now >= limit


def label_now(application: Application, *, now: datetime) -> str:
    """Return the public state in the candidate's words, as their own page says it: a place the clock took back is not « retenue »."""
    if application.state == State.SELECTED and has_lapsed(application, now):
        return str(State.LAPSED.label)
    return application.public_label


def is_list_over(application: Application, *, now: datetime) -> bool:
    """True once the waiting list of this call is closed and this person is told: not while the letter that says so may be undone (B5)."""
    selection = getattr(application.edition, "selection", None)
    if application.state != State.WAITLISTED or selection is None or selection.closed_at is None:
        return False
    untold = Message.objects.filter(about=label_of(application), kind=WAITLIST_OVER, state=LetterState.DUE, due_at__gt=now)
    return not untold.exists()


def confirm_date(edition: Edition, *, now: datetime) -> datetime:
    """By when somebody selected once everybody was told confirms: the date of the call, or a week from now when that is later."""
    of_call = Selection.objects.filter(edition=edition).values_list("confirm_by", flat=True).first()
    return at_least_a_week(of_call, edition, now=now)


def at_least_a_week(limit: datetime | None, edition: Edition, *, now: datetime) -> datetime:
    """Return a date that was said, or a week from now when that is later; the week ends with the edition, what was said stands."""
    week = min(now + TIME_TO_CONFIRM, end_of(edition))
    return max(limit, week) if limit else week


def offered_until(edition: Edition, *, now: datetime) -> datetime:
    """Return until when a place offered now is kept: 72 hours, and never past the edition."""
    return min(now + TIME_TO_ANSWER, end_of(edition))


def end_of(edition: Edition) -> datetime:
    """Return the second at which the last day of an edition is over, in Paris."""
    return datetime.combine(edition.ends_on + timedelta(days=1), time(0), PARIS)
