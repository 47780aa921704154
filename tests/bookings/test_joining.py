"""Joining letters: fifteen days before, at once for whoever is named later, again at each change; with a calendar entry (C4)."""

from datetime import date, datetime, time, timedelta

import pytest
import time_machine
from icalendar import Calendar

from bookings.models import Booking, Seat
from bookings.services import sweeping_papers
from core.clock import PARIS
from mailing import batches, outbox
from mailing.models import Batch, Message
from mailing.tasks import deliver
from programmes.models import TrainingSession, Venue
from programmes.services import changes
from tests.applications.factories import staff
from tests.bookings.factories import ordered
from tests.bookings.paper_factories import NEAR, ORDERED, day_2019, employer, named, seats_of

pytestmark = pytest.mark.django_db
JOINED = ("bookings.joining", "bookings.joining_changed")


def sweep(now: datetime = NEAR) -> list[tuple[str, str]]:
    """What a sweep owes."""
    before = set(Message.objects.values_list("pk", flat=True))
    sweeping_papers.post_due(now=now)
    rows = Message.objects.filter(kind__in=JOINED).exclude(pk__in=before).order_by("pk")
    return [(row.kind.removeprefix("bookings."), row.to) for row in rows]


def send(now: datetime) -> None:
    with time_machine.travel(now, tick=False):
        deliver()


def with_addresses(booking: Booking) -> Booking:
    for seat in booking.seats.all():
        Seat.objects.filter(pk=seat.pk).update(email=f"personne{seat.rank}@ville.example")
    return booking


def changed(session: TrainingSession, **fields) -> None:
    TrainingSession.objects.filter(pk=session.pk).update(**fields)


def test_each_person_has_one_fifteen_days_before_at_eight_however_often_the_sweep_runs():
    booking = with_addresses(employer(day_2019(), 2))
    early = datetime(2019, 3, 4, 7, 59, tzinfo=PARIS)
    assert (sweep(early), sweep(early + timedelta(minutes=1)), sweep(), Seat.objects.filter(booking=booking).count()) == (
        [], [("joining", "personne1@ville.example"), ("joining", "personne2@ville.example")], [], 2,
    )  # fmt: skip


def test_whoever_has_no_address_is_joined_through_who_ordered():
    booking = employer(day_2019(), 1)
    assert sweep() == [("joining", booking.email)]


def test_whoever_is_named_later_has_theirs_at_once():
    booking = with_addresses(employer(day_2019(), 1, places=2))
    assert sweep() == [("joining", "personne1@ville.example")]
    Seat.objects.filter(booking=booking, rank=2).update(name="Personne Tardive", email="tardive@ville.example")
    assert sweep(NEAR + timedelta(days=7)) == [("joining", "tardive@ville.example")]


def test_who_takes_the_place_of_another_has_a_letter_of_their_own():
    booking = with_addresses(employer(day_2019(), 1))
    sweep()
    send(NEAR)
    Seat.objects.filter(booking=booking).update(name="Autre Exemple", email="autre@ville.example")
    assert sweep() == [("joining", "autre@ville.example")]


@pytest.mark.parametrize(
    "fields", [{"day": date(2019, 3, 26)}, {"starts_at": time(10)}, {"ends_at": time(17)}, {"venue": "autre"}, {"venue": None}],
    ids=["the day", "the hour", "the end", "the place", "no place"],
)  # fmt: skip
def test_each_change_of_day_hour_or_place_is_told_again(fields):
    day = day_2019()
    with_addresses(employer(day, 1))
    sweep()
    send(NEAR)
    if fields.get("venue"):
        fields = {"venue": Venue.objects.create(name="Superpublic", address="4 rue La Vacquerie", postcode="75011", city="Paris")}
    changed(day, **fields)
    assert (sweep(), sweep()) == ([("joining_changed", "personne1@ville.example")], [])


def test_what_changes_and_then_changes_back_is_told_twice():
    day = day_2019()
    with_addresses(employer(day, 1))
    sweep()
    send(NEAR)
    changed(day, starts_at=time(10))
    first = sweep()
    send(NEAR)
    changed(day, starts_at=time(9))
    assert (len(first), sweep()) == (1, [("joining_changed", "personne1@ville.example")])


def test_a_change_that_is_none_of_these_tells_nothing():
    day = day_2019()
    with_addresses(employer(day, 1))
    sweep()
    send(NEAR)
    changed(day, lede="Une autre phrase.", title="Un autre titre", seats=25)
    assert sweep() == []


def test_a_change_before_the_letters_is_told_by_the_letters_alone():
    day = day_2019()
    with_addresses(employer(day, 1))
    changed(day, starts_at=time(10))
    assert (sweep(ORDERED), sweep()) == ([], [("joining", "personne1@ville.example")])


def test_nobody_is_joined_to_a_cancelled_day_nor_by_an_order_that_is_not_firm_nor_of_a_place_given_back():
    day, other, third = day_2019(), day_2019(slug="autre"), day_2019(slug="troisieme")
    employer(day, 1)
    changed(day, cancelled_at=NEAR)
    ordered(other, now=ORDERED, places=1, people=named(1), commitment_number="")
    Seat.objects.filter(booking=employer(third, 1)).update(released_at=NEAR)
    assert sweep() == []


