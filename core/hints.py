"""A hint to the worker that there is work. Never the only way to find it: the sweeps ask every minute."""

import logging

from celery import current_app
from django.db import transaction

logger = logging.getLogger(__name__)


def nudge(task: str) -> None:
    """After commit, ask the worker to run `task` (by name) soon; once a transaction.

    A dead broker costs a second and nothing else: no retry, and the failure is only logged.
    """
    connection = transaction.get_connection()
    waiting = [callback for _, callback, _ in connection.run_on_commit]
    if any(getattr(callback, "nudges", "") == task for callback in waiting):
        return

    # A plain function, not a partial: with robust=True Django logs the callback's __qualname__.
    def send() -> None:
        _send(task)

    send.nudges = task  # type: ignore[attr-defined]
    transaction.on_commit(send, robust=True)


def _send(task: str) -> None:
    try:
        current_app.send_task(task, retry=False, ignore_result=True)
    except Exception as error:  # noqa: BLE001 - any broker fault is the same: the sweep finds the work
        logger.warning("nudge %s failed: %s", task, type(error).__name__)
