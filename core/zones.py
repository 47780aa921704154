"""Time zones as calendar files describe them (RFC 5545, VTIMEZONE): by rule and not by list, what calendars of offices read."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

# The rule of the European Union since 1996, and that of North America since 2007 (Saint-Pierre-et-Miquelon).
_RULES = {
    "Europe/Paris": (
        ("DAYLIGHT", "CEST", "19960331T020000", "+0100", "+0200", "BYMONTH=3;BYDAY=-1SU"),
        ("STANDARD", "CET", "19961027T030000", "+0200", "+0100", "BYMONTH=10;BYDAY=-1SU"),
    ),
    "America/Miquelon": (
        ("DAYLIGHT", "-02", "20070311T020000", "-0300", "-0200", "BYMONTH=3;BYDAY=2SU"),
        ("STANDARD", "-03", "20071104T020000", "-0200", "-0300", "BYMONTH=11;BYDAY=1SU"),
    ),
}


def vtimezone(zone: str) -> str:
    """Return the VTIMEZONE of a zone: its rule, or its one offset where the clocks never change."""
    parts = _RULES.get(zone) or (_fixed(zone),)
    body = "".join(_part(*part) for part in parts)
    return f"BEGIN:VTIMEZONE\nTZID:{zone}\n{body}END:VTIMEZONE\n"


def _part(kind: str, name: str, start: str, before: str, after: str, rule: str) -> str:
    recurs = f"RRULE:FREQ=YEARLY;{rule}\n" if rule else ""
    lines = f"TZNAME:{name}\nDTSTART:{start}\nTZOFFSETFROM:{before}\nTZOFFSETTO:{after}\n"
    return f"BEGIN:{kind}\n{lines}{recurs}END:{kind}\n"


def _fixed(zone: str) -> tuple[str, str, str, str, str, str]:
    here = ZoneInfo(zone)
    winter, summer = (datetime(2027, month, 1, 12, tzinfo=UTC).astimezone(here) for month in (1, 7))
    if winter.utcoffset() != summer.utcoffset():
        raise ValueError(f"{zone}: its clocks change, by a rule that is not written here.")
    offset = _offset(winter.utcoffset() or timedelta())
    return ("STANDARD", winter.tzname() or offset, "19700101T000000", offset, offset, "")


def _offset(difference: timedelta) -> str:
    minutes = int(difference.total_seconds() // 60)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"
