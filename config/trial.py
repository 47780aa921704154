"""The trial mode's worker and beat: threads of the web process (reliability.md section 3), never an eager mode.

One process, the same code path as production: the web publishes on the in-memory broker, the worker consumes it.
"""

import logging
from pathlib import Path
from threading import Thread
from typing import Any

from celery import signals
from celery.beat import EmbeddedService
from django.conf import settings

from config.celery import app
from core import hints
from mailing import stopping

logger = logging.getLogger(__name__)
# It reads every queue: one thread for the long work (one piece at a time), one for the PDFs, the others for the letters.
THREADS = 4
PATIENCE = 10  # seconds left to the work in hand when the process stops

_worker: Any = None
_thread: Thread | None = None
_beat: Any = None


def start() -> None:
    """Start the worker and the beat in this process; once, however often it is called."""
    global _worker, _thread, _beat
    if _worker is not None:
        return
    stopping.forget()
    # Our own logging stays: without a receiver Celery would put its own in place.
    signals.setup_logging.connect(_keep_logging, weak=False)
    _worker = app.WorkController(pool="threads", concurrency=THREADS, without_gossip=True, without_mingle=True, without_heartbeat=True)
    _thread = Thread(target=_worker.start, name="Worker", daemon=True)
    _thread.start()
    _beat = EmbeddedService(app, thread=True, schedule_filename=str(Path(settings.DATA_DIR) / "beat"))
    _beat.start()
    hints.nudge("core.tick")


def stop() -> None:
    """Stop the beat, then the worker once its work in hand is done."""
    if _worker is None or _thread is None:
        return
    _beat.stop()
    stopping.ask()  # the letter in hand is the last
    _worker.stop()
    _thread.join(PATIENCE)


def _keep_logging(**kwargs: object) -> None:
    """Leave logging as the settings made it."""
