"""What « Publier les résultats » would send: every letter as it would leave, and whether it still is what was shown.

What is confirmed is what was shown: the page signs, for each file, its decision and the letter it would get. A decision taken meanwhile,
a text of the letters that was edited, a date that moved: the page says what changed, and asks again.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.core import signing

from applications import results_emails as letters
from applications.models import Application
from applications.results_emails import OF_STATE
from applications.states import State
from core.refusals import Refused
from mailing import rendering, wordings
from mailing.letters import KINDS
from programmes.models import Edition
from records.services import label_of

_SALT = "applications.results"
NAMED_AT_MOST = 20
TOLD = {State.SELECTED: "retenue", State.WAITLISTED: "liste d’attente", State.DECLINED: "non retenue"}

Shown = Mapping[str, Sequence[str]]


class Changed(Refused):
    """Something is no longer as the preview showed it; `changes` say what."""

    def __init__(self, changes: Sequence[str]) -> None:
        super().__init__("Rien n’est publié : l’aperçu n’était plus à jour.")
        self.changes = changes


@dataclass(frozen=True)
class Preview:
    """One letter, as it would leave now."""

    application: Application
    subject: str
    text: str

    @property
    def state(self) -> State:
        return State(self.application.state)

    @property
    def told(self) -> str:
        return TOLD[self.state]


def previews(rows: Sequence[Application], edition: Edition, *, now: datetime) -> list[Preview]:
    """Every letter with its variables filled, in the order of the rows; whoever has no address gets none."""
    still_open, scope = letters.open_to_all(edition, now=now), label_of(edition)
    words = cache(lambda state: wordings.current(KINDS[OF_STATE[state]], scope=scope))
    found = []
    for row in rows:
        if row.address:
            context = letters.context_of(row, None, still_open=still_open)
            found.append(Preview(row, *rendering.render(KINDS[OF_STATE[State(row.state)]], words(State(row.state)), context)))
    return found


def sign(found: Sequence[Preview]) -> str:
    return signing.dumps(_fingerprints(found), salt=_SALT, compress=True)


def shown_in(signed: str) -> Shown | None:
    """Read what a page showed; None when it says nothing of the kind."""
    try:
        shown: dict[str, Any] = signing.loads(signed, salt=_SALT)
    except signing.BadSignature:
        return None
    return shown


def changes_since(found: Sequence[Preview], shown: Shown | None) -> list[str]:
    """Say what is no longer as the page showed it; nothing when all is."""
    if shown is None:
        return ["Voici l’aperçu : relisez-le, puis confirmez."]
    told = list(_changes(found, shown))
    more = len(told) - NAMED_AT_MOST
    return [*told[:NAMED_AT_MOST], f"… et {more} autres changements."] if more > 0 else told


def _changes(found: Sequence[Preview], shown: Shown) -> Iterator[str]:
    now = _fingerprints(found)
    for each in found:
        key = str(each.application.pk)
        before, name = shown.get(key), each.application.named
        if before is None:
            yield f"{name} : s’ajoute, {each.told}."
        elif before[0] != now[key][0]:
            yield f"{name} : {each.told}, et non plus {TOLD[State(before[0])]}."
        elif before[1] != now[key][1]:
            yield f"{name} : sa lettre dit autre chose."
    if gone := len(shown.keys() - now.keys()):
        yield "Une personne n’aurait plus de lettre." if gone == 1 else f"{gone} personnes n’auraient plus de lettre."


def _fingerprints(found: Sequence[Preview]) -> dict[str, list[str]]:
    return {str(each.application.pk): [each.state.value, _digest(each)] for each in found}


def _digest(each: Preview) -> str:
    return hashlib.sha256(f"{each.application.address}\n{each.subject}\n{each.text}".encode()).hexdigest()[:10]
