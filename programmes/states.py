"""The status of a call, computed from its dates, never stored."""

from django.db import models


class Status(models.TextChoices):
    ANNOUNCED = "ANNOUNCED", "Annoncé"
    OPEN = "OPEN", "Candidatures ouvertes"
    CLOSING = "CLOSING", "Ferme bientôt"
    CLOSED = "CLOSED", "Clos"
    SELECTING = "SELECTING", "En sélection"
    RELEASED = "RELEASED", "Résultats publiés"
    OVER = "OVER", "Terminé"


ACCEPTING = frozenset({Status.OPEN, Status.CLOSING})
