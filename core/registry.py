"""What gathering pages gather: each app fills these lists in `AppConfig.ready()`.

Home, `/espace/`, the site map, the health page and the nightly purge live in `core`, below every app;
they never import one. An app gives functions, not models.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from django.http import HttpRequest, HttpResponse

from core.typography import agreeing

T = TypeVar("T")


class Registry(Generic[T]):
    """An ordered list that apps fill at start; the same item is kept once."""

    def __init__(self) -> None:
        self._items: list[tuple[int, T]] = []

    def add(self, item: T, *, order: int = 0) -> None:
        if all(kept is not item for _, kept in self._items):
            self._items.append((order, item))

    def __iter__(self) -> Iterator[T]:
        return (item for _, item in sorted(self._items, key=lambda pair: pair[0]))


@dataclass(frozen=True)
class Section:
    """A part of a gathering page: a template and what it reads. `context` None leaves the part out."""

    template: str
    context: Callable[[HttpRequest, datetime], dict[str, Any] | None]


@dataclass(frozen=True)
class Link:
    """Somewhere to go: an act on a page, a line of the site map."""

    label: str
    url: str
    note: str = ""
    changed_on: date | None = None
    # One of hundreds: for the engines' site map, not for the page that people read.
    is_detail: bool = False


@dataclass(frozen=True)
class DayAct:
    """What may be done with a training day, on its page: an act, what is said of it, and when both turn. Without `url`, only words."""

    label: str
    url: str = ""
    note: str = ""
    turns_at: datetime | None = None


@dataclass(frozen=True)
class DayPlaces:
    """What an app above knows of the places of training days: columns read with their rows (no question more), and what they tell.

    `left` answers how many a newcomer may have of a row read with these columns.
    """

    columns: Callable[[datetime], dict[str, Any]]
    left: Callable[[Any, datetime], int]


@dataclass(frozen=True)
class SignInNote:
    """What the sign-in page says to who comes for one thing: its own heading, and what to know before typing.

    `aim` completes « Votre code et votre lien pour… » in the letter.
    """

    title: str
    text: str
    aim: str = ""


@dataclass(frozen=True)
class Typed:
    """What somebody typed in a form that was refused before any view read it: labels and texts, and where the form is."""

    copy: list[tuple[str, str]]
    form: str


@dataclass(frozen=True)
class Fact:
    """One line of `/sante/pret/`: `ok` False is degraded, and 503 when `vital`."""

    name: str
    ok: bool
    detail: str = ""
    vital: bool = False


@dataclass(frozen=True)
class Erasure:
    """What a purge did, or would do: a French label and a number of rows."""

    label: str
    count: int


@dataclass(frozen=True)
class Waiting:
    """Something that waits for those who hold `permission`: on the dashboard, and in the digest of 08:30. `count` 0 is nothing.

    `one` says it of one, `several` of more where the words change.
    """

    one: str
    count: int
    url: str
    permission: str
    since: datetime | None = None
    several: str = ""

    @property
    def label(self) -> str:
        return agreeing(self.count, self.one, self.several or self.one)


@dataclass(frozen=True)
class Found:
    """One answer of the admin's search box: `group` is its heading (« Candidatures »)."""

    group: str
    title: str
    url: str
    note: str = ""


@dataclass(frozen=True)
class Planned:
    """One dated thing to come: `act` is envoyé, ouvert, clos, publié, effacé…; `whom` in words; `about` a label of `records.services`.

    It is told to those who hold `permission`; without one, to whoever enters the admin.
    """

    at: datetime
    act: str
    what: str
    whom: str = ""
    count: int = 0
    url: str = ""
    about: str = ""
    # The label under which the nightly purge counts it (`Erasure`).
    erasure: str = ""
    # Who they are, read only when asked, for those who hold `read_with`.
    names: Callable[[], Iterable[str]] | None = field(default=None, compare=False)
    read_with: str = ""
    permission: str = ""


@dataclass(frozen=True)
class Subject:
    """A call or a training day to which the timeline may be narrowed; `slug` is how a command names it."""

    label: str
    title: str
    slug: str


@dataclass(frozen=True)
class Concerned:
    """A person whom a change of a call or a training day concerns, and why: « vous avez un brouillon ».

    `holds` is « draft », « deposited », « reviewed » (deposited, and no longer edited) or « seat »: a moved deadline is told to
    drafts, a moved phase to what was deposited.
    `left_out` says why this person is not told (« s’est désistée »); `name` is how staff read it in the preview.
    """

    email: str
    greeting: str
    why: str
    reader: Any = None
    about: str = ""
    page: str = ""
    holds: str = ""
    left_out: str = ""
    name: str = ""


@dataclass(frozen=True)
class Scope:
    """A row for which letters may be worded apart: its label (`records.services`) and its name."""

    label: str
    title: str


