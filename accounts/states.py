"""The life of a mailed link, and what it is for."""

from django.db import models


class Purpose(models.TextChoices):
    SIGN_IN = "SIGN_IN", "connexion"
    ADDRESS = "ADDRESS", "ajout d’une adresse"


class Standing(models.TextChoices):
    """What a mailed link is worth now; computed, never stored."""

    LIVE = "LIVE", "valable"
    USED = "USED", "déjà utilisé"
    EXPIRED = "EXPIRED", "expiré"
    REVOKED = "REVOKED", "annulé"
