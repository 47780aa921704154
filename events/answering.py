"""Who answers a proposal, since when it waits, and how long answers took (domain.md E9)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from django.db.models import Q

from accounts.models import User
from accounts.roles import MODERATE_EVENTS as MODERATE
from accounts.roles import PERMISSIONS, Role
from core.clock import PARIS
from core.workdays import is_working_day
from events.models import Event, EventStep, RegionCoordinator, Season
from events.models.event import NATIONAL
from events.states import State

# Working days: a proposal gets its answer within them.
WITHIN = 3
_ONE_DAY = timedelta(days=1)
_ANSWERS = (State.LISTED, State.CHANGES_REQUESTED, State.REFUSED)


def working_days_between(start: datetime, until: datetime) -> int:
    """Working days begun after the day of `start`, up to that of `until`: asked on Friday, Monday is the first."""
    day, last = start.astimezone(PARIS).date(), until.astimezone(PARIS).date()
    return sum(1 for number in range((last - day).days) if is_working_day(day + _ONE_DAY * (number + 1)))


def is_late(event: Event, *, now: datetime) -> bool:
    """Waiting for an answer for more than three working days."""
    return event.waits_since is not None and working_days_between(event.waits_since, now) > WITHIN


def late_before(now: datetime) -> datetime:
    """What waits since before this moment is late: for the database."""
    day: date = now.astimezone(PARIS).date()
    left = WITHIN + 1
    while left:
        left -= is_working_day(day)
        day -= _ONE_DAY
    return datetime.combine(day + _ONE_DAY, datetime.min.time(), PARIS)


def queue_of(event: Event) -> str:
    """The region whose coordinators answer; empty is the national queue."""
    wanted = event.queue or event.region
    return wanted if wanted != NATIONAL and RegionCoordinator.objects.active().filter(region=wanted).exists() else ""


def coordinators_of(event: Event) -> list[User]:
    """Who answers it: those of its queue, or of the national one; nobody there, the team."""
    people = RegionCoordinator.objects.active().filter(region=queue_of(event)).values("person")
    found = list(User.objects.filter(pk__in=people).order_by("pk"))
    roles = [role for role in Role if MODERATE in PERMISSIONS[role]]
    return found or list(User.objects.with_role(*roles).order_by("pk"))


def may_coordinate(user: User) -> bool:
    """Whether there is a queue for this person."""
    return bool(user.pk) and (user.has_perm(MODERATE) or RegionCoordinator.objects.of(user).exists())


@dataclass(frozen=True)
class Delay:
    """How long the answers of a season took, in working days."""

    answers: int
    median: float
    late: int


def delay_of(season: Season | None = None, *, regions: Iterable[str] | None = None) -> Delay | None:
    """Measure, from each proposal or new version to the answer it got; nothing before the first one."""
    steps = EventStep.objects.filter(to_state__in=[State.PROPOSED, *_ANSWERS])
    steps = steps.filter(event__season=season) if season else steps
    if regions is not None:
        steps = steps.filter(Q(event__region__in=list(regions)))
    took, asked = [], dict[int, datetime]()
    for event, state, at in steps.order_by("at", "pk").values_list("event", "to_state", "at"):
        if state == State.PROPOSED:
            asked[event] = at
        elif event in asked:
            took.append(working_days_between(asked.pop(event), at))
    return Delay(len(took), median(took), sum(1 for days in took if days > WITHIN)) if took else None
