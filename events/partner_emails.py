"""The letter that gives a partner their address (S17). The words are in templates/events/emails/partner_door.txt."""

from datetime import datetime
from operator import itemgetter
from typing import Any

from core import clock
from core.clock import PARIS
from core.typography import day_in_words
from events import partners
from events.models import PartnerLink
from events.models.season import VIEW_EVENT
from mailing import outbox
from mailing.letters import KINDS, LetterKind, Placeholder, register
from mailing.models import Message
from mailing.states import Settling
from records.models import Association
from records.services import label_of

DOOR = "events.partner_door"
PLACEHOLDERS = {
    "salutation": Placeholder("« Bonjour Camille Exemple », ou « Bonjour »", itemgetter("greeting")),
    "structure": Placeholder("la structure du partenaire", itemgetter("organisation")),
    "jusqu_au": Placeholder("le dernier jour de l’adresse", itemgetter("until")),
    "lien": Placeholder("l’adresse personnelle du partenaire", itemgetter("page"), button=True),
}


def register_kinds() -> None:
    """Make our kind of letters known."""
    register(LetterKind(
        DOOR, "adresse d’un partenaire de la saison", "events/emails/partner_door.txt", sample=_sample, settling=Settling.RESEND,
        read_with=VIEW_EVENT, secret=True, still_due=_is_open, placeholders=PLACEHOLDERS,
    ))  # fmt: skip


def post_door(link: PartnerLink, *, now: datetime) -> None:
    """Asked again within ten minutes, it is the same letter."""
    key = f"partner:{link.pk}:door:{int(now.timestamp()) // 600}"
    reply_to = Association.shown().contact_email
    outbox.post(key, KINDS[DOOR], to=link.email, context=_context(link), now=now, about=label_of(link), reply_to=reply_to)


def _context(link: PartnerLink) -> dict[str, Any]:
    return {
        "greeting": f"Bonjour {link.name}".strip(),
        "organisation": link.organisation,
        "until": day_in_words(link.expires_at.astimezone(PARIS)),
        "page": partners.address_of(link),
    }


def _is_open(message: Message) -> bool:
    """An address taken back, or at its end, opens nothing."""
    return PartnerLink.objects.alive(now=clock.now()).filter(pk=message.key.split(":")[1]).exists()


def _sample() -> dict[str, Any]:
    """A letter to an invented partner."""
    link = PartnerLink(pk=0, organisation="Secrétariat d’Exemple", name="Camille Exemple", email="partenaire@ministere.example")
    link.nonce, link.expires_at = "0" * 32, datetime(2028, 12, 31, 12, tzinfo=PARIS)
    return _context(link)
