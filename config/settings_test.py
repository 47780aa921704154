"""Settings of the tests: production's, with the servers the environment names (`make test` starts private ones)."""

import os
import tempfile
from pathlib import Path

_scratch = Path(tempfile.mkdtemp(prefix="portail-test-"))
os.environ.setdefault("SECRET_KEY", "only-for-tests-only-for-tests-only-for-tests")
os.environ.setdefault("PORTAL_URL", "https://testserver")
os.environ.setdefault("DATABASE_URL", f"sqlite:///{_scratch}/test.sqlite3")
os.environ.setdefault("REDIS_URL", "redis://localhost:1/0")
os.environ.setdefault("EMAIL_URL", "smtp://localhost:1")
os.environ.setdefault("DEFAULT_FROM_EMAIL", "portail@la27eregion.example")
os.environ.setdefault("DATA_DIR", str(_scratch))

from config.settings import *  # noqa: E402, F403

SECURE_SSL_REDIRECT = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
CELERY_BROKER_URL = "memory://"
