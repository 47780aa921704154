from datetime import datetime

import factory

from core.clock import PARIS
from mailing.models import Message
from mailing.outbox import message_id

NOW = datetime(2027, 9, 6, 10, 0, tzinfo=PARIS)


class MessageFactory(factory.django.DjangoModelFactory):
    """A letter due now."""

    class Meta:
        model = Message

    key = factory.Sequence(lambda n: f"test:{n}:letter")
    message_id = factory.LazyAttribute(lambda letter: message_id(letter.key))
    kind = "test.plain"
    to = factory.Sequence(lambda n: f"agent{n}@ville.example")
    reply_to = "aventuriers@la27eregion.example"
    subject = "Votre candidature est déposée"
    text = "Bonjour Camille Exemple,\n\nNous avons bien reçu votre candidature."
    created_at = NOW
    due_at = NOW
    next_at = factory.SelfAttribute("due_at")
