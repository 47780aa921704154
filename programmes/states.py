"""The status of a call and of a training day, computed from their dates, never stored."""

from django.db import models


class Status(models.TextChoices):
    """In the order of a call's life.

    A call is « clos » during the 24 hours that follow its deadline (the last deposits are checked, staff may
    still accept a late one, A2), then « en sélection » until its results are released (B4).
    """

    ANNOUNCED = "ANNOUNCED", "Annoncé"
    OPEN = "OPEN", "Candidatures ouvertes"
    CLOSING = "CLOSING", "Ferme bientôt"
    CLOSED = "CLOSED", "Clos"
    SELECTING = "SELECTING", "En sélection"
    RELEASED = "RELEASED", "Résultats publiés"
    OVER = "OVER", "Terminé"
    CANCELLED = "CANCELLED", "Annulé"

    @property
    def is_accepting(self) -> bool:
        """True while an application may be deposited."""
        return self in ACCEPTING

    @property
    def tone(self) -> str:
        """The class that the style sheet knows: open, past, or neither."""
        return "ouvert" if self.is_accepting else "passe" if self in (Status.OVER, Status.CANCELLED) else "suivi"


ACCEPTING = frozenset({Status.OPEN, Status.CLOSING})


class DayStatus(models.TextChoices):
    """A training day, in the order of its life."""

    TO_COME = "TO_COME", "Places disponibles"
    FULL = "FULL", "Complet"
    RUNNING = "RUNNING", "En ce moment"
    OVER = "OVER", "Passée"
    CANCELLED = "CANCELLED", "Annulée"

    @property
    def is_to_come(self) -> bool:
        """True until the day begins, unless it is called off."""
        return self in (DayStatus.TO_COME, DayStatus.FULL)

    @property
    def tone(self) -> str:
        """The class that the style sheet knows, as for a call."""
        return {"TO_COME": "ouvert", "FULL": "complet", "RUNNING": "suivi"}.get(self.value, "passe")
