"""What the team's gathering pages ask of orders: what waits, what comes, what is found, what a body has ordered (registries of `core`)."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Exists, Min, OuterRef, Q
from django.http import HttpRequest
from django.urls import reverse

from accounts.roles import RUN_BOOKINGS
from bookings import situations
from bookings.models import Attendance, Booking, Seat, SessionTerms
from bookings.models.booking import VIEW_BOOKING
from bookings.models.terms import HOLD_REMINDERS, NEEDS_KEPT
from bookings.moments import closing_from, joining_from
from bookings.needs import LABEL
from bookings.services import invoicing, moving_session, verdict
from bookings.states import State
from core.clock import PARIS
from core.registry import Found, Link, Planned, Waiting
from core.search import MOST
from core.typography import agreeing
from programmes.models import TrainingSession
from records.services import label_of

A_MINUTE, NAMED = 60, 50
# Of a day that is over, what waits for a decision is looked for so long: after it, the list of orders tells it.
LOOKED_BACK = timedelta(days=120)


def _list(**kept: str) -> str:
    query = "&".join(f"{name}={value}" for name, value in kept.items())
    return f"{reverse('admin:bookings_booking_changelist')}?{query}"


def _day(session: Any) -> str:
    return reverse("admin:bookings_booking_day", args=[session.pk])


# --- What waits -----------------------------------------------------------------------------------------------------


def waiting(now: datetime) -> list[Waiting]:
    """What waits, counted once a minute for everybody."""
    return list(cache.get_or_set("bookings.waiting", lambda: list(counted(now)), A_MINUTE) or ())


def counted(now: datetime) -> Iterator[Waiting]:
    """Days to decide, absents to decide, names that are late, invoices of another date, invoices that nobody could issue."""
    for terms in verdict.to_decide(now=now):
        words = f"journée du {terms.session.day:%d/%m/%Y} : maintenir ou annuler"
        yield Waiting(words, 1, _day(terms.session), RUN_BOOKINGS, datetime.combine(terms.decision_day, time(), PARIS))
    yield from _of_days_over(now)
    late = _late_names(now)
    since, waiting = late.aggregate(at=Min("firm_at"))["at"], late.count()
    yield Waiting(
        "commande sans noms, date passée", waiting, _list(noms="MISSING"), RUN_BOOKINGS, since, several="commandes sans noms, date passée"
    )
    stays = list(moving_session.of_another_day())
    url = stays[0].get_absolute_url() if len(stays) == 1 else _list(facture="ISSUED")
    yield Waiting("commande facturée pour une autre date", len(stays), url, RUN_BOOKINGS, several="commandes facturées pour une autre date")


def _of_days_over(now: datetime) -> Iterator[Waiting]:
    """A day of which nothing was noted waits for its presences; then each absence for a decision."""
    for session in _over(now):
        count, day = len(invoicing.to_decide(session, now=now)), f"journée du {session.day:%d/%m/%Y}"
        if not count:
            continue
        if Attendance.objects.filter(seat__booking__session=session).exists():
            yield Waiting(
                f"absence à décider, {day}", count, _day(session), RUN_BOOKINGS, session.ends, several=f"absences à décider, {day}"
            )
        else:
            url = reverse("admin:bookings_booking_presences", args=[session.pk])
            yield Waiting(f"présence à noter, {day}", count, url, RUN_BOOKINGS, session.ends, several=f"présences à noter, {day}")


def _over(now: datetime) -> Any:
    """Days that are over, not long ago, with places of which nobody said whether they are due: those paid before the day too."""
    today = now.astimezone(PARIS).date()
    unsaid = Seat.objects.filter(booking__session=OuterRef("pk"), booking__state=State.FIRM, released_at=None, charged=None)
    rows = TrainingSession.objects.filter(day__range=(today - LOOKED_BACK, today), cancelled_at=None).filter(Exists(unsaid))
    return rows.select_related("programme").order_by("day", "pk")


def _late_names(now: datetime) -> Any:
    """Firm orders of days to come whose names are missing past the day they were due."""
    today = now.astimezone(PARIS).date()
    sold = SessionTerms.objects.filter(session__day__gte=today, session__cancelled_at=None).select_related("session")
    late = [terms.session_id for terms in sold if terms.names_due_on < today]
    missing = Seat.objects.filter(booking=OuterRef("pk"), name="", released_at=None)
    return Booking.objects.firm().filter(Exists(missing), session__in=late)


# --- What comes -----------------------------------------------------------------------------------------------------


def planned(start: datetime, until: datetime) -> Iterator[Planned]:
    """Reminders and ends of holds, decisions, joining letters, certificates and invoices, needs erased."""
    yield from _holds(start, until)
    yield from _decisions(start, until)
    first, last = (moment.astimezone(PARIS).date() for moment in (start, until))
    rows = TrainingSession.objects.filter(terms__isnull=False, cancelled_at=None).filter(
        day__range=(first - NEEDS_KEPT - timedelta(days=7), last + timedelta(days=30))
    )
    sessions = list(rows.select_related("programme").order_by("day", "pk"))
    numbers = _numbers(sessions)
    for session in sessions:
        yield from _of_day(session, numbers.get(session.pk, {}), start, until)


def _numbers(sessions: list[TrainingSession]) -> dict[int, dict[str, int]]:
    """How many are expected, named, and said a need, of each day: one question for all."""
    if not sessions:
        return {}
    rows = Seat.objects.filter(booking__session__in=sessions, booking__state=State.FIRM, released_at=None).order_by()
    told = rows.values("booking__session").annotate(
        expected=Count("pk"), named=Count("pk", filter=~Q(name="")), needs=Count("pk", filter=~Q(needs=""))
    )  # fmt: skip
    return {row["booking__session"]: {name: row[name] for name in ("expected", "named", "needs")} for row in told}


def _holds(start: datetime, until: datetime) -> Iterator[Planned]:
    rows = Booking.objects.filter(state=State.HELD, proven_at__isnull=False, session__cancelled_at=None).select_related("session")
    for booking in rows.filter(holds_until__gte=start, holds_until__lt=until + HOLD_REMINDERS[0]).order_by("holds_until", "pk"):
        end = booking.holds_until
        if end is None:
            continue
        told = partial(_about, booking)
        for before in HOLD_REMINDERS:
            at = end.astimezone(PARIS) - before
            if start <= at < until and at > booking.created_at:
                yield told(at, "envoyé", f"Rappel : fin de la tenue de {booking.reference}", booking.payer_name)
        if start <= end < until:
            yield told(end, "clos", f"Fin de la tenue de {booking.reference}", booking.payer_name)


def _about(booking: Booking, at: datetime, act: str, what: str, whom: str) -> Planned:
    url, about = booking.get_absolute_url(), label_of(booking.session)
    return Planned(at, act, what, whom, 1, url, about, permission=VIEW_BOOKING)


def _decisions(start: datetime, until: datetime) -> Iterator[Planned]:
    first, last = (moment.astimezone(PARIS).date() for moment in (start, until))
    for terms in verdict.coming(first, last + timedelta(days=1)):
        at = datetime.combine(terms.decision_day, time(9), PARIS)
        if start <= at < until:
            what = f"Décision de maintien : {terms.session.title}, {terms.minimum} personnes au moins"
            yield Planned(at, "décidé", what, url=_day(terms.session), about=label_of(terms.session), permission=VIEW_BOOKING)


def _of_day(session: TrainingSession, numbers: dict[str, int], start: datetime, until: datetime) -> Iterator[Planned]:
    """What is sent and erased around a day, at the hours of its sweeps."""
    told = partial(Planned, url=_day(session), about=label_of(session), permission=VIEW_BOOKING)
    said = (
        (joining_from(session), f"Convocations\u00a0: {session.title}", "named", _named),
        (closing_from(session), f"Certificats et factures\u00a0: {session.title}", "expected", _expected),
    )
    for at, what, which, people in said:
        if start <= at < until and (count := numbers.get(which, 0)):
            whom, names = agreeing(count, "participant", "participants"), partial(_names, people, session)
            yield told(at, "envoyé", what, whom=whom, count=count, names=names, read_with=VIEW_BOOKING)
    erased = datetime.combine(session.day + NEEDS_KEPT, time(3), PARIS)
    if start <= erased < until and (count := numbers.get("needs", 0)):
        yield told(erased, "effacé", "Besoins des participants", count=count, erasure=LABEL)


def _expected(session: TrainingSession) -> Any:
    return Seat.objects.filter(booking__session=session, booking__state=State.FIRM, released_at=None).order_by("booking_id", "rank", "pk")


def _named(session: TrainingSession) -> Any:
    return _expected(session).exclude(name="")


def _names(people: Any, session: TrainingSession) -> list[str]:
    return [seat.name or f"place {seat.rank}" for seat in people(session)[:NAMED]]


# --- Found, and of a body --------------------------------------------------------------------------------------------


def found(user: Any, words: str) -> Iterator[Found]:
    """Orders, in the admin's search box: by reference, orderer, payer, SIRET, order number."""
    if not user.has_perm(VIEW_BOOKING):
        return
    rows = situations.searched(Booking.objects.visible_to(user).select_related("session"), words)
    for row in rows.order_by("-created_at", "-pk")[:MOST]:
        note = f"{row.session.when}, {row.get_state_display()}"
        yield Found("Commandes de places", f"{row.reference}, {row.payer_name}", row.get_absolute_url(), note)


