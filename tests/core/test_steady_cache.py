"""Without Redis the cache still remembers, in this process."""

import pytest
from django.test import override_settings
from django.urls import reverse

from accounts import demo, services
from core import clock
from core.steady_cache import RedisOrMemory
from tests.accounts.factories import SECRET, UserFactory, enrol

NOWHERE = {"BACKEND": "core.steady_cache.RedisOrMemory", "LOCATION": "redis://localhost:1/0", "OPTIONS": {"socket_connect_timeout": 1}}


def test_what_redis_cannot_keep_the_process_keeps():
    cache = RedisOrMemory("redis://localhost:1/0", {"OPTIONS": {"socket_connect_timeout": 1}})
    cache.set("a", 1)
    assert (cache.get("a"), cache.add("a", 2), cache.add("b", 3), cache.get("b")) == (1, False, True, 3)
    cache.delete("a")
    assert cache.get_many(["a", "b"]) == {"b": 3}


@pytest.mark.django_db
@override_settings(CACHES={"default": NOWHERE})
def test_the_second_factor_is_shown_and_limited_while_redis_is_away(client):
    person = UserFactory()
    enrol(person)
    client.post(reverse("accounts_link", args=[services.make_proof(person.email, now=clock.now()).secret]))
    answers = [client.post("/compte/2fa/code/", {"code": "000000"}) for _ in range(6)]
    assert {answer.status_code for answer in answers} == {422}
    assert "Trop d’essais" in answers[-1].content.decode()
    assert client.post("/compte/2fa/code/", {"code": demo.code_of(SECRET)}).status_code == 422
