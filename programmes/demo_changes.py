"""A call that was postponed and one that was called off, as their pages tell it; and somebody who waits for a call to open."""

import hashlib
from datetime import date, datetime, timedelta

from accounts.demo import DOMAIN
from accounts.models import User
from programmes import dates
from programmes.changes_facts import DEADLINE, Snapshot
from programmes.models import Change, ChangeKind, Edition, Interest, Programme
from programmes.services import interest
from records.services import record

CANCELLED = "Les équipes qui devaient accueillir cette exploration ne sont plus disponibles (démonstration)."
POSTPONED = "Le lieu du départ est en travaux : la clôture et le départ sont décalés de trois semaines (démonstration)."
WAITING = "agent.exemple@collectivite.example"
_LATER = timedelta(days=21)
# The verbs of `programmes.services.changes`.
_VERBS = {ChangeKind.CANCELLED: "annulation", ChangeKind.POSTPONED: "report"}


def load(programme: Programme, *, now: datetime) -> None:
    """What was announced, told once on the page and in the log."""
    noon = now.replace(hour=12, minute=0, second=0, microsecond=0)
    calls = {call.slug: call for call in Edition.objects.filter(programme=programme).order_by("pk")}
    at = calls["annule"].cancelled_at or now
    _told(calls["annule"], ChangeKind.CANCELLED, [("Annulation", "", "annulé")], CANCELLED, at=at)
    _told(calls["reporte"], ChangeKind.POSTPONED, _postponed(calls["reporte"]), POSTPONED, at=noon - timedelta(days=3))
    if calls["annonce"].opens_at > now:
        _waits_for(calls["annonce"], now=now)


def _postponed(call: Edition) -> list[tuple[str, str, str]]:
    """The deadline and the first phase, before and after, in the words of a change."""
    earlier = Edition(pk=call.pk, opens_at=call.opens_at, closes_at=call.closes_at - _LATER)
    before, after = (Snapshot.of(row).facts[DEADLINE] for row in (earlier, call))
    told = [(after.label, before.words, after.words)]
    first = call.phases.order_by("sort_on", "pk").first()
    if first and first.starts_on:
        told.append((f"{first.title} (date)", dates.span_text(first.starts_on - _LATER, _earlier(first.ends_on)), first.when))
    return told


def _earlier(day: date | None) -> date | None:
    return day - _LATER if day else None


def _told(call: Edition, kind: ChangeKind, facts: list[tuple[str, str, str]], reason: str, *, at: datetime) -> None:
    team = User.objects.filter(email=f"equipe.exemple@{DOMAIN}").first()
    said = {"reason": reason, "at": at, "by_name": str(team or "Portail")}
    if Change.objects.filter(edition=call, kind=kind).exists():
        return
    for fact, before, after in facts:
        Change.objects.create(edition=call, kind=kind, fact=fact, before=before, after=after, **said)
    changes = {fact: [before, after] for fact, before, after in facts if before}
    record(_VERBS[kind], call, by=team, now=at, note=reason, changes=changes)


def _waits_for(call: Edition, *, now: datetime) -> None:
    """« Prévenez-moi », confirmed: one letter when the call opens."""
    secret = interest.secret_of(call.programme, call, WAITING)
    hashed = hashlib.sha256(secret.encode()).hexdigest()
    asked = {"secret_hash": hashed, "asked_at": now - timedelta(hours=2), "confirmed_at": now - timedelta(hours=1)}
    Interest.objects.get_or_create(programme=call.programme, edition=call, email=WAITING, defaults=asked)
