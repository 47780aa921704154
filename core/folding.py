"""One way to compare what people type: without accents, capitals, apostrophes and punctuation.

Kept in a `search` column by the models that are searched, so that PostgreSQL and SQLite answer alike.
"""

import re
import unicodedata
from collections.abc import Iterable

from django.db import models

_LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae"})
_APART = re.compile(r"[^\w@.+-]+|_")


def fold(*texts: object) -> str:
    """Return the texts as one line: « Conseil régional d’Île-de-France » is « conseil regional d ile-de-france »."""
    joined = " ".join(str(text) for text in texts if text)
    plain = unicodedata.normalize("NFKD", joined.translate(_LIGATURES))
    bare = "".join(char for char in plain if not unicodedata.combining(char))
    return _APART.sub(" ", bare.casefold()).strip()


def containing(words: str, field: str = "search") -> models.Q:
    """Every word is somewhere in the folded column; no word, no condition."""
    return _all(models.Q(**{f"{field}__contains": word}) for word in fold(words).split())


def _all(conditions: Iterable[models.Q]) -> models.Q:
    joined = models.Q()
    for condition in conditions:
        joined &= condition
    return joined
