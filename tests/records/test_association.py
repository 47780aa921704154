"""The association's record: exact for who compares or writes, ten seconds old at most for who prints."""

import pytest

from records.models import Association

pytestmark = pytest.mark.django_db


def test_what_is_printed_is_read_once_and_follows_a_change_at_once(django_assert_num_queries):
    Association.objects.create(pk=1, phone="01 00 00 00 00")
    with django_assert_num_queries(1):
        assert [Association.shown().phone for _ in range(3)] == ["01 00 00 00 00"] * 3
    association = Association.current()
    association.phone = "02 00 00 00 00"
    association.save()
    assert Association.shown().phone == "02 00 00 00 00"


def test_what_another_process_changed_is_printed_after_ten_seconds(monkeypatch):
    Association.objects.create(pk=1, phone="01 00 00 00 00")
    shown = []
    for second in (0, 9.9, 10):
        monkeypatch.setattr("records.models.association.monotonic", lambda second=second: second)
        shown.append(Association.shown().phone)
        Association.objects.update(phone="02 00 00 00 00")
    assert shown == ["01 00 00 00 00", "01 00 00 00 00", "02 00 00 00 00"]
    assert Association.current().phone == "02 00 00 00 00"
