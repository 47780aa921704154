"""Run a command with private PostgreSQL and Redis servers: `python -m tests.servers pytest -n 2`.

A server that the environment names is used instead. A server that cannot be had is named; without CI=true the tests
that need it are then skipped.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from types import FrameType

from scripts import servers

WANTED: dict[str, Callable[[Path], AbstractContextManager[str]]] = {
    "DATABASE_URL": lambda folder: servers.postgres(folder, durable=False),
    "REDIS_URL": lambda folder: servers.redis(folder, durable=False),
}


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that every user may walk through (PostgreSQL's, when we are root), removed after."""
    folder = Path(tempfile.mkdtemp(prefix="portail-servers-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(command: list[str]) -> int:
    """Run the command with the servers; stop them whatever happens; return its exit code."""
    with ExitStack() as stack:
        folder = stack.enter_context(scratch())
        environment = dict(os.environ)
        for variable, start in WANTED.items():
            own = folder / variable.lower()
            own.mkdir()
            if not environment.get(variable):
                try:
                    environment[variable] = stack.enter_context(start(own))
                except servers.Missing as missing:
                    print(f"{missing} : les tests qui en ont besoin ne tourneront pas.", file=sys.stderr)
        child = subprocess.Popen(command, env=environment)
        forward(child)
        return child.wait()


def forward(child: "subprocess.Popen[bytes]") -> None:
    """Pass a request to stop on to the command; its end then stops the servers."""

    def hand_on(number: int, frame: FrameType | None) -> None:
        child.send_signal(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, hand_on)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
