"""`make run` and the tests' own servers, as processes."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from datetime import timedelta
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from billing.services import publishing
from core import clock
from scripts.servers import free_port
from scripts.trial import catch_up, in_french
from tests.billing.factories import issued
from tests.mailing.factories import MessageFactory
from tests.patience import PATIENCE

ROOT = Path(settings.BASE_DIR)
# What the settings of the tests put in the environment of this process.
OURS = ("DJANGO_SETTINGS_MODULE", "SECRET_KEY", "PORTAL_URL", "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "DEFAULT_FROM_EMAIL", "TRIAL")


def _clean_environment(**values: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in OURS} | values


def _ready(address: str) -> dict[str, object]:
    """Wait until the portal says that it is ready, worker and beat included."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{address}/sante/pret/", timeout=10) as answer:
                told = json.load(answer)
            if told["state"] == "ok":
                return told
        except OSError:
            pass
        time.sleep(0.3)
    raise AssertionError("the trial never became ready")


def test_the_trial_serves_works_and_stops_in_one_process(tmp_path):
    port = free_port()
    values = {"DATA_DIR": str(tmp_path / "data"), "STATIC_ROOT": str(tmp_path / "static"), "PORT": str(port)}
    log = tmp_path / "log"
    with log.open("wb") as out:
        command = [sys.executable, "-m", "scripts.trial", "run"]
        trial = subprocess.Popen(command, cwd=ROOT, env=_clean_environment(**values), stdout=out, stderr=out)
    try:
        told = _ready(f"http://localhost:{port}")
        with urllib.request.urlopen(f"http://localhost:{port}/", timeout=PATIENCE) as home:
            page = home.read().decode()
    finally:
        trial.send_signal(signal.SIGINT)
        stopped = trial.wait(timeout=PATIENCE)
    printed = log.read_text(encoding="utf-8")
    assert (stopped, told["facts"]["tick"]["ok"]) == (0, True)
    assert "Les Aventuriers" in page
    assert f"http://localhost:{port}" in printed
    assert "second facteur" in printed
    assert "Traceback" not in printed
    assert (tmp_path / "data" / "secret").stat().st_mode & 0o777 == 0o600


@pytest.mark.postgres
@pytest.mark.redis
def test_the_servers_of_a_command_end_with_it_even_when_it_fails(tmp_path):
    told = tmp_path / "told"
    ask = "import os, sys, pathlib; pathlib.Path(sys.argv[1]).write_text(os.environ['DATABASE_URL']); sys.exit(3)"
    command = [sys.executable, "-m", "tests.servers", sys.executable, "-c", ask, str(told)]
    ended = subprocess.run(command, cwd=ROOT, env=_clean_environment(), check=False)
    assert ended.returncode == 3
    with pytest.raises(psycopg2.OperationalError, match="refused"):
        psycopg2.connect(told.read_text())


def test_a_wrong_argument_is_refused_in_one_line(tmp_path):
    command = [sys.executable, "-m", "scripts.trial", "timeline", "--until", "32/13/2027"]
    values = {"DATA_DIR": str(tmp_path / "data"), "STATIC_ROOT": str(tmp_path / "static")}
    told = subprocess.run(command, cwd=ROOT, env=_clean_environment(**values), capture_output=True, text=True, check=False)
    lines = told.stderr.replace("\u00a0", " ").replace("\u202f", " ").splitlines()
    assert (told.returncode, lines) == (1, ["✗ --until : « 32/13/2027 » n’est pas un jour ; écrivez 2027-10-01 ou 01/10/2027."])


def test_options_that_are_none_are_said_in_french():
    with pytest.raises(CommandError) as refusal:
        call_command("timeline", "--demain")
    told = in_french(str(refusal.value)).replace("\u00a0", " ")
    assert told == "Options non comprises : unrecognized arguments: --demain. Aide : ARGS=--help"


@pytest.mark.django_db
def test_what_a_demonstration_dates_of_long_ago_is_not_late_when_the_trial_opens():
    now, long_ago = clock.now(), clock.now() - timedelta(days=90)
    invoice, letter = issued(now=long_ago), MessageFactory(next_at=long_ago)
    catch_up()
    letter.refresh_from_db()
    assert (publishing.late(now=now).count(), invoice.document.sha256 != "", letter.next_at >= now) == (0, True, True)
