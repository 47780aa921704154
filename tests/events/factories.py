"""A season, its events and their sittings: listed, public, in Rennes, on a weekday of the season of 2027."""

from datetime import date, datetime, timedelta
from typing import Any

import factory

from core.clock import PARIS
from events.models import Event, EventFormat, EventPartner, Season, TimeSlot
from events.states import Format, State
from events.zones import zone_of

NOW = datetime(2027, 11, 8, 10, tzinfo=PARIS)


class SeasonFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Season

    slug = "2027"
    title = "Semaine de l’innovation publique 2027"
    lede = "Une semaine pour voir l’action publique s’inventer."
    starts_on = date(2027, 11, 22)
    ends_on = date(2027, 11, 28)
    published_at = datetime(2027, 9, 1, 9, tzinfo=PARIS)
    listing_opens_at = datetime(2027, 9, 1, 9, tzinfo=PARIS)
    listing_closes_at = datetime(2027, 10, 29, 12, tzinfo=PARIS)

    @classmethod
    def _create(cls, model_class: Any, *_: Any, **fields: Any) -> Season:
        """One season for a year: asked again, it is the same."""
        return model_class.objects.get_or_create(slug=fields.pop("slug"), defaults=fields)[0]


class EventFactory(factory.django.DjangoModelFactory):
    """`at=` gives its sittings, at the hour of the place; `formats=` its formats."""

    class Meta:
        model = Event
        skip_postgeneration_save = True

    season = factory.SubFactory(SeasonFactory)
    slug = factory.Sequence(lambda number: f"evenement-{number}")
    title = factory.Sequence(lambda number: f"Un événement d’exemple {number}")
    summary = "On y essaie ensemble d’autres façons de faire."
    state = State.LISTED
    place = "Médiathèque d’Exemple"
    postcode = "35000"
    commune = "35238"
    carrier = "Ville d’Exemple"
    for_agents = True
    created_at = datetime(2027, 9, 10, 9, tzinfo=PARIS)
    listed_at = datetime(2027, 9, 20, 9, tzinfo=PARIS)
    changed_at = datetime(2027, 9, 20, 9, tzinfo=PARIS)

    @factory.post_generation
    def at(event: Event, create: bool, given: Any, **_: Any) -> None:  # noqa: N805 - factory-boy gives the row
        slots = [TimeSlot.objects.create(event=event, **sitting(event, words)) for words in given or ["2027-11-23T10:00"]]
        event.take_dates(slots)
        event.save()

    @factory.post_generation
    def formats(event: Event, create: bool, given: Any, **_: Any) -> None:  # noqa: N805
        for code in given if given is not None else [Format.WORKSHOP]:
            EventFormat.objects.create(event=event, format=code)


def sitting(event: Event, words: str) -> dict[str, Any]:
    """« 2027-11-23T10:00 » lasts two hours, « 2027-11-23T10:00/ » announces no end, « …/2027-11-23T18:00 » gives it."""
    zone = zone_of(event.region, event.department)
    start, slash, end = words.partition("/")
    starts_at = datetime.fromisoformat(start).replace(tzinfo=zone)
    ends_at = starts_at + timedelta(hours=2) if not slash else datetime.fromisoformat(end).replace(tzinfo=zone) if end else None
    return {"starts_at": starts_at, "ends_at": ends_at}


class EventPartnerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = EventPartner

    event = factory.SubFactory(EventFactory)
    name = "La Fabrique d’Exemple"
