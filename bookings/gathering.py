"""What `core` and the day's page gather from orders: how places are had, whose they are, what opens and ends, what waits."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from accounts.roles import RUN_BOOKINGS
from bookings import links, openings, seats
from bookings.models import VIEW_BOOKING, Booking, PlaceOffer, SessionTerms
from bookings.models.terms import PRIORITY
from bookings.openings import Opening, Phase
from bookings.services import late_money
from bookings.services.verifying import KEPT
from core.addresses import path_of
from core.registry import DayAct, Planned, Waiting
from programmes.models import TrainingSession
from records.services import label_of

MOST = 50


def act(session: TrainingSession, now: datetime) -> DayAct | None:
    """How the places of a day are had, on its page: one question more."""
    session_terms = SessionTerms.objects.select_related("tax_profile").filter(session=session.pk).first()
    if session_terms is None:
        return None
    session.terms = session_terms
    opening = openings.of(session, now=now)
    if opening.phase == Phase.NOT_SOLD:
        return None
    url = path_of("order", session.programme.slug, session.slug) if opening.takes_orders else ""
    label = "Réserver une place" if session.seats_left else "Complet\u00a0: demander une place"
    turns_at = opening.next_at or (openings.closes_at(session) if opening.takes_orders else None)
    return DayAct(label, url, _note(opening, session), turns_at)


def _note(opening: Opening, session: TrainingSession) -> str:
    if opening.phase in (Phase.SOON, Phase.CLOSED, Phase.MEMBERS):
        return opening.in_words
    if not session.seats_left:
        return "Les places qui se libèrent sont proposées dans l’ordre de la liste d’attente."
    return "En ligne, sans compte, pour vous ou pour votre équipe\u202f; les noms peuvent venir plus tard."


def left(session: TrainingSession, now: datetime) -> int:
    """What a newcomer may have of a day: what the clock gave back, before any sweep; nothing while somebody waits for it."""
    standing = seats.standing_of(session, now=now)
    return 0 if standing.waits else standing.left


def held(row: Any, now: datetime) -> int:
    """The day cannot offer fewer places than are taken."""
    if not isinstance(row, TrainingSession):
        return 0
    return TrainingSession.objects.values_list("taken", flat=True).get(pk=row.pk)


def space(request: HttpRequest, now: datetime) -> dict[str, Any] | None:
    """« Mes commandes », by any address proven to be the person's."""
    person = request.user
    if not isinstance(person, User):
        return None
    rows = Booking.objects.filter(email__in=person.addresses(), erased_at=None, proven_at__isnull=False)
    found = rows.select_related("session__programme", "session__venue").order_by("-session__day", "-pk")[:MOST]
    mine = [(row, links.path_of(row), row.state == "HELD" and not row.counts_at(now)) for row in found]
    return {"orders": mine} if mine else None


def planned(start: datetime, until: datetime) -> Iterator[Planned]:
    """Openings, to members then to all, and ends of offers. Holds are told by the team's own list (`bookings.staff_gathering`)."""
    rows = SessionTerms.objects.filter(opens_at__gte=start, opens_at__lt=until + PRIORITY, session__cancelled_at=None)
    for terms in rows.select_related("session__programme").order_by("opens_at", "pk"):
        for at, whom in ((terms.opens_to_members_at, "aux adhérents"), (terms.opens_at, "à tous")):
            if start <= at < until:
                what, url = f"Réservation : {terms.session.title}", terms.session.get_absolute_url()
                yield Planned(at, "ouvert", what, whom, url=url, about=label_of(terms.session), permission=VIEW_BOOKING)
    offers = PlaceOffer.objects.filter(ending="", expires_at__gte=start, expires_at__lt=until).select_related("booking__session")
    for offer in offers.order_by("expires_at", "pk"):
        booking = offer.booking
        what, url = f"Fin de l’offre de places à {booking.reference}", booking.get_absolute_url()
        about = label_of(booking.session)
        yield Planned(offer.expires_at, "clos", what, booking.payer_name, 1, url, about, permission=VIEW_BOOKING)


def waiting(now: datetime) -> Iterator[Waiting]:
    """Payments that came too late, and counts of places found wrong last night."""
    late = late_money.paid_late(now=now)
    url = late[0].get_absolute_url() if len(late) == 1 else reverse("admin:bookings_booking_changelist")
    yield Waiting(
        "paiement reçu après la fin d’une tenue : à rendre ou à placer", len(late), url, RUN_BOOKINGS,
        several="paiements reçus après la fin d’une tenue : à rendre ou à placer",
    )  # fmt: skip
    acts = reverse("admin:records_act_changelist") + "?q=places"
    yield Waiting("journées : comptes de places trouvés faux cette nuit", cache.get(KEPT, 0), acts, VIEW_BOOKING)
