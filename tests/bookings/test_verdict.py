"""« Does the day take place? »: asked at its date, maintained with letters, undone for ten minutes."""

from datetime import date, datetime, timedelta

import pytest

from bookings.admin.days import Maintain
from bookings.models import SessionTerms
from bookings.services import verdict
from bookings.states import Verdict
from core.clock import PARIS
from core.refusals import Refused
from mailing import batches
from mailing.groupacts import carry_out
from mailing.models import Batch, Message
from programmes.services import changes
from tests.applications.factories import staff
from tests.bookings.factories import NOW, firm, ordered, session

pytestmark = pytest.mark.django_db
# Twenty-one days before Tuesday 16 March.
ASKED = datetime(2027, 2, 23, 0, 0, tzinfo=PARIS)


def to_decide(now):
    return [terms.session_id for terms in verdict.to_decide(now=now)]


def test_asked_from_the_first_minute_of_its_day_in_paris_until_somebody_decides():
    day = session(terms={"minimum": 8})
    assert [to_decide(ASKED - timedelta(seconds=1)), to_decide(ASKED), to_decide(datetime(2027, 3, 17, tzinfo=PARIS))] == [[], [day.pk], []]


def test_the_day_that_the_team_chose_counts_and_a_minimum_of_one_asks_nothing():
    day = session(terms={"minimum": 8, "decides_on": date(2027, 3, 2)})
    session(terms={"minimum": 1})
    assert (to_decide(ASKED), to_decide(datetime(2027, 3, 2, 8, tzinfo=PARIS))) == ([], [day.pk])


def maintained(day, now=ASKED, by=None):
    act, who = Maintain(), by or staff()
    return carry_out(act, day, act.plan(day, {}, by=who, now=now), {}, token=f"t{now}", by=who, now=now)


def test_maintained_each_firm_order_is_told_once_and_it_is_asked_no_more():
    day = session(terms={"minimum": 2})
    booking = firm(day, places=3)
    ordered(day)
    maintained(day)
    [letter] = Message.objects.filter(kind="bookings.maintained")
    terms = SessionTerms.objects.get(session=day)
    assert (letter.to, terms.verdict, terms.decided_at, to_decide(ASKED)) == (booking.email, Verdict.RUNS, ASKED, [])
    with pytest.raises(Refused, match="déjà maintenue"):
        verdict.refuse(terms, now=ASKED)


def test_undone_in_ten_minutes_it_is_asked_again_and_no_letter_leaves():
    day = session(terms={"minimum": 2})
    firm(day)
    batch = maintained(day)
    batches.undo(batch, by=staff(), now=ASKED + timedelta(minutes=9))
    assert (SessionTerms.objects.get(session=day).verdict, to_decide(ASKED)) == ("", [day.pk])
    assert Message.objects.get(kind="bookings.maintained").state == "VOID"


def test_with_nobody_to_tell_the_decision_is_kept_all_the_same():
    day = session(terms={"minimum": 2})
    maintained(day, NOW)
    assert SessionTerms.objects.get(session=day).verdict == Verdict.RUNS


def test_the_preview_of_a_day_that_began_says_why_not():
    day = session(terms={"minimum": 2})
    plan = Maintain().plan(day, {}, by=staff(), now=datetime(2027, 3, 16, 9, tzinfo=PARIS))
    assert [line.why[:21] for line in plan.lines] == ["La journée a commencé"]


def test_called_off_then_taken_back_a_maintained_day_is_maintained_still():
    day = session(terms={"minimum": 2})
    firm(day, places=3)
    maintained(day)
    by, off = staff(), ASKED + timedelta(hours=1)
    batch = batches.open_batch("Annulation", by=by, now=off, about=day, undo=changes.UNDO)
    changes.carry_out(day, changes.cancelling("Grève."), batch=batch, by=by, now=off)
    assert SessionTerms.objects.get(session=day).verdict == Verdict.CALLED_OFF
    batches.undo(Batch.objects.get(pk=batch.pk), by=by, now=off + timedelta(minutes=5))
    terms = SessionTerms.objects.get(session=day)
    assert (terms.verdict, terms.decided_at, to_decide(ASKED)) == (Verdict.RUNS, ASKED, [])
