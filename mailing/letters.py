"""The kinds of letters we owe. Each app registers its own in `AppConfig.ready()`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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


def _nothing(message: "Message") -> Sequence[Attachment]:
    return ()


@dataclass(frozen=True)
class LetterKind:
    """One kind of letter.

    `name` is `app.fact` (« applications.received »); `template` its text, whose first line is the subject;
    `sample` gives the context of the preview; `still_due` is asked again when the letter is claimed;
    `attach` makes the files when it leaves; `secret` letters (codes, links) are never readable afterwards.
    """

    name: str
    label: str
    template: str
    sample: Callable[[], dict[str, Any]]
    still_due: Callable[["Message"], bool] = _always
    attach: Callable[["Message"], Sequence[Attachment]] = _nothing
    settling: Settling = Settling.ASK
    secret: bool = False


KINDS: dict[str, LetterKind] = {}


def register(kind: LetterKind) -> LetterKind:
    """Make a kind known; called once an app in `ready()`."""
    KINDS[kind.name] = kind
    return kind
