"""Invitations to an event (domain.md E7): personal and used once, or a code that a number of people use; both can be taken back.

One guard: the conditional update of `used`. People are counted, companions included. A personal invitation is used by the first who
registers with it, whatever becomes of the registration. A code counts who proved their address and whose seats are held (G7): it gets
back the places of who left, comes with fewer, or let thirty minutes pass (`attending.GONE`); who proves late takes them again (`MOVED`).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Prefetch, Q, QuerySet, Sum
from django.db.models.functions import Greatest

from accounts.models import normalise
from core.refusals import Refused
from core.typography import NBSP, agreeing
from events import host_emails as emails
from events import invitations, seats
from events.guest_lists import MOST, Guest
from events.models import Event, Invitation, Registration, TimeSlot
from events.services import attending, writing
from events.services.admitting import TAKEN_BACK
from events.states import Access, State
from mailing import batches, outbox
from mailing.models import Batch
from records.services import label_of, record

UNDO = "events.invite"
USED = "Cette invitation est déjà utilisée."


def register_hooks() -> None:
    """Make known how invitations that have not left are taken back."""
    batches.UNDOS[UNDO] = _take_back
    attending.GONE.add(give_back)
    attending.MOVED.add(follow)


@transaction.atomic
def invite(event: Event, guests: Sequence[Guest], *, companions: int, by: Any, reply_to: str, token: str, now: datetime) -> Batch:
    """Send each guest a personal link. Undone for ten minutes, as every group act; sent twice, it is one act."""
    # One at a time: the same confirmation sent twice at once is one act.
    event = writing.lock(event)
    if done := Batch.objects.filter(token=token).first():
        return done
    refuse_unless_it_invites(event, now=now)
    if not guests:
        raise Refused("La liste ne nomme personne à inviter.")
    if len(guests) > MOST:
        raise Refused(f"{MOST} personnes au plus à la fois.")
    label = f"Invitations{NBSP}: {_counted(len(guests), 'personne', 'personnes')}"
    batch = batches.open_batch(label, by=by, now=now, about=event, undo=UNDO, token=token)
    said: dict[str, Any] = {"quota": 1 + companions, "companions": companions, "by": by, "now": now}
    rows = [invitations.new(event, name=guest.name, email=guest.email, **said) for guest in guests]
    try:
        with transaction.atomic():
            Invitation.objects.bulk_create(rows)
    except IntegrityError as twice:
        raise Refused("Quelqu’un de la liste vient d’être invité : relisez-la.") from twice
    batch.undo_data = {"invitations": [row.pk for row in rows]}
    batch.save(update_fields=["undo_data"])
    emails.post_invitations(event, rows, by=str(by), reply_to=reply_to, batch=batch, now=now)
    record("invitations envoyées", event, by=by, now=now, note=str(len(rows)))
    return batch


def _take_back(batch: Batch, *, by: Any, now: datetime) -> str:
    """The links that nobody received open nothing, and their letters name nobody any more."""
    rows = Invitation.objects.filter(pk__in=batch.undo_data.get("invitations", []), used=0).order_by("pk")
    for row in rows:
        outbox.forget(label_of(row), now)
    return f"{_counted(rows.delete()[0], 'invitation retirée', 'invitations retirées')}."


@transaction.atomic
def give_code(event: Event, label: str, *, quota: int, companions: int, by: Any, now: datetime) -> Invitation:
    """Make a code that so many people may use, to be given by the organiser's own hand."""
    refuse_unless_it_invites(event, now=now)
    if companions >= quota:
        raise Refused("Le nombre de personnes doit dépasser celui des accompagnants.")
    row = invitations.new(event, name=label, quota=quota, companions=companions, by=by, now=now)
    row.save()
    record("code d’invitation créé", event, by=by, now=now, note=_counted(quota, "personne", "personnes"))
    return row


@transaction.atomic
def revoke(invitation: Invitation, *, by: Any, now: datetime) -> None:
    """Close a link or a code at once. Who registered with it stays registered."""
    if Invitation.objects.filter(pk=invitation.pk, revoked_at=None).update(revoked_at=now):
        record("invitation reprise", invitation.event, by=by, now=now, note=str(invitation))


def refuse_unless_it_invites(event: Event, *, now: datetime) -> None:
    if why := why_not(event, now=now):
        raise Refused(why)


def why_not(event: Event, *, now: datetime) -> str:
    """Why nobody can be invited to it; empty: they can."""
    if event.access != Access.INVITATION:
        return "On n’invite qu’à un événement sur invitation uniquement."
    if event.state != State.LISTED:
        return "On invite quand l’événement est au programme."
    return "" if to_come(event, now=now) else "Cet événement a commencé : on n’y invite plus."


def guests_of(event: Event) -> QuerySet[Invitation]:
    """Who is invited, with who registered: the living first, the last first."""
    living = Registration.objects.filter(withdrawn_at=None).select_related("slot").order_by("pk")
    rows = event.invitations.prefetch_related(Prefetch("registrations", living))
    return rows.order_by(F("revoked_at").asc(nulls_first=True), "-created_at", "-pk")


def counts(event: Event) -> dict[str, int]:
    """How many people are invited by name and how many of them answered; how many came by the codes."""
    alive = Q(revoked_at=None)
    sums = {
        "personal": Count("pk", filter=Q(is_personal=True) & alive),
        "answered": Count("pk", filter=Q(is_personal=True, used__gt=0)),
        "codes": Count("pk", filter=Q(is_personal=False) & alive),
        "by_code": Sum("used", filter=Q(is_personal=False), default=0),
    }
    found: dict[str, int] = event.invitations.aggregate(**sums)
    return found


