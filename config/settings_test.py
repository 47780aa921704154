"""Settings of the tests: production's, with the servers the environment names (`make test` starts private ones)."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

SCRATCH = Path(tempfile.mkdtemp(prefix="portail-test-"))
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)
os.environ.setdefault("SECRET_KEY", "only-for-tests-only-for-tests-only-for-tests")
os.environ.setdefault("PORTAL_URL", "https://testserver")
os.environ.setdefault("DATABASE_URL", f"sqlite:///{SCRATCH}/test.sqlite3")
os.environ.setdefault("REDIS_URL", "redis://localhost:1/0")
os.environ.setdefault("EMAIL_URL", "smtp://localhost:1")
os.environ.setdefault("DEFAULT_FROM_EMAIL", "portail@la27eregion.example")

from config.settings import *  # noqa: E402, F403
from config.settings import DATABASES  # noqa: E402

DATA_DIR = SCRATCH
MEDIA_ROOT = SCRATCH / "media"
STATIC_ROOT = SCRATCH / "static"
STATIC_ROOT.mkdir()
SECURE_SSL_REDIRECT = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
CELERY_BROKER_URL = "memory://"
# Each thread of a race or of the live server gives its connection back at once.
DATABASES["default"]["CONN_MAX_AGE"] = 0
