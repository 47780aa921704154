"""The nightly purge and its command."""

import logging
from datetime import datetime

import pytest
from django.core.management import call_command

from core.registry import PURGES, Erasure
from core.tasks import purge


@pytest.fixture
def drawer(monkeypatch):
    """A registry with one purge, over a drawer of three old papers."""
    papers = ["a", "b", "c"]

    def empty(now: datetime, dry_run: bool):
        yield Erasure("papiers", len(papers))
        if not dry_run:
            papers.clear()

    monkeypatch.setattr(PURGES, "_items", [(0, empty)])
    return papers


def test_a_dry_run_counts_and_erases_nothing(drawer, capsys):
    call_command("purge", "--dry-run")
    assert (capsys.readouterr().out, drawer) == ("papiers\u00a0: 3\nÀ effacer\u00a0: 3\n", ["a", "b", "c"])


def test_the_command_erases_and_tells_the_numbers(drawer, capsys):
    call_command("purge")
    assert (capsys.readouterr().out, drawer) == ("papiers\u00a0: 3\nEffacé\u00a0: 3\n", [])


def test_the_nightly_task_erases_and_logs_the_numbers(drawer, caplog):
    with caplog.at_level(logging.INFO):
        purge()
    assert (drawer, [record.getMessage() for record in caplog.records]) == ([], ["purge: papiers: 3"])
