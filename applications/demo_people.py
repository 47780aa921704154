"""Who applies in the demonstration: invented people, always the same from one loading to the next."""

import random
from typing import Any

from accounts.models import User
from applications.demo_content import FIRST_NAMES, JOBS, LAST_NAMES, LONG_NAME, MOTIVATIONS, ORGANISATIONS
from applications.states import Branch
from core import clock
from organisations.regions import Region
from programmes.models import Edition

REGIONS = [region for region in Region.values if region != Region.OVERSEAS_COLLECTIVITY]


def address_of(call: Edition, rank: int) -> str:
    return f"personne{rank + 1:04}.{call.slug}@collectivite.example"


def person(address: str, rank: int) -> User:
    """Make the account of a rank; the caller saves it."""
    user = User(email=address, first_name=_first_name(rank), last_name=_last_name(rank), date_joined=clock.now())
    user.set_unusable_password()
    return user


def colleague(email: str, first_name: str) -> User:
    """Return somebody of `accounts.demo`, who is made when that was not loaded."""
    return User.objects.filter(email=email).first() or User.objects.create_user(email, first_name=first_name, last_name="Exemple")


def answers_of(rank: int) -> dict[str, Any]:
    """Balanced by construction: branches take turns, regions too."""
    branch = list(Branch)[rank % 3]
    chance = random.Random(rank)  # noqa: S311 - an invented person, always the same
    return {
        "last_name": _last_name(rank),
        "first_name": _first_name(rank),
        "organisation": chance.choice(ORGANISATIONS[branch]),
        "job": chance.choice(JOBS[branch]),
        "branch": branch.value,
        "region": REGIONS[(rank * 7) % len(REGIONS)],
        "motivation": chance.choice(MOTIVATIONS[branch]),
        "costs_covered": True,
    }


def _first_name(rank: int) -> str:
    return FIRST_NAMES[rank * 5 % len(FIRST_NAMES)]


def _last_name(rank: int) -> str:
    """Few people have the same name, as in life: 13 first names for 24 names, then for double ones."""
    if rank == 1:
        return LONG_NAME
    name, more = LAST_NAMES[rank * 7 % len(LAST_NAMES)], rank // (len(FIRST_NAMES) * len(LAST_NAMES))
    return f"{name}-{LAST_NAMES[more % len(LAST_NAMES)].partition('-')[0]}" if more else name
