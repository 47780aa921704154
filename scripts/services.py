"""`make services`: production's settings on this machine, until Ctrl-C.

PostgreSQL, Redis, gunicorn, two workers, the beat, and, unless EMAIL_URL says otherwise, a mail server that keeps each
letter as a file. Served at https://localhost:8443 with a certificate of our own: production refuses plain http, and a
browser asks once whether to trust it. Data live under `data/services`.
"""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

from scripts import servers
from scripts.trial import ROOT, secret, taken

BIN = Path(sys.executable).parent
PATIENCE = 40  # seconds a program has to finish its work in hand


def settings(folder: Path, port: int) -> dict[str, str]:
    """Return the environment of production; what the user has set stays."""
    wanted = {
        "PORTAL_URL": f"https://localhost:{port}",
        "DATA_DIR": str(folder),
        "DEFAULT_FROM_EMAIL": "portail@la27eregion.example",
        "BIND": f"127.0.0.1:{port}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LOG_LEVEL": "INFO",
    }
    environment = {**wanted, **os.environ, "DATA_DIR": str(folder), "TRIAL": "0"}
    if "SECRET_KEY" not in os.environ:
        environment["SECRET_KEY"] = secret(folder / "secret")
    return environment


def certificate(folder: Path) -> tuple[Path, Path]:
    """Return a certificate for localhost, made the first time."""
    key, proof = folder / "tls.key", folder / "tls.crt"
    if not proof.exists():
        names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "825", "-subj", "/CN=localhost", "-addext", names]
        subprocess.run([*command, "-keyout", str(key), "-out", str(proof)], check=True, capture_output=True)
        key.chmod(0o600)
    return key, proof


@contextmanager
def mailbox(folder: Path) -> Iterator[str]:
    """Keep each letter as a file, and give the EMAIL_URL of that server."""
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import SMTP, Envelope, Session

    folder.mkdir(exist_ok=True)

    class Keep:
        async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
            name = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(4)}.eml"
            (folder / name).write_bytes(envelope.original_content or b"")
            return "250 OK"

    controller = Controller(Keep(), hostname="127.0.0.1", port=servers.free_port())
    controller.start()
    try:
        yield f"smtp://127.0.0.1:{controller.port}"
    finally:
        controller.stop()


@contextmanager
def program(name: str, command: list[str], environment: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """Run one of our programs; ask it to stop, and wait for its work in hand."""
    print(f"· {name}", flush=True)
    child = subprocess.Popen(command, env=environment, cwd=ROOT, start_new_session=True)
    try:
        yield child
    finally:
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
        try:
            child.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def prepare(environment: dict[str, str]) -> None:
    """Make the tables, the fonts and the static files."""
    manage = [sys.executable, "manage.py"]
    if not any((ROOT / "static" / "fonts").glob("*.woff2")):
        subprocess.run([*manage, "fonts"], env=environment, cwd=ROOT, check=True)
    for command in (["migrate", "-v0"], ["reference", "-v0"], ["collectstatic", "--noinput", "-v0"]):
        subprocess.run([*manage, *command], env=environment, cwd=ROOT, check=True)


def programs(folder: Path, environment: dict[str, str]) -> dict[str, list[str]]:
    """Name what runs beside the servers, as docker-compose.yml does."""
    key, proof = certificate(folder)
    celery = [str(BIN / "celery"), "--quiet", "-A", "config"]
    beat = [*celery, "beat", "--loglevel=WARNING", f"--schedule={folder / 'beat'}", "--pidfile="]
    return {
        "gunicorn": [str(BIN / "gunicorn"), "-c", "config/gunicorn.py", f"--keyfile={key}", f"--certfile={proof}"],
        "worker": [*celery, "worker", "--loglevel=WARNING", "--concurrency=2", "--queues=letters,celery", "--hostname=worker@%h"],
        "long": [*celery, "worker", "--loglevel=WARNING", "--concurrency=2", "--queues=long", "--hostname=long@%h"],
        "beat": beat,
    }


def serve(port: int, folder: Path) -> None:
    environment = settings(folder, port)
    with ExitStack() as stack:
        if "DATABASE_URL" not in environment:
            environment["DATABASE_URL"] = stack.enter_context(servers.postgres(servers.reachable(folder / "postgres")))
        if "REDIS_URL" not in environment:
            environment["REDIS_URL"] = stack.enter_context(servers.redis(folder / "redis"))
        if "EMAIL_URL" not in environment:
            environment["EMAIL_URL"] = stack.enter_context(mailbox(folder / "courrier"))
            print(f"· courrier gardé dans {folder / 'courrier'}", flush=True)
        prepare(environment)
        children = [stack.enter_context(program(name, command, environment)) for name, command in programs(folder, environment).items()]
        print(f"\nPortail : {environment['PORTAL_URL']} (Ctrl-C pour tout arrêter)\n", flush=True)
        wait(children)


def wait(children: "list[subprocess.Popen[bytes]]") -> None:
    """Return at the first request to stop, or when a program ended by itself: then the others stop too."""
    stopping = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    while not stopping and all(child.poll() is None for child in children):
        time.sleep(0.2)
    if not stopping:
        sys.exit("✗ Un programme s’est arrêté de lui-même.")


def main() -> None:
    # Until all is up, a request to stop unwinds what was started, as Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    port = int(os.environ.get("HTTPS_PORT", "8443"))
    folder = Path(os.environ.get("DATA_DIR", str(ROOT / "data"))) / "services"
    folder.mkdir(parents=True, exist_ok=True)
    if taken(port):
        sys.exit(f"✗ Le port {port} est pris. Essayez : make services HTTPS_PORT={port + 1}")
    try:
        serve(port, folder)
    except servers.Missing as missing:
        sys.exit(f"✗ {missing}.")


if __name__ == "__main__":
    main()
