"""The ten-line rule (domain.md A4), once; `static/js/lines.js` is its twin and reads the same test vectors.

A line is 90 characters; each non-empty paragraph counts ceil(length / 90); blank lines count 0.
Paragraphs end at CRLF, CR or LF only; length in code points after NFC and trimming at both ends.
How many lines a call accepts is a column of the call (`Edition.motivation_lines`), this number by default.
"""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.deconstruct import deconstructible

LINE_LENGTH = 90
MOTIVATION_LINES = 10
# Unicode's White_Space and U+FEFF, written out: `str.strip` and JavaScript's `trim` disagree on U+001C–1F, U+0085 and U+FEFF.
BLANKS = (
    "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
)


def count_lines(text: str) -> int:
    """Return the number of lines of `text` in the sense of A4."""
    paragraphs = re.split(r"\r\n|\r|\n", text)
    lengths = (len(unicodedata.normalize("NFC", paragraph.strip(BLANKS))) for paragraph in paragraphs)
    return sum(-(-length // LINE_LENGTH) for length in lengths)


def lines_in_words(count: int, limit: int) -> str:
    """Return the counter « 7 lignes sur 10 »."""
    return f"{count} {'lignes' if count > 1 else 'ligne'} sur {limit}"


@deconstructible
class MaxLinesValidator:
    """Refuse a text of more than `limit` lines, saying how many it has."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def __call__(self, text: str) -> None:
        lines = count_lines(text)
        if lines > self.limit:
            raise ValidationError(f"Votre texte fait {lines} lignes : ramenez-le à {self.limit}.", code="too_many_lines")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MaxLinesValidator) and other.limit == self.limit
