"""How a file of the accountant is encoded: what an old encoding cannot write is written with plain letters, never lost (R17)."""

import unicodedata

NAMES = {"utf-8": "UTF-8", "iso8859-15": "ISO 8859-15"}
# What no decomposition gives: our own quotes and dashes first, then the letters of Europe.
_PLAIN = str.maketrans(
    {
        "’": "'", "‘": "'", "‚": ",", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "‑": "-", "−": "-", "…": "." * 3, "•": "-",
        "\u202f": " ", "\u2009": " ", "\u2007": " ", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "ħ": "h", "Ħ": "H", "ŋ": "n",
        "Ŋ": "N", "ẞ": "SS", "ə": "e", "ŧ": "t", "Ŧ": "T",
    }
)  # fmt: skip


def written(text: str, encoding: str) -> bytes:
    """Return the text in one of `NAMES`."""
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(_writable(sign, encoding) for sign in text).encode(encoding)


def _writable(sign: str, encoding: str) -> str:
    """Return a sign, or what stands for it; of a script that has no letter there, its number: « [U+4E2D] »."""
    for tried in (sign, sign.translate(_PLAIN), _bare(sign)):
        if tried and _holds(tried, encoding):
            return tried
    return "" if unicodedata.combining(sign) else f"[U+{ord(sign):04X}]"


def _bare(sign: str) -> str:
    return "".join(part for part in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(part))


def _holds(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
