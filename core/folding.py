"""One way to compare what people type: without accents, capitals, apostrophes and punctuation.

Kept in a `search` column by the models that are searched, so that PostgreSQL and SQLite answer alike.
"""

import re
import unicodedata
from collections.abc import Iterable

from django.db import models

_LIGATURES = {"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae"}
_APART = re.compile(r"[^\w@.+-]+|_")


def fold(*texts: object) -> str:
    """Return the texts as one line: « Conseil régional d’Île-de-France » is « conseil regional d ile-de-france »."""
    joined = " ".join(str(text) for text in texts if text)
    if not joined.isascii():
        joined = _without_accents(joined)
    return _APART.sub(" ", joined.casefold()).strip()


def _without_accents(text: str) -> str:
    """Each sign is looked at once, not each place where it stands: of a page, that is hundreds of times less."""
    for ligature, letters in _LIGATURES.items():
        text = text.replace(ligature, letters)
    text = unicodedata.normalize("NFKD", text)
    for accent in filter(unicodedata.combining, set(text)):
        text = text.replace(accent, "")
    return text


def name_key(*names: str) -> str:
    """Return the same for two writings of one name: neither hyphen, blank nor apostrophe counts, nor which of the two names comes first."""
    bare = ("".join(char for char in fold(name) if char.isalnum()) for name in names)
    return " ".join(sorted(name for name in bare if name))


def asked_words(typed: str) -> list[str]:
    """Return the words to look for, folded; a sign alone is no word."""
    return [word for word in fold(typed).split() if any(char.isalnum() for char in word)]


def only_signs(typed: str) -> bool:
    """Tell whether something was typed that holds no word (« % », « 😀 »): it finds nothing, never everything."""
    return bool(typed.strip()) and not asked_words(typed)


def containing(words: str, field: str = "search") -> models.Q:
    """Every word is somewhere in the folded column; nothing typed, no condition; signs only, no row."""
    if only_signs(words):
        return models.Q(pk__in=())
    return _all(models.Q(**{f"{field}__contains": word}) for word in asked_words(words))


def holds(text: str, words: str) -> bool:
    """Tell whether every word is somewhere in the text, as `containing` asks of a column."""
    folded = fold(text)
    return not only_signs(words) and all(word in folded for word in asked_words(words))


def _all(conditions: Iterable[models.Q]) -> models.Q:
    joined = models.Q()
    for condition in conditions:
        joined &= condition
    return joined
