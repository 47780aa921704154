"""The files of what was issued: made once, kept with their fingerprint, made again when lost, tried again when they fail."""

import hashlib
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from django.core.cache import cache
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import DatabaseError

from billing import documents, tasks, waiting_files
from billing.checking import file_fault
from billing.models import Invoice, InvoiceFile
from billing.services import publishing
from core import hints
from core.drawing import Undrawn
from core.refusals import Refused
from tests.billing.factories import NOW, issued
from tests.patience import PATIENCE
from tests.racing import race

pytestmark = pytest.mark.django_db
PLAIN = b"%PDF-1.7 "


@pytest.fixture(autouse=True)
def drawings(monkeypatch):
    """The numbers drawn, in order; what is drawn is tried in test_documents."""
    drawn = []

    def draw(invoice):
        drawn.append(invoice.number)
        return PLAIN + invoice.number.encode()

    monkeypatch.setattr(documents, "drawn", draw)
    return drawn


@pytest.fixture
def nudges(monkeypatch):
    asked = []
    monkeypatch.setattr(hints, "nudge", asked.append)
    return asked


def _full(*args, **kwargs):
    raise OSError(28, "No space left on device")


def files() -> list[str]:
    return sorted(path.name for path in Path(default_storage.path("factures")).rglob("*") if path.is_file())


def test_a_document_is_drawn_once_and_its_fingerprint_is_kept(drawings):
    invoice = issued()
    first = documents.publish(invoice, now=NOW)
    again = documents.publish(invoice, now=NOW + timedelta(days=1))
    content = PLAIN + invoice.number.encode()
    assert (first.pk, first.sha256, first.size, first.made_at) == (again.pk, hashlib.sha256(content).hexdigest(), len(content), NOW)
    assert (drawings, files()) == ([invoice.number], [f"{invoice.number}.pdf"])
    assert documents.read(invoice) == content
    assert file_fault(first) == ""


def test_the_first_download_makes_the_file_at_once(drawings):
    invoice = issued()
    assert [documents.read(invoice) for _ in range(2)] == [PLAIN + invoice.number.encode()] * 2
    assert drawings == [invoice.number]


def test_the_sweep_makes_what_is_missing_and_nothing_twice(drawings, nudges):
    invoices = [issued() for _ in range(3)]
    nudges.clear()
    tasks.publish_invoices()
    tasks.publish_invoices()
    assert drawings == [invoice.number for invoice in invoices]
    assert (Invoice.objects.unpublished().count(), nudges) == (0, [])


def test_an_invoice_that_is_issued_calls_the_sweep(nudges):
    issued()
    assert publishing.TASK in nudges


def test_two_sweeps_begin_at_both_ends_and_a_third_leaves(drawings, nudges, monkeypatch):
    numbers = [issued().number for _ in range(publishing.ENOUGH_FOR_TWO)]
    nudges.clear()
    draw, made = documents.drawn, []

    def meanwhile(invoice):
        """While the first draws its first, the second comes; while the second draws, a third."""
        monkeypatch.setattr(documents, "drawn", third)
        made.append(publishing.publish_due(now=NOW))
        return draw(invoice)

    def third(invoice):
        monkeypatch.setattr(documents, "drawn", draw)
        made.append(publishing.publish_due(now=NOW))
        return draw(invoice)

    monkeypatch.setattr(documents, "drawn", meanwhile)
    publishing.publish_due(now=NOW)
    assert (made, drawings) == ([0, 4], [*reversed(numbers), numbers[0]])
    assert (nudges, Invoice.objects.unpublished().count(), files()) == ([publishing.TASK], 0, [f"{number}.pdf" for number in numbers])


def test_what_is_left_after_its_time_is_for_the_next_sweep_called_at_once(nudges, monkeypatch):
    issued(), issued()
    nudges.clear()
    monkeypatch.setattr(publishing, "BUDGET", -1.0)
    assert (publishing.publish_due(now=NOW), nudges) == (0, [])
    moments = iter([0.0, 0.0, 10.0, 0.0, 0.0])
    monkeypatch.setattr(publishing, "BUDGET", 8.0)
    monkeypatch.setattr(publishing, "monotonic", lambda: next(moments))
    assert (publishing.publish_due(now=NOW), nudges) == (1, [publishing.TASK])


def test_a_disk_that_is_full_leaves_the_document_issued_and_nothing_half_written(monkeypatch):
    invoice = issued()
    write = FileSystemStorage._save

    def half(storage, name, content):
        write(storage, name, content)
        _full()

    monkeypatch.setattr(FileSystemStorage, "_save", half)
    with pytest.raises(documents.NotReady, match="La pièce est émise, un nouvel essai viendra"):
        documents.publish(invoice, now=NOW)
    assert (files(), InvoiceFile.objects.count(), Invoice.objects.count()) == ([], 0, 1)
    monkeypatch.setattr(FileSystemStorage, "_save", write)
    documents.publish(invoice, now=NOW)
    assert files() == [f"{invoice.number}.pdf"]


def test_a_row_that_cannot_be_kept_leaves_no_file_and_its_fault_is_the_one_that_is_told(monkeypatch):
    invoice = issued()

    def refuse(*args, **kwargs):
        raise DatabaseError("no room for a row")

    monkeypatch.setattr(InvoiceFile, "save", refuse)
    with pytest.raises(DatabaseError, match="no room for a row"):
        documents.publish(invoice, now=NOW)
    assert (files(), InvoiceFile.objects.count(), Invoice.objects.count()) == ([], 0, 1)
    monkeypatch.setattr(FileSystemStorage, "delete", _full)
    with pytest.raises(DatabaseError, match="no room for a row"):
        documents.publish(invoice, now=NOW)


