"""« Aperçu » by a link: a colleague or a partner reads, without account and for a time, what is not published yet.

The link is signed and says itself until when it opens: no link is stored, and what is published needs it no more. Those of a row are
taken back together, by the count they are signed with.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.core import signing
from django.urls import reverse

from core.addresses import absolute
from programmes.models import Edition, TrainingSession

Row = Edition | TrainingSession
_SALT = "programmes.previews"
_KINDS: dict[str, type[Edition] | type[TrainingSession]] = {"a": Edition, "j": TrainingSession}
LONGEST = 600  # characters: further, it is none of ours


@dataclass(frozen=True)
class Preview:
    """What a link opens, and until when."""

    row: Row
    until: datetime
    token: str


def link(row: Row, *, until: datetime) -> str:
    """Return the address to give; whoever holds it sees the page until then."""
    return absolute(reverse("preview", args=[token_of(row, until=until)]))


def token_of(row: Row, *, until: datetime) -> str:
    kind = "a" if isinstance(row, Edition) else "j"
    return signing.Signer(salt=_SALT).sign_object([kind, row.pk, int(until.timestamp()), row.previews_round]).replace(":", ".")


def read(token: str, *, now: datetime) -> Preview | None:
    """Return what a link opens at `now`; None when it is not ours, is over, was taken back, or the row is gone."""
    body, _, signature = token[:LONGEST].rpartition(".")
    try:
        kind, pk, until, turn = signing.Signer(salt=_SALT).unsign_object(f"{body}:{signature}")
    except (signing.BadSignature, ValueError):
        return None
    ends = datetime.fromtimestamp(until, tz=UTC)
    if now >= ends:
        return None
    row = _edition(pk, turn) if _KINDS[kind] is Edition else _day(pk, turn, now=now)
    return Preview(row, ends, token) if row else None


def _edition(pk: int, turn: int) -> Edition | None:
    return Edition.objects.select_related("programme").filter(pk=pk, previews_round=turn).first()


def _day(pk: int, turn: int, *, now: datetime) -> TrainingSession | None:
    """With what is left of its places for a newcomer, as everybody's page says it."""
    rows = TrainingSession.objects.with_places().with_seats(now=now)
    row = rows.filter(pk=pk, previews_round=turn).first()
    return row.tell_seats(now=now) if row else None
