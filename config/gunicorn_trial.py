"""gunicorn for the trial mode (`make run`): one process, whose threads serve, work and beat."""

import os
from typing import Any

bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
wsgi_app = "config.wsgi:application"
worker_class = "gthread"
workers = 1
threads = 8
timeout = 120
limit_request_line = 8190  # as in production
graceful_timeout = 15
# All gunicorns of one user would share that file.
control_socket_disable = True
loglevel = "warning"


def when_ready(server: Any) -> None:
    """Say where to go, now that the server listens."""
    server.log.warning("Le portail répond à %s (Ctrl-C pour l’arrêter).", os.environ["PORTAL_URL"])


def post_worker_init(worker: Any) -> None:
    from config import trial

    trial.start()


def worker_exit(server: Any, worker: Any) -> None:
    from config import trial

    trial.stop()