HOME: Registry[Section] = Registry()
SPACE: Registry[Section] = Registry()
SITEMAP: Registry[Callable[[datetime], Iterable[Link]]] = Registry()
HEALTH: Registry[Callable[[datetime], Iterable[Fact]]] = Registry()
# (now, dry_run) -> what was, or would be, erased (domain.md G3).
PURGES: Registry[Callable[[datetime, bool], Iterable[Erasure]]] = Registry()
# (scale) -> None: loads an app's part of the demonstration, again and again without doubling.
DEMOS: Registry[Callable[[int], None]] = Registry()
# (now) -> pages of the demonstration that open by a mailed link, without account: whose (`label`), what it shows (`note`), where.
DEMO_DOORS: Registry[Callable[[datetime], Iterable[Link]]] = Registry()
# (person) -> what the person holds and must hand over when the account is closed.
HOLDINGS: Registry[Callable[[Any], Iterable[Link]]] = Registry()
# (now) -> what waits for people in charge (dashboard and digest).
WAITING: Registry[Callable[[datetime], Iterable[Waiting]]] = Registry()
# () -> what changes whenever somebody does something: what is kept of the answers above is asked again when it does.
PULSE: Registry[Callable[[], object]] = Registry()
# Parts of the admin's first page.
DASHBOARD: Registry[Section] = Registry()
# (user, words) -> what the admin's search box finds, within what this person may see: best first, `core.search.MOST` a group at most.
SEARCH: Registry[Callable[[Any, str], Iterable[Found]]] = Registry()
# (from, until) -> what will be sent, opened, closed, published, erased between the two; from the same querysets as the sweeps.
TIMELINE: Registry[Callable[[datetime, datetime], Iterable[Planned]]] = Registry()
# (user, now) -> what this person may narrow the timeline to: what lives first. The command asks for nobody (None): everything.
SUBJECTS: Registry[Callable[[Any, datetime], Iterable[Subject]]] = Registry()
# (user) -> the rows for which this person may word letters apart, the latest first.
SCOPES: Registry[Callable[[Any], Iterable[Scope]]] = Registry()
# (edition or session) -> whom a change of it concerns.
CONCERNED: Registry[Callable[[Any], Iterable[Concerned]]] = Registry()
# (edition or session, `ChangeKind`, now) -> None: what follows at once above from dates moved, a cancellation, a reopening, or
# their undoing (offers closed or armed again), in the same transaction. What can be derived or swept needs no hook.
CHANGED: Registry[Callable[[Any, str, datetime], None]] = Registry()
# (edition or session, now) -> how many of its places people hold: it cannot offer fewer.
HELD: Registry[Callable[[Any, datetime], int]] = Registry()
# (person, now): an address was just proven theirs; gives them what waits for it.
ARRIVALS: Registry[Callable[[Any, datetime], object]] = Registry()
# (edition, person or None, now) -> what this person may do, or has, on the page of a call.
EDITION_ACTS: Registry[Callable[[Any, Any, datetime], Link | None]] = Registry()
# (edition, person of the team, now) -> what there is to do with this call above, on its page in the admin.
CALL_TOOLS: Registry[Callable[[Any, Any, datetime], Iterable[Link]]] = Registry()
# (training day, now) -> how its places are had, the same for everybody; None: not sold on the portal.
SESSION_ACTS: Registry[Callable[[Any, datetime], DayAct | None]] = Registry()
# What is left of the places of training days, wherever they are said: on their page, in lists and feeds.
DAY_PLACES: Registry[DayPlaces] = Registry()
# (training day, person of the team, now) -> the same, of a day: its orders, its sale, its trainers.
SESSION_TOOLS: Registry[Callable[[Any, Any, datetime], Iterable[Link]]] = Registry()
# (organisation, user) -> what is held of this body above: files, invoices; within what this person may see.
BODY_FACTS: Registry[Callable[[Any, Any], Iterable[Link]]] = Registry()
# (organisation, from, until) -> what the agents of a body did between two days, both included: a label and how many, never who.
BODY_COUNTS: Registry[Callable[[Any, date, date], Iterable[tuple[str, int]]]] = Registry()
# (now) -> whom to write to about what is public, for the page Contact: label, address (mailto: is added), note.
CONTACTS: Registry[Callable[[datetime], Iterable[Link]]] = Registry()
# (now) -> what anybody may come to now, the first to close first: calls, training days, events. For a letter that says what is open.
OPEN: Registry[Callable[[datetime], Iterable[Link]]] = Registry()
# (path the person is going to) -> what the sign-in page says on the way there.
SIGN_IN_NOTES: Registry[Callable[[str], SignInNote | None]] = Registry()
# (request) -> what its form typed, when it is one of ours worth giving back (session and token gone).
TYPED: Registry[Callable[[HttpRequest], Typed | None]] = Registry()
# (request) -> None when the second factor was shown in the last 15 minutes, else the answer that asks for it and keeps the POST.
# A page below `accounts` that must ask again (IBAN, several letters) calls `ask_factor`.
FACTOR_GATES: Registry[Callable[[HttpRequest], HttpResponse | None]] = Registry()


def sign_in_note(going_to: str) -> SignInNote | None:
    """Return what to say to somebody who signs in to go there."""
    return next((note for find in SIGN_IN_NOTES if going_to and (note := find(going_to))), None)


def ask_factor(request: HttpRequest) -> HttpResponse | None:
    """Return the answer that asks for the second factor again, or None when it is recent."""
    return next((answer for gate in FACTOR_GATES if (answer := gate(request)) is not None), None)
