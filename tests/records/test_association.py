"""The association's record: exact for who compares or writes, ten seconds old at most for who prints, asked by no page."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
import time_machine
from django.core.cache import cache

from core.clock import PARIS
from records.models import Association
from tests.events.factories import NOW

pytestmark = pytest.mark.django_db
Committing = Callable[..., AbstractContextManager[Any]]


def in_another_process(work: Callable[[], Any]) -> None:
    """Do it where nothing of what this process remembers is known."""
    kept = Association._shown
    work()
    Association._shown = kept


def save(phone: str) -> None:
    association = Association.current()
    association.phone = phone
    association.save()


@pytest.fixture
def second(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    return lambda at: monkeypatch.setattr("records.models.association.monotonic", lambda: at)


def test_what_is_printed_is_read_once_and_follows_a_change_at_once(django_assert_num_queries):
    Association.objects.create(pk=1, phone="01 00 00 00 00")
    with django_assert_num_queries(1):
        assert [Association.shown().phone for _ in range(3)] == ["01 00 00 00 00"] * 3
    save("02 00 00 00 00")
    assert Association.shown().phone == "02 00 00 00 00"


def test_what_another_process_changed_is_printed_after_ten_seconds(second, django_capture_on_commit_callbacks: Committing):
    Association.objects.create(pk=1, phone="01 00 00 00 00")
    second(0)
    shown = [Association.shown().phone]
    with django_capture_on_commit_callbacks(execute=True):
        in_another_process(lambda: save("02 00 00 00 00"))
    for at in (9.9, 10):
        second(at)
        shown.append(Association.shown().phone)
    assert shown == ["01 00 00 00 00", "01 00 00 00 00", "02 00 00 00 00"]
    assert Association.current().phone == "02 00 00 00 00"


def test_processes_share_what_one_of_them_read(second, django_assert_num_queries):
    save("01 00 00 00 00")
    in_another_process(Association.shown)
    with django_assert_num_queries(0):
        for at in range(0, 200, 20):
            second(at)
            assert Association.shown().phone == "01 00 00 00 00"


def test_who_read_it_while_it_was_being_saved_leaves_nothing_old(second, django_capture_on_commit_callbacks: Committing):
    save("01 00 00 00 00")
    with django_capture_on_commit_callbacks(execute=True):
        save("02 00 00 00 00")
        # Somebody beside the transaction still reads and shares what is about to go.
        cache.set(Association._address(), {**Association.current()._said(), "phone": "01 00 00 00 00"})
    Association.forget_shown()
    assert Association.shown().phone == "02 00 00 00 00"


def test_what_is_shared_never_covers_what_was_saved_since_it_was_read(monkeypatch, django_capture_on_commit_callbacks: Committing):
    save("01 00 00 00 00")
    cache.clear()
    read = Association.current

    def slowly() -> Association:
        """Read; and before it is shared, another saves."""
        monkeypatch.setattr(Association, "current", read)
        found = read()
        with django_capture_on_commit_callbacks(execute=True):
            in_another_process(lambda: save("02 00 00 00 00"))
        return found

    monkeypatch.setattr(Association, "current", slowly)
    Association.shown()
    Association.forget_shown()
    assert Association.shown().phone == "02 00 00 00 00"


def test_what_is_changed_without_being_saved_is_printed_within_five_minutes(second):
    with time_machine.travel(NOW.astimezone(PARIS), tick=False) as clock:
        save("01 00 00 00 00")
        Association.shown()
        Association.objects.update(phone="02 00 00 00 00")
        shown = []
        for at in (299, 310):
            clock.move_to(NOW.timestamp() + at)
            second(at)
            shown.append(Association.shown().phone)
    assert shown == ["01 00 00 00 00", "02 00 00 00 00"]
