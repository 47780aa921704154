"""PDFs drawn in a process of their own, which is killed when it takes too long: WeasyPrint cannot be interrupted from within.

One such process at most beside each worker, started at the first drawing and kept warm (starting costs twice what drawing does); it
leaves after two minutes of rest, and with its worker. Its pipes carry file names only, so that neither end can block the other.
"""

import atexit
import json
import os
import select
import subprocess  # noqa: S404 - our own module
import sys
import tempfile
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import IO, cast

from django.conf import settings

from core import pdf
from core.enclosing import Enclosed
from core.pdf import Layout

REST = 120.0  # seconds without work
_DONE, _FAILED = b"done\n", b"failed\n"


class Undrawn(Exception):  # noqa: N818 - read as a sentence: `raise Undrawn(…)`
    """The drawing failed, or took too long."""


class Drawer:
    """The process that draws for this one."""

    def __init__(self) -> None:
        self._one_at_a_time = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def draw(self, layouts: Sequence[Layout], *, seconds: float, enclosed: Enclosed | None = None) -> bytes:
        """Return the PDF of the first layout that holds (`pdf.draw`), in so many seconds at most."""
        ends = monotonic() + seconds
        if not self._one_at_a_time.acquire(timeout=seconds):
            raise Undrawn(f"plus de {seconds:.0f} secondes d’attente")
        try:
            with tempfile.TemporaryDirectory(prefix="dessin-") as folder:
                asked, made = Path(folder) / "asked", Path(folder) / "made"
                asked.write_text(json.dumps([layouts, enclosed]), encoding="utf-8")
                answer = self._ask(f"{folder}\n".encode(), ends)
                if answer == b"":
                    raise Undrawn(f"plus de {seconds:.0f} secondes")
                if answer != _DONE:
                    raise Undrawn(made.read_text(encoding="utf-8")[-2000:] if made.exists() else "arrêté")
                return made.read_bytes()
        finally:
            self._one_at_a_time.release()

    def stop(self) -> None:
        if self._process and self._owner == os.getpid():
            self._process.kill()
            self._process.communicate()
        self._process = None

    def _ask(self, line: bytes, ends: float) -> bytes:
        """Return its answer; nothing when it was too long, and is stopped. One that had left at rest is started again."""
        for _ in range(2):
            process = self._running()
            to_it, from_it = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
            with suppress(BrokenPipeError):
                to_it.write(line)
                if not select.select([from_it], [], [], max(0.0, ends - monotonic()))[0]:
                    self.stop()
                    return b""
                if answer := from_it.readline():
                    return answer
            self.stop()
        return _FAILED

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._owner != os.getpid() or self._process.poll() is not None:
            self.stop()
            command = [sys.executable, "-m", "core.drawing"]
            self._process = subprocess.Popen(  # noqa: S603
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0, cwd=settings.BASE_DIR
            )
            self._owner = os.getpid()
        return self._process


drawer = Drawer()
atexit.register(drawer.stop)


def serve() -> None:
    """Draw what is asked, line by line, until nothing is for a while."""
    with open(0, "rb", buffering=0, closefd=False) as lines, open(1, "wb", buffering=0, closefd=False) as answers:  # noqa: PTH123
        while select.select([lines], [], [], REST)[0] and (line := lines.readline()):
            folder = Path(line.decode().rstrip("\n"))
            answers.write(_DONE if _made(folder) else _FAILED)


def _made(folder: Path) -> bool:
    made = folder / "made"
    try:
        layouts, enclosed = json.loads((folder / "asked").read_text(encoding="utf-8"))
        made.write_bytes(pdf.draw([Layout(*layout) for layout in layouts], Enclosed(*enclosed) if enclosed else None))
    except Exception:
        made.write_text(traceback.format_exc(), encoding="utf-8")
        return False
    return True


if __name__ == "__main__":
    serve()
