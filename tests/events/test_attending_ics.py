"""The calendar file of a registration, read back by hand from RFC 5545: hours in three zones, one UID for life, a SEQUENCE that grows."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client

from events import attending_links as links
from events.services import attending, changing
from events.states import Mode
from mailing.tasks import deliver
from tests.events.attending import NOW, coming, opened
from tests.events.factories import SeasonFactory
from tests.events.proposals import LISTING
from tests.events.test_moderating import change, listed

pytestmark = pytest.mark.django_db
_OFFSET = re.compile(r"([+-])(\d\d)(\d\d)")


@dataclass(frozen=True)
class Read:
    """What a calendar reads of an entry."""

    method: str
    uid: str
    sequence: int
    status: str
    starts: datetime
    ends: datetime
    location: str
    description: str


def read(content: bytes | str) -> Read:
    """Unfold the lines, take the properties of the only VEVENT, and make its hours absolute with the VTIMEZONE of the file."""
    text = content.decode() if isinstance(content, bytes) else content
    assert "\n" not in text.replace("\r\n", "")
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    lines = re.sub(r"\r\n[ \t]", "", text).split("\r\n")
    inside = lines[lines.index("BEGIN:VEVENT") + 1 : lines.index("END:VEVENT")]
    assert lines.count("BEGIN:VEVENT") == 1
    found = {name.split(";")[0]: (name, value) for name, _, value in (line.partition(":") for line in inside)}
    method = next(line.removeprefix("METHOD:") for line in lines if line.startswith("METHOD:"))
    plain = {name: value.replace("\\,", ",").replace("\\;", ";").replace("\\n", "\n") for name, (_, value) in found.items()}
    hours = [_moment(*found[name], lines) for name in ("DTSTART", "DTEND")]
    return Read(
        method, plain["UID"], int(plain["SEQUENCE"]), plain["STATUS"], *hours, plain.get("LOCATION", ""), plain.get("DESCRIPTION", "")
    )


def _moment(name: str, value: str, lines: list[str]) -> datetime:
    """« DTSTART;TZID=America/Cayenne:20271123T100000 »: at the offset that the file's own VTIMEZONE gives that day."""
    local = datetime.strptime(value.rstrip("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007 - made aware below
    if value.endswith("Z"):
        return local.replace(tzinfo=UTC)
    key = name.partition("TZID=")[2].strip('"')
    zone = lines[lines.index(f"TZID:{key}") : lines.index("END:VTIMEZONE")]
    return (local - _offset(zone, local)).replace(tzinfo=UTC)


def _offset(zone: list[str], local: datetime) -> timedelta:
    """The last change before that hour: each observance with its first hour, its rule or its dates."""
    changes = []
    for block in "\n".join(zone).split("BEGIN:")[1:]:
        said = dict(line.partition(":")[::2] for line in block.split("\n") if ":" in line)
        begins = datetime.strptime(said["DTSTART"], "%Y%m%dT%H%M%S")  # noqa: DTZ007 - local, as the file says it
        dates = [begins, *(datetime.strptime(day, "%Y%m%dT%H%M%S") for day in said.get("RDATE", "").split(",") if day)]  # noqa: DTZ007
        if "BYMONTH=" in said.get("RRULE", ""):
            month = int(re.search(r"BYMONTH=(\d+)", said["RRULE"])[1])  # type: ignore[index]
            dates += [_last_sunday(year, month, begins) for year in (local.year - 1, local.year)]
        past = max((day for day in dates if day <= local), default=None)
        if past:
            changes.append((past, said["TZOFFSETTO"]))
    sign, hours, minutes = _OFFSET.match(max(changes)[1]).groups()  # type: ignore[union-attr]
    return (1 if sign == "+" else -1) * timedelta(hours=int(hours), minutes=int(minutes))


def _last_sunday(year: int, month: int, at: datetime) -> datetime:
    """Of a month of thirty-one days, as in Europe."""
    last = datetime(year, month, 31, at.hour, at.minute)  # noqa: DTZ001 - local
    return last - timedelta(days=(last.weekday() + 1) % 7)


@pytest.fixture(autouse=True)
def _then() -> Any:
    SeasonFactory()
    with time_machine.travel(NOW, tick=False):
        yield


def joined() -> list[Read]:
    deliver()
    return [read(content) for letter in mail.outbox for _, content, _ in letter.attachments]


@pytest.mark.parametrize(
    ("commune", "sitting", "starts"),
    [
        ("35238", "2027-11-23T10:00", datetime(2027, 11, 23, 9, tzinfo=UTC)),
        ("35238", "2027-07-06T10:00", datetime(2027, 7, 6, 8, tzinfo=UTC)),
        ("97411", "2027-11-23T10:00", datetime(2027, 11, 23, 6, tzinfo=UTC)),
        ("97302", "2027-11-23T10:00", datetime(2027, 11, 23, 13, tzinfo=UTC)),
    ],
)
def test_the_hours_are_those_of_the_place_in_paris_la_reunion_and_cayenne(commune: str, sitting: str, starts: datetime) -> None:
    with time_machine.travel(datetime(2027, 6, 1, tzinfo=UTC), tick=False):
        slot = opened(1, commune=commune, at=[sitting])
        coming(slot, "a", now=datetime(2027, 6, 1, tzinfo=UTC))
        entry = joined()[0]
    assert (entry.starts, entry.ends, entry.method, entry.status) == (starts, starts + timedelta(hours=2), "PUBLISH", "CONFIRMED")


def test_the_file_of_the_letter_the_page_and_the_event_are_one_entry(client: Client) -> None:
    slot = opened(1)
    row = coming(slot, "a")
    letter, page = joined()[0], read(client.get(f"{links.path_of(row)}agenda.ics").content)
    public = read(client.get(f"{slot.event.get_absolute_url()}evenement.ics").content)
    assert letter == page
    assert (public.uid, public.sequence, public.starts) == (letter.uid, letter.sequence, letter.starts)


def test_who_comes_online_has_the_address_and_who_comes_on_site_the_place() -> None:
    slot = opened(1, online=1, mode=Mode.HYBRID, online_url="https://visio.example/salle-1")
    coming(slot, "a", mode=Mode.ONLINE)
    coming(slot, "b", mode=Mode.ONSITE)
    online, onsite = joined()
    assert (online.location, "https://visio.example/salle-1" in online.description) == ("En ligne", True)
    assert ("Médiathèque d’Exemple" in onsite.location, "visio" in onsite.description) == (True, False)


def test_a_moved_sitting_is_the_same_entry_with_a_higher_sequence_and_called_off_a_higher_one_still() -> None:
    with time_machine.travel(LISTING, tick=False):
        organiser = listed()
    event = organiser.event
    slot = event.slots.select_related("event__season").order_by("starts_at")[0]
    coming(slot, "a")
    moments = [joined()[-1]]
    changing.accept(change(organiser, day_0="2027-11-25"), by=None, now=NOW)
    moments.append(joined()[-1])
    changing.cancel(organiser.event, "", by=None, now=NOW)
    moments.append(joined()[-1])
    assert len({entry.uid for entry in moments}) == 1
    assert sorted({entry.sequence for entry in moments}) == [entry.sequence for entry in moments]
    assert [(entry.method, entry.status) for entry in moments] == [("PUBLISH", "CONFIRMED")] * 2 + [("CANCEL", "CANCELLED")]


def test_each_letter_holds_what_is_true_when_it_leaves() -> None:
    with time_machine.travel(LISTING, tick=False):
        organiser = listed()
    slot = organiser.event.slots.select_related("event__season").order_by("starts_at")[0]
    coming(slot, "a")
    before = joined()[0]
    changing.accept(change(organiser, day_0="2027-11-25"), by=None, now=NOW)
    after = joined()[-1]
    assert (after.uid, after.sequence > before.sequence) == (before.uid, True)
    assert after.starts - before.starts == timedelta(days=2)


def test_who_waits_or_left_has_no_file(client: Client) -> None:
    slot = opened(1)
    first = coming(slot, "a")
    second = coming(slot, "b")
    assert client.get(f"{links.path_of(second)}agenda.ics").status_code == 404
    attending.withdraw(first, now=NOW)
    assert [client.get(f"{links.path_of(row)}agenda.ics").status_code for row in (first, second)] == [404, 200]
