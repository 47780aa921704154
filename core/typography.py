"""French typography on plain text, and dates in French words (interface.md, Identity).

U+00A0 before `:` and inside « », U+202F before `; ! ?` and inside numbers; ’ for the apostrophe.
"""

import re
from datetime import date, datetime

from core.clock import PARIS

NBSP = "\u00a0"
THIN = "\u202f"
_SPACES = f"[ {NBSP}{THIN}]"
_MONTHS = ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"]
_DAYS = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]


def _compiled(*rules: tuple[str, str]) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern), by) for pattern, by in rules)


# Each group beside the signs without which none of its rules can apply: most texts of a page skip most of them.
_SIGNS: tuple[tuple[frozenset[str], tuple[tuple[re.Pattern[str], str], ...]], ...] = (
    (frozenset("'"), _compiled((r"(?<=\w)'(?=\w)", "’"))),
    (frozenset("."), _compiled((r"\.\.\.", "…"))),
    (frozenset("«"), _compiled((rf"«{_SPACES}*(?=\S)", f"«{NBSP}"))),
    (frozenset("»"), _compiled((rf"(?<=\S){_SPACES}*»", f"{NBSP}»"))),
    (
        frozenset(":"),
        _compiled(
            # « midi : » and « midi: », never « 12:00 » nor « https:// ».
            (rf"(?<=[^\s:]){_SPACES}+:(?=\s|$)", f"{NBSP}:"),
            (r"(?<=[^\W\d]):(?=\s|$)", f"{NBSP}:"),
        ),
    ),
    (
        frozenset(";!?"),
        _compiled(
            (rf"(?<=[^\s;!?]){_SPACES}+(?=[;!?])", THIN),
            (rf"(?<=[\w)»%€’…])(?=[;!?]+(?:\s|$|[)»{NBSP}]))", THIN),
        ),
    ),
)
_DIGIT = re.compile(r"\d")
_NUMBERS = _compiled(
    # 5 000, 25 000 000: groups of three, and not the end of a year or of a postcode.
    (r"(?<![\d.,])(\d{1,3}) (?=\d{3}(?!\d))", rf"\1{THIN}"),
    (rf"(?<={THIN})(\d{{3}}) (?=\d{{3}}(?!\d))", rf"\1{THIN}"),
    (rf"(?<=\d){_SPACES}(?=(?:€|%|h|min|km|kg|m²)(?!\w))", NBSP),
    (rf"(?<=\d{NBSP}h){_SPACES}(?=\d\d(?!\d))", NBSP),
    (rf"(?<=\bn°){_SPACES}(?=\d)", NBSP),
    (rf"(?<=\b\d){_SPACES}(?=(?:{'|'.join(_MONTHS)})\b)", NBSP),
    (rf"(?<=\b\d\d){_SPACES}(?=(?:{'|'.join(_MONTHS)})\b)", NBSP),
    (rf"(?<=\b1er){_SPACES}(?=(?:{'|'.join(_MONTHS)})\b)", NBSP),
)


def typo(text: str) -> str:
    """Return `text` set as in French print; doing it twice changes nothing more."""
    present = set(text)
    rules = [rule for signs, rules in _SIGNS if not signs.isdisjoint(present) for rule in rules]
    for pattern, by in (*rules, *(_NUMBERS if _DIGIT.search(text) else ())):
        text = pattern.sub(by, text)
    return text


def grouped(number: int) -> str:
    """Return « 20 000 »: by thousands, with a narrow blank that never breaks."""
    return f"{number:,}".replace(",", THIN)


def agreeing(count: int, one: str, several: str) -> str:
    """Return the words for a count: nought is singular in French."""
    return several if count > 1 else one


def day_in_words(day: date, *, weekday: bool = False) -> str:
    """Return « 8 septembre 2017 », or « vendredi 8 septembre 2017 »; the first of a month is « 1er »."""
    number = "1er" if day.day == 1 else str(day.day)
    words = f"{number}{NBSP}{_MONTHS[day.month - 1]} {day.year}"
    return f"{_DAYS[day.weekday()]} {words}" if weekday else words


def hour_in_words(moment: datetime, *, noon: bool = False, seconds: bool = False) -> str:
    """Return « 9 h », « 9 h 05 », « 9 h 05 min 07 s », or « midi » when asked and true."""
    if noon and (moment.hour, moment.minute, moment.second) == (12, 0, 0):
        return "midi"
    if seconds:
        return f"{moment.hour}{NBSP}h{NBSP}{moment:%M}{NBSP}min{NBSP}{moment:%S}{NBSP}s"
    return f"{moment.hour}{NBSP}h{NBSP}{moment:%M}" if moment.minute else f"{moment.hour}{NBSP}h"


def moment_in_words(moment: datetime, *, noon: bool = False, seconds: bool = False, zone: bool = True, weekday: bool = True) -> str:
    """Return « vendredi 8 septembre 2017 à 12 h (heure de Paris) »."""
    local = moment.astimezone(PARIS)
    words = f"{day_in_words(local, weekday=weekday)} à {hour_in_words(local, noon=noon, seconds=seconds)}"
    return f"{words} (heure de Paris)" if zone else words
