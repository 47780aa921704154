"""The demonstration of orders: the day of 19 March 2019 sold but for one place, the next on sale, one full, one kept to members.

All invented, rows only: no letter leaves. Each day is loaded once; what a person changed stays so.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from billing.models import TaxProfile
from billing.states import VatCategory
from bookings import demo_terms, links, seats, trainers
from bookings.models import Attendance, Booking, BookingStep, PlaceOffer, SaleConditions, Seat, SessionTerms
from bookings.openings import terms_of
from bookings.states import Firmness, Half, Payer, State
from core import clock
from core.clock import PARIS
from core.registry import Link
from programmes.models import TrainingSession, VatMode
from programmes.models.session import VAT_RATE

DAYS = ("2019-03-19", "prochaine", "complete", "journee-longue")
ABSENT = 7
_FIRST = ("Anaïs", "Bakary", "Chloé", "Dimitri", "Élise", "Farid", "Garance", "Hugo", "Inès", "Jules", "Khadija", "Léo", "Maëlle", "Noé")
_LAST = ("Exemple", "d’Exemple", "Exemple-Martin", "Exemple de la Rive", "L’Exemple")
_HARD = "Marie-Ange Élisabeth d’Exemple-de-la-Très-Longue-Lignée-des-Personnes-Inventées"
_JOBS = ("chargée de mission", "cadre de santé", "bibliothécaire", "cheffe de projet", "agent d’accueil")


@dataclass(frozen=True)
class Sold:
    """An order to be: `days` ago it was made; what it became."""

    payer: str
    places: int
    state: State
    days: int
    kind: Payer = Payer.PUBLIC
    number: str = ""
    named: int | None = None
    fewer: bool = False
    offered: int = 0


ARCHIVE = (
    Sold("Ville d’Exemple", 4, State.FIRM, 0, number="EJ-2019-0141"),
    Sold("Département d’Exemple", 5, State.FIRM, 6, number="2019-BC-77"),
    Sold("Centre hospitalier d’Exemple", 3, State.FIRM, 12, number="CH-4410"),
    Sold("Agglomération d’Exemple", 6, State.FIRM, 20, number="EJ-2019-0207"),
    Sold("Association d’Exemple", 1, State.FIRM, 25, kind=Payer.PRIVATE),
)  # fmt: skip
NEXT = (
    Sold("Ville d’Exemple", 4, State.FIRM, 8, number="EJ-0042"),
    Sold("Région d’Exemple", 3, State.FIRM, 6, number="BC-2210", named=1),
    Sold("Médiathèque d’Exemple", 3, State.HELD, 9, named=2),
    Sold("Atelier Exemple", 2, State.HELD, 2, kind=Payer.PRIVATE),
    Sold("Sacha Exemple", 1, State.FIRM, 4, kind=Payer.PERSON),
    Sold("Office d’Exemple", 2, State.LAPSED, 30, named=0),
    Sold("Syndicat d’Exemple", 1, State.CANCELLED, 7),
)  # fmt: skip
FULL = (
    Sold("Ville d’Exemple", 5, State.FIRM, 15, number="EJ-0107"),
    Sold("Département d’Exemple", 4, State.FIRM, 14, number="BC-31"),
    Sold("Métropole d’Exemple", 2, State.HELD, 3, named=0),
    Sold("Hôpital d’Exemple", 1, State.WAITING, 5, offered=1),
    Sold("Bibliothèque d’Exemple", 4, State.WAITING, 4),
    Sold("Préfecture d’Exemple", 2, State.WAITING, 1, fewer=True),
)  # fmt: skip


@transaction.atomic
def load(scale: int) -> None:
    """Load what is missing: a day that has terms is left as it is."""
    now = clock.now()
    days = {row.slug: row for row in TrainingSession.objects.filter(slug__in=DAYS).select_related("programme", "venue")}
    new = {slug: row for slug, row in days.items() if terms_of(row) is None}
    if not new:
        return
    conditions = _conditions()
    for slug, row in new.items():
        _sell(row, now)
        _orders(row, *_plan(slug, now), conditions=conditions)
        TrainingSession.objects.filter(pk=row.pk).update(taken=seats.recount(row))


def doors(now: datetime) -> Iterator[Link]:
    """The page of a trainer of the first demonstration day that one still opens, for `manage.py accounts`."""
    since = now.astimezone(PARIS).date() - trainers.OPEN_AFTER
    for day in TrainingSession.objects.filter(slug__in=DAYS, day__gte=since).select_related("programme").order_by("day", "pk"):
        for person in day.people[:1]:
            link = trainers.link_for(day, person, now=now)
            note = f"page de formateur, sans compte, {day.when}"
            yield Link(str(person), trainers.address_of(link), note)
            return


def _plan(slug: str, now: datetime) -> tuple[Iterable[Sold], datetime]:
    """What is ordered, and the moment the days are counted from: forward in the archive, back from now elsewhere."""
    if slug == DAYS[0]:
        return ARCHIVE, datetime(2019, 1, 8, 10, tzinfo=PARIS)
    return {"prochaine": NEXT, "complete": FULL}.get(slug, ()), now


def _conditions() -> SaleConditions:
    found = SaleConditions.objects.order_by("version").first()
    if found is None:
        found = SaleConditions(version=1, text=demo_terms.CONDITIONS, tiers=demo_terms.TIERS, by_name="Démonstration")
        found.in_force_from = datetime(2018, 12, 1, 9, tzinfo=PARIS)
        found.save()
    return found


def _sell(row: TrainingSession, now: datetime) -> None:
    opens = {"2019-03-19": datetime(2018, 12, 17, 9, tzinfo=PARIS), "journee-longue": _at_nine(now + timedelta(days=3))}
    SessionTerms.objects.create(
        session=row, opens_at=opens.get(row.slug, _at_nine(now - timedelta(days=40))), tax_profile=_regime(row), minimum=min(8, row.seats),
        member_price=Decimal(600) if row.slug == "prochaine" else None, **demo_terms.SAID,
    )  # fmt: skip


def _at_nine(moment: datetime) -> datetime:
    return datetime.combine(moment.astimezone(PARIS).date(), time(9), PARIS)


def _regime(row: TrainingSession) -> TaxProfile:
    """The regime that the day's page says; the association chooses it, here it is invented."""
    if row.vat_mode == VatMode.TAXED_20:
        wanted: dict[str, Any] = {"category": VatCategory.TAXED, "rate": VAT_RATE}
        name, more = "Formation, TVA à 20\u00a0% (démonstration)", {"account": "706"}
    else:
        wanted = {"category": VatCategory.EXEMPT, "exemption_code": "VATEX-FR-CGI261-4"}
        said = "Exonération de TVA, article 261, 4-4° a du CGI"
        name, more = "Formation exonérée (démonstration)", {"account": "706", "exemption_text": said}
    found = TaxProfile.objects.filter(**wanted, account="706").order_by("pk").first()
    return found or TaxProfile.objects.get_or_create(name=name, defaults={**wanted, **more})[0]


