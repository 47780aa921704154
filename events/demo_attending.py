"""The demonstration of who comes: a sitting that is full, with its waiting list; an event by invitation, with guests of every state."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from core import clock
from core.clock import PARIS
from events import attending_links, invitations, organisers, seats
from events.demo_proposals import ORGANISER
from events.models import Event, Invitation, Organiser, Registration, Season, TimeSlot
from events.states import Access, Mode, State

SEATED, WAITING, UNPROVEN, GONE = 30, 4, 1, 2
CODE = "Réseau des médiathèques d’Exemple"
_FIRST = ("Anaïs", "Bakary", "Chloé", "Dimitri", "Élise", "Farid", "Garance", "Hugo", "Inès", "Jules", "Khadija", "Léo", "Maëlle", "Noé")
_LAST = ("Exemple", "d’Exemple", "Exemple-Martin", "Exemple de la Rive", "L’Exemple")
_BODIES = ("Ville d’Exemple", "Département d’Exemple", "Centre hospitalier d’Exemple", "", "Médiathèque d’Exemple")
_NEEDS = {3: "Interprétation en langue des signes", 11: "Fauteuil roulant : une place en bord d’allée", 19: "Sans gluten"}
_HARD = "Marie-Ange Élisabeth d’Exemple-de-la-Très-Longue-Lignée-des-Personnes-Inventées"


@transaction.atomic
def load(scale: int) -> None:
    """Load what is missing: what a person changed stays so."""
    now = clock.now().astimezone(PARIS)
    season = Season.objects.taking_proposals(now=now).order_by("starts_on", "pk").first()
    if season is None:
        return
    mine = Event.objects.filter(season=season, organisers__email=ORGANISER, state=State.LISTED)
    full = mine.filter(access=Access.REGISTRATION).order_by("pk").first()
    if full and not Registration.objects.filter(slot__event=full).exists():
        _fill(full.slots.select_related("event").earliest("starts_at"), now)
    guests = Event.objects.filter(season=season, access=Access.INVITATION, state=State.LISTED, mode=Mode.ONSITE).order_by("pk").first()
    if guests and not guests.invitations.exists():
        _invite(guests, now)


def _row(slot: TimeSlot, number: int, at: datetime) -> Registration:
    name = _HARD if number == 7 else f"{_FIRST[number % len(_FIRST)]} {_LAST[number % len(_LAST)]}"  # noqa: PLR2004 - hard to show
    row = Registration(
        slot=slot, email=f"personne-{number}@exemple.example", name=name, organisation=_BODIES[number % len(_BODIES)],
        needs=_NEEDS.get(number, ""), companions=1 if number % 9 == 4 else 0, created_at=at, confirmed_at=at, seated_at=at,  # noqa: PLR2004
    )  # fmt: skip
    return attending_links.sign(row)


def _fill(slot: TimeSlot, now: datetime) -> None:
    """Thirty rows with a seat, as many seats as people, and some who wait, left, or never opened their letter."""
    first = now - timedelta(days=4)
    rows = [_row(slot, number, first + timedelta(minutes=40 * number)) for number in range(SEATED + WAITING + UNPROVEN + GONE)]
    for row in rows[SEATED:]:
        row.seated_at, row.companions = None, 0
    for row in rows[SEATED + WAITING :]:
        row.withdrawn_at = row.created_at + timedelta(hours=1)
    for row in rows[-UNPROVEN:]:
        row.confirmed_at = row.withdrawn_at = None
    people = sum(row.people for row in rows if row.seated_at)
    TimeSlot.objects.filter(pk=slot.pk).update(seats_onsite=people, taken_onsite=people)
    Registration.objects.bulk_create(rows)


def _invite(event: Event, now: datetime) -> None:
    """Eight guests, three of whom come and one whose invitation was taken back; a code, used by two."""
    if not Organiser.objects.filter(event=event, email=ORGANISER).exists():
        organisers.make(event, ORGANISER, name="Camille Exemple", is_lead=True, now=now)
    at, slot = now - timedelta(days=3), event.slots.select_related("event").earliest("starts_at")
    rows = [_guest(event, number, at) for number in range(8)]
    rows[5].revoked_at = now - timedelta(days=1)
    code = invitations.new(event, name=CODE, quota=20, companions=1, by="Camille Exemple", now=at)
    Invitation.objects.bulk_create([*rows, code])
    for number, invitation in enumerate((*rows[:3], code, code), start=100):
        _answer(slot, invitation, number, at + timedelta(hours=number - 98))


def _guest(event: Event, number: int, at: datetime) -> Invitation:
    name = f"{_FIRST[number]} Exemple"
    said = {"quota": 2, "companions": 1} if number % 3 == 0 else {"quota": 1, "companions": 0}
    return invitations.new(event, name=name, email=f"invite-{number}@exemple.example", by="Camille Exemple", now=at, **said)


def _answer(slot: TimeSlot, invitation: Invitation, number: int, at: datetime) -> None:
    row = _row(slot, number, at)
    row.invitation, row.companions = invitation, invitation.companions
    if invitation.is_personal:
        row.email, row.name = invitation.email, invitation.name
    seats.take(slot, Mode.ONSITE, row.people, is_member=False, now=at)
    row.save()
    Invitation.objects.filter(pk=invitation.pk).update(used=F("used") + row.people)
