"""The ten-line rule (domain.md A4), once; `static/js/lines.js` is its twin and reads the same test vectors.

A line is 90 characters; each non-empty paragraph counts ceil(length / 90); blank lines count 0.
Paragraphs end at CRLF, CR or LF only; length in code points after NFC and trimming at both ends.
"""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.deconstruct import deconstructible

LINE_LENGTH = 90
MOTIVATION_LINES = 10


def count_lines(text: str) -> int:
    """Return the number of lines of `text` in the sense of A4."""
    paragraphs = re.split(r"\r\n|\r|\n", text)
    lengths = (len(unicodedata.normalize("NFC", paragraph.strip())) for paragraph in paragraphs)
    return sum(-(-length // LINE_LENGTH) for length in lengths)


@deconstructible
class MaxLinesValidator:
    """Refuse a text of more than `limit` lines, saying how many it has."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def __call__(self, text: str) -> None:
        lines = count_lines(text)
        if lines > self.limit:
            raise ValidationError(f"Votre texte fait {lines} lignes : ramenez-le à {self.limit}.", code="too_many_lines")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MaxLinesValidator) and other.limit == self.limit
