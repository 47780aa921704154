"""Stopping without leaving a letter in the air.

The worker's main process is told to stop, its children are not: they read this byte of shared memory (no lock, so
that a killed child cannot hold it). A child told directly (a process group stopped at once) ends its letter first.
"""

import mmap
import signal
from collections.abc import Iterator
from contextlib import contextmanager

_flag = mmap.mmap(-1, 1)


def ask() -> None:
    """Ask every process of this worker to stop between two letters."""
    _flag[0] = 1


def asked() -> bool:
    return _flag[0] == 1


def forget() -> None:
    """A new worker starts."""
    _flag[0] = 0


@contextmanager
def unbroken() -> Iterator[None]:
    """Keep a stop waiting until the letter handed over is marked."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
