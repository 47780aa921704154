"""Until when a person may deposit: the call's deadline, or a limit of their own that the team gave (A2)."""

from copy import copy
from datetime import datetime
from typing import TYPE_CHECKING, Any

from applications.models import LateLink
from programmes.models import Edition

if TYPE_CHECKING:
    from accounts.models import User


def own_limit(edition: Edition, person: "User | Any", *, now: datetime, hold: bool = False) -> datetime | None:
    """Return this person's own limit, once the call is closed to everybody else; `hold` keeps it from being taken back meanwhile."""
    if not person or not person.pk or edition.cancelled_at or now < edition.closes_at:
        return None
    links = LateLink.objects.select_for_update() if hold else LateLink.objects.all()
    link = links.filter(edition=edition.pk, email__in=person.addresses()).valid(now=now).order_by("-until", "pk").first()
    return link.until if link else None


def as_open_to(edition: Edition, person: "User | Any", *, now: datetime) -> Edition:
    """Return the call as this person has it: with a limit of their own, a copy that closes then. It is read, never saved."""
    limit = own_limit(edition, person, now=now)
    return closing_at(edition, limit) if limit else edition


def closing_at(edition: Edition, limit: datetime) -> Edition:
    own = copy(edition)
    own.closes_at = limit
    own.own_limit, own.call_closes_at = limit, edition.closes_at  # type: ignore[attr-defined]
    return own


def limits_of(person: "User", *, now: datetime) -> dict[int, datetime]:
    """Return the own limits of a person, by call."""
    links = LateLink.objects.filter(email__in=person.addresses(), edition__closes_at__lte=now, edition__cancelled_at=None).valid(now=now)
    return dict(links.order_by("until", "pk").values_list("edition_id", "until"))
