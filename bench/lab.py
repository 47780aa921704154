"""The bench's own servers: PostgreSQL, Redis, an SMTP sink, the portal and a bare Django under the same gunicorn."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from bench.meter import Client
from scripts import servers

ROOT = Path(__file__).resolve().parent.parent
GUNICORN = [sys.executable, "-m", "gunicorn", "--workers", "1", "--worker-class", "gthread", "--threads", "4", "--no-control-socket"]


@dataclass
class Lab:
    """What runs: addresses, process ids, and the folder of the run."""

    portal: str
    portal_pid: int
    bare: str
    bare_pid: int
    database_pid: int
    folder: Path
    cold_start: float
    # Opens the bare signed-in list.
    bare_session: str


def environment(folder: Path, database: str, queue: str, sink: int) -> dict[str, str]:
    """Return production's variables for this run."""
    return {
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        "SECRET_KEY": "bench-" * 10,
        "PORTAL_URL": "https://localhost",
        "TRUSTED_PROXY_COUNT": "1",
        "DATABASE_URL": database,
        "REDIS_URL": queue,
        "EMAIL_URL": f"smtp://localhost:{sink}",
        "DEFAULT_FROM_EMAIL": "portail@la27eregion.example",
        "DATA_DIR": str(folder / "data"),
        "STATIC_ROOT": str(folder / "static"),
        "LOG_LEVEL": "ERROR",
        "PYTHONPATH": str(ROOT),
    }


@contextmanager
def running() -> Iterator[Lab]:
    """Start everything, load the demonstration, stop everything."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="portail-bench-", ignore_cleanup_errors=True)))
        folder.chmod(0o711)
        (folder / "pg").mkdir()
        database = stack.enter_context(servers.postgres(folder / "pg", durable=False))
        queue = stack.enter_context(servers.redis(folder / "redis", durable=False))
        sink = stack.enter_context(smtp_sink())
        bare_database = _new_database(database, "bare")
        os.environ.pop("TRIAL", None)
        os.environ.update(environment(folder, database, queue, sink))
        for command in (["migrate", "-v0"], ["fonts"], ["collectstatic", "--noinput", "-v0"], ["demo", "--outside-trial"]):
            subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        bare_environment = {**os.environ, "DATABASE_URL": bare_database}
        tables = [sys.executable, "-c", "from bench import bare; bare.create_tables()"]
        key = subprocess.run(tables, cwd=ROOT, check=True, env=bare_environment, capture_output=True, text=True).stdout.strip()
        bare, bare_pid, _ = stack.enter_context(_gunicorn("bench.bare:application", bare_environment))
        portal, portal_pid, cold = stack.enter_context(_gunicorn("config.wsgi:application", dict(os.environ)))
        pid = int((folder / "pg" / "data" / "postmaster.pid").read_text().splitlines()[0])
        yield Lab(portal, portal_pid, bare, bare_pid, pid, folder, cold, key)


def _new_database(url: str, name: str) -> str:
    link = psycopg2.connect(url)
    link.autocommit = True
    link.cursor().execute(f"CREATE DATABASE {name}")
    link.close()
    return url.rpartition("/")[0] + f"/{name}"


@contextmanager
def _gunicorn(application: str, variables: dict[str, str]) -> Iterator[tuple[str, int, float]]:
    """Serve an application; give its address, its process and the seconds until its first answer."""
    port, start = servers.free_port(), time.perf_counter()
    process = subprocess.Popen(
        [*GUNICORN, "--log-level", "warning", "--bind", f"127.0.0.1:{port}", application], cwd=ROOT, env=variables, start_new_session=True
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address)
        yield address, process.pid, time.perf_counter() - start
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)


def _wait(address: str) -> None:
    for _ in range(2000):
        try:
            Client(address, {"Host": "localhost", "X-Forwarded-Proto": "https"}).ask("/")
        except OSError:
            time.sleep(0.01)
        else:
            return
    raise RuntimeError("Le serveur ne répond pas.")


@contextmanager
def smtp_sink() -> Iterator[int]:
    """Swallow mail on a free port."""
    from aiosmtpd.controller import Controller
    from aiosmtpd.handlers import Sink

    controller = Controller(Sink(), hostname="127.0.0.1", port=servers.free_port())
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()
