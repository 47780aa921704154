"""« Seen to hold » 2: the pages of the 2017 call and of the day of 19 March 2019 say every fact of domain.md 2.1 and 2.2."""

from datetime import datetime

import pytest
import time_machine

from core.clock import PARIS
from programmes import demo
from tests.programmes import facts
from tests.programmes.test_views import text_of

pytestmark = pytest.mark.django_db


def words_of(client, url, moment):
    with time_machine.travel(moment, tick=False):
        demo.load(1)
        return text_of(client.get(url))


def test_the_page_of_the_2017_call_says_every_fact(client):
    words = words_of(client, "/programmes/aventuriers/2017/", datetime(2017, 9, 1, 10, tzinfo=PARIS))
    assert [fact for fact in (*facts.CALL_2017, *facts.CALL_2017_PAGE) if fact not in words] == []


@pytest.mark.parametrize("year", [2019, 2026], ids=["to come", "archive"])
def test_the_page_of_the_day_of_2019_says_every_fact(client, year):
    words = words_of(client, "/programmes/journees-decouverte/sessions/2019-03-19/", datetime(year, 1, 10, 10, tzinfo=PARIS))
    assert [fact for fact in facts.DAY_2019 if fact not in words] == []


def test_the_blocks_of_the_page_of_a_day_are_in_the_order_of_the_flyer(client):
    words = words_of(client, "/programmes/journees-decouverte/sessions/2019-03-19/", datetime(2019, 1, 10, 10, tzinfo=PARIS))
    places = [words.find(block) for block in facts.DAY_BLOCKS]
    assert (min(places) >= 0, places) == (True, sorted(places))
