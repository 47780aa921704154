"""What a line of the list says of an application: the same words on the screen and in an export."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import Prefetch
from django.db.models.functions import Coalesce
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.roles import TRIAGE
from applications.models import Application, ApplicationQuerySet, Review
from applications.models.application import NEVER
from applications.states import Branch, Origin, State
from core.clock import PARIS
from organisations.regions import Region

_BRANCHES, _REGIONS, _ORIGINS = dict(Branch.choices), dict(Region.choices), dict(Origin.choices)


@dataclass(frozen=True)
class Column:
    """A column: its word, its heading, its words for a row, what it sorts by, and the right it takes."""

    name: str
    heading: str
    text: Callable[[Application], str]
    order: Any = None
    permission: str = ""
    html: Callable[[Application], SafeString] | None = None
    # What a workbook holds instead of the words, so that it sorts there: a date of Paris.
    value: Callable[[Application], datetime | None] | None = None

    def shown(self, application: Application) -> str | SafeString:
        return self.html(application) if self.html else self.text(application) or "—"


def answer(application: Application, name: str) -> str:
    """Return what was deposited; of a draft, what is typed."""
    kept = application.typed.get(name) if application.state == State.DRAFT else getattr(application, name)
    return str(kept or "")


def name_of(application: Application) -> str:
    """« Exemple Camille »; else the address; else who nobody knows any more."""
    name = f"{answer(application, 'last_name')} {answer(application, 'first_name')}".strip()
    return name or application.address or "Anonymisée"


def state_of(application: Application) -> str:
    label = State(application.state).label.capitalize()
    if standing := application.standing:
        return f"{label}, {standing}"
    return f"{label}, modifications non déposées" if application.has_changes else label


def pill(application: Application) -> SafeString:
    """The state, its colour and its word; a second line says what was typed since, or what becomes of a late draft."""
    return _pill(State(application.state), "modifiée depuis" if application.has_changes else application.standing)


@lru_cache(maxsize=256)
def _pill(state: State, words: str) -> SafeString:
    more = format_html('<span class="pill-note">{}</span>', words) if words else ""
    return format_html('<span class="pill pill-{}">{}</span>{}', state.value.lower(), state.label.capitalize(), more)


def day(moment: datetime | None) -> str:
    """Return a date that a column holds: « 08/09/2017 11:59 », in Paris."""
    return f"{moment.astimezone(PARIS):%d/%m/%Y %H:%M}" if moment else ""


def as_date(moment: datetime | None) -> datetime | None:
    """Return the same for a workbook, which knows no time zone: the minute it was in Paris."""
    return moment.astimezone(PARIS).replace(tzinfo=None, second=0, microsecond=0) if moment else None


def tags_of(application: Application) -> str:
    return ", ".join(tag.name for tag in application.tags.all())


def tag_pills(application: Application) -> SafeString:
    return _tag_pills(tuple(tag.name for tag in application.tags.all()))


@lru_cache(maxsize=256)
def _tag_pills(names: tuple[str, ...]) -> SafeString:
    return format_html_join(" ", '<span class="tag">{}</span>', ((name,) for name in names)) or SafeString("—")


def jury_of(application: Application) -> str:
    return ", ".join(str(review.reviewer) for review in application.reviews.all())


# Where the deposit is missing (a draft), it counts as the oldest on both databases.
LATEST = Coalesce("deposited_at", NEVER)

COLUMNS = (
    Column("name", "nom", name_of, "search"),
    Column("shown_state", "état", state_of, "state", html=pill),
    Column("reference_shown", "référence", lambda application: application.reference or "", "reference"),
    Column("organisation_shown", "structure", lambda application: answer(application, "organisation"), "organisation"),
    Column("job_shown", "fonction", lambda application: answer(application, "job"), "job"),
    Column("branch_shown", "fonction publique", lambda application: str(_BRANCHES.get(answer(application, "branch"), "")), "branch"),
    Column("region_shown", "région", lambda application: str(_REGIONS.get(answer(application, "region"), "")), "region"),
    Column("tags_shown", "étiquettes", tags_of, permission=TRIAGE, html=tag_pills),
    Column("jury_shown", "jury", jury_of, permission=TRIAGE),
    Column(
        "deposited",
        "déposée le",
        lambda application: day(application.deposited_at),
        LATEST,
        value=lambda application: as_date(application.deposited_at),
    ),
    # Last: it goes away when one call is chosen, and no other column changes place.
    Column("call", "appel", lambda application: application.edition.short_title, "edition__closes_at"),
)
BY_NAME = {column.name: column for column in COLUMNS}


def with_lines(rows: ApplicationQuerySet) -> ApplicationQuerySet:
    """Read with the rows all that a line says, in three queries."""
    reviews = Prefetch("reviews", Review.objects.select_related("reviewer").order_by("assigned_at", "pk"))
    return rows.with_call().prefetch_related("tags", reviews)


def seen_by(user: Any, *, one_call: bool) -> list[Column]:
    """Return the columns this person may read; the call is no news when one is chosen."""
    mine = [column for column in COLUMNS if not column.permission or user.has_perm(column.permission)]
    return [column for column in mine if not (one_call and column.name == "call")]
