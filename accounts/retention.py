"""What is erased of accounts, and when (domain.md G3)."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from accounts.colleagues import holdings_of
from accounts.models import Invitation, LinkQuerySet, Proof, User
from accounts.services import KEPT
from core.registry import Erasure
from mailing import outbox
from records.models import Act
from records.services import forget, forget_person, label_of


def purge(now: datetime, dry_run: bool) -> Iterable[Erasure]:
    """Erase proofs and invitations thirty days after their end, and people of whom nothing is left, thirty days after their last entry."""
    yield Erasure("liens de connexion", _links(Proof.objects.finished_before(now - KEPT), now=now, dry_run=dry_run))
    yield Erasure("invitations", _links(Invitation.objects.finished_before(now - KEPT), now=now, dry_run=dry_run))
    yield Erasure("sessions finies", _sessions(now=now, dry_run=dry_run))
    yield Erasure("comptes sans rôle et sans rien", sum(_erase(person, now=now, dry_run=dry_run) for person in idle(now=now)))


def _links(links: LinkQuerySet, *, now: datetime, dry_run: bool) -> int:
    if dry_run:
        return links.count()
    rows = list(links.order_by("pk"))
    for row in rows:
        outbox.forget(label_of(row), now)
        forget(row)
        row.delete()
    return len(rows)


def _sessions(*, now: datetime, dry_run: bool) -> int:
    """Erase the sessions that have ended; read on the real clock, as Django dates them."""
    ended = Session.objects.filter(expire_date__lt=timezone.now())
    return ended.count() if dry_run else ended.delete()[0]


def idle(*, now: datetime) -> Iterator[User]:
    """People without role, not seen for thirty days, holding nothing. A closed account stays closed: it is not among them."""
    people = User.objects.filter(is_active=True).holding_no_role().unseen_since(now - KEPT).order_by("pk")
    return (person for person in people if not holdings_of(person))


def _erase(person: User, *, now: datetime, dry_run: bool) -> int:
    """Erase one person, unless something still points at them."""
    try:
        with transaction.atomic():
            if not _was_colleague(person):
                forget_person(person)
            outbox.forget(label_of(person), now)
            person.delete()
            if dry_run:
                transaction.set_rollback(True)
    except ProtectedError:
        return 0
    return 1


def _was_colleague(person: User) -> bool:
    """Whoever held a role keeps their name in the history."""
    return Act.objects.filter(about=label_of(person), changes__has_key="rôles").exists()
