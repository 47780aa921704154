"""What a line of the selection board says of an application: the same words on the screen, in an export and in the minutes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from applications.columns import name_of
from applications.models import Application, Review
from applications.states import READ_BY_THE_JURY, Branch, State
from core import clock
from organisations.regions import Region
from organisations.states import Kind

_BRANCHES, _REGIONS, _KINDS = dict(Branch.choices), dict(Region.choices), dict(Kind.choices)


@dataclass(frozen=True)
class Column:
    """A column: its word, its heading, its words for a row, what it sorts by, and the number that a workbook holds instead."""

    name: str
    heading: str
    text: Callable[[Application], str]
    sort: str = ""
    value: Callable[[Application], float | None] | None = None


def decimal(number: Decimal | None) -> str:
    """« 4,25 »; nothing for None."""
    return "" if number is None else f"{number:.2f}".replace(".", ",")


def kind_of(application: Application) -> str:
    kind = str(_KINDS[application.body.kind]) if application.body and application.body.kind else ""
    return f"{kind[:1].upper()}{kind[1:]}"


def branch_of(application: Application) -> str:
    return str(_BRANCHES.get(application.branch, ""))


def region_of(application: Application) -> str:
    return str(_REGIONS.get(application.region, ""))


def who(review: Review) -> str:
    return str(review.reviewer)


def said(review: Review, conflicted: bool) -> str:
    """« 4,20 », « abstention », « à lire », « non lue » once the file has left the jury, « conflit »."""
    if conflicted:
        return "conflit"
    if review.sent_at is None:
        return "à lire" if review.application.state in READ_BY_THE_JURY else "non lue"
    return "abstention" if review.mark is None else decimal(review.mark)


def marks(application: Application) -> Iterator[tuple[str, str]]:
    """Each reader with what they say of the file; with those in conflict who were never given it."""
    conflicted = {conflict.reviewer_id for conflict in application.conflicts.all()}
    for review in application.reviews.all():
        yield who(review), said(review, review.reviewer_id in conflicted)


def marks_of(application: Application) -> str:
    return "\u202f; ".join(f"{name}\u00a0: {told}" for name, told in marks(application))


def state_of(application: Application) -> str:
    """« Retenue », « Liste d’attente, rang 5 », « Liste d’attente, rang 1, place proposée »."""
    label = State(application.state).label.capitalize()
    if application.waitlist_rank:
        offered = any(offer.ended_at is None and offer.until > clock.now() for offer in application.offers.all())
        return f"{label}, rang {application.waitlist_rank}{', place proposée' if offered else ''}"
    return label


def _float(number: Decimal | None) -> float | None:
    return None if number is None else float(number)


COLUMNS = (
    Column("name", "nom", name_of, "nom"),
    Column("reference", "référence", lambda row: row.reference or ""),
    Column("organisation", "structure", lambda row: row.organisation),
    Column("job", "fonction", lambda row: row.job),
    Column("mean", "moyenne", lambda row: decimal(row.mean), "moyenne", lambda row: _float(row.mean)),
    Column("spread", "écart", lambda row: decimal(row.spread), "ecart", lambda row: _float(row.spread)),
    Column("readings", "lectures", lambda row: str(row.readings), "lectures", lambda row: row.readings),
    Column("marks", "notes des lectures", marks_of),
    Column("branch", "fonction publique", branch_of, "fonction"),
    Column("region", "région", region_of, "region"),
    Column("kind", "type d’employeur", kind_of, "employeur"),
    Column("state", "état", lambda row: State(row.state).label.capitalize(), "etat"),
    Column("rank", "rang", lambda row: str(row.waitlist_rank or ""), "rang", lambda row: row.waitlist_rank),
    Column("reason", "motif", lambda row: row.reason),
)
BY_NAME = {column.name: column for column in COLUMNS}
