"""What the papers of an order and of a day say: each fact of the day's page, of the order, of the presences, and nothing else (C4, C5).

`content_of` gathers all that is printed, as plain words: two equal contents are the same paper, and its fingerprint says when to draw
again. Where it is drawn, kept and given: `services.papers`. What is issued by `billing` (invoices, credit notes) is not here.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from billing.printed import exact, tax_words
from bookings import sales, tiers
from bookings.halves import halves, hours_in_words
from bookings.models import Booking, Certificate, Seat, SessionTerms
from bookings.models.terms import REPLACED_UNTIL
from bookings.states import Paper, Payer, State
from core import pdf
from core.addresses import absolute, path_of
from core.clock import PARIS
from core.money import euros
from core.numbers import spaced
from core.refusals import Refused
from core.typography import day_in_words
from programmes.flyers import qr_code
from programmes.models import TrainingSession
from records.models import Association

PDF = "application/pdf"
_PRINTED = (
    "name", "legal_form", "baseline", "address", "postcode", "city", "phone", "siret", "vat_number", "contact_email", "website",
    "representative", "provider_number", "provider_region", "qualiopi",
)  # fmt: skip
# What the sheet leaves for whoever comes unannounced, or takes the place of another at the last moment.
BLANK_LINES = 3
_ON_ONE_PAGE = frozenset({Paper.QUOTE, Paper.JOINING})
NO_NAME = "La personne n’est pas encore nommée : sa convocation se fera quand elle le sera."
NO_CERTIFICATE = "Aucun certificat n’est établi pour cette place : il l’est après la journée, pour une présence notée."
NO_CERTIFICATES = "Aucun certificat n’est encore établi pour cette commande : ils le sont après la journée, pour les présences notées."
NOT_ASSESSED = "Aucune évaluation notée. La présence est signée par demi-journée."
NOT_SOLD = "Cette journée n’a pas encore de conditions de vente : l’équipe doit les fixer."


@dataclass(frozen=True)
class Subject:
    """A paper to be: of a day, of an order, or of one of its places."""

    kind: Paper
    session: TrainingSession
    booking: Booking | None = None
    seat: Seat | None = None

    @property
    def file_name(self) -> str:
        """« convention-JD19-0042.pdf », « convocation-JD19-0042-1.pdf », « emargement-2019-03-19.pdf »"""
        name = _NAMES[self.kind]
        if self.booking is None:
            return f"{name}-{self.session.slug}.pdf"
        return f"{name}-{self.booking.reference}{f'-{self.seat.rank}' if self.seat else ''}.pdf"


def of_order(kind: Paper, booking: Booking) -> Subject:
    return Subject(kind, booking.session, booking)


def of_seat(kind: Paper, seat: Seat) -> Subject:
    return Subject(kind, seat.booking.session, seat.booking, seat)


def of_day(session: TrainingSession) -> Subject:
    """The attendance sheet."""
    return Subject(Paper.SHEET, session)


@dataclass(frozen=True)
class Edited:
    """Which version of a paper this is, and since when: printed, and no part of its fingerprint."""

    version: int
    at: datetime


def content_of(subject: Subject) -> dict[str, Any]:
    """Return all that is printed; raises `Refused` in words for what cannot be said yet."""
    return _CONTENTS[subject.kind](subject)


def fingerprint(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def layouts_of(subject: Subject, content: dict[str, Any], edited: Edited) -> list[pdf.Layout]:
    """Return the ways to lay it out: what should hold on one page is set smaller when it does not."""
    reference = subject.booking.reference if subject.booking else ""
    context: dict[str, Any] = {"paper": content, "edited": edited, "association": _printed(), "reference": reference}
    if subject.kind in (Paper.CERTIFICATE, Paper.CERTIFICATES):
        context["certificates"] = [{**each, "qr": qr_code(each["address"])} for each in content["certificates"]]
    template, pages = f"bookings/pdf/{subject.kind.lower()}.html", 1 if subject.kind in _ON_ONE_PAGE else 0
    names = ("", "dense") if pages else ("",)
    return [pdf.Layout(pdf.markup(template, {**context, "layout": name}), pages) for name in names]


# --- The day -----------------------------------------------------------------------------------------------------


def day_of(session: TrainingSession) -> dict[str, Any]:
    """The facts of a day, in the words of its page."""
    return {
        "title": session.title,
        "hue": session.programme.hue,
        "slug": f"{session.programme.slug}-{session.slug}",
        "day": day_in_words(session.day, weekday=True),
        "when": session.when,
        "hours": session.hours_label,
        "duration": session.duration,
        "halves": [{"label": half.label, "when": half.when, "duration": half.duration} for half in halves(session)],
        "place": session.venue.label if session.venue else "",
        "access": session.venue.access if session.venue else "",
        "contact": session.contact,
        "people": [{"name": person.name, "job": person.job} for person in session.people],
    }


def _slots(session: TrainingSession) -> list[dict[str, Any]]:
    return [{"hour": slot.hour, "sequences": [[item.title, item.description] for item in slot.items]} for slot in session.slots]


def _lines(text: str) -> list[str]:
    """What is typed one a line, with or without its dash."""
    return [line.strip().removeprefix("-").strip() for line in text.splitlines() if line.strip(" -\t")]


def _terms(session: TrainingSession) -> SessionTerms:
    terms: SessionTerms | None = getattr(session, "terms", None)
    if terms is None:
        raise Refused(NOT_SOLD)
    return terms


def _printed() -> dict[str, str]:
    """The association as pages say it: its number by groups, on one line."""
    said = _association()
    return said | {"siret": spaced(said["siret"])}


def _association() -> dict[str, str]:
    association = Association.shown()
    return {name: getattr(association, name) for name in _PRINTED}


# --- The order -----------------------------------------------------------------------------------------------------


def _ordered(booking: Booking) -> dict[str, Any]:
    """Who pays, for how many, at what price: on the quote and the agreement alike."""
    seats = [seat for seat in booking.seats.all() if seat.released_at is None]
    totals, terms = sales.totals_of(booking, len(seats)), _terms(booking.session)
    profile = terms.tax_profile
    city = f"{booking.payer_postcode} {booking.payer_city}".strip()
    return {
        "reference": booking.reference,
        "payer": booking.payer_name,
        "address": [line for line in (booking.payer_address, city) if line],
        "siret": spaced(booking.payer_siret) if booking.payer_siret else "",
        "service_code": booking.service_code,
        "commitment_number": booking.commitment_number,
        "contract_number": booking.contract_number,
        "orderer": booking.name,
        "count": len(seats),
        "names": [seat.name for seat in seats if seat.name],
        "unit": f"{euros(booking.unit_price)} TTC" if booking.unit_price else "gratuit",
        "price_note": booking.price_note,
        "rate": tax_words(profile.category, profile.rate),
        "mention": profile.exemption_text,
        "net": exact(totals.net),
        "vat": exact(totals.vat),
        "gross": exact(totals.gross),
        "is_free": not booking.unit_price,
        "is_public": booking.payer == Payer.PUBLIC,
        "conditions": booking.conditions.version,
        "accepted_on": day_in_words(booking.accepted_at.astimezone(PARIS)),
        "tiers": tiers.in_words(booking.conditions, booking.session.day),
        "association": _association(),
    }


def _quote(subject: Subject) -> dict[str, Any]:
    booking = _of_order(subject)
    held = booking.holds_until if booking.state == State.HELD else None
    until = day_in_words(held.astimezone(PARIS)) if held else ""
    return {"day": day_of(subject.session), "order": _ordered(booking), "until": until}


def _agreement(subject: Subject) -> dict[str, Any]:
    """Every mention of C5: title, nature, duration, headcount, conduct and assessment, price and public contributions."""
    booking, session = _of_order(subject), subject.session
    terms = _terms(session)
    return {
        "day": day_of(session),
        "order": _ordered(booking),
        "nature": f"Action de formation en présence, en un groupe de {session.seats} personnes au plus",
        "objectives": _lines(terms.objectives),
        "conduct": terms.conduct.strip(),
        "slots": _slots(session),
        "assessment": terms.assessment.strip() or NOT_ASSESSED,
        "public_contributions": terms.public_contributions.strip() or "aucune",
    }


def _of_order(subject: Subject) -> Booking:
    if subject.booking is None:
        raise ValueError(f"{subject.kind} is a paper of an order")
    return subject.booking


def _of_seat(subject: Subject) -> Seat:
    if subject.seat is None:
        raise ValueError(f"{subject.kind} is a paper of a place")
    return subject.seat


# --- The people ------------------------------------------------------------------------------------------------------


def _joining(subject: Subject) -> dict[str, Any]:
    seat, booking = _of_seat(subject), _of_order(subject)
    if not seat.name:
        raise Refused(NO_NAME)
    return {
        "day": day_of(subject.session),
        "slots": _slots(subject.session),
        "name": seat.name,
        "job": seat.job,
        "employer": employer_of(booking),
        "reference": booking.reference,
        "replaced_until": day_in_words(subject.session.day - REPLACED_UNTIL, weekday=True),
        "association": _association(),
    }


def employer_of(booking: Booking) -> str:
    """Who sends somebody; a person who comes for themselves is sent by nobody."""
    return "" if booking.payer == Payer.PERSON else booking.payer_name


def _sheet(subject: Subject) -> dict[str, Any]:
    """The expected by order of name, those not named yet at the end; the trainers; lines to write in. Never a need."""
    rows = Seat.objects.filter(booking__session=subject.session, booking__state=State.FIRM, released_at=None)
    seats = rows.select_related("booking").order_by("pk")
    people = sorted(((seat.name, employer_of(seat.booking)) for seat in seats), key=lambda row: (not row[0], row[0].lower(), row[1]))
    return {
        "day": day_of(subject.session),
        "rows": [{"name": name, "employer": employer} for name, employer in people],
        "blanks": list(range(BLANK_LINES)),
        "association": _association(),
    }


def _certificate(subject: Subject) -> dict[str, Any]:
    """What was attested, frozen: the association's own data is as on the day of the drawing."""
    found = Certificate.objects.good().filter(seat=_of_seat(subject)).order_by("pk").last()
    if found is None:
        raise Refused(NO_CERTIFICATE)
    return {"day": _cover(subject.session), "certificates": [attested(found)]}


