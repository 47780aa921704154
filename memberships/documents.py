"""The blank bulletin, public, and what a letter about a membership carries."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from core import clock, pdf
from core.addresses import absolute
from mailing.letters import Attachment
from memberships import papers, queries
from memberships.models import Campaign, Membership, Right
from memberships.states import DocumentKind
from records.models import Association

# What is filled by hand on the blank bulletin.
BLANKS = (
    "Nom de l’organisme",
    "SIRET (14 chiffres)",
    "Adresse",
    "SIRET du payeur, s’il est autre",
    "Code service (Chorus Pro)",
    "Numéro d’engagement, s’il est connu",
)


def blank_bulletin(campaign: Campaign) -> bytes:
    """Return the bulletin to fill by hand; drawn once for each wording of it."""
    context = {
        "membership": None,
        "campaign": campaign,
        "grid": queries.grid_of(campaign),
        "late": queries.late_in_words(campaign),
        "rights": list(Right.objects.all()),
        "association": Association.shown(),
        "portal": absolute("/adhesion/"),
        "blanks": BLANKS,
    }
    return _drawn(pdf.markup("memberships/pdf/bulletin.html", context))


@lru_cache(maxsize=8)
def _drawn(page: str) -> bytes:
    return pdf.draw([pdf.Layout(page)])


def enclosures(membership: Membership) -> Sequence[Attachment]:
    """Return the bulletin, and the call of dues when something is owed."""
    return [attached(membership, kind, clock.now()) for kind in _given(membership)]


def attached(membership: Membership, kind: str, now: datetime) -> Attachment:
    made = papers.publish(membership, kind, now)
    return Attachment(papers.file_name(made), papers.read(made), papers.PDF)


def one(kind: str, membership: Membership, now: datetime) -> Sequence[Attachment]:
    """Return one paper, for a letter that carries it alone; a call of nothing is not sent."""
    return [attached(membership, kind, now)] if membership.amount else []


def _given(membership: Membership) -> list[str]:
    return [DocumentKind.BULLETIN.value, *([DocumentKind.DUES_CALL.value] if membership.amount else [])]
