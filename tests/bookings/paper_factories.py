"""The day of Tuesday 19 March 2019 with every fact of domain.md 2.2, its sale, and orders whose people were there."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.test import Client

from bookings import links
from bookings.models import Attendance, Booking, Seat, SessionTerms
from bookings.states import Half
from core.clock import PARIS
from programmes.demo_days import AGENDA, DAY_2019, TRAINERS
from programmes.models import AgendaItem, SessionTrainer, Trainer, TrainingSession, VatMode, Venue
from tests.billing.factories import association, siret, taxed
from tests.billing.validating import page_text
from tests.bookings.factories import conditions, exempt_training, firm, people
from tests.programmes.factories import ProgrammeFactory, SessionFactory

# Ordered a month before, joined at the 4th of March, certified the day after.
ORDERED = datetime(2019, 2, 1, 10, tzinfo=PARIS)
NEAR = datetime(2019, 3, 4, 9, tzinfo=PARIS)
EVENING = datetime(2019, 3, 19, 20, tzinfo=PARIS)
MORNING_AFTER = datetime(2019, 3, 20, 8, 30, tzinfo=PARIS)
TERMS: dict[str, Any] = {
    "opens_at": datetime(2018, 12, 10, 9, tzinfo=PARIS),
    "objectives": "Reconnaître les nouvelles ingénieries publiques\nEn situer l’intérêt\nEn essayer une sur un sujet concret",
    "conduct": "Exposés, études de cas, mises en situation et exercices, en un seul groupe.",
    "assessment": "Un exercice corrigé ensemble, l’après-midi, et un tour de table à la fin de la journée.",
}


def day_2019(vat_mode: str = VatMode.TAXED_20, *, terms: dict[str, Any] | None = None, **fields: Any) -> TrainingSession:
    """The day of the flyer, on sale."""
    association(representative="Maxime Exemple")
    conditions()
    venue = Venue.objects.get_or_create(
        name="Halle civique",
        defaults={
            "address": "27 rue Piat",
            "postcode": "75020",
            "city": "Paris",
            "access": "Métro Pyrénées ou Belleville. Entrée de plain-pied.",
        },
    )[0]
    programme = ProgrammeFactory(slug=f"journees-{TrainingSession.objects.count()}", title="Journées découverte", hue="bleu")
    row = SessionFactory(**(DAY_2019 | {"programme": programme, "venue": venue, "vat_mode": vat_mode} | fields))
    for item in AGENDA:
        AgendaItem.objects.create(session=row, **item)
    for said in TRAINERS:
        SessionTrainer.objects.create(session=row, trainer=Trainer.objects.get_or_create(name=said["name"], defaults=said)[0])
    profile = taxed() if vat_mode == VatMode.TAXED_20 else exempt_training()
    SessionTerms.objects.create(session=row, **(TERMS | {"tax_profile": profile} | (terms or {})))
    return fresh(row)


def fresh(session: TrainingSession) -> TrainingSession:
    return TrainingSession.objects.select_related("programme", "venue", "terms__tax_profile").get(pk=session.pk)


def named(count: int, first: int = 1) -> Any:
    return people(*(f"Personne Exemple {number}" for number in range(first, first + count)))


def employer(day: TrainingSession, count: int = 3, **fields: Any) -> Booking:
    """An order of a town for so many named people, firm by its number; a payer whose invoice lacks nothing."""
    said = {"places": count, "people": named(count), "payer_siret": siret(), "now": ORDERED} | fields
    return firm(day, **said)


def was_there(seats: Sequence[Seat], *halves: str) -> None:
    """Record presences, all day unless said otherwise."""
    chosen = halves or (Half.MORNING, Half.AFTERNOON)
    rows = [Attendance(seat=seat, half=half, present=True, at=EVENING, by_name="Amina Exemple") for seat in seats for half in chosen]
    Attendance.objects.bulk_create(rows)


def was_away(seat: Seat, *halves: str) -> None:
    rows = [Attendance(seat=seat, half=half, present=False, at=EVENING) for half in halves or (Half.MORNING, Half.AFTERNOON)]
    Attendance.objects.bulk_create(rows)


def seats_of(booking: Booking) -> list[Seat]:
    return list(booking.seats.select_related("booking__session").order_by("rank"))


def address(booking: Booking, end: str) -> str:
    return f"/commandes/{links.secret_of(booking)}/{end}"


def downloaded(client: Client, url: str) -> bytes:
    response = client.get(url)
    assert (response.status_code, response["Content-Type"], response["X-Content-Type-Options"]) == (200, "application/pdf", "nosniff"), url
    assert response["Content-Disposition"].startswith("attachment; ")
    return bytes(response.content)


def words_of(content: bytes, folder: Path, *options: str) -> str:
    """The text of a PDF on one line, with ordinary spaces."""
    path = folder / "page.pdf"
    path.write_bytes(content)
    return " ".join(page_text(path, *options).replace("\u00a0", " ").replace("\u202f", " ").split())
