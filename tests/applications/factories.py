"""People, applications in each state, and what a person types: all invented."""

from datetime import datetime
from itertools import count

import factory

from accounts.models import Grant, User
from accounts.roles import Role
from applications import answers as asked
from applications import services
from applications.models import Application
from applications.states import State
from core.clock import PARIS
from tests.programmes.factories import EditionFactory

ANSWERS = {
    "last_name": "Exemple",
    "first_name": "Camille",
    "organisation": "Ville d’Exemple",
    "job": "bibliothécaire",
    "branch": "LOCAL",
    "region": "53",
    "motivation": "Voir ailleurs.\nEssayer ici.",
    "costs_covered": True,
}
TYPED = asked.as_typed(ANSWERS)
OPEN = datetime(2017, 9, 1, 10, tzinfo=PARIS)
NOON = datetime(2017, 9, 8, 12, tzinfo=PARIS)


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"personne{n}@collectivite.example")
    first_name = "Camille"
    last_name = "Exemple"


class ApplicationFactory(factory.django.DjangoModelFactory):
    """A draft; `deposited` makes it deposited, through the service."""

    class Meta:
        model = Application

    edition = factory.SubFactory(EditionFactory)
    applicant = factory.SubFactory(UserFactory)
    typed = factory.LazyFunction(lambda: dict(TYPED))
    started_at = datetime(2017, 8, 20, 10, tzinfo=PARIS)
    saved_at = datetime(2017, 8, 20, 10, 5, tzinfo=PARIS)
    revision = 1


def deposited(at=OPEN, state=State.SUBMITTED, **fields) -> Application:
    """Deposit through the service, then put in the state the test is about."""
    application = ApplicationFactory(**fields)
    services.submit(application, dict(ANSWERS), by=application.applicant, now=at)
    Application.objects.filter(pk=application.pk).update(state=state)
    return Application.objects.with_call().get(pk=application.pk)


def staff(**fields) -> User:
    user = UserFactory(**fields)
    Grant.objects.create(user=user, role=Role.STAFF)
    return User.objects.get(pk=user.pk)


_JURORS = count(1)


def reviewer(first_name="Lou", **fields) -> User:
    """Somebody of the jury, whose mail domain no candidate has: nothing keeps them from a file."""
    number = next(_JURORS)
    user = UserFactory(**{"first_name": first_name, "email": f"jury{number}@jury{number}.example", **fields})
    Grant.objects.create(user=user, role=Role.REVIEWER)
    return User.objects.get(pk=user.pk)
