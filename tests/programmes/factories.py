"""A programme, the 2017 call with its exact dates, its phases and places."""

from datetime import date, datetime

import factory

from core.clock import PARIS
from programmes.models import Edition, Phase, Programme, Venue


class ProgrammeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Programme

    slug = factory.Sequence(lambda n: f"programme-{n}")
    title = factory.Sequence(lambda n: f"Programme d’exemple {n}")
    lede = "Un programme pour les essais."
    contact_email = "programme@la27eregion.example"
    is_public = True


class VenueFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Venue

    name = factory.Sequence(lambda n: f"Maison d’exemple {n}")
    city = "Paris"


class EditionFactory(factory.django.DjangoModelFactory):
    """Dates of the 2017 call: closes on 8 September 2017 at noon in Paris (A1)."""

    class Meta:
        model = Edition

    programme = factory.SubFactory(ProgrammeFactory)
    slug = factory.Sequence(lambda n: f"edition-{n}")
    title = factory.Sequence(lambda n: f"Les Aventuriers de l’innovation publique, édition d’exemple {n}")
    short_title = factory.Sequence(lambda n: f"Les Aventuriers {n}")
    lede = "Vingt agents partent enquêter."
    reference_prefix = factory.Sequence(lambda n: f"T{n}")
    published_at = datetime(2017, 7, 3, 9, tzinfo=PARIS)
    opens_at = datetime(2017, 7, 3, 9, tzinfo=PARIS)
    closes_at = datetime(2017, 9, 8, 12, tzinfo=PARIS)
    results_label = "mi-septembre 2017"
    ends_on = date(2017, 11, 30)


class PhaseFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Phase

    edition = factory.SubFactory(EditionFactory)
    title = "Préparation"
    duration = "1 journée"
    starts_on = date(2017, 9, 15)
    place_label = "Superpublic (Paris)"
