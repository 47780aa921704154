"""« Convocation du formateur »: the one page of the day, by the trainer's own link. Its secret is never readable afterwards."""

from datetime import datetime
from operator import itemgetter
from typing import Any

from bookings import trainers
from bookings.models import TrainerLink
from bookings.models.booking import VIEW_BOOKING
from core.addresses import absolute
from mailing import outbox
from mailing.letters import KINDS, Context, LetterKind, Placeholder, register
from mailing.models import Message
from mailing.states import Settling
from records.services import label_of

CALLED = "bookings.trainer_called"


def _venue(context: Context) -> str:
    venue = context["session"].venue
    return venue.label if venue else ""


WORDS = {
    "salutation": Placeholder("« Bonjour Camille Exemple »", itemgetter("greeting")),
    "titre": Placeholder("le titre de la journée", lambda context: context["session"].title),
    "quand": Placeholder("le jour et les heures", lambda context: context["session"].when),
    "lieu": Placeholder("le lieu et son adresse", _venue),
    "mot": Placeholder("ce que l’équipe ajoute ; peut être vide", itemgetter("words"), lines=True),
    "lien": Placeholder("l’adresse personnelle de la page de la journée", itemgetter("page"), button=True),
}


def register_kind() -> None:
    register(LetterKind(
        CALLED, "convocation du formateur", "bookings/emails/trainer_called.txt", _sample, _lives, secret=True, settling=Settling.RESEND,
        read_with=VIEW_BOOKING, placeholders=WORDS,
    ))  # fmt: skip


def post_called(link: TrainerLink, *, words: str, now: datetime) -> None:
    """Send a trainer their page; asked again within ten minutes, it is the same letter."""
    context = _context(link, words)
    key = f"trainer-link:{link.pk}:{int(now.timestamp()) // 600}"
    about, reply_to = label_of(link), link.session.contact
    outbox.post(key, KINDS[CALLED], to=link.trainer.email, context=context, now=now, about=about, reply_to=reply_to)


def _context(link: TrainerLink, words: str) -> dict[str, Any]:
    return {"session": link.session, "greeting": f"Bonjour {link.trainer.name}", "words": words, "page": trainers.address_of(link)}


def _lives(message: Message) -> bool:
    return TrainerLink.objects.filter(pk=message.about.rpartition(":")[2] or 0, revoked_at=None).exists()


def _sample() -> dict[str, Any]:
    from bookings.change_samples import sample_day

    page = absolute("/formateurs/exemple/")
    return {"session": sample_day(), "greeting": "Bonjour Camille Exemple", "words": "Le projecteur est sur place.", "page": page}
