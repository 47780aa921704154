"""The demonstration of applications: the 2017 call as it ended, the 2027 call as it fills, and a call at each step of triage.

Invented people only. Rows are made in bulk, with the history they would have; what the team did with them is in `demo_triage`, through
the services. Loaded again, a person who has an application keeps it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.demo import CANDIDATE
from accounts.models import User
from applications import answers as asked
from applications import demo_selection, demo_triage
from applications.demo_people import address_of, answers_of, colleague, person
from applications.demo_selection import READ
from applications.demo_triage import ALIKE, CLOSED, JOINED, RESULTS, TRIAGE, WORDED
from applications.models import Application, Step
from applications.states import State
from core import clock
from organisations.demo import INVENTED
from organisations.models import Organisation
from programmes.models import Edition

ARCHIVE, FILLING = "AV17", "AV27"
PREFIXES = (ARCHIVE, FILLING, TRIAGE, CLOSED, RESULTS, WORDED, READ)
# How the 2017 call ended: 20 places, the rest kindly declined, a few withdrawn.
ENDS = [State.CONFIRMED] * 20 + [State.DECLINED] * 17 + [State.WITHDRAWN] * 3
# How the 2027 call fills: for ten people, six have deposited, one has withdrawn, three are typing.
FILLS = [State.SUBMITTED] * 6 + [State.WITHDRAWN] + [State.DRAFT] * 3
# The ranks that answers are drawn from, so that nobody applies everywhere.
OFFSETS = {TRIAGE: 60, CLOSED: 160, RESULTS: 240, READ: 400}
# Ranks drawn from another of the same call: one person who applied twice, from two addresses.
AGAIN = {(FILLING, 15): 4, (TRIAGE, ALIKE[0]): ALIKE[1], (TRIAGE, JOINED[0]): JOINED[1]}
# Deposits come in at the end more than at the beginning.
HASTE = 0.6


@transaction.atomic
def load(scale: int) -> None:
    """Load it, again and again without doubling: a person who has an application keeps it."""
    calls = Edition.objects.select_related("programme").order_by("pk").in_bulk(PREFIXES, field_name="reference_prefix")
    now = clock.now()
    for prefix, states in _volumes(scale).items():
        if call := calls.get(prefix):
            until = call.closes_at if prefix == ARCHIVE else min(now, call.closes_at)
            made = _fill(call, states, until=until)
            demo_triage.furnish(call, made, now=now)
            demo_selection.furnish(call, made, now=now)
            demo_triage.sent([call, *made.values()] if made else [])
    if FILLING in calls:
        _draft_of_the_candidate(calls[FILLING], now=min(now, calls[FILLING].closes_at))
    if WORDED in calls:
        demo_triage.word(calls[WORDED], now=now)
    _tie_to_the_town()


def _volumes(scale: int) -> Mapping[str, list[State]]:
    """The state of each rank; what a person is at one scale, they are at another."""
    return {
        ARCHIVE: ENDS * scale,
        FILLING: FILLS * (2 * scale),
        TRIAGE: [State.SUBMITTED] * (60 * scale),
        CLOSED: [State.DRAFT] * demo_triage.DRAFTS + [State.SUBMITTED] * (15 * scale),
        RESULTS: demo_selection.CHOSEN,
        READ: [State.IN_REVIEW] * (demo_selection.FILES * scale),
    }


def _tie_to_the_town() -> None:
    """What was deposited from « Ville d’Exemple » comes from the body of that name, when the register is there."""
    town = Organisation.objects.called(INVENTED).order_by("pk").first()
    if town:
        loose = Application.objects.filter(body=None, organisation=INVENTED, reference__isnull=False, erased_at=None)
        loose.filter(edition__reference_prefix__in=PREFIXES, applicant__email__endswith="@collectivite.example").update(body=town)


def _fill(call: Edition, states: list[State], *, until: datetime) -> dict[int, Application]:
    """Make one application a state, spread from the opening of the call to `until`; return those that are new, by rank."""
    people = _people(call, len(states))
    held = set(Application.objects.filter(edition=call, applicant__in=people).order_by("pk").values_list("applicant_id", flat=True))
    # After the retention the archive is anonymous: what stands is not made again.
    if not held and Application.objects.filter(edition=call, reference__isnull=False, applicant=None).exists():
        return {}
    span = max(until - call.opens_at, timedelta(minutes=1))
    number = call.last_number
    rows = {}
    for rank, (applicant, state) in enumerate(zip(people, states, strict=True)):
        if applicant.pk in held:
            continue
        number += state != State.DRAFT
        at = call.opens_at + span * ((rank + 1) / (len(states) + 1)) ** HASTE
        rows[rank] = _application(call, applicant, state, rank, at=at, number=number)
    Edition.objects.filter(pk=call.pk).update(last_number=number)
    team = demo_triage.team()
    Step.objects.bulk_create(step for row in Application.objects.bulk_create(rows.values()) for step in _steps(row, team))
    return rows


def _people(call: Edition, count: int) -> list[User]:
    """One person a rank and a call, always the same."""
    addresses = [address_of(call, rank) for rank in range(count)]
    known = {user.email: user for user in User.objects.filter(email__in=addresses).order_by("pk")}
    missing = [rank for rank, address in enumerate(addresses) if address not in known]
    made = User.objects.bulk_create(person(addresses[rank], _drawn(call, rank)) for rank in missing)
    known |= {user.email: user for user in made}
    return [known[address] for address in addresses]


def _drawn(call: Edition, rank: int) -> int:
    """Return the rank that the name and the answers are drawn from."""
    return AGAIN.get((call.reference_prefix, rank), rank) + OFFSETS.get(call.reference_prefix, 0)


def _application(call: Edition, applicant: User, state: State, rank: int, *, at: datetime, number: int) -> Application:
    answers = answers_of(_drawn(call, rank)) | demo_triage.particular(call, rank)
    application = Application(edition=call, applicant=applicant, state=state, started_at=at - timedelta(minutes=5), saved_at=at, revision=1)
    if state == State.DRAFT:
        cut = {} if demo_triage.is_whole(call, rank) else {"motivation": answers["motivation"][:120], "costs_covered": False}
        application.typed = asked.as_typed({**answers, **cut})
        vars(application).update(application.folded())
        return application
    application.reference, application.submitted_at, application.deposited_at = f"{call.reference_prefix}-{number:04}", at, at
    for name, value in answers.items():
        setattr(application, name, value)
    vars(application).update(application.folded())
    return application


def _steps(application: Application, team: User) -> Iterable[Step]:
    if application.state == State.DRAFT or not application.deposited_at or not application.applicant:
        return
    applicant, at = application.applicant, application.deposited_at
    common = {"application": application, "by": applicant, "by_name": str(applicant)[:200]}
    yield Step(to_state=State.SUBMITTED, at=at, answers={"email": applicant.email, **application.answers}, **common)
    if application.state == State.WITHDRAWN:
        yield Step(to_state=State.WITHDRAWN, at=at + timedelta(hours=2), note="Changement de poste.", **common)
    elif application.state != State.SUBMITTED:
        yield from _decision(application, team, common)


def _decision(application: Application, team: User, applicant: Mapping[str, Any]) -> Iterable[Step]:
    """Put in review once the call is closed, decided, and of the archive confirmed by the person once the results were published."""
    author = {"application": application, "by": team, "by_name": str(team)}
    closing, released = application.edition.closes_at, application.edition.results_released_at
    confirmed = application.state == State.CONFIRMED
    yield Step(to_state=State.IN_REVIEW, at=closing + timedelta(hours=3), **author)
    if application.state == State.IN_REVIEW:
        return
    yield Step(to_state=State.SELECTED if confirmed else application.state, at=closing + timedelta(days=4), **author)
    if confirmed and released and application.edition.reference_prefix == ARCHIVE:
        yield Step(to_state=State.CONFIRMED, at=released + timedelta(hours=26), **applicant)


def _draft_of_the_candidate(call: Edition, *, now: datetime) -> None:
    """The demonstration's candidate has begun: a draft to finish."""
    candidate = colleague(CANDIDATE, "Candidate")
    if Application.objects.filter(edition=call, applicant=candidate).exists():
        return
    typed = asked.as_typed({**answers_of(0), "last_name": "Exemple", "first_name": "Candidate", "region": "", "costs_covered": False})
    Application.objects.create(edition=call, applicant=candidate, typed=typed, revision=1, started_at=now, saved_at=now)
