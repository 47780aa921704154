"""The kinds of long work: each app registers its functions, by decorating them in a module that its `ready()` imports."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.registry import Link
    from records.models import Job
    from records.work import Work

Function = Callable[["Job", "Work"], str | None]


@dataclass(frozen=True)
class JobKind:
    """What `start` names: « applications.export_xlsx ». Who lost `permission` no longer sees such work, nor its file."""

    name: str
    label: str
    run: Function
    permission: str = ""
    # (job that is done) -> where one goes on from there, or None.
    then: "Callable[[Job], Link | None] | None" = None
    # What « fait » is called for a row of a kind that only tries: « à écrire ». Never green, nothing is done.
    would: str = ""


KINDS: dict[str, JobKind] = {}


def register(
    name: str, *, label: str, permission: str = "", then: "Callable[[Job], Link | None] | None" = None, would: str = ""
) -> Callable[[Function], Function]:
    """Make a function the work of this kind; `then` says where one goes on from its page once it is done, `would` what it only tries."""

    def keep(function: Function) -> Function:
        KINDS[name] = JobKind(name, label, function, permission, then, would)
        return function

    return keep


def open_to(user: Any) -> list[str]:
    """Return the names of the kinds this person may see."""
    return [kind.name for kind in KINDS.values() if not kind.permission or user.has_perm(kind.permission)]
