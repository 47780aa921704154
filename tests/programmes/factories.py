"""A programme, the 2017 call with its exact dates, its phases and places."""

from datetime import date, datetime, time
from decimal import Decimal

import factory

from core.clock import PARIS
from programmes.models import AgendaItem, Edition, Partner, Phase, Programme, Trainer, TrainingSession, VatMode, Venue


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


class SessionFactory(factory.django.DjangoModelFactory):
    """The day of 19 March 2019, from nine to six (domain.md 2.2)."""

    class Meta:
        model = TrainingSession

    programme = factory.SubFactory(ProgrammeFactory)
    slug = factory.Sequence(lambda n: f"journee-{n}")
    title = "Journée découverte"
    lede = "Une journée pour comprendre et pour essayer."
    day = date(2019, 3, 19)
    starts_at = time(9)
    ends_at = time(18)
    hours = Decimal("8.0")
    venue = factory.SubFactory(VenueFactory)
    price = Decimal("680.00")
    vat_mode = VatMode.TAXED_20
    published_at = datetime(2018, 12, 3, 9, tzinfo=PARIS)


class AgendaItemFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = AgendaItem

    session = factory.SubFactory(SessionFactory)
    starts_at = time(9)
    title = "Prenez un café, Émile !"
    order = factory.Sequence(lambda n: n)


class TrainerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Trainer

    name = factory.Sequence(lambda n: f"Camille Exemple {n}")


class PartnerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Partner

    edition = factory.SubFactory(EditionFactory)
    name = "La 27e Région"
