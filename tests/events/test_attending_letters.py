"""What is written to who comes: what changes at the event, its cancellation, the reminder; the address to connect to goes to no other."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.urls import reverse

from core.clock import PARIS
from events import attending_emails as emails
from events import attending_reminders as reminders
from events.models import Event, Registration, TimeSlot
from events.services import attending, changing, hosting, sweeping, telling
from events.services.changing import Change
from events.states import Mode
from mailing.models import Message
from mailing.states import State as Letter
from mailing.tasks import deliver
from records.models import Act
from tests.events.attending import MINUTE, NOW, coming, letters, opened, slot_of
from tests.events.desks import BY

pytestmark = pytest.mark.django_db
URL = "https://visio.example/salle-1"
CALL_OFF = datetime(2027, 11, 9, 10, tzinfo=PARIS)


@pytest.fixture(autouse=True)
def _then() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def told(event: Event, *changes: Change, now: datetime = NOW, words: str = "") -> None:
    telling.tell(event, frozenset(changes), words, now)


def sent(to: str) -> Any:
    """The last letter delivered to somebody."""
    deliver()
    return [letter for letter in mail.outbox if letter.to == [f"{to}@ville.example"]][-1]


def texts(letter: Any) -> str:
    return str(letter.body).replace("\u00a0", " ").replace("\u202f", " ")


def test_each_person_still_of_it_is_told_of_a_change_once_and_the_others_are_not() -> None:
    slot = opened(1)
    coming(slot, "a")
    coming(slot, "b")
    attending.withdraw(coming(slot, "c"), now=NOW)
    told(slot.event, Change.PLACE, Change.DATE, words="La salle a brûlé.")
    assert (letters("a"), letters("b"), letters("c")) == (["registered", "changed"], ["waiting", "changed"], ["waiting", "withdrawn"])
    letter = sent("a")
    assert ("la date et le lieu" in letter.body, "La salle a brûlé." in letter.body, len(letter.attachments)) == (True, True, 1)
    assert sent("b").attachments == []


def test_a_cancellation_is_told_to_all_with_what_takes_it_out_of_calendars() -> None:
    slot = opened(1)
    coming(slot, "a")
    coming(slot, "b")
    changing.cancel(slot.event, "Trop peu d’inscrits.", by=None, now=NOW)
    assert (letters("a"), letters("b")) == (["registered", "cancelled"], ["waiting", "cancelled"])
    letter = sent("b")
    assert "Trop peu d’inscrits." in letter.body
    name, content, kind = letter.attachments[0]
    assert (name, "METHOD:CANCEL" in str(content), "STATUS:CANCELLED" in str(content), kind) == (
        "evenement.ics", True, True, "text/calendar; method=CANCEL",
    )  # fmt: skip


def test_a_letter_that_waited_and_is_no_longer_true_does_not_leave() -> None:
    slot = opened(1)
    row = coming(slot, "a")
    coming(slot, "b")
    attending.withdraw(row, now=NOW)
    deliver()
    void = Message.objects.filter(state=Letter.VOID).order_by("pk").values_list("kind", flat=True)
    assert list(void) == [emails.REGISTERED, emails.WAITING]
    assert [letter.subject.split("\u00a0")[0] for letter in mail.outbox] == ["Inscription retirée", "Une place pour vous"]


@pytest.mark.parametrize(
    ("fields", "mode", "is_given"),
    [
        ({"mode": Mode.ONLINE}, Mode.ONLINE, True),
        ({"mode": Mode.HYBRID}, Mode.ONLINE, True),
        ({"mode": Mode.HYBRID}, Mode.ONSITE, False),
    ],
)
def test_the_address_to_connect_to_is_for_who_is_seated_and_comes_online(fields: Any, mode: str, is_given: bool) -> None:
    slot = opened(1, online=1, online_url=URL, **fields)
    coming(slot, "a", mode=mode)
    letter = sent("a")
    assert (URL in letter.body, URL in str(letter.attachments[0][1]).replace("\\n ", "").replace("\r\n ", "")) == (is_given, is_given)


def test_the_address_to_connect_to_is_not_for_who_waits_withdrew_or_did_not_prove(client: Any) -> None:
    slot = opened(None, online=1, online_url=URL, mode=Mode.ONLINE)
    rows = [coming(slot, "a"), coming(slot, "b"), attending.withdraw(coming(slot, "c"), now=NOW)]
    attending.ask_proof([attending.register(slot, email="d@ville.example", name="D", now=NOW)], now=NOW)
    told(slot.event, Change.PLACE)
    deliver()
    assert {letter.to[0][0] for letter in mail.outbox if URL in letter.body} == {"a"}
    pages = [client.get(f"/inscriptions/{attending.links.secret_of(row)}/").content.decode() for row in rows]
    assert [URL in page for page in pages] == [True, False, False]
    assert URL not in client.get(slot.event.get_absolute_url()).content.decode()


def test_a_new_address_to_connect_to_is_told_to_those_who_hold_it() -> None:
    slot = opened(1, online=2, online_url=URL, mode=Mode.HYBRID)
    coming(slot, "a", mode=Mode.ONLINE)
    coming(slot, "b", mode=Mode.ONSITE)
    told(slot.event, Change.ONLINE)
    assert (letters("a"), letters("b")) == (["registered", "changed"], ["registered"])


def test_what_the_organiser_tells_waits_for_the_morning_unless_it_is_near() -> None:
    slot = opened(1)
    coming(slot, "a")
    evening = datetime(2027, 11, 12, 21, tzinfo=PARIS)  # a Friday; the sitting is on a Tuesday, eleven days later
    told(slot.event, Change.PLACE, now=evening)
    eve = datetime(2027, 11, 22, 21, tzinfo=PARIS)
    told(slot.event, Change.PLACE, now=eve)
    due = Message.objects.filter(kind=emails.CHANGED).order_by("pk").values_list("due_at", flat=True)
    assert list(due) == [datetime(2027, 11, 15, 8, tzinfo=PARIS), eve]


# --- The reminder ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sitting", "reminded"),
    [
        ("2027-11-25T10:00", datetime(2027, 11, 23, 10, tzinfo=PARIS)),  # Thursday: Tuesday
        ("2027-11-22T10:00", datetime(2027, 11, 19, 10, tzinfo=PARIS)),  # Monday: not Saturday, Friday
        ("2027-11-23T10:00", datetime(2027, 11, 19, 10, tzinfo=PARIS)),  # Tuesday: not Sunday, Friday
        ("2027-11-13T10:00", datetime(2027, 11, 10, 10, tzinfo=PARIS)),  # Saturday: not the 11th, the 10th
    ],
)
def test_the_reminder_is_two_days_before_or_the_working_day_before_that(sitting: str, reminded: datetime) -> None:
    assert reminders.moment_of(opened(1, at=[sitting])) == reminded


def test_the_two_days_are_those_of_the_place() -> None:
    # 2 h there on the 26th is 23 h in Paris on the 25th.
    slot = opened(1, commune="97411", at=["2027-11-26T02:00"])
    assert reminders.moment_of(slot) == datetime(2027, 11, 24, 10, tzinfo=PARIS)


def test_who_comes_is_reminded_once_and_who_registers_later_is_not() -> None:
    slot = opened(3, at=["2027-11-25T10:00"])
    coming(slot, "a")
    at = reminders.moment_of(slot)
    sweeping.sweep(now=at - MINUTE)
    assert letters("a") == ["registered"]
    coming(slot, "b", now=at)
    for late in range(3):
        sweeping.sweep(now=at + late * MINUTE)
    assert (letters("a"), letters("b")) == (["registered", "reminder"], ["registered"])


def test_nobody_who_waits_or_left_is_reminded_nor_of_a_cancelled_event() -> None:
    slot = opened(1, at=["2027-11-25T10:00"])
    row = coming(slot, "a")
    coming(slot, "b")
    other = opened(1, at=["2027-11-25T10:00"], title="Un autre")
    coming(other, "c")
    changing.cancel(other.event, "", by=None, now=NOW)
    attending.withdraw(row, now=NOW)
    attending.withdraw(Registration.objects.get(email="b@ville.example"), now=NOW)
    sweeping.sweep(now=reminders.moment_of(slot))
    assert [kind for kind in letters() if kind == "reminder"] == []


def test_after_an_outage_it_leaves_as_long_as_the_sitting_has_not_begun() -> None:
    slot = opened(1, at=["2027-11-25T10:00"])
    coming(slot, "a")
    sweeping.sweep(now=slot.starts_at)
    assert letters("a") == ["registered"]
    sweeping.sweep(now=slot.starts_at - MINUTE)
    assert letters("a") == ["registered", "reminder"]


def test_a_sitting_that_moved_is_reminded_anew_and_one_moved_too_near_is_not() -> None:
    slot = opened(1, at=["2027-11-25T10:00"])
    coming(slot, "a")
    sweeping.sweep(now=reminders.moment_of(slot))
    _move(slot, timedelta(days=7))
    told(slot.event, Change.DATE, now=NOW)
    sweeping.sweep(now=reminders.moment_of(slot_of(slot.event)))
    assert letters("a") == ["registered", "reminder", "changed", "reminder"]
    _move(slot, timedelta(days=-9))
    told(slot.event, Change.DATE, now=reminders.moment_of(slot_of(slot.event)))
    sweeping.sweep(now=reminders.moment_of(slot_of(slot.event)) + MINUTE)
    assert letters("a")[4:] == ["changed"]


def _move(slot: TimeSlot, by: timedelta) -> None:
    row = TimeSlot.objects.get(pk=slot.pk)
    TimeSlot.objects.filter(pk=slot.pk).update(starts_at=row.starts_at + by, ends_at=row.starts_at + by + timedelta(hours=2))


def test_a_reminder_written_for_another_hour_does_not_leave() -> None:
    slot = opened(1, at=["2027-11-25T10:00"])
    coming(slot, "a")
    sweeping.sweep(now=reminders.moment_of(slot))
    _move(slot, timedelta(hours=1))
    with time_machine.travel(reminders.moment_of(slot), tick=False):
        deliver()
    assert Message.objects.get(kind=emails.REMINDER).state == Letter.VOID


def test_the_timeline_says_who_is_to_be_reminded_and_when_people_are_forgotten() -> None:
    from events import attending_gathering, attending_retention

    slot = opened(3, at=["2027-11-25T10:00"])
    coming(slot, "a")
    coming(slot, "b")
    found = [
        *attending_gathering.planned(NOW, NOW + timedelta(days=30)),
        *attending_retention.planned(NOW + timedelta(days=90), NOW + timedelta(days=120)),
    ]
    assert [(each.at.astimezone(PARIS).date(), each.act, each.count) for each in found] == [
        (date(2027, 11, 23), "envoyé", 2), (date(2028, 2, 26), "effacé", 2),
    ]  # fmt: skip


def test_letters_say_where_to_answer_and_greet_by_name() -> None:
    slot = opened(1)
    slot.event.organisers.create(email="camille@ville.example", is_lead=True, nonce="n", digest="d", added_at=NOW)
    coming(slot, "a", companions=0)
    letter = sent("a")
    assert (letter.reply_to, "Bonjour A Exemple," in letter.body, "Médiathèque d’Exemple" in texts(letter)) == (
        ["camille@ville.example"],
        True,
        True,
    )


# --- Another date, twice withdrawn, too early ------------------------------------------------------------------------------


def last_words() -> str:
    return Message.objects.latest("pk").text.replace("\u00a0", " ").replace("\u202f", " ")


def test_who_changes_date_is_told_which_one_to_take_out_of_the_calendar() -> None:
    slot = opened(5, at=["2027-11-23T10:00", "2027-11-24T10:00"])
    other = TimeSlot.objects.filter(event=slot.event).order_by("starts_at")[1]
    row = coming(slot, "a")
    assert ("remplace" in last_words(), "vient de changer" in last_words()) == (False, False)
    row = attending.change(row, slot=other, now=NOW + MINUTE)
    body = last_words()
    assert ("retirez-la de votre agenda" in body, "23 novembre" in body, "24 novembre" in body) == (True, True, True)
    assert "vient de changer" not in body
    attending.change(row, companions=1, now=NOW + 2 * MINUTE)
    assert ("remplace" in last_words(), "vient de changer" in last_words()) == (False, True)


def test_withdrawn_twice_by_an_organiser_it_is_written_once() -> None:
    row = coming(opened(5), "a")
    for _ in range(2):
        hosting.withdraw(row, by=BY, now=NOW)
    assert Act.objects.filter(verb="inscription retirée par l’organisateur").count() == 1


def test_who_is_too_early_is_led_to_where_an_organisation_is_asked() -> None:
    emails.post_too_early(opened(5), "a@ville.example", until="demain", page="https://testserver/x/", now=NOW)
    assert reverse("belongings") in last_words()
