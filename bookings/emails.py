"""The letters about an order of places, to who orders. Their words are in templates/bookings/emails/; each carries the order's own link.

They answer an act, or keep the hour of C2: none waits for working hours (domain.md G8). What may stand between braces is below.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from operator import itemgetter
from typing import Any

from billing.models import Invoice
from bookings import letter_words as words
from bookings import links, notes
from bookings.models import VIEW_BOOKING, Booking, PlaceOffer
from bookings.states import State
from core.addresses import absolute
from mailing import outbox
from mailing.letters import KINDS, LetterKind, Placeholder, register
from mailing.models import Message
from mailing.states import Settling
from programmes.models import TrainingSession
from records.services import label_of

TO_PROVE, LINK, TOO_EARLY = "bookings.to_prove", "bookings.link", "bookings.too_early"
HELD, WAITING, FIRM, WITHDRAWN = "bookings.held", "bookings.waiting", "bookings.firm", "bookings.withdrawn"
OFFER, OFFER_EXPIRED = "bookings.offer", "bookings.offer_expired"
REMINDER, LAPSED, PAID_LATE = "bookings.hold_reminder", "bookings.lapsed", "bookings.paid_late"
_FOLDER = "bookings/emails"
MOST_A_DAY = 20
TEN_MINUTES = 600

_DAY = {
    "titre": Placeholder("le titre de la journée", lambda context: context["session"].title),
    "quand": Placeholder("le jour et les heures", lambda context: context["session"].when),
    "ou": Placeholder("le lieu ; peut être vide", lambda context: context["session"].where),
}
_IT = _DAY | {
    "salutation": Placeholder("« Bonjour Camille Exemple », ou « Bonjour »", itemgetter("greeting")),
    "reference": Placeholder("la référence de la commande", lambda context: context["booking"].reference),
    "places": Placeholder("« 2 places »", lambda context: words.places(context["count"])),
    "prix": Placeholder("ce que coûtent ces places, taxes comprises et hors taxes", words.price),
    "tarif": Placeholder("pourquoi ce tarif ; vide au tarif général", lambda context: context["booking"].price_note),
    "lien": Placeholder("l’adresse personnelle de la commande", itemgetter("page"), button=True),
}
_HELD = _IT | {
    "fin": Placeholder("jusqu’à quand les places sont tenues", words.end, essential=True),
    "suite": Placeholder("ce qui rend la commande ferme, selon qui paie", words.what_next, lines=True),
    "noms": Placeholder("jusqu’à quand donner les noms ; vide quand ils y sont tous", words.names, lines=True),
}


def register_kinds() -> None:
    """Make our kinds of letters known."""
    from bookings.letter_samples import examples, no_example, sample

    kind = partial(LetterKind, sample=sample, settling=Settling.RESEND, read_with=VIEW_BOOKING, examples=examples)
    secret = partial(kind, secret=True, examples=no_example)
    proof = _IT | {"tenue": Placeholder("jusqu’à quand les places sont tenues, ou la liste d’attente", words.held_or_waits, lines=True)}
    register(
        secret(TO_PROVE, "commande de places : adresse à confirmer", f"{_FOLDER}/to_prove.txt", placeholders=proof, still_due=_unproven)
    )
    register(secret(LINK, "commande de places : lien redonné", f"{_FOLDER}/link.txt", placeholders=_IT))
    early = _DAY | {
        "ouverture": Placeholder("quand la réservation ouvre, et à qui", itemgetter("opening"), essential=True),
        "lien": Placeholder("l’adresse de la page de la journée", itemgetter("page"), button=True),
    }
    register(
        kind(TOO_EARLY, "journée pas encore ouverte à cette adresse", f"{_FOLDER}/too_early.txt", placeholders=early, examples=no_example)
    )
    register(kind(HELD, "places tenues", f"{_FOLDER}/held.txt", placeholders=_HELD, still_due=_held))
    register(
        kind(REMINDER, "fin de la tenue des places : rappel", f"{_FOLDER}/hold_reminder.txt", placeholders=_HELD, still_due=_same_hold)
    )
    names = {"noms": _HELD["noms"], "ensuite": Placeholder("facture et convocation à venir", words.after_firm, lines=True)}
    register(kind(FIRM, "commande de places ferme", f"{_FOLDER}/firm.txt", placeholders=_IT | names, still_due=_firm))
    _register_waiting(kind)


def _register_waiting(kind: Any) -> None:
    rank = {
        "rang": Placeholder("le rang sur la liste d’attente", lambda context: str(context["rank"]), essential=True),
        "pourquoi": Placeholder("pourquoi aucune place n’est proposée ; peut être vide", itemgetter("why"), lines=True),
    }
    register(kind(WAITING, "liste d’attente d’une journée", f"{_FOLDER}/waiting.txt", placeholders=_IT | rank, still_due=_waits))
    offered = {
        "fin": Placeholder("jusqu’à quand répondre", lambda context: words.moment(context["offer"].expires_at), essential=True),
        "offertes": Placeholder("les places proposées", lambda context: words.places(context["offer"].places), essential=True),
        "prix": Placeholder("ce que coûtent les places proposées", words.offered_price),
        "partielle": Placeholder("quand il y en a moins que demandé ; sinon vide", words.partial_offer, lines=True),
    }
    register(kind(OFFER, "places proposées à la liste d’attente", f"{_FOLDER}/offer.txt", placeholders=_IT | offered, still_due=_offered))
    register(kind(OFFER_EXPIRED, "offre de places expirée", f"{_FOLDER}/offer_expired.txt", placeholders=_IT))
    register(kind(LAPSED, "places rendues, faute de commande ferme", f"{_FOLDER}/lapsed.txt", placeholders=_IT, still_due=_lapsed))
    register(kind(PAID_LATE, "paiement reçu après la fin de la tenue", f"{_FOLDER}/paid_late.txt", placeholders=_IT))
    withdrawn = f"{_FOLDER}/withdrawn.txt"
    register(kind(WITHDRAWN, "commande de places retirée", withdrawn, placeholders=_IT | notes.LISTED, attach=notes.attached))


# --- Posting ----------------------------------------------------------------------------------------------------------


def has_enough(email: str, *, now: datetime) -> bool:
    """Whether an address was sent links often enough for a day: somebody else may be typing it."""
    rows = Message.objects.filter(to=email, kind__in=[TO_PROVE, LINK, TOO_EARLY], created_at__gt=now - timedelta(days=1))
    return rows.count() >= MOST_A_DAY


def post_to_prove(booking: Booking, *, now: datetime) -> None:
    _post("to_prove", TO_PROVE, booking, now=now, count=booking.asked)


def post_link(booking: Booking, *, now: datetime) -> None:
    """Asked again within ten minutes, it is the same letter."""
    _post(f"link:{int(now.timestamp()) // TEN_MINUTES}", LINK, booking, now=now)


def post_too_early(session: TrainingSession, email: str, *, opening: str, now: datetime) -> None:
    """Say to an address, and not on the page, that the day is not open to it yet."""
    key = f"session:{session.pk}:early:{email}:{int(now.timestamp()) // TEN_MINUTES}"[:200]
    context = {"session": session, "opening": opening, "page": absolute(session.get_absolute_url())}
    outbox.post(key, KINDS[TOO_EARLY], to=email, context=context, now=now, about=label_of(session), reply_to=session.contact)


def post_held(booking: Booking, *, now: datetime) -> None:
    _post(f"held:{stamp(booking.holds_until)}", HELD, booking, now=now)


def post_hold_reminder(booking: Booking, days: int, *, now: datetime) -> None:
    """A moved end is another letter."""
    _post(f"hold:{stamp(booking.holds_until)}:{days}", REMINDER, booking, now=now)


def post_lapsed(booking: Booking, *, now: datetime) -> None:
    _post(f"lapsed:{stamp(now)}", LAPSED, booking, now=now)


def post_firm(booking: Booking, *, now: datetime) -> None:
    _post("firm", FIRM, booking, now=now)


def post_waiting(booking: Booking, *, rank: int, why: str, now: datetime) -> None:
    """Once for each time it begins to wait."""
    _post(f"waiting:{stamp(booking.waits_since)}", WAITING, booking, now=now, rank=rank, why=why)


def post_offer(booking: Booking, offer: PlaceOffer, *, now: datetime) -> None:
    _post(f"offer:{offer.pk}", OFFER, booking, now=now, offer=offer)


def post_offer_expired(booking: Booking, offer: PlaceOffer, *, now: datetime) -> None:
    _post(f"offer:{offer.pk}:expired", OFFER_EXPIRED, booking, now=now)


def post_paid_late(booking: Booking, payment: int, *, now: datetime) -> None:
    _post(f"paid_late:{payment}", PAID_LATE, booking, now=now)


def post_withdrawn(booking: Booking, credited: Sequence[Invoice] = (), *, now: datetime) -> None:
    _post(notes.key_with("withdrawn", credited), WITHDRAWN, booking, now=now, notes=credited)


def forget(booking: Booking, *, now: datetime) -> int:
    """Blank the letters about an order that is erased."""
    return outbox.forget(label_of(booking), now)


def _post(fact: str, kind: str, booking: Booking, *, now: datetime, **more: Any) -> None:
    if not booking.email:
        return
    said: dict[str, Any] = {"about": label_of(booking), "reply_to": booking.session.contact}
    context = context_of(booking) | more
    key = f"booking:{booking.pk}:{fact}"
    outbox.post(key, KINDS[kind], to=booking.email, context=context, now=now, is_new=booking.just_made, **said)


def context_of(booking: Booking) -> dict[str, Any]:
    """What every letter about an order reads; the places are counted when a letter says them."""
    return {
        "booking": booking, "session": booking.session, "greeting": f"Bonjour {booking.name}".strip(), "page": links.address_of(booking),
        "count": booking.asked, "rank": 1, "why": "", "opening": "", "notes": [],
    }  # fmt: skip


def stamp(moment: datetime | None) -> str:
    return str(int(moment.timestamp())) if moment else ""


# --- Asked again when they leave -------------------------------------------------------------------------------------------


def _row(message: Message) -> Booking | None:
    return Booking.objects.filter(pk=message.about.rpartition(":")[2] or 0).first()


def _unproven(message: Message) -> bool:
    row = _row(message)
    return row is not None and row.proven_at is None and row.state != State.CANCELLED


def _is(message: Message, state: State) -> bool:
    row = _row(message)
    return row is not None and row.state == state


def _held(message: Message) -> bool:
    return _is(message, State.HELD)


def _same_hold(message: Message) -> bool:
    """Still held, until the moment the letter says."""
    row = _row(message)
    return row is not None and row.state == State.HELD and stamp(row.holds_until) == message.key.split(":")[3]


def _firm(message: Message) -> bool:
    return _is(message, State.FIRM)


def _waits(message: Message) -> bool:
    return _is(message, State.WAITING)


def _lapsed(message: Message) -> bool:
    return _is(message, State.LAPSED)


def _offered(message: Message) -> bool:
    """The very offer is still open."""
    return PlaceOffer.objects.filter(pk=message.key.rpartition(":")[2], ending="").exists()