# --- Orders ----------------------------------------------------------------------------------------------------------------


def _orders(row: TrainingSession, plan: Iterable[Sold], origin: datetime, *, conditions: SaleConditions) -> None:
    is_past = row.slug == DAYS[0]
    person = 0
    for number, sold in enumerate(plan):
        at = origin + timedelta(days=sold.days) if is_past else origin - timedelta(days=sold.days)
        if at > clock.now():  # the clock may be set before the archive
            continue
        booking = _booking(row, sold, number, at, conditions)
        booking.save()
        places = _seats(booking, sold, person, at)
        person += sold.places
        _history(booking, sold, at)
        if sold.offered:
            until = origin + timedelta(hours=60)
            PlaceOffer.objects.create(booking=booking, places=sold.offered, made_at=origin - timedelta(hours=12), expires_at=until)
        if is_past:
            _presences(places, row.day)


def _booking(row: TrainingSession, sold: Sold, number: int, at: datetime, conditions: SaleConditions) -> Booking:
    booking = Booking(
        session=row, state=sold.state, email=f"commande-{row.pk}-{number}@exemple.example", name=_name(number), asked=sold.places,
        takes_fewer=sold.fewer, payer=sold.kind, payer_name=sold.payer, payer_address=f"{number + 1}, place de l’Exemple",
        payer_postcode="35000", payer_city="Exempleville", commitment_number=sold.number, unit_price=row.price, conditions=conditions,
        accepted_at=at, created_at=at, proven_at=at,
    )  # fmt: skip
    if sold.state == State.FIRM:
        booking.firm_at, booking.firm_by = at + timedelta(hours=2), Firmness.ORDER if sold.number else Firmness.STAFF
    elif sold.state == State.WAITING:
        booking.waits_since = at
    else:
        booking.holds_until = at.astimezone(PARIS) + timedelta(days=15)
        booking.closed_at = None if sold.state == State.HELD else at + timedelta(days=15)
    return links.make(booking)


def _name(number: int) -> str:
    return _HARD if number == ABSENT else f"{_FIRST[number % len(_FIRST)]} {_LAST[(number // len(_FIRST) + number) % len(_LAST)]}"


def _seats(booking: Booking, sold: Sold, first: int, at: datetime) -> list[Seat]:
    named = sold.places if sold.named is None else sold.named
    rows = []
    for rank in range(1, sold.places + 1):
        number = first + rank
        seat = Seat(booking=booking, rank=rank)
        if rank <= named:
            seat.name, seat.job, seat.named_at = _name(number), _JOBS[number % len(_JOBS)], at
            seat.email = f"participant-{booking.pk}-{rank}@exemple.example"
            seat.needs = demo_terms.NEEDS.get(number, "") if booking.session.slug != DAYS[0] else ""
        rows.append(seat)
    return Seat.objects.bulk_create(rows)


def _history(booking: Booking, sold: Sold, at: datetime) -> None:
    began = State.WAITING if sold.state == State.WAITING else State.HELD
    steps = [BookingStep(booking=booking, to_state=began, at=at, by_name=booking.name, words="Commande de places.")]
    if sold.state == State.FIRM:
        words = f"{Firmness(booking.firm_by).label} {sold.number}".strip()
        steps.append(BookingStep(booking=booking, to_state=State.FIRM, at=at + timedelta(hours=2), by_name=booking.name, words=words))
    elif sold.state in (State.LAPSED, State.CANCELLED):
        steps.append(BookingStep(booking=booking, to_state=sold.state, at=booking.closed_at or at, by_name="Portail"))
    BookingStep.objects.bulk_create(steps)


def _presences(places: list[Seat], day: date) -> None:
    """Of a day that is over: everybody was there but one."""
    noted = {Half.MORNING: time(9, 30), Half.AFTERNOON: time(14, 30)}
    if clock.now().astimezone(PARIS).date() <= day:
        return
    absent = {seat.pk for seat in places if seat.name == _HARD}  # one in all
    Attendance.objects.bulk_create(
        Attendance(
            seat=seat, half=half, present=seat.pk not in absent, at=datetime.combine(day, hour, PARIS), by_name="Amina Exemple"
        )
        for seat in places
        for half, hour in noted.items()
    )  # fmt: skip
