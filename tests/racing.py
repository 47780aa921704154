"""Races, made certain by a barrier instead of luck (reliability.md section 2)."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection, connections

from tests.patience import PATIENCE


def race(*callables: Callable[[], Any]) -> list[Any]:
    """Run the callables at the same moment, each in its thread with its own database connection.

    Return what each returned, or the exception it raised, in order: a barrier that some thread never reaches breaks
    instead of hanging. The test needs `transaction=True`.
    """
    start = Barrier(len(callables), timeout=PATIENCE)

    def run(act: Callable[[], Any]) -> Any:
        try:
            start.wait()
            return act()
        except Exception as error:  # noqa: BLE001 - the outcome of a race is what the test looks at
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=len(callables)) as pool:
        return list(pool.map(run, callables))


def until_somebody_waits_for_us(unless: Callable[[], bool]) -> None:
    """Hold on, in a transaction, until another connection waits for a row that ours has locked; or until `unless`."""
    limit = time.monotonic() + PATIENCE
    while not unless():
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))")
            if cursor.fetchone()[0]:
                return
        assert time.monotonic() < limit, "nobody ever waited"
        time.sleep(0.01)
