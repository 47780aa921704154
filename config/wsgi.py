"""The WSGI entry point (in trial mode `config/gunicorn_trial.py` adds the worker and the beat to its process)."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import reverse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
# Every view and every address, which Django loads at the first demand: loaded once, before the workers part (`preload_app`), and not by
# each thread of each of them when a crowd comes.
reverse("home")
