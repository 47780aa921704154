"""The social card of a communiqué: drawn once for what it says, kept beside those of programmes."""

from typing import Any

from core.typography import day_in_words
from events.models import PressRelease
from programmes import cards

FOLDER = "cartes-presse"


def png(release: PressRelease) -> bytes:
    return cards.kept(f"{FOLDER}/{release.pk}", content_of(release))


def content_of(release: PressRelease) -> dict[str, Any]:
    return {
        "hue": release.hue,
        "slug": release.slug,
        "kind": "Communiqué de presse",
        "title": release.title,
        "line": f"{release.place}, le {day_in_words(release.dated_on)}",
    }
