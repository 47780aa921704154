"""The association's own words for a kind of letter, for all or for one row (an edition).

Each change is a version, none is lost; a letter already written keeps its words. The words of a row win over those for all, and these
over the shipped ones. An empty version goes back to what is above it.
"""

import re
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import Exists, OuterRef

from core.prepared import Prepared
from core.refusals import Refused
from core.typography import moment_in_words
from mailing import rendering
from mailing.html import typeset
from mailing.letters import LetterKind
from mailing.models import Wording
from mailing.rendering import Words
from records.services import record

FOR_ALL = "pour toutes les lettres"
UNCHANGED = "Rien n’a changé : ce sont déjà les mots en vigueur."


class Overtaken(Refused):
    """Somebody saved other words meanwhile."""

    def __init__(self, last: Wording) -> None:
        when = moment_in_words(last.at, zone=False)
        super().__init__(f"{last.by_name} a enregistré d’autres mots le {when} : relisez-les avant d’enregistrer les vôtres.")
        self.last = last


def last_versions() -> "models.QuerySet[Wording]":
    """The last version of each kind and scope."""
    newer = Wording.objects.filter(kind=OuterRef("kind"), scope=OuterRef("scope"), number__gt=OuterRef("number"))
    return Wording.objects.filter(~Exists(newer)).order_by("kind", "scope")


# Asked by every letter.
_IN_FORCE = Prepared(lambda kind, scope: last_versions().filter(kind=kind, scope__in=["", scope]).exclude(body=""), kind=str, scope=str)


def versions(kind: LetterKind, scope: str) -> "models.QuerySet[Wording]":
    """Every version of one kind for one scope, the last first."""
    return Wording.objects.filter(kind=kind.name, scope=scope).order_by("-number")


def current(kind: LetterKind, *, scope: str = "") -> Words:
    """Return the words that count: those of the scope, else those for all, else the shipped ones. One query.

    Words that the kind does not allow any more (a placeholder that an update of the portal took away) are passed over.
    """
    wording = in_force(kind, scope=scope)
    return words_of(wording) if wording else rendering.shipped(kind)


def in_force(kind: LetterKind, *, scope: str = "") -> Wording | None:
    """Return the version whose words count; None is the shipped text."""
    last = _IN_FORCE(kind=kind.name, scope=scope)
    return next((wording for wording in sorted(last, key=_narrowest) if not rendering.faults(kind, words_of(wording))), None)


def _narrowest(wording: Wording) -> bool:
    return not wording.scope


def words_of(wording: Wording) -> Words:
    return Words(wording.subject, wording.body)


def tidied(subject: str, body: str) -> Words:
    """Return what is kept of what was typed: plain, on one line for the subject, set as in French print."""
    return Words(typeset(re.sub(r"[ \t\n]+", " ", rendering.plain(subject))), typeset(rendering.plain(body)))


def save(kind: LetterKind, scope: str, words: Words, *, base: int, by: Any, now: datetime) -> Wording:
    """Make these words the ones of the kind and scope, as version `base` + 1. A letter already written keeps its own.

    `base` is the last version the person saw (0: none): when somebody saved another meanwhile, they are told (`Overtaken`).
    """
    for _, fault in rendering.faults(kind, words):
        raise Refused(fault)
    if current(kind, scope=scope) == words:
        _refuse_overtaken(kind, scope, base)
        raise Refused(UNCHANGED)
    return _write(kind, scope, words, "texte de lettre modifié", base=base, by=by, now=now)


def restore(kind: LetterKind, scope: str, *, base: int, by: Any, now: datetime) -> Wording:
    """Go back to what is above: for one row the words for all, for all the shipped ones. A version too."""
    last = _refuse_overtaken(kind, scope, base)
    if last is None or not last.body:
        raise Refused(UNCHANGED)
    above = "aux mots communs" if scope else "au texte d’origine"
    return _write(kind, scope, Words("", ""), f"texte de lettre : retour {above}", base=base, by=by, now=now)


def take_up(version: Wording, kind: LetterKind, *, base: int, by: Any, now: datetime) -> Wording:
    """Make an earlier version the last one."""
    if not version.body:
        return restore(kind, version.scope, base=base, by=by, now=now)
    return save(kind, version.scope, words_of(version), base=base, by=by, now=now)


def _write(kind: LetterKind, scope: str, words: Words, verb: str, *, base: int, by: Any, now: datetime) -> Wording:
    """The unique number is the guard: of two people who save the same version, the second is told."""
    before = _refuse_overtaken(kind, scope, base)
    fields = {"kind": kind.name, "scope": scope, "number": base + 1, "subject": words.subject, "body": words.body}
    try:
        with transaction.atomic():
            wording = Wording.objects.create(**fields, at=now, by_name=str(by)[:200])
            changes = {"sujet": [before.subject if before else "", words.subject], "texte": [before.body if before else "", words.body]}
            record(verb, wording, by=by, now=now, note=scope or FOR_ALL, changes=changes)
    except IntegrityError:
        raise Overtaken(versions(kind, scope)[0]) from None
    return wording


def _refuse_overtaken(kind: LetterKind, scope: str, base: int) -> Wording | None:
    last = versions(kind, scope).first()
    if last and last.number != base:
        raise Overtaken(last)
    if base and not last:
        raise Refused("Cette version n’existe pas : rechargez la page.")
    return last
