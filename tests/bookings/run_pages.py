"""The pages of changing, running and seeing orders, for `tests/pages.py`."""

from collections.abc import Callable, Iterable
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.urls import reverse

from accounts.models import User
from billing.models import TaxProfile
from bookings import links, services, trainers
from bookings.asks import Ask, Person
from bookings.models import Booking, SaleConditions, Seat, SessionTerms
from bookings.services import calling_off, selling
from bookings.states import Payer
from core import clock
from core.clock import PARIS
from programmes.models import Programme, SessionTrainer, Trainer, TrainingSession, VatMode, Venue

EVERYBODY, STAFF = "everybody", "staff"
WHO, OFF = "journees-pages@ville.example", "journees-annulee@ville.example"
LONG = "d’Exemple-de-la-Très-Longue-Lignée-des-Personnes-Inventées"


def _day(slug: str, in_days: int, now: datetime) -> TrainingSession:
    programme = Programme.objects.order_by("pk").first()
    day = TrainingSession.objects.create(
        programme=programme, slug=slug, title="Journée des pages", lede="Pour les essais.", day=(now + timedelta(days=in_days)).date(),
        starts_at=time(9), ends_at=time(18), hours=Decimal(8), venue=Venue.objects.order_by("pk").first(), price=Decimal(680),
        vat_mode=VatMode.TAXED_20, published_at=now - timedelta(days=60),
    )  # fmt: skip
    profile, _ = TaxProfile.objects.get_or_create(
        name="Formation (pages)", defaults={"category": "S", "rate": Decimal(20), "account": "706"}
    )
    SessionTerms.objects.create(session=day, opens_at=now - timedelta(days=30), tax_profile=profile, minimum=8, material="Un projecteur.")
    return day


def _ordered(day: TrainingSession, email: str, now: datetime, by: User) -> Booking:
    people = (Person(f"Camille {LONG}", "camille@ville.example", "chargée de mission", "sans gluten"), Person("Alix Exemple"))
    ask = Ask(email=email, name="Dominique Exemple", payer=Payer.PUBLIC, payer_name="Ville d’Exemple", places=3, people=people,
        commitment_number="EJ-PAGES")  # fmt: skip
    conditions = SaleConditions.objects.in_force(now=now)
    if conditions is None:
        tiers = [{"days": 30, "percent": 100}, {"days": 10, "percent": 50}]
        conditions = selling.publish("## Annuler\n\nSelon le délai.", tiers, in_force_from=now - timedelta(days=1), by=by, now=now)
    return services.order(day, ask, conditions=conditions, now=now, entered_by=by)


def furnish(staff: User) -> None:
    """A day with an order and a trainer, another that is called off, and one that is running today."""
    now = clock.now().replace(microsecond=0)
    coming, today = _day("pages", 40, now), _day("pages-aujourd-hui", 1, now)
    _day("pages-autre", 50, now)
    _ordered(coming, WHO, now, staff)
    _ordered(today, WHO, now, staff)
    trainer, _ = Trainer.objects.get_or_create(name="Amina Exemple", defaults={"email": "amina@la27eregion.example"})
    for day in (coming, today):
        SessionTrainer.objects.create(session=day, trainer=trainer)
        trainers.link_for(day, trainer, now=now)
    # Begun: the day of « aujourd’hui » is moved to today once ordered.
    TrainingSession.objects.filter(pk=today.pk).update(day=now.astimezone(PARIS).date())
    off = _day("pages-annulee", 45, now)
    closed = _ordered(off, OFF, now, staff)
    TrainingSession.objects.filter(pk=off.pk).update(cancelled_at=now, cancellation_reason="Travaux.")
    calling_off.close(closed, now=now)


def _booking(email: str = WHO, slug: str = "pages") -> Booking:
    return Booking.objects.select_related("session").get(email=email, session__slug=slug)


def _of(name: str, email: str = WHO, slug: str = "pages") -> Callable[[Any], Iterable[str]]:
    return lambda _: [reverse(name, args=[links.secret_of(_booking(email, slug))])]


def _replace(_: Any) -> Iterable[str]:
    booking = _booking()
    return [reverse("booking_replace", args=[links.secret_of(booking), booking.seats.get(rank=1).pk])]


def _trainer(_: Any) -> Iterable[str]:
    rows = [link for slug in ("pages", "pages-aujourd-hui") for link in TrainingSession.objects.get(slug=slug).trainer_links.all()]
    return [reverse("trainer", args=[trainers.secret_of(link)]) for link in rows] + ["/formateurs/inconnu/"]


def _days(name: str) -> Callable[[Any], Iterable[str]]:
    slugs = ("pages", "pages-aujourd-hui", "pages-annulee")
    return lambda _: [reverse(name, args=[TrainingSession.objects.get(slug=slug).pk]) for slug in slugs]


def _acts(_: Any) -> Iterable[str]:
    pk = _booking().pk
    return [reverse("admin:bookings_booking_act", args=[pk, slug]) for slug in ("remplacer", "deplacer", "annuler", "lien", "note")]


def _absence(_: Any) -> Iterable[str]:
    seat = Seat.objects.filter(booking=_booking(slug="pages-aujourd-hui")).earliest("rank")
    return [reverse("admin:bookings_booking_absence", args=[seat.booking_id, seat.pk])]


def _one(name: str) -> Callable[[Any], Iterable[str]]:
    return lambda _: [reverse(name)]


PAGES: dict[str, tuple[str, Callable[[Any], Iterable[str]]]] = {
    "booking_replace": (EVERYBODY, _replace),
    "booking_cancel": (EVERYBODY, _of("booking_cancel")),
    "booking_move": (EVERYBODY, _of("booking_move")),
    "booking_again": (EVERYBODY, _of("booking_again", OFF, "pages-annulee")),
    "trainer": (EVERYBODY, _trainer),
    "admin:bookings_booking_act": (STAFF, _acts),
    "admin:bookings_booking_enter": (STAFF, _one("admin:bookings_booking_enter")),
    "admin:bookings_booking_absence": (STAFF, _absence),
    "admin:bookings_booking_day": (STAFF, _days("admin:bookings_booking_day")),
    "admin:bookings_booking_presences": (STAFF, _days("admin:bookings_booking_presences")),
    "admin:bookings_booking_trainers": (STAFF, _days("admin:bookings_booking_trainers")),
    "admin:bookings_booking_maintain": (STAFF, _days("admin:bookings_booking_maintain")),
    "admin:bookings_booking_years": (STAFF, _one("admin:bookings_booking_years")),
    "admin:bookings_booking_year": (STAFF, lambda _: [reverse("admin:bookings_booking_year", args=[clock.now().year])]),
    "admin:bookings_sessionterms_of": (STAFF, _days("admin:bookings_sessionterms_of")),
    "admin:bookings_saleconditions_publish": (STAFF, _one("admin:bookings_saleconditions_publish")),
}
NOT_PAGES = {
    "answers a form that the trainer’s page holds": "trainer_note",
    "the attendance sheet, looked at in tests/bookings": "trainer_sheet",
    "answers a form of an order’s page, and files": "admin:bookings_booking_certify admin:bookings_booking_export",
}