def of_body(body: Any, user: Any) -> Iterator[Link]:
    """On the page of a body: its orders, and what of them is invoiced."""
    if not user.has_perm(VIEW_BOOKING):
        return
    rows = Booking.objects.filter(body=body)
    if count := rows.count():
        seats = Seat.objects.filter(booking__body=body, booking__state=State.FIRM, released_at=None).count()
        note = f"{seats}\u00a0{agreeing(seats, 'place ferme', 'places fermes')}"
        last = rows.order_by("-created_at", "-pk").first()
        url = _list(q=body.siret) if body.siret and count > 1 else last.get_absolute_url() if last else ""
        yield Link(f"{count}\u00a0{agreeing(count, 'commande de places', 'commandes de places')}", url, note)


def counts_of_body(body: Any, start: date, end: date) -> Iterator[tuple[str, int]]:
    """For a member: how many of its agents came to days, never who."""
    seats = Seat.objects.filter(booking__body=body, booking__state=State.FIRM, released_at=None, booking__session__day__range=(start, end))
    yield "places de vos agents dans les journées", seats.count()


# --- The first page ---------------------------------------------------------------------------------------------------


def dashboard(request: HttpRequest, now: datetime) -> dict[str, Any] | None:
    """The days to come, each with its seats; nothing for who does not follow orders."""
    user: Any = request.user
    if not user.has_perm(VIEW_BOOKING):
        return None
    rows = TrainingSession.objects.filter(terms__isnull=False, cancelled_at=None, day__gte=now.astimezone(PARIS).date())
    coming = [(row, _day(row)) for row in rows.order_by("day", "pk")[:6]]
    return {"coming": coming, "bars": [(f"{row.day:%d/%m}", row.taken, url) for row, url in coming]} if coming else None
