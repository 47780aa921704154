"""The process that draws: kept warm, stopped when it is too long, started again when it left."""

import os
import signal
from collections.abc import Iterator
from io import BytesIO

import pytest
from pypdf import PdfReader

from core.drawing import Drawer, Undrawn
from core.pdf import Layout

PAGE = Layout('<html lang="fr"><title>Essai</title><p>Bonjour</p>')
HEAVY = Layout(f'<html lang="fr"><title>Essai</title>{"<p>Bonjour</p>" * 60_000}')


@pytest.fixture
def drawer() -> Iterator[Drawer]:
    made = Drawer()
    yield made
    made.stop()


def test_two_drawings_are_made_by_one_process(drawer: Drawer):
    first = drawer.draw([PAGE], seconds=60)
    process = drawer._running().pid
    second = drawer.draw([PAGE], seconds=60)
    assert (first[:5], second[:5], drawer._running().pid) == (b"%PDF-", b"%PDF-", process)


def test_one_that_takes_too_long_is_stopped_and_the_next_is_made(drawer: Drawer):
    drawer.draw([PAGE], seconds=60)
    process = drawer._running()
    with pytest.raises(Undrawn, match="plus de 1 secondes"):
        drawer.draw([HEAVY], seconds=1)
    assert process.poll() == -signal.SIGKILL
    assert drawer.draw([PAGE], seconds=60)[:5] == b"%PDF-"


def test_one_that_died_is_started_again(drawer: Drawer):
    drawer.draw([PAGE], seconds=60)
    process = drawer._running()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert drawer.draw([PAGE], seconds=60)[:5] == b"%PDF-"


def test_what_went_wrong_there_is_told_here(drawer: Drawer):
    with pytest.raises(Undrawn, match="UnboundLocalError"):
        drawer.draw([], seconds=60)


def test_whoever_waits_too_long_for_their_turn_is_told(drawer: Drawer):
    with drawer._one_at_a_time, pytest.raises(Undrawn, match="d’attente"):
        drawer.draw([PAGE], seconds=0.05)


def test_the_first_layout_that_holds_is_kept(drawer: Drawer):
    two = Layout('<html lang="fr"><title>Deux</title><p>Un</p><p style="break-before: page">Deux</p>', 1)
    drawn = [drawer.draw(layouts, seconds=60) for layouts in ([two, Layout(PAGE.html, 1)], [two])]
    assert [len(PdfReader(BytesIO(content)).pages) for content in drawn] == [1, 2]
