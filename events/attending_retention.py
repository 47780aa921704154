"""What is not kept for ever of who came (domain.md G3): needs, once it is over; an address never proven, a week; the rest, three months.

An anonymised registration stays a row: how many asked, had a seat, waited, left and came is counted from it for good.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import CharField, Count, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, Concat

from core.registry import Erasure, Planned
from core.retention import night
from events import seats
from events.models import Registration, TimeSlot
from events.models.season import VIEW_EVENT
from events.services.attending import GONE
from mailing import outbox
from records.services import label_of

NEEDS = "besoins de personnes venues à un événement"
UNPROVEN = "inscriptions à un événement jamais confirmées"
PEOPLE = "inscriptions à un événement, trois mois après"
UNPROVEN_FOR, KEPT_FOR = timedelta(days=7), timedelta(days=92)
AT_ONCE = 500
_END = Coalesce("slot__ends_at", "slot__starts_at")


def _over(before: datetime) -> QuerySet[Registration]:
    """Those of sittings that ended before a moment."""
    return Registration.objects.alias(over_at=_END).filter(over_at__lt=before)


def purge(now: datetime, dry_run: bool) -> Iterator[Erasure]:
    yield Erasure(NEEDS, _forget_needs(now, dry_run))
    yield Erasure(UNPROVEN, _forget_unproven(now, dry_run))
    yield Erasure(PEOPLE, _forget_people(now, dry_run))


def _forget_needs(now: datetime, dry_run: bool) -> int:
    rows = _over(now).exclude(needs="")
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    return len(keys) if dry_run else Registration.objects.filter(pk__in=keys).update(needs="")


def _forget_unproven(now: datetime, dry_run: bool) -> int:
    """A week after the last ask, or once the sitting has begun; a seat still held then is given back first."""
    late = Q(created_at__lt=now - UNPROVEN_FOR) | Q(slot__starts_at__lt=now)
    held = Q(holds_until__isnull=True) | Q(holds_until__lte=now)
    # Who walked in was asked for no proof.
    unproven = Registration.objects.filter(late, held, confirmed_at=None, withdrawn_at=None, erased_at=None, is_walk_in=False)
    rows = list(unproven.order_by("pk"))
    for row in () if dry_run else rows:
        _forget_one(row, now)
    return len(rows)


@transaction.atomic
def _forget_one(row: Registration, now: datetime) -> None:
    slot = seats.hold(row.slot)
    held = Registration.objects.select_for_update(of=("self",)).filter(pk=row.pk, confirmed_at=None, withdrawn_at=None).first()
    if held is None:
        return
    if held.holds_until:
        seats.give_back(slot, held.mode, held.people, is_member=held.is_member)
    held.slot = slot
    for gone in GONE:
        gone(held, now)
    outbox.forget(label_of(held), now)
    held.delete()


def _forget_people(now: datetime, dry_run: bool) -> int:
    rows = _over(now - KEPT_FOR).filter(erased_at=None)
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    for lot in () if dry_run else _lots(keys):
        _anonymise(lot, now)
    return len(keys)


def _lots(keys: list[int]) -> Iterable[list[int]]:
    return (keys[at : at + AT_ONCE] for at in range(0, len(keys), AT_ONCE))


@transaction.atomic
def _anonymise(keys: list[int], now: datetime) -> None:
    for row in Registration.objects.filter(pk__in=keys).order_by("pk"):
        outbox.forget(label_of(row), now)
    # Unique still, and no secret opens it.
    nothing = Concat(Value("effacée-"), Cast(F("pk"), CharField()))
    Registration.objects.filter(pk__in=keys).update(
        name="", email="", organisation="", needs="", nonce=nothing, digest=nothing, holds_until=None, erased_at=now
    )


def planned(start: datetime, until: datetime) -> Iterator[Planned]:
    """When the people of each sitting are forgotten."""
    kept = Count("registrations", filter=Q(registrations__erased_at=None))
    ends = TimeSlot.objects.annotate(over_at=Coalesce("ends_at", "starts_at"), people=kept).filter(people__gt=0)
    window = ends.filter(over_at__gte=start - KEPT_FOR - timedelta(days=2), over_at__lt=until - KEPT_FOR)
    for slot in window.select_related("event").order_by("over_at", "pk"):
        moment = night((slot.ends_at or slot.starts_at) + KEPT_FOR)
        if start <= moment < until:
            count, what = vars(slot)["people"], f"Personnes inscrites : {slot.event.title}"
            yield Planned(moment, "effacé", what, count=count, about=label_of(slot.event), erasure=PEOPLE, permission=VIEW_EVENT)
