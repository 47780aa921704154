"""`/sante/` and `/sante/pret/`, read by machines."""

from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.utils import timezone

from core import health
from core.registry import HEALTH, Fact
from core.tasks import tick


@pytest.fixture
def lively(db, monkeypatch):
    """A house where everything works, and no other app says anything."""
    monkeypatch.setattr(HEALTH, "_items", [])
    tick()


def _state(client):
    response = client.get("/sante/pret/")
    told = response.json()
    return response.status_code, told["state"], told["failed"], told["degraded"]


def test_alive_answers_without_database_login_session_or_redirect(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    response = client.get("/sante/")
    assert (response.status_code, response.content, response.cookies) == (200, b"ok", {})
    assert response["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"


def test_ready_is_ok_when_everything_works(client, lively):
    assert _state(client) == (200, "ok", [], [])


def test_ready_without_a_recent_tick_is_degraded(client, lively):
    cache.set(health.TICK, timezone.now() - timedelta(minutes=4), timeout=None)
    assert _state(client) == (200, "degraded", [], ["tick"])
    cache.delete(health.TICK)
    assert _state(client) == (200, "degraded", [], ["tick"])


def test_ready_without_database_is_503(client, lively, monkeypatch):
    monkeypatch.setattr(health, "connection", None)
    assert _state(client) == (503, "failed", ["database"], [])


def test_ready_without_storage_is_503(client, lively, monkeypatch):
    def full(*args, **kwargs):
        raise OSError

    monkeypatch.setattr(default_storage, "save", full)
    assert _state(client) == (503, "failed", ["storage"], [])


def test_ready_leaves_no_file_behind(client, lively, settings):
    client.get("/sante/pret/")
    assert [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()] == []


def test_ready_with_a_dead_broker_is_degraded(client, lively, monkeypatch):
    monkeypatch.setattr(health.current_app.conf, "broker_write_url", "redis://127.0.0.1:1/0")
    assert _state(client) == (200, "degraded", [], ["broker"])


def test_ready_tells_what_the_apps_say_and_survives_what_they_break(client, lively):
    def late(now: datetime):
        yield Fact("letters", ok=now.tzinfo is None, detail="oldest due 2017-09-01")

    def broken(now: datetime):
        raise ZeroDivisionError

    HEALTH.add(late)
    HEALTH.add(broken)
    assert _state(client) == (200, "degraded", [], ["letters", __name__])
