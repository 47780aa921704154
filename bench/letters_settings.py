"""Production's settings, with the bench's kind of letter."""

from pathlib import Path

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS as _APPS
from config.settings import TEMPLATES as _TEMPLATES

INSTALLED_APPS = [*_APPS, "bench.apps.BenchConfig"]
TEMPLATES = [{**engine, "DIRS": [*engine["DIRS"], Path(__file__).parent / "templates"]} for engine in _TEMPLATES]
