"""Tasks of the house."""

from celery import shared_task
from django.core.cache import cache

from core import clock


@shared_task(name="core.tick")
def tick() -> None:
    """Say that the beat and a worker live; `/sante/pret/` reads it."""
    cache.set("core:tick", clock.now().isoformat(), timeout=None)
