"""The states of long work, and what became of each of its rows."""

from django.db import models


class JobState(models.TextChoices):
    WAITING = "WAITING", "en attente"
    RUNNING = "RUNNING", "en cours"
    DONE = "DONE", "terminé"
    CANCELLED = "CANCELLED", "arrêté"
    FAILED = "FAILED", "échoué"


# A worker has it, or will.
ACTIVE = frozenset({JobState.WAITING, JobState.RUNNING})


class Outcome(models.TextChoices):
    DONE = "DONE", "fait"
    SKIPPED = "SKIPPED", "laissé"
    REFUSED = "REFUSED", "refusé"
