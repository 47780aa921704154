"""gunicorn in production: `gunicorn -c config/gunicorn.py`. Logs errors only: no address of a visitor is kept."""

import os

bind = os.environ.get("BIND", "127.0.0.1:8000")
wsgi_app = "config.wsgi:application"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "3"))
threads = int(os.environ.get("WEB_THREADS", "4"))
# The application is loaded once and shared by its workers: lighter, and a broken setting stops the start.
preload_app = True
timeout = 60
# The longest gunicorn takes: what is longer is refused by it, in English.
limit_request_line = 8190
graceful_timeout = 30
# A leak never grows for ever; the jitter keeps workers from stopping together.
max_requests = 5000
max_requests_jitter = 500
control_socket_disable = True
accesslog = None