def _certificates(subject: Subject) -> dict[str, Any]:
    """All those of an order, one a page, by the order of its places."""
    rows = Certificate.objects.good().filter(seat__booking=_of_order(subject)).order_by("seat__rank", "pk")
    if not rows:
        raise Refused(NO_CERTIFICATES)
    return {"day": _cover(subject.session), "certificates": [attested(row) for row in rows]}


def attested(row: Certificate) -> dict[str, Any]:
    """What a certificate says, in words: the paper, and the page that verifies it."""
    return {
        "number": row.number,
        "address": absolute(path_of("certificate", row.number)),
        "name": row.name,
        "employer": row.employer,
        "title": row.title,
        "day": day_in_words(row.day, weekday=True),
        "place": row.place,
        "hours": hours_in_words(Decimal(row.hours)),
        "objectives": _lines(row.objectives),
        "issued_on": day_in_words(row.issued_at.astimezone(PARIS)),
    }


def _cover(session: TrainingSession) -> dict[str, str]:
    return {"hue": session.programme.hue, "slug": f"{session.programme.slug}-{session.slug}"}


_NAMES: dict[Paper, str] = {
    Paper.QUOTE: "devis",
    Paper.AGREEMENT: "convention",
    Paper.SIGNED: "convention-signee",
    Paper.JOINING: "convocation",
    Paper.SHEET: "emargement",
    Paper.CERTIFICATE: "certificat",
    Paper.CERTIFICATES: "certificats",
}
_CONTENTS: dict[Paper, Callable[[Subject], dict[str, Any]]] = {
    Paper.QUOTE: _quote,
    Paper.AGREEMENT: _agreement,
    Paper.JOINING: _joining,
    Paper.SHEET: _sheet,
    Paper.CERTIFICATE: _certificate,
    Paper.CERTIFICATES: _certificates,
}
DRAWN: Sequence[Paper] = tuple(_CONTENTS)
