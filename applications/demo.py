"""The demonstration of applications: the 2017 call as it ended, the 2027 call as it fills. Invented people only."""

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.demo import CANDIDATE
from accounts.models import User
from applications import answers as asked
from applications.demo_content import FIRST_NAMES, JOBS, LAST_NAMES, LONG_NAME, MOTIVATIONS, ORGANISATIONS
from applications.models import Application, Step
from applications.states import Branch, State
from core import clock
from organisations.demo import INVENTED
from organisations.models import Organisation
from organisations.regions import Region
from programmes.models import Edition

ARCHIVED = 40
# How the 2017 call ended: 20 places, the rest kindly declined, a few withdrawn.
ENDS = [State.CONFIRMED] * 20 + [State.DECLINED] * 17 + [State.WITHDRAWN] * 3
# How the 2027 call fills: for ten people, six have deposited, one has withdrawn, three are typing.
FILLING = [State.SUBMITTED] * 6 + [State.WITHDRAWN] + [State.DRAFT] * 3
# Of the call that is filling: one person who applied twice, from two addresses.
AGAIN = {("AV27", 15): 4}
REGIONS = [region for region in Region.values if region != Region.OVERSEAS_COLLECTIVITY]


@transaction.atomic
def load(scale: int) -> None:
    """Load it, again and again without doubling: a person who has an application keeps it."""
    calls = Edition.objects.select_related("programme").order_by("pk").in_bulk(["AV17", "AV27"], field_name="reference_prefix")
    if "AV17" in calls:
        _fill(calls["AV17"], [ENDS[number % ARCHIVED] for number in range(ARCHIVED * scale)], until=calls["AV17"].closes_at)
    if "AV27" in calls:
        now = clock.now()
        _fill(calls["AV27"], [FILLING[number % 10] for number in range(20 * scale)], until=min(now, calls["AV27"].closes_at))
        _draft_of_the_candidate(calls["AV27"], now=min(now, calls["AV27"].closes_at))
    _tie_to_the_town()


def _tie_to_the_town() -> None:
    """What was deposited from « Ville d’Exemple » comes from the body of that name, when the register is there."""
    town = Organisation.objects.called(INVENTED).order_by("pk").first()
    if town:
        loose = Application.objects.filter(body=None, organisation=INVENTED, reference__isnull=False, erased_at=None)
        loose.filter(edition__reference_prefix__in=["AV17", "AV27"], applicant__email__endswith="@collectivite.example").update(body=town)


def _fill(call: Edition, states: list[State], *, until: datetime) -> None:
    """Make one application a state, spread from the opening of the call to `until`."""
    people = _people(call, len(states))
    held = set(Application.objects.filter(edition=call, applicant__in=people).order_by("pk").values_list("applicant_id", flat=True))
    # After the retention the archive is anonymous: what stands is not made again.
    if not held and Application.objects.filter(edition=call, reference__isnull=False, applicant=None).exists():
        return
    hour = max(until - call.opens_at, timedelta(minutes=1)) / (len(states) + 1)
    number = call.last_number
    rows = []
    for index, (person, state) in enumerate(zip(people, states, strict=True)):
        if person.pk in held:
            continue
        number += state != State.DRAFT
        rows.append(_application(call, person, state, index, at=call.opens_at + hour * (index + 1), number=number))
    Edition.objects.filter(pk=call.pk).update(last_number=number)
    Step.objects.bulk_create(step for application in Application.objects.bulk_create(rows) for step in _steps(application))


def _people(call: Edition, count: int) -> list[User]:
    """One person a rank and a call, always the same."""
    addresses = [f"personne{rank:04}.{call.slug}@collectivite.example" for rank in range(1, count + 1)]
    known = {user.email: user for user in User.objects.filter(email__in=addresses).order_by("pk")}
    missing = [rank for rank, address in enumerate(addresses) if address not in known]
    made = User.objects.bulk_create(_person(addresses[rank], _drawn(call, rank)) for rank in missing)
    known |= {user.email: user for user in made}
    return [known[address] for address in addresses]


