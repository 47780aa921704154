"""The letters of what changes in an order: somebody replaced, places cancelled, another day, a day that is maintained or called off.

Their words are in templates/bookings/emails/; what may stand between braces is below (the convention: `mailing/letters.py`).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from operator import itemgetter
from typing import Any

from billing.models import Invoice
from bookings import links, notes
from bookings.asks import Person
from bookings.models import Booking, Seat
from bookings.models.booking import VIEW_BOOKING
from bookings.states import State
from core.money import euros
from core.typography import agreeing
from mailing import outbox
from mailing.letters import KINDS, Context, Example, LetterKind, Placeholder, listed, register
from mailing.models import Batch, Message
from mailing.outbox import Owed
from mailing.states import Settling
from programmes.models import TrainingSession
from records.services import label_of

REPLACED, REPLACED_FORMER, REPLACED_TOLD = "bookings.replaced", "bookings.replaced_former", "bookings.replaced_told"
CANCELLED, CALLED_OFF, MOVED, MAINTAINED = "bookings.cancelled", "bookings.called_off", "bookings.moved", "bookings.maintained"
EXAMPLES = 5
_FOLDER = "bookings/emails"


def _venue(context: Context) -> str:
    venue = context["session"].venue
    return venue.label if venue else ""


def _money(name: str) -> Any:
    return lambda context: euros(context[name]) if context[name] else ""


def _another(context: Context) -> str:
    """No other date is offered where there is none."""
    if not context["others"]:
        return "Aucune autre date n’a de places pour l’instant."
    return "Une autre date vous va ? Choisissez-la sur votre page : mêmes personnes, même prix, en un clic."


ABOUT_IT = {
    "salutation": Placeholder("« Bonjour Camille Exemple », ou « Bonjour »", itemgetter("greeting")),
    "titre": Placeholder("le titre de la journée", lambda context: context["session"].title),
    "quand": Placeholder("le jour et les heures", lambda context: context["session"].when),
    "lieu": Placeholder("le lieu et son adresse", _venue),
    "commande": Placeholder("la référence de la commande", lambda context: context["booking"].reference),
}
FOLLOWED = ABOUT_IT | {"lien": Placeholder("l’adresse personnelle de la commande", itemgetter("page"), button=True)}
WHO = {
    "par": Placeholder("qui a commandé la place", lambda context: context["booking"].name),
    "employeur": Placeholder("qui la paie", lambda context: context["booking"].payer_name),
}
PUBLIC = {"lien": Placeholder("la page publique de la journée", itemgetter("public"), button=True)}
BOTH = {
    "ancienne": Placeholder("qui venait", itemgetter("former"), essential=True),
    "nouvelle": Placeholder("qui vient", itemgetter("person"), essential=True),
}
MONEY = {
    "places": Placeholder("« 2 places »", itemgetter("places")),
    "rendu": Placeholder("ce qui n’est plus dû, ou est rendu ; vide si rien", _money("back")),
    "reste_du": Placeholder("ce qui reste dû ; vide si rien", _money("kept")),
    "motif": Placeholder("ce que l’équipe a écrit ; peut être vide", itemgetter("words"), lines=True),
} | notes.LISTED  # fmt: skip
OTHERS = {
    "autre_date": Placeholder("comment choisir une autre date ; s’il n’en est pas, qu’il n’en est pas", _another),
    "autres_dates": Placeholder("les autres dates où il reste des places", lambda context: listed(context["others"]), lines=True),
}
BEFORE = {"avant": Placeholder("le jour d’avant", itemgetter("before"), essential=True)}


def register_kinds() -> None:
    """Make our kinds of letters known."""
    kind = partial(LetterKind, sample=_sample, settling=Settling.RESEND, read_with=VIEW_BOOKING, examples=_last)
    register(kind(REPLACED, "place d’une journée : à qui vient", f"{_FOLDER}/replaced.txt", placeholders=ABOUT_IT | WHO | PUBLIC))
    former = f"{_FOLDER}/replaced_former.txt"
    register(kind(REPLACED_FORMER, "place d’une journée : à qui ne vient plus", former, placeholders=ABOUT_IT | WHO))
    told = f"{_FOLDER}/replaced_told.txt"
    register(kind(REPLACED_TOLD, "participant remplacé : à qui a commandé", told, placeholders=FOLLOWED | BOTH))
    credited = partial(kind, attach=notes.attached)
    register(credited(CANCELLED, "places annulées", f"{_FOLDER}/seats_cancelled.txt", placeholders=FOLLOWED | MONEY))
    register(credited(
        CALLED_OFF, "journée annulée par nous : remboursement, autres dates", f"{_FOLDER}/called_off.txt",
        placeholders=FOLLOWED | MONEY | OTHERS, in_working_hours=True,
    ))  # fmt: skip
    register(kind(MOVED, "commande passée à une autre journée", f"{_FOLDER}/moved.txt", placeholders=FOLLOWED | BEFORE | MONEY))
    register(kind(
        MAINTAINED, "journée maintenue", f"{_FOLDER}/maintained.txt", placeholders=FOLLOWED, still_due=_is_firm, in_working_hours=True
    ))  # fmt: skip


# --- Posting ------------------------------------------------------------------------------------------------------


def post_replaced(seat: Seat, former: Person, *, now: datetime) -> None:
    """Tell each of the two who has an address; and who ordered, when that is somebody else."""
    booking, stamp = seat.booking, _stamp(now)
    names = {"former": former.name or f"place {seat.rank}", "person": seat.name}
    if seat.email:
        said = {"greeting": f"Bonjour {seat.name}", **names}
        _post(f"seat:{seat.pk}:replaced:{stamp}", REPLACED, booking, to=seat.email, now=now, **said)
    if former.email and former.email != seat.email:
        said = {"greeting": f"Bonjour {former.name}".strip(), **names}
        _post(f"seat:{seat.pk}:former:{stamp}", REPLACED_FORMER, booking, to=former.email, now=now, **said)
    if booking.email != seat.email:
        _post(f"seat:{seat.pk}:told:{stamp}", REPLACED_TOLD, booking, now=now, **names)


def post_cancelled(
    booking: Booking, places: str, back: Decimal, kept: Decimal, credited: Sequence[Invoice], *, words: str, now: datetime
) -> None:
    """Say what was cancelled and what becomes of the money."""
    money: dict[str, Any] = {"places": places, "back": back, "kept": kept, "notes": credited, "words": words}
    _post(notes.key_with(f"booking:{booking.pk}:cancelled:{_stamp(now)}", credited), CANCELLED, booking, now=now, **money)


def post_called_off(
    booking: Booking, back: Decimal, credited: Sequence[Invoice], others: Iterable[TrainingSession], *, now: datetime
) -> None:
    """Say what is given back, all of it, and the other dates; the page of the order takes another in one press."""
    said: dict[str, Any] = {
        "back": back,
        "notes": credited,
        "others": [other.when for other in others],
        "words": booking.session.cancellation_reason,
    }
    _post(notes.key_with(f"booking:{booking.pk}:called-off:{_stamp(now)}", credited), CALLED_OFF, booking, now=now, **said)


def post_moved(booking: Booking, before: TrainingSession, *, words: str, now: datetime) -> None:
    _post(f"booking:{booking.pk}:moved:{_stamp(now)}", MOVED, booking, now=now, before=before.when, words=words)


def post_maintained(bookings: Iterable[Booking], *, batch: Batch, now: datetime) -> None:
    """Tell everybody that the day takes place: a letter of a group act."""
    owed = [
        Owed(
            f"booking:{row.pk}:maintained:{batch.pk}", row.email, context_of(row), about=label_of(row), reply_to=row.session.contact
        )
        for row in bookings
    ]  # fmt: skip
    outbox.post_all(KINDS[MAINTAINED], owed, batch=batch, now=now)


def rendered(kind: str, booking: Booking) -> tuple[str, str]:
    """Return subject and text of a letter, as it would leave."""
    return outbox.render(KINDS[kind], context_of(booking))


def _post(key: str, kind: str, booking: Booking, *, now: datetime, to: str = "", **said: Any) -> None:
    context = {**context_of(booking), **said}
    about, reply_to = label_of(booking), booking.session.contact
    outbox.post(key, KINDS[kind], to=to or booking.email, context=context, now=now, about=about, reply_to=reply_to)


def context_of(booking: Booking) -> dict[str, Any]:
    """What any of these letters may say; those with money or names add theirs."""
    from core.addresses import absolute

    session = booking.session
    return {
        "booking": booking, "session": session, "greeting": f"Bonjour {booking.name}".strip(), "page": links.address_of(booking),
        "public": absolute(session.get_absolute_url()), "places": "", "back": Decimal(0), "kept": Decimal(0), "notes": [], "words": "",
        "others": [], "before": session.when, "former": "", "person": "",
    }  # fmt: skip


def booking_of(message: Message) -> Booking | None:
    """Find the order a letter is about."""
    pk = message.about.rpartition(":")[2]
    return Booking.objects.select_related("session__programme", "session__venue").filter(pk=pk or 0).first()


def _is_firm(message: Message) -> bool:
    booking = booking_of(message)
    return bool(booking and booking.state == State.FIRM and not booking.session.cancelled_at)


def _stamp(now: datetime) -> str:
    return f"{now.timestamp():.6f}".replace(".", "")


# --- Samples ------------------------------------------------------------------------------------------------------


def _invented(context: dict[str, Any]) -> dict[str, Any]:
    """What a row does not remember: an invented person and an invented amount."""
    places = f"2\u00a0{agreeing(2, 'place', 'places')}"
    money = {"places": places, "back": Decimal(680), "kept": Decimal(680), "others": ["jeudi 11 avril 2019, 9 h – 18 h"]}
    return context | money | {"former": "Camille Exemple", "person": "Dominique Exemple", "words": "Comme convenu au téléphone."}


def _sample() -> dict[str, Any]:
    from bookings.change_samples import sample

    return _invented(context_of(sample()))


def _last(scope: str) -> Sequence[Example]:
    rows = Booking.objects.select_related("session__programme", "session__venue").filter(erased_at=None).order_by("-created_at", "-pk")
    return [Example(str(row.pk), str(row), partial(_of_row, row)) for row in rows[:EXAMPLES]]


def _of_row(booking: Booking) -> dict[str, Any]:
    return _invented(context_of(booking))