def test_a_failure_holds_up_no_other_and_is_tried_again_later(drawings, monkeypatch):
    slow, good = issued(), issued()
    draw, tries = documents.drawn, []

    def fail(invoice):
        if invoice.pk != slow.pk:
            return draw(invoice)
        tries.append(invoice.number)
        raise Undrawn("plus de 20 secondes")

    monkeypatch.setattr(documents, "drawn", fail)
    tasks.publish_invoices()
    tasks.publish_invoices()
    assert (drawings, tries) == ([good.number], [slow.number])
    with pytest.raises(documents.NotReady):  # whoever downloads tries at once
        documents.read(slow)
    cache.clear()  # its rest is over
    monkeypatch.setattr(documents, "drawn", draw)
    tasks.publish_invoices()
    assert (drawings, Invoice.objects.unpublished().count()) == ([good.number, slow.number], 0)


def test_each_failure_makes_it_rest_longer(monkeypatch):
    invoice, rests = issued(), []
    monkeypatch.setattr(documents, "drawn", _full)
    keep = cache.set

    def note(key, value, timeout=None, **options):
        if key.endswith(":rests"):
            rests.append(timeout)
            timeout = 0
        keep(key, value, timeout=timeout, **options)

    monkeypatch.setattr(cache, "set", note)
    for _ in range(8):
        publishing.publish_due(now=NOW)
    assert rests == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    shown = [next(waiting_files.waiting(invoice.issued_at + timedelta(minutes=minutes))) for minutes in (9, 11)]
    assert [(row.count, row.since, row.url) for row in shown] == [
        (0, None, "/admin/billing/invoice/?fichier=a_faire"),
        (1, invoice.issued_at, "/admin/billing/invoice/?fichier=a_faire"),
    ]


@pytest.mark.parametrize("damage", ["lost", "changed"])
def test_a_file_that_was_lost_or_damaged_is_made_again_with_the_same_bytes(damage):
    invoice = issued()
    file = documents.publish(invoice, now=NOW)
    path = Path(file.file.path)
    path.unlink() if damage == "lost" else path.write_bytes(b"autre chose")
    assert file_fault(file)
    assert documents.read(invoice) == PLAIN + invoice.number.encode()
    assert (file_fault(file), files()) == ("", [f"{invoice.number}.pdf"])


def test_a_file_that_cannot_be_made_again_alike_is_said_to_be_lost_and_nothing_is_given_in_its_place(monkeypatch):
    invoice = issued()
    file = documents.publish(invoice, now=NOW)
    Path(file.file.path).unlink()
    monkeypatch.setattr(documents, "drawn", lambda _: b"%PDF-1.7 autre")
    with pytest.raises(Refused, match="il faut le reprendre d’une sauvegarde"):
        documents.read(invoice)
    assert files() == []


def test_a_storage_that_does_not_answer_has_lost_nothing_and_is_said_to_be_away(monkeypatch):
    invoice = issued()
    documents.publish(invoice, now=NOW)

    def away(*_):
        raise PermissionError(13, "refusé")

    monkeypatch.setattr(FileSystemStorage, "open", away)
    with pytest.raises(documents.NotReady, match="ne peut pas être lu pour l’instant"):
        documents.read(invoice)
    monkeypatch.undo()
    assert file_fault(InvoiceFile.objects.get()) == ""


@pytest.mark.parametrize("fault", [OSError(28, "plus de place"), Undrawn("trop long")])
def test_a_lost_file_that_cannot_be_drawn_now_is_said_to_come_later(monkeypatch, fault):
    invoice = issued()
    Path(documents.publish(invoice, now=NOW).file.path).unlink()

    def fail(_):
        raise fault

    monkeypatch.setattr(documents, "drawn", fail)
    with pytest.raises(documents.NotReady, match="Réessayez dans un moment"):
        documents.read(invoice)


def test_a_lost_file_is_given_even_when_the_disk_has_no_room_to_keep_it_again(monkeypatch):
    invoice = issued()
    file = documents.publish(invoice, now=NOW)
    Path(file.file.path).unlink()

    def full(*_, **__):
        raise OSError(28, "plus de place")

    monkeypatch.setattr(FileSystemStorage, "save", full)
    assert documents.read(invoice) == PLAIN + invoice.number.encode()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_file_is_kept(monkeypatch):
    invoice, both = issued(), Barrier(2, timeout=PATIENCE)

    def together(document):
        both.wait()
        return PLAIN

    monkeypatch.setattr(documents, "drawn", together)
    first, second = race(*[lambda: documents.publish(Invoice.objects.get(pk=invoice.pk), now=NOW)] * 2)
    assert (first.pk, InvoiceFile.objects.count(), files()) == (second.pk, 1, [Path(first.file.name).name])


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_without_the_guard_two_files_would_be_kept(monkeypatch):
    """The twin: when the database does not say that one was first, both stay."""
    invoice, both = issued(), Barrier(2, timeout=PATIENCE)

    def together(document):
        both.wait()
        return PLAIN

    monkeypatch.setattr(documents, "drawn", together)
    monkeypatch.setattr(InvoiceFile, "save", lambda *_, **__: None)
    race(*[lambda: documents.publish(Invoice.objects.get(pk=invoice.pk), now=NOW)] * 2)
    assert len(files()) == 2
