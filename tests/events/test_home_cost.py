"""The home page with everything on it, for visitors who come after the first of the minute (design.md section 5)."""

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from programmes.demo import load as load_programmes
from tests.events.factories import NOW, EventFactory
from tests.events.press_factories import ReleaseFactory
from tests.programmes.test_views import text_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("count", [1, 3])
def test_a_warm_home_with_everything_on_it_asks_five_questions_at_most(client: Client, count: int, django_assert_max_num_queries):
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        load_programmes(1)
        EventFactory.create_batch(count)
        ReleaseFactory.create_batch(count, embargo_until=NOW)
        client.get(reverse("home"))
        with django_assert_max_num_queries(5):
            words = text_of(client.get(reverse("home")))
    assert ("Semaine de l’innovation publique 2027" in words, "Une rencontre secrète" in words) == (True, True)
