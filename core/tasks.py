"""Tasks of the house."""

import logging

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

from core import clock, retention
from core.health import TICK

logger = logging.getLogger(__name__)


@shared_task(name="core.tick")
def tick() -> None:
    """Say that the beat and a worker live; `/sante/pret/` reads it. Machines' time, which the trial cannot shift."""
    cache.set(TICK, timezone.now(), timeout=None)


@shared_task(name="core.purge")
def purge() -> None:
    """Keep, every night, the promise of domain.md G3; the numbers go to the log."""
    for erasure in retention.purge(now=clock.now()):
        logger.info("purge: %s: %d", erasure.label, erasure.count)