def _drawn(call: Edition, rank: int) -> int:
    """Return the rank that the name and the answers are drawn from."""
    return AGAIN.get((call.reference_prefix, rank), rank)


def _person(address: str, rank: int) -> User:
    user = User(email=address, first_name=FIRST_NAMES[rank % len(FIRST_NAMES)], last_name=_last_name(rank), date_joined=clock.now())
    user.set_unusable_password()
    return user


def _last_name(rank: int) -> str:
    """Few people have the same name, as in life."""
    return LONG_NAME if rank == 1 else LAST_NAMES[rank // len(FIRST_NAMES) % len(LAST_NAMES)]


def _answers(rank: int) -> dict[str, Any]:
    """Balanced by construction: branches take turns, regions too."""
    branch = list(Branch)[rank % 3]
    chance = random.Random(rank)  # noqa: S311 - an invented person, always the same
    return {
        "last_name": _last_name(rank),
        "first_name": FIRST_NAMES[rank % len(FIRST_NAMES)],
        "organisation": chance.choice(ORGANISATIONS[branch]),
        "job": chance.choice(JOBS[branch]),
        "branch": branch.value,
        "region": REGIONS[(rank * 7) % len(REGIONS)],
        "motivation": MOTIVATIONS[branch],
        "costs_covered": True,
    }


def _application(call: Edition, person: User, state: State, rank: int, *, at: datetime, number: int) -> Application:
    answers = _answers(_drawn(call, rank))
    application = Application(edition=call, applicant=person, state=state, started_at=at - timedelta(minutes=5), saved_at=at, revision=1)
    if state == State.DRAFT:
        application.typed = asked.as_typed({**answers, "motivation": answers["motivation"][:120], "costs_covered": False})
        application.search = application.searched()
        return application
    application.reference, application.submitted_at, application.deposited_at = f"{call.reference_prefix}-{number:04}", at, at
    for name, value in answers.items():
        setattr(application, name, value)
    application.search = application.searched()
    return application


def _steps(application: Application) -> Iterable[Step]:
    if application.state == State.DRAFT or not application.deposited_at or not application.applicant:
        return
    person, at = application.applicant, application.deposited_at
    common = {"application": application, "by": person, "by_name": str(person)[:200]}
    yield Step(to_state=State.SUBMITTED, at=at, answers={"email": person.email, **application.answers}, **common)
    if application.state == State.WITHDRAWN:
        yield Step(to_state=State.WITHDRAWN, at=at + timedelta(hours=2), note="Changement de poste.", **common)
    if application.state in (State.CONFIRMED, State.DECLINED):
        decided = State.SELECTED if application.state == State.CONFIRMED else State.DECLINED
        jury = {"application": application, "by_name": "Jury (démonstration)"}
        closing = application.edition.closes_at
        yield Step(to_state=State.IN_REVIEW, at=closing + timedelta(hours=3), **jury)
        yield Step(to_state=decided, at=closing + timedelta(days=4), **jury)
        if decided == State.SELECTED:
            yield Step(to_state=State.CONFIRMED, at=closing + timedelta(days=6), **jury)


def _draft_of_the_candidate(call: Edition, *, now: datetime) -> None:
    """The demonstration's candidate has begun: a draft to finish."""
    person = User.objects.filter(email=CANDIDATE).first() or User.objects.create_user(
        CANDIDATE, first_name="Candidate", last_name="Exemple"
    )
    if Application.objects.filter(edition=call, applicant=person).exists():
        return
    typed = asked.as_typed({**_answers(0), "last_name": "Exemple", "first_name": "Candidate", "region": "", "costs_covered": False})
    Application.objects.create(edition=call, applicant=person, typed=typed, revision=1, started_at=now, saved_at=now)
