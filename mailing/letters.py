"""The kinds of letters we owe, and what may be written in each. Each app registers its own in `AppConfig.ready()`.

How to add a kind (docs/courrier.md says the same in French, docs/adr/ why):

1. `templates/<app>/emails/<fact>.txt`: plain text, no template language. First line the subject, a blank line, the text. What changes
   from letter to letter stands between braces, one of the kind's placeholders: `Bonjour {prenom},`. « Libellé : », then the address
   alone on the next line, is the button; lines that start with « - » are a list.
2. `LetterKind(..., placeholders={"prenom": Placeholder("le prénom", itemgetter("first_name")), ...})`: the closed list, explained to
   staff in French. The name is French, in small letters, digits and `_`. `value` is given the context of `outbox.post` and answers a
   string. No `if` and no loop in a text: what is conditional is a placeholder that is empty (the paragraph, or the item of a list,
   whose placeholders are all empty disappears), what is repeated one of several `lines` (`listed` writes « - … »). Two letters that
   differ by more than that are two kinds.
3. `register(kind)`, then `outbox.post(key, kind, to=…, context=…, scope=label_of(edition))`. Staff may word the kind otherwise, for
   all or for one row of `scopes` (`mailing.wordings`); the same function renders shipped and edited text (`mailing.rendering`).

`tests/mailing/test_wordings.py` reads every registered kind: its text uses only its placeholders and holds the essential ones.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from mailing.states import Settling

if TYPE_CHECKING:
    from mailing.models import Message

Context = Mapping[str, Any]
_BLANKS = re.compile(r"[ \t\r\n]+")


@dataclass(frozen=True)
class Attachment:
    """A file joined to a letter when it leaves."""

    name: str
    content: bytes
    mimetype: str


@dataclass(frozen=True)
class Placeholder:
    """What may stand between braces in the texts of a kind.

    `meaning` explains it to staff; `value` is what takes its place, never read again: braces in it are only braces;
    `essential`: without it in the text the letter is worth nothing, so that a text without it is refused;
    `button`: an address that must be laid as the button (essential too);
    `lines`: it may hold several lines or paragraphs, so that it has no place in a subject; the others are made one line.
    """

    meaning: str
    value: Callable[[Context], Any]
    essential: bool = False
    button: bool = False
    lines: bool = False


@dataclass(frozen=True)
class Example:
    """A real row that a text can be previewed with; `context` is made only when it is chosen."""

    key: str
    label: str
    context: Callable[[], dict[str, Any]]


def _always(message: "Message") -> bool:
    return True


def _never(message: "Message") -> str:
    return ""


def _nothing(message: "Message") -> Sequence[Attachment]:
    return ()


def _no_example(scope: str) -> Sequence[Example]:
    return ()


@dataclass(frozen=True)
class LetterKind:
    """One kind of letter.

    `name` is `app.fact` (« applications.received »); `template` its shipped text, whose first line is the subject;
    `sample` gives the context of the preview; `still_due` is asked again when the letter is claimed;
    `overtaken` says in French what happened since that makes a copy untrue, or nothing: staff then do not send it again;
    `attach` makes the files when it leaves; `secret` letters (codes, links) are never readable afterwards;
    `expires_after` closes a letter that could not leave in time (a code of 15 minutes);
    `read_with` is the permission that reads such letters in the journal, because they say what it opens; empty: the journal's own;
    `hides_link`: its link is of its reader alone, and opens what staff do not read: the journal shows the letter without it;
    `personal` letters are written by somebody, not by the portal: they do not say « auto-generated »;
    `placeholders` is the closed list of what its texts may hold between braces, in the order it is explained;
    `scopes` names the models for one row of which it may be worded apart (« programmes.edition »);
    `examples` gives real rows to preview with, for a scope (« programmes.edition:3 ») or for all (« »);
    `in_working_hours`: a letter that we start, not an answer to an act nor one with an hour of its own (A7, B5, C2): it leaves on
    working days between 08:00 and 19:00 (domain.md G8, `core.workdays`);
    `at_once`: of a group act all the same, but about an hour too near: waiting for working hours, it would come after what it is about;
    `unsubscribe`, given the letter and the moment, is what one click of its reader stops (RFC 8058): for what we start and is not about
    one's own file. None: the letter has no such header.
    """

    name: str
    label: str
    template: str
    sample: Callable[[], dict[str, Any]]
    still_due: Callable[["Message"], bool] = _always
    overtaken: Callable[["Message"], str] = _never
    attach: Callable[["Message"], Sequence[Attachment]] = _nothing
    settling: Settling = Settling.ASK
    secret: bool = False
    hides_link: bool = False
    expires_after: timedelta | None = None
    personal: bool = False
    read_with: str = ""
    placeholders: Mapping[str, Placeholder] = field(default_factory=dict)
    scopes: tuple[str, ...] = ()
    examples: Callable[[str], Sequence[Example]] = _no_example
    in_working_hours: bool = False
    at_once: bool = False
    unsubscribe: "Callable[[Message, datetime], None] | None" = None

    def __hash__(self) -> int:
        return hash(self.name)

    @property
    def app(self) -> str:
        return self.name.partition(".")[0]


KINDS: dict[str, LetterKind] = {}


def register(kind: LetterKind) -> LetterKind:
    """Make a kind known; called once an app in `ready()`."""
    KINDS[kind.name] = kind
    return kind


def names(*, settling: Settling | None = None, secret: bool | None = None) -> list[str]:
    """Return the names of the kinds that have these properties."""
    return [
        kind.name
        for kind in KINDS.values()
        if (settling is None or kind.settling == settling) and (secret is None or kind.secret == secret)
    ]


def listed(items: Iterable[object]) -> str:
    """Write a list, as a placeholder of several `lines` gives it: one « - … » a line, blanks inside made one but no-break ones."""
    return "\n".join("- " + _BLANKS.sub(" ", str(item)).strip() for item in items)
