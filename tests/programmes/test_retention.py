"""Files that no row names any more are swept."""

import os
from datetime import datetime, timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from core import retention
from core.clock import PARIS
from programmes import cards
from programmes import retention as kept
from programmes.models import Flyer
from tests.programmes.factories import EditionFactory, SessionFactory, TrainerFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2019, 1, 10, 10, tzinfo=PARIS)


def put(path, *, days=2):
    """A file, made some days ago by the machine's clock."""
    name = default_storage.save(path, ContentFile(b"content"))
    moment = datetime.now(PARIS).timestamp() - timedelta(days=days).total_seconds()
    os.utime(default_storage.path(name), (moment, moment))
    return name


def swept(dry_run=False):
    return {erasure.label: erasure.count for erasure in retention.purge(now=NOW, dry_run=dry_run)}[kept.FILES]


def test_flyers_cards_and_portraits_of_nobody_are_swept_and_those_of_rows_stay():
    swept()  # what other tests left
    day = SessionFactory()
    theirs = [put("depliants/appel-1-1.pdf"), put("formateurs/b.jpg"), put(f"{kept.PORTRAITS}/c.jpg"), put("cartes/edition-999/a.png")]
    ours = [put("depliants/appel-1-2.pdf"), put("formateurs/d.jpg"), put(f"{cards.FOLDER}/trainingsession-{day.pk}/b.png")]
    fresh = put("depliants/appel-1-3.pdf", days=0)
    Flyer.objects.create(session=day, version=1, fingerprint="f", created_at=NOW, file=ours[0])
    TrainerFactory(photo=ours[1])
    assert (swept(dry_run=True), all(map(default_storage.exists, theirs))) == (4, True)
    assert (swept(), swept()) == (4, 0)
    assert [default_storage.exists(path) for path in (*theirs, *ours, fresh)] == [False] * 4 + [True] * 4


def test_the_files_of_a_call_go_with_it():
    swept()
    call = EditionFactory()
    flyer = Flyer.objects.create(edition=call, version=1, fingerprint="f", created_at=NOW, file=put("depliants/appel-9-1.pdf"))
    card = put(f"{cards.FOLDER}/edition-{call.pk}/x.png")
    assert swept() == 0
    call.delete()
    assert (swept(), default_storage.exists(flyer.file.name), default_storage.exists(card)) == (2, False, False)