def test_a_letter_that_waits_for_the_morning_is_not_sent_once_the_day_has_moved():
    day = day_2019()
    with_addresses(employer(day, 1))
    evening = datetime(2019, 3, 4, 20, tzinfo=PARIS)
    sweep(evening)
    changed(day, day=date(2019, 3, 26))
    sweep(evening)
    send(datetime(2019, 3, 5, 8, 30, tzinfo=PARIS))
    assert list(Message.objects.filter(kind__in=JOINED).order_by("pk").values_list("state", flat=True)) == ["VOID"]
    assert sweep(datetime(2019, 3, 11, 8, 30, tzinfo=PARIS)) == [("joining", "personne1@ville.example")]


# --- The letter and its files ------------------------------------------------------------------------------------------------


def entries(mail) -> list[Calendar]:
    return [Calendar.from_ical(content) for name, content, _ in mail.attachments if name.endswith(".ics")]


def test_a_joining_letter_carries_its_pdf_and_a_calendar_entry(mailoutbox):
    day = day_2019()
    with_addresses(employer(day, 1))
    sweep()
    send(NEAR)
    (mail,) = [mail for mail in mailoutbox if mail.to == ["personne1@ville.example"]]
    (entry,) = entries(mail)
    (event,) = entry.walk("VEVENT")
    assert [name for name, _, _ in mail.attachments][:1] == ["convocation-JD19-0001-1.pdf"] or mail.attachments[0][0].startswith(
        "convocation-JD19-"
    )
    assert (str(event["UID"]).partition("@")[0], event["DTSTART"].dt, str(event["LOCATION"]), mail.reply_to) == (
        f"journee-{day.pk}", day.starts, "Halle civique, 27 rue Piat, 75020 Paris", ["journees@la27eregion.example"],
    )  # fmt: skip
    assert mail.subject.replace("\u00a0", " ").startswith("Convocation : Journée découverte")


def test_a_changed_entry_has_the_same_uid_and_a_greater_sequence(mailoutbox):
    day = day_2019()
    with_addresses(employer(day, 1))
    sweep()
    send(NEAR)
    later = NEAR + timedelta(days=1)
    changed(day, starts_at=time(10))
    sweep(later)
    send(later)
    first, second = (entries(mail)[0].walk("VEVENT")[0] for mail in mailoutbox if mail.to == ["personne1@ville.example"])
    assert (first["UID"], second["SEQUENCE"] > first["SEQUENCE"], second["DTSTART"].dt.hour) == (second["UID"], True, 10)


def test_who_goes_to_another_day_has_the_former_one_taken_away(mailoutbox):
    day, other = day_2019(), day_2019(slug="autre", day=date(2019, 4, 2))
    booking = with_addresses(employer(day, 1))
    sweep()
    send(NEAR)
    Booking.objects.filter(pk=booking.pk).update(session=other)
    sweep(NEAR + timedelta(hours=1))
    send(NEAR + timedelta(hours=1))
    last = [mail for mail in mailoutbox if mail.to == ["personne1@ville.example"]][-1]
    told = [(entry["METHOD"], str(entry.walk("VEVENT")[0]["UID"]).partition("@")[0]) for entry in entries(last)]
    assert told == [("PUBLISH", f"journee-{other.pk}"), ("CANCEL", f"journee-{day.pk}")]
    assert seats_of(booking)[0].booking.session == other


def test_a_day_that_moves_is_told_once_it_can_no_longer_be_undone():
    """Undone within ten minutes, nobody had a wrong date."""
    day, by = day_2019(), staff()
    with_addresses(employer(day, 1))
    sweep()
    send(NEAR)
    batch = batches.open_batch("Report", by=by, now=NEAR, about=day, undo=changes.UNDO)
    changes.carry_out(day, changes.postponing({"day": date(2019, 4, 2)}, {}, "Grève."), batch=batch, by=by, now=NEAR)
    due = Batch.objects.get(pk=batch.pk).due_at
    assert sweep(NEAR + timedelta(minutes=1)) == []
    assert sweep(due) == [("joining_changed", "personne1@ville.example")]


def test_one_sent_again_by_hand_is_no_other_and_stops_no_day():
    booking = with_addresses(employer(day_2019(), 1))
    sweep()
    send(NEAR + timedelta(minutes=1))
    outbox.resend(Message.objects.get(kind="bookings.joining"), by=None, now=NEAR + timedelta(minutes=2))
    send(NEAR + timedelta(minutes=3))
    states = [(row.kind, row.state) for row in Message.objects.filter(kind__in=JOINED).order_by("pk")]
    assert (states, sweep(NEAR + timedelta(minutes=4))) == ([("bookings.joining", "SENT")] * 2, [])
    changed(booking.session, starts_at=time(10))
    assert sweep(NEAR + timedelta(minutes=5)) == [("joining_changed", "personne1@ville.example")]


def test_a_day_whose_letters_cannot_be_written_stops_no_other(monkeypatch, caplog):
    broken, other = employer(day_2019(), 1), employer(day_2019(slug="autre"), 1)
    owe = sweeping_papers.paper_emails.told_before
    monkeypatch.setattr(
        sweeping_papers.paper_emails, "told_before", lambda rows: 1 / 0 if rows[0].session_id == broken.session_id else owe(rows)
    )
    assert (sweep(), "letters of a day" in caplog.text) == ([("joining", other.email)], True)