def invited(event: Event) -> list[str]:
    """The addresses that hold an invitation."""
    return list(event.invitations.filter(revoked_at=None).exclude(email="").order_by("pk").values_list("email", flat=True))


def sent(event: Event) -> QuerySet[Batch]:
    return Batch.objects.filter(about=label_of(event), undo=UNDO).order_by("-created_at", "-pk")


def to_come(event: Event, *, now: datetime) -> list[TimeSlot]:
    """The sittings that have not begun."""
    return [slot for slot in event.slots.order_by("starts_at", "pk") if slot.starts_at > now]


def obstacle(invitation: Invitation, *, now: datetime) -> str:
    """Why an invitation cannot be used any more; empty: it can."""
    event = invitation.event
    if event.state == State.CANCELLED:
        return "Cet événement est annulé."
    if event.state != State.LISTED or event.access != Access.INVITATION:
        return "On ne s’inscrit plus à cet événement par invitation."
    if not to_come(event, now=now):
        return "Cet événement est passé."
    if invitation.revoked_at:
        return TAKEN_BACK
    return USED if is_spent(invitation) else ""


def is_spent(invitation: Invitation) -> bool:
    """Used by whoever it was for; a code, by as many people as it may be."""
    return invitation.used > 0 if invitation.is_personal else invitation.used >= invitation.quota


@dataclass(frozen=True)
class Reply:
    """What whoever holds an invitation answers; the address is that of the invitation when it is personal."""

    name: str
    organisation: str = ""
    needs: str = ""
    mode: str = ""
    companions: int = 0
    email: str = ""


@transaction.atomic
def accept(invitation: Invitation, slot: TimeSlot, reply: Reply, *, now: datetime) -> Registration:
    """Register whoever holds an invitation. A personal one proves its address: it is confirmed at once; a code mails the proof.

    Of two at once, one has it: the other is refused. An address that is registered already is mailed its link again, and uses nothing.
    """
    slot = seats.hold(slot)
    invitation.refresh_from_db(fields=["used", "revoked_at"])
    email = invitation.email if invitation.is_personal else normalise(reply.email)
    refuse_unless_usable(invitation, reply.companions, now=now)
    known = Registration.objects.filter(slot=slot, email=email).live().first()
    if known and (known.confirmed_at or invitation.is_personal):
        return _known(invitation, known, now=now)
    said = {**asdict(reply), "email": email}
    # What the same address held with a code is given back by asking again: the places are counted after.
    row = attending.register(slot, **said, by_invitation=invitation, now=now)
    if not claim(invitation, row.people):
        raise Refused(_too_late(invitation))
    if invitation.is_personal:
        return attending.confirm(row, now=now)
    if row.holds_until is None:
        # Nothing is held: the places of the code are taken with the proof.
        release(invitation, row.people)
    attending.ask_proof([row], now=now)
    return row


def refuse_unless_usable(invitation: Invitation, companions: int, *, now: datetime) -> None:
    if why := obstacle(invitation, now=now):
        raise Refused(why)
    if companions > invitation.companions:
        most = _counted(invitation.companions, "personne", "personnes")
        raise Refused(f"Vous pouvez venir avec {most} au plus." if invitation.companions else "Cette invitation est pour vous seul.")


def _known(invitation: Invitation, known: Registration, *, now: datetime) -> Registration:
    if invitation.is_personal:
        raise Refused("Vous êtes déjà inscrit à cette date : le lien de votre inscription est dans la lettre que vous avez reçue.")
    attending.ask_proof([known], now=now)
    return known


def claim(invitation: Invitation, people: int) -> bool:
    """Take so many places of an invitation; false when they are not there, or when it was taken back meanwhile."""
    room = Q(is_personal=True, used=0) | Q(is_personal=False, used__lte=F("quota") - people)
    return bool(Invitation.objects.filter(room, pk=invitation.pk, revoked_at=None).update(used=F("used") + people))


def _too_late(invitation: Invitation) -> str:
    """Why nothing was taken, now that it was tried."""
    fresh = Invitation.objects.get(pk=invitation.pk)
    if fresh.revoked_at:
        return TAKEN_BACK
    left = 0 if fresh.is_personal else fresh.quota - fresh.used
    if left < 1:
        return USED
    return f"Il reste {_counted(left, 'place', 'places')} avec ce code{NBSP}: venez moins nombreux."


def release(invitation: Invitation, people: int) -> None:
    """Give places of a code back: added to what is there then, since others come and go at once at other sittings."""
    Invitation.objects.filter(pk=invitation.pk).update(used=Greatest(F("used") - people, 0))


def give_back(registration: Registration, now: datetime) -> None:
    """Who withdraws, or does not prove their address in time, leaves their places of a code; a personal invitation stays used."""
    code = _code_of(registration)
    if code and (registration.confirmed_at or registration.holds_until):
        release(code, registration.people)


def follow(registration: Registration, people: int, now: datetime) -> None:
    """Who comes with more people, or proves their address late, takes places of the code if there are; with fewer, gives them back."""
    code = _code_of(registration)
    if code is None or not people:
        return
    if people < 0:
        release(code, -people)
    elif not claim(code, people):
        raise Refused(_too_late(code))


def _code_of(registration: Registration) -> Invitation | None:
    found = registration.invitation
    return None if found is None or found.is_personal else found


def _counted(count: int, one: str, several: str) -> str:
    return f"{count}{NBSP}{agreeing(count, one, several)}"
