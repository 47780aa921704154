"""What every test gets: strictness, private folders, and the rule that nothing is skipped when CI=true."""

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection

from config import settings_test
from tests import emptying, strictness

pytest_plugins = ["tests.browser"]

CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")


# What takes seconds: run once, with the whole suite, not again on SQLite, where only the fast part runs (design.md section 6). Files, or
# tests of a file whose others are quick. The models of orders and of sittings run on both: what they prove hangs on the database.
# The demonstration is also loaded on SQLite by the trial itself (`tests/test_trial.py`).
LONG = (
    "tests/accounts/test_factors.py",
    "tests/applications/test_demo.py",
    "tests/applications/test_exports.py",
    "tests/applications/test_selection_model.py",
    "tests/applications/test_selection_secrecy.py",
    "tests/billing/test_documents.py",
    "tests/billing/test_facturx.py",
    "tests/bookings/test_finishing.py::test_nineteen_certificates_and_their_invoices_go_out_and_the_absent_one_gets_neither",
    "tests/bookings/test_finishing.py::test_people_have_their_own_certificate_and_the_payer_the_invoice_with_all_of_them",
    "tests/bookings/test_invoicing.py::test_totals_of_1_to_20_places_are_exact_on_page_in_pdf_and_in_xml",
    "tests/bookings/test_notes.py::test_a_cancellation_is_one_letter_that_carries_every_credit_note_of_the_act",
    "tests/core/test_drawing.py",
    "tests/core/test_fonts.py",
    "tests/core/test_timeline.py::test_a_night_without_anything_announced_erases_nothing",
    "tests/events/test_inviting.py::test_no_guest_is_found_by_anybody",
    "tests/events/test_kit.py",
    "tests/events/test_partners.py::test_nobody_is_in_any_page_nor_file_of_a_partner",
    "tests/events/test_partners.py::test_once_shown_it_is_found_by_the_same_reader",
    "tests/events/test_press_crawler.py",
    "tests/events/test_press_facts.py",
    "tests/events/test_report.py::test_the_team_reads_any_place_a_coordinator_theirs_and_nobody_else_anything",
    "tests/events/test_secrecy.py",
    "tests/memberships/test_importing.py",
    "tests/memberships/test_two_years.py",
    "tests/organisations/test_importing.py",
    "tests/programmes/test_demo.py",
    "tests/programmes/test_flyers.py",
    "tests/test_access.py",
    "tests/test_access_money.py",
    "tests/test_crawler.py",
    "tests/test_hostile.py",
    "tests/test_house.py",
    "tests/test_trial.py",
)
# Minutes each: begun first, so that no worker is left alone with one of them at the end.
LONGEST = (
    "tests/test_gates.py",
    "tests/memberships/test_two_years.py",
    "tests/applications/test_selection_secrecy.py",
    "tests/test_trial.py",
)
# Without one of these, or its marker, pytest-django refuses whatever asks a database: what such a test proves, it proves on any.
TO_A_DATABASE = frozenset({"db", "transactional_db", "django_db_reset_sequences", "django_db_serialized_rollback", "live_server"})
# What every collection would walk through again for nothing: the code and the list of the tests, then garbage of the size of a page.
gc.set_threshold(50_000, 20, 50)


@pytest.hookimpl(tryfirst=True, wrapper=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Without its server a test cannot run: said in plain words, and a failure when CI=true. What is left begins with the longest."""
    _mark_what_runs_once(items)
    absent = {}
    if "postgresql" not in django_settings.DATABASES["default"]["ENGINE"]:
        absent["postgres"] = "PostgreSQL n’est pas là : lancez « make test »"
    if not os.environ.get("REDIS_URL") or os.environ["REDIS_URL"] == "redis://localhost:1/0":
        absent["redis"] = "Redis n’est pas là : lancez « make test »"
    for item in items:
        for marker, reason in absent.items():
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))
    yield
    gc.freeze()
    items[:] = _longest_first(items, workers=getattr(config, "workerinput", {}).get("workercount", 1))


def _mark_what_runs_once(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith(LONG):
            item.add_marker("long")
        if not item.get_closest_marker("django_db") and not TO_A_DATABASE.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("anywhere")


def _longest_first(items: list[pytest.Item], *, workers: int) -> list[pytest.Item]:
    """Deal the longest tests to the workers: each begins with an equal share of the list (`--dist worksteal`), then takes from others."""
    long = [item for item in items if item.nodeid.startswith(LONGEST)]
    short = [item for item in items if not item.nodeid.startswith(LONGEST)]
    shares = [long[number::workers] for number in range(workers)]
    for number, share in enumerate(shares, start=1):
        room = max(len(items) * number // workers - len(items) * (number - 1) // workers - len(share), 0)
        share += short[:room]
        short = short[room:]
    return [item for share in shares for item in share] + short


def _skipped(config: pytest.Config) -> int:
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    return len(reporter.stats.get("skipped", [])) if reporter else 0


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if CI and not hasattr(session.config, "workerinput") and _skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if CI and (count := _skipped(config)):
        terminalreporter.write_line(f"CI=true : {count} test(s) sauté(s), donc échec.", red=True)


def pytest_unconfigure() -> None:
    """Remove the folder of this process: a worker of xdist ends without running its exit handlers."""
    shutil.rmtree(settings_test.SCRATCH, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Tests that commit empty the tables after them: of what guards a history, only the refusal of TRUNCATE sleeps (docs/adr/0015)."""
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            emptying.install()
            with connection.cursor() as cursor:
                cursor.execute("SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgname LIKE '%_never_emptied'")
                for table, trigger in cursor.fetchall():
                    cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")


@pytest.fixture(autouse=True)
def _strict(monkeypatch: pytest.MonkeyPatch) -> None:
    strictness.refuse_unknown_variables()
    strictness.check_every_response(monkeypatch)
    strictness.turn_unordered_rows_over(monkeypatch)


@pytest.fixture(autouse=True)
def _own_folders(settings: Any, tmp_path: Path) -> Iterator[None]:
    """Give each test its own files and empty caches: rate limits and ticks of another test do not count."""
    from records.models import Association

    settings.DATA_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"
    cache.clear()
    Association.forget_shown()
    yield
    cache.clear()
    Association.forget_shown()
