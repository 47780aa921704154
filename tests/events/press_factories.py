"""Communiqués for tests."""

from datetime import date, datetime, timedelta
from typing import Any

import factory

from core.clock import PARIS
from events.models import Event, Organiser, PressContact, PressLink, PressRelease, PressSection, Season, TimeSlot
from events.states import Access, State
from records.services import label_of

EMBARGO = datetime(2027, 11, 8, 9, tzinfo=PARIS)
BEFORE = datetime(2027, 11, 8, 8, 59, 59, tzinfo=PARIS)
AFTER = datetime(2027, 11, 9, 10, tzinfo=PARIS)


class ContactFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = PressContact

    function = factory.Sequence(lambda number: f"Contact presse n° {number}")
    phone = "01 99 00 12 34"
    email = "presse@ville.example"


class ReleaseFactory(factory.django.DjangoModelFactory):
    """Ready, with a part and a contact; `draft=True`: nothing hangs from it, and nobody said it ready."""

    class Meta:
        model = PressRelease
        skip_postgeneration_save = True

    slug = factory.Sequence(lambda number: f"communique-{number}")
    surtitle = "Événement"
    title = factory.Sequence(lambda number: f"Une rencontre secrète n° {number}")
    place = "Rennes"
    dated_on = date(2027, 11, 8)
    lede = "On y essaie ensemble d’autres façons de faire."
    embargo_until = EMBARGO
    ready_at = datetime(2027, 11, 5, 17, tzinfo=PARIS)

    @factory.post_generation
    def whole(self: PressRelease, create: bool, extracted: bool | None, **kwargs: Any) -> None:
        if extracted is not False:
            PressSection.objects.create(release=self, title="Ce qui s’y passe", text="Des **essais**, le lundi 8 novembre.")
            self.contacts.add(ContactFactory())


class LinkFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = PressLink

    release = factory.SubFactory(ReleaseFactory)
    label = "programme"


def link_to_come(now: datetime) -> PressLink:
    """« Inscriptions à venir » of an event to be held a week later, in a public communiqué; its organiser is known."""
    days = {"starts_on": now.date(), "ends_on": (now + timedelta(days=9)).date()}
    season = Season.objects.create(slug="a-venir", title="Semaine d’exemple", published_at=now, **days)
    listed = {"state": State.LISTED, "listed_at": now, "created_at": now, "access": Access.OPEN}
    event = Event.objects.create(season=season, title="Atelier de ratures", slug="atelier-de-ratures", **listed)
    TimeSlot.objects.create(event=event, starts_at=now + timedelta(days=7))
    Organiser.objects.create(event=event, email="orga@ville.example", nonce="n", digest="d", added_at=now)
    release = ReleaseFactory(title="Une semaine", embargo_until=now, ready_at=now, dated_on=now.date(), season=season)
    return LinkFactory(release=release, label="Inscriptions", target=label_of(event), is_to_come=True)
