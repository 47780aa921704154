"""Communiqués for tests."""

from datetime import date, datetime
from typing import Any

import factory

from core.clock import PARIS
from events.models import PressContact, PressLink, PressRelease, PressSection

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
