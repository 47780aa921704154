"""The night erases the files of the press that no row names, a day old; it never touches a version that was given."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from events.press import cards, retention
from events.services import press
from tests.events.press_factories import AFTER, ReleaseFactory

pytestmark = pytest.mark.django_db


def test_only_what_no_row_names_is_erased(monkeypatch):
    monkeypatch.setattr("events.press.documents.draw", lambda *_, **__: b"%PDF")
    release, gone = ReleaseFactory(), ReleaseFactory(ready_at=None)
    kept = press.keep(release, now=AFTER).file.name
    for row in (release, gone):
        cards.png(row)
    stray = default_storage.save("presse/reste.jpg", ContentFile(b"x"))
    folder = f"{cards.FOLDER}/{gone.pk}"
    gone.delete()
    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
        assert [erased.count for erased in retention.purge(AFTER, False)] == [0]
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        counts = [next(iter(retention.purge(AFTER, dry_run))).count for dry_run in (True, False, False)]
    left = [default_storage.exists(name) for name in (kept, stray, f"{cards.FOLDER}/{release.pk}")]
    assert (counts, left, default_storage.listdir(folder)[1]) == ([2, 2, 0], [True, False, True], [])
