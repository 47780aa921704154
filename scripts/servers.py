"""A private PostgreSQL and a private Redis: own folder, free port, own password, stopped with us.

Used by the tests (`tests/servers.py`, thrown away after) and by `make services` (kept in the data folder).
"""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

# PostgreSQL refuses to run as root: it is then lent to the first of these who exists.
LENT_TO = ("postgres", "nobody")
# What a server forgoes whose rows nobody reads again. A ring is found at once, instead of after a second.
THROWN_AWAY = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_wal_size=4GB",
    "checkpoint_timeout=1h",
    "deadlock_timeout=100ms",
)


class Missing(Exception):
    """A server is not installed; `str()` says which, in French."""


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _postgres_tool(name: str) -> str:
    """Find a PostgreSQL program: Debian keeps them out of PATH, newest version last."""
    debian = sorted(Path(os.sep, "usr", "lib", "postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    found = str(debian[-1]) if debian else shutil.which(name)
    if not found:
        raise Missing("PostgreSQL n’est pas installé")
    return found


def _lent(folder: Path) -> list[str]:
    """Return the prefix that runs a program as somebody else than root, and give them the folder."""
    if os.geteuid() != 0:
        return []
    import pwd

    for name in LENT_TO:
        try:
            owner = pwd.getpwnam(name)
        except KeyError:
            continue
        for path in (folder, *folder.rglob("*")):
            os.chown(path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)
        return ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
    raise Missing("PostgreSQL refuse de tourner en root et aucun autre utilisateur n’a été trouvé")


def reachable(folder: Path) -> Path:
    """Return the folder, or one beside the temporary files when PostgreSQL's user cannot walk to it."""
    folder.mkdir(parents=True, exist_ok=True)
    prefix = _lent(folder)
    if not prefix or subprocess.run([*prefix, "test", "-x", str(folder)], check=False).returncode == 0:
        return folder
    elsewhere = Path(tempfile.gettempdir(), f"portail-postgres-{sha256(str(folder).encode()).hexdigest()[:12]}")
    elsewhere.mkdir(mode=0o700, exist_ok=True)
    # Anybody may write beside the temporary files: a link, or a folder that others may enter, is not ours.
    if elsewhere.is_symlink() or elsewhere.stat().st_mode & 0o077:
        raise Missing(f"{elsewhere} n’est pas à nous")
    return elsewhere


def _password(folder: Path) -> str:
    """Return the password kept beside a server's data, made the first time."""
    kept = folder.parent / f"{folder.name}.password"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(24), encoding="ascii")
    return kept.read_text(encoding="ascii")


@contextmanager
def postgres(folder: Path, *, durable: bool = True) -> Iterator[str]:
    """Run PostgreSQL on a folder and give its DATABASE_URL."""
    initdb, server = _postgres_tool("initdb"), _postgres_tool("postgres")
    data, password, port = folder / "data", _password(folder), free_port()
    if not (data / "PG_VERSION").exists():
        _make_cluster(initdb, folder, data, password)
    options = ["-D", str(data), "-p", str(port), "-k", "", "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=120"]
    if not durable:
        options += [part for setting in THROWN_AWAY for part in ("-c", setting)]
    with (folder / "postgres.log").open("ab") as log:
        process = subprocess.Popen(
            [*_lent(folder), server, *options], stdout=log, stderr=log, cwd=folder, start_new_session=True, env=_plain_environment()
        )
    try:
        _wait_until_open(port, process, folder / "postgres.log")
        yield f"postgres://portail:{password}@127.0.0.1:{port}/postgres"
    finally:
        _stop(process, gently="INT")


def _make_cluster(initdb: str, folder: Path, data: Path, password: str) -> None:
    secret = folder / "superuser"
    secret.write_text(password, encoding="ascii")
    secret.chmod(0o600)
    command = [
        initdb,
        "-D",
        str(data),
        "-U",
        "portail",
        "--pwfile",
        str(secret),
        "-A",
        "scram-sha-256",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "-N",
    ]
    try:
        subprocess.run([*_lent(folder), *command], check=True, capture_output=True, cwd=folder, env=_plain_environment())
    finally:
        secret.unlink()


@contextmanager
def redis(folder: Path, *, durable: bool = True) -> Iterator[str]:
    """Run Redis on a folder and give its REDIS_URL."""
    server = shutil.which("redis-server") or shutil.which("valkey-server")
    if not server:
        raise Missing("Redis n’est pas installé")
    folder.mkdir(parents=True, exist_ok=True)
    password, port = _password(folder), free_port()
    keep = ["--appendonly", "yes"] if durable else ["--appendonly", "no", "--save", ""]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--requirepass", password, "--daemonize", "no", *keep]
    with (folder / "redis.log").open("ab") as log:
        process = subprocess.Popen([server, *options], stdout=log, stderr=log, cwd=folder, start_new_session=True)
    try:
        _wait_until_open(port, process, folder / "redis.log")
        yield f"redis://:{password}@127.0.0.1:{port}/0"
    finally:
        _stop(process, gently="TERM")


def _plain_environment() -> dict[str, str]:
    """Return our environment without what would redirect PostgreSQL's programs."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _wait_until_open(port: int, process: "subprocess.Popen[bytes]", log: Path, *, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"Le serveur ne répond pas :\n{log.read_text(errors='replace')[-2000:]}")


def _stop(process: "subprocess.Popen[bytes]", *, gently: str) -> None:
    """Ask a server to stop, and make it after ten seconds."""
    import signal

    if process.poll() is None:
        process.send_signal(signal.Signals[f"SIG{gently}"])
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
