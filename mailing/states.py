"""The life of a letter (reliability.md section 1)."""

from django.db import models


class State(models.TextChoices):
    DUE = "DUE", "à envoyer"
    CLAIMED = "CLAIMED", "en préparation"
    HANDING_OVER = "HANDING_OVER", "en cours de remise"
    SENT = "SENT", "envoyée"
    UNCERTAIN = "UNCERTAIN", "incertaine"
    FAILED = "FAILED", "refusée"
    VOID = "VOID", "sans objet"


# What has not left yet and still may.
PENDING = (State.DUE, State.CLAIMED, State.HANDING_OVER)
# What nobody will touch again: the secrets of these are blank.
CLOSED = (State.SENT, State.FAILED, State.VOID)


class Settling(models.TextChoices):
    """How an uncertain letter of a kind is settled."""

    RESEND = "RESEND", "renvoyée avec le même Message-ID"
    ASK = "ASK", "une personne décide"
