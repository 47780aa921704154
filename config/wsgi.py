"""The WSGI entry point (in trial mode `config/gunicorn_trial.py` adds the worker and the beat to its process)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
