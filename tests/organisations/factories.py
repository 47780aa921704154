"""Bodies and contacts: all invented but those named by their public numbers."""

from datetime import date, datetime

import factory

from core.clock import PARIS
from organisations.models import Contact, Organisation
from organisations.states import Kind
from tests.accounts.factories import UserFactory  # noqa: F401 - a person of the team, for whoever imports this

NOW = datetime(2027, 3, 1, 10, tzinfo=PARIS)
TODAY = date(2027, 3, 1)
BRETAGNE = "23350001600040"


class OrganisationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Organisation

    name = factory.Sequence(lambda n: f"Ville d’Exemple {n}")
    kind = Kind.COMMUNE


class ContactFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Contact

    organisation = factory.SubFactory(OrganisationFactory)
    first_name = "Camille"
    last_name = "Exemple"
    email = factory.Sequence(lambda n: f"contact{n}@ville.example")
