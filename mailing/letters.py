"""The kinds of letters we owe. Each app registers its own in `AppConfig.ready()`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from mailing.states import Settling

if TYPE_CHECKING:
    from mailing.models import Message


@dataclass(frozen=True)
class Attachment:
    """A file joined to a letter when it leaves."""

    name: str
    content: bytes
    mimetype: str


def _always(message: "Message") -> bool:
    return True


def _never(message: "Message") -> str:
    return ""


def _nothing(message: "Message") -> Sequence[Attachment]:
    return ()


@dataclass(frozen=True)
class LetterKind:
    """One kind of letter.

    `name` is `app.fact` (« applications.received »); `template` its text, whose first line is the subject;
    `sample` gives the context of the preview; `still_due` is asked again when the letter is claimed;
    `overtaken` says in French what happened since that makes a copy untrue, or nothing: staff then do not send it again;
    `attach` makes the files when it leaves; `secret` letters (codes, links) are never readable afterwards;
    `expires_after` closes a letter that could not leave in time (a code of 15 minutes);
    `read_with` is the permission that reads such letters in the journal, because they say what it opens; empty: the journal's own;
    `personal` letters are written by somebody, not by the portal: they do not say « auto-generated ».
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
    expires_after: timedelta | None = None
    personal: bool = False
    read_with: str = ""


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
