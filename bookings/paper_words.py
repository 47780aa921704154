"""What the letters that carry papers may say: the words between braces, and the previews. Who owes them: `paper_emails`."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from functools import partial
from operator import itemgetter
from typing import Any

from billing.models import Invoice
from bookings import links
from bookings.models import Booking, Certificate, Seat
from core import clock
from core.money import euros
from core.typography import agreeing, day_in_words
from mailing.letters import Context, Example, Placeholder, listed
from programmes.models import Programme, TrainingSession, Venue

EXAMPLES = 5


def _booking(context: Context) -> Booking:
    booking: Booking = context["booking"]
    return booking


def _session(context: Context) -> TrainingSession:
    return _booking(context).session


def _seat(context: Context) -> Seat:
    seat: Seat = context["seat"]
    return seat


def _reader(context: Context) -> str:
    return "madame, monsieur" if context.get("is_payer") else _booking(context).name


THE_DAY = {
    "titre": Placeholder("le titre de la journée", lambda context: _session(context).title),
    "jour": Placeholder("« mardi 19 mars 2019 »", lambda context: day_in_words(_session(context).day, weekday=True)),
    "horaires": Placeholder("« 9 h – 18 h »", lambda context: _session(context).hours_label),
    "duree": Placeholder("« 8 heures »", lambda context: _session(context).duration),
    "lieu": Placeholder("le lieu et son adresse ; vide s’il n’est pas connu", lambda context: place_of(_session(context))),
    "contact": Placeholder("l’adresse à qui écrire", lambda context: _session(context).contact),
}
THE_ORDER = {
    "reference": Placeholder("le numéro de la commande", lambda context: _booking(context).reference),
    "payeur": Placeholder("le nom du payeur", lambda context: _booking(context).payer_name),
    "nom": Placeholder("le nom de qui a commandé ; « madame, monsieur » au service financier", _reader),
    "lien": Placeholder("l’adresse de la commande, ou de ses pièces au service financier", itemgetter("page"), button=True),
}
THE_PERSON = {
    "participant": Placeholder("le nom de la personne", lambda context: _seat(context).name, essential=True),
    "acces": Placeholder("comment venir ; vide s’il n’y a rien à dire", lambda context: _access(_session(context)), lines=True),
}
CHANGES = {
    "changements": Placeholder("le jour, les horaires et le lieu, une ligne par fait", lambda context: _now(_session(context)), lines=True)
}
ATTESTED = {
    "participant": THE_PERSON["participant"],
    "numero": Placeholder("le numéro du certificat", itemgetter("number"), essential=True),
    "verifier": Placeholder("l’adresse publique qui le vérifie", itemgetter("address")),
}
JOINED = {
    "certificats": Placeholder("« 3 certificats de réalisation, dans un seul PDF. » ; vide s’il n’y en a pas", itemgetter("certificates")),
    "a_decider": Placeholder("les places qui attendent une décision de l’équipe ; vide s’il n’y en a pas", itemgetter("undecided")),
    "factures": Placeholder("les factures jointes, une par ligne, avec leur montant et leur échéance", itemgetter("invoices"), lines=True),
    "joint": Placeholder("ce qui est joint : « la facture et les certificats »", itemgetter("joined"), essential=True),
}
LACKING = {"il_manque": Placeholder("ce qui manque, une ligne par référence", itemgetter("missing"), essential=True, lines=True)}


def place_of(session: TrainingSession) -> str:
    return session.venue.label if session.venue else ""


def _access(session: TrainingSession) -> str:
    return session.venue.access if session.venue else ""


def _now(session: TrainingSession) -> str:
    facts = (("Jour", day_in_words(session.day, weekday=True)), ("Horaires", session.hours_label), ("Lieu", place_of(session)))
    return listed(f"{label}\u00a0: {value}" for label, value in facts if value)


def context_of(
    booking: Booking,
    *,
    missing: Sequence[str] = (),
    invoices: Sequence[Invoice] = (),
    certificates: int = 0,
    undecided: int = 0,
    page: str = "",
    is_payer: bool = False,
) -> dict[str, Any]:
    """What the texts may say of an order."""
    kinds = agreeing(certificates, "certificat de réalisation.", "certificats de réalisation, dans un seul PDF.")
    billed = agreeing(len(invoices), "la facture", "les factures") if invoices else ""
    attested = agreeing(certificates, "le certificat", "les certificats") if certificates else ""
    return {
        "booking": booking,
        "page": page or links.address_of(booking),
        "is_payer": is_payer,
        "missing": listed(missing),
        "invoices": listed(_invoice_said(invoice) for invoice in invoices),
        "certificates": f"{certificates}\u00a0{kinds}" if certificates else "",
        "undecided": _undecided(undecided),
        "joined": " et ".join(filter(None, [billed, attested])),
    }


def _undecided(places: int) -> str:
    if not places:
        return ""
    said = agreeing(places, "Une place attend", f"{places}\u00a0places attendent")
    billed = agreeing(places, "elle", "elles")
    return f"{said} une décision de l’équipe, faute de présence notée toute la journée\u00a0: rien n’est facturé pour {billed} avant."


def _invoice_said(invoice: Invoice) -> str:
    due = f", à régler avant le {day_in_words(invoice.due_on)}" if invoice.due_on else ""
    return f"{invoice.number}\u00a0: {euros(invoice.gross)}{due}"


def context_of_seat(seat: Seat, certificate: Certificate | None = None, address: str = "") -> dict[str, Any]:
    return {"booking": seat.booking, "seat": seat, "number": certificate.number if certificate else "", "address": address}


# --- Previews ------------------------------------------------------------------------------------------------------------------


def sample() -> dict[str, Any]:
    """An invented order of a day."""
    now = clock.now()
    booking = _invented(now)
    invoice = Invoice(kind="INVOICE", number=f"F{now:%Y}-0012", gross=Decimal(2040), due_on=(now + timedelta(days=30)).date())
    return context_of(booking, missing=["le numéro d’engagement ou de commande"], invoices=[invoice], certificates=3)


def sample_person() -> dict[str, Any]:
    seat = Seat(pk=0, booking=_invented(clock.now()), rank=1, name="Camille Exemple", email="camille@ville.example")
    return context_of_seat(seat) | {"number": "7K3M-0QX9-ZR4T-8WHC", "address": "https://portail.example/certificats/7K3M-0QX9-ZR4T-8WHC/"}


def _invented(now: datetime) -> Booking:
    day = (now + timedelta(days=15)).date()
    programme = Programme(pk=0, slug="journees", title="Journées découverte", contact_email="journees@la27eregion.example")
    venue = Venue(
        name="Halle civique", address="27 rue Piat", postcode="75020", city="Paris", access="Métro Belleville. Entrée de plain-pied."
    )
    session = TrainingSession.objects.with_places().order_by("-day", "pk").first() or TrainingSession(
        pk=0,
        programme=programme,
        title="Journée découverte",
        day=day,
        starts_at=time(9),
        ends_at=time(18),
        hours=Decimal("8.0"),
        venue=venue,
    )
    return Booking(
        pk=0, session=session, name="Dominique Exemple", email="dominique@ville.example", payer_name="Ville d’Exemple", created_at=now,
        asked=3, nonce="0" * 32,
    )  # fmt: skip


def examples(scope: str) -> Sequence[Example]:
    return [Example(str(row.pk), f"{row.reference}, {row.payer_name}", partial(_real, row)) for row in _last(scope)]


def examples_person(scope: str) -> Sequence[Example]:
    seats = (seat for row in _last(scope) for seat in row.seats.exclude(name="").order_by("rank")[:1])
    return [Example(str(seat.pk), f"{seat.name}, {seat.booking.reference}", partial(context_of_seat, seat)) for seat in seats]


def _last(scope: str) -> list[Booking]:
    rows = Booking.objects.filter(erased_at=None).select_related("session__programme", "session__venue").order_by("-pk")
    if scope:
        rows = rows.filter(session=int(scope.partition(":")[2]))
    return list(rows[:EXAMPLES])


def _real(booking: Booking) -> dict[str, Any]:
    return context_of(booking, missing=["le numéro d’engagement ou de commande"], certificates=booking.asked)
