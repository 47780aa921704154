"""After every purge, ten years on, no address of anybody is left of a season: registered, refused, invited, organisers, partners (G3)."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db.models import CharField, EmailField, JSONField, TextField

from core import registry
from events import attending_emails as emails
from events.services import attending, inviting, moderating, partners, teaming
from mailing import batches
from mailing.models import Batch, Message
from mailing.tasks import deliver
from tests.accounts.factories import UserFactory
from tests.events.attending import NOW, coming, opened
from tests.events.desks import BY, by_invitation, code, guest, organiser_of

pytestmark = pytest.mark.django_db
ADDRESS = "@ville.example"


@pytest.fixture(autouse=True)
def then() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def purged(moment: Any) -> None:
    for purge in registry.PURGES:
        list(purge(moment, False))


def left() -> set[str]:
    """The columns that still hold an address."""
    found = set()
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, CharField | TextField | EmailField | JSONField) and model._meta.label not in ("accounts.User",):
                texts = model._default_manager.values_list(field.name, flat=True)
                found |= {f"{model._meta.label}.{field.name}" for text in texts if ADDRESS in str(text)}
    return found


def test_nothing_of_anybody_is_left_in_the_end(then: Any) -> None:
    slot, closed = opened(5), by_invitation(5)
    coming(slot, "a")
    attending.withdraw(coming(slot, "b"), now=NOW)
    emails.post_too_early(slot, f"tot{ADDRESS}", until="demain", page="https://testserver/", now=NOW)
    guest(closed, "lou")
    batches.undo(Batch.objects.get(), by=BY, now=NOW)
    guest(closed, "max")
    code(closed)
    organiser = organiser_of(slot.event, f"orga{ADDRESS}")
    teaming.add(organiser, email=f"collegue{ADDRESS}", name="", hands_over=False, now=NOW)
    moderating.write_to_coordination(organiser, "Une question.", now=NOW)
    partners.open_door(organisation="Ministère d’Exemple", email=f"partenaire{ADDRESS}", by=UserFactory(), now=NOW)
    deliver()
    assert {"events.Registration.email", "events.PartnerLink.email", "mailing.Message.to"} <= left()
    later = NOW + timedelta(days=3660)
    then.move_to(later)
    purged(later)
    assert left() == set()


def test_the_letter_of_an_invitation_undone_names_nobody_at_once() -> None:
    guest(by_invitation(5), "lou")
    batches.undo(Batch.objects.get(), by=BY, now=NOW)
    assert [(letter.to, letter.text) for letter in Message.objects.filter(kind="events.invitation")] == [("", "")]


def test_the_key_of_a_letter_never_holds_the_address() -> None:
    emails.post_too_early(opened(5), f"tot{ADDRESS}", until="demain", page="https://testserver/", now=NOW)
    assert "ville" not in Message.objects.get().key


def test_an_invitation_sent_is_not_forgotten_before_its_time() -> None:
    guest(by_invitation(5), "lou")
    purged(NOW + timedelta(days=30))
    assert "mailing.Message.to" in left()
    assert Batch.objects.get().undo == inviting.UNDO
