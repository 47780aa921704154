"""What somebody is typing to join: kept until it is sent, or thirty days."""

from django.conf import settings
from django.db import models


class JoiningDraft(models.Model):
    """One a person: as typed, JSON (docs/adr/0003)."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, verbose_name="personne", on_delete=models.CASCADE, related_name="joining_draft")
    typed = models.JSONField("saisie", default=dict, blank=True)
    revision = models.PositiveIntegerField("révision", default=0)
    saved_at = models.DateTimeField("dernière saisie")

    class Meta:
        verbose_name = "brouillon d’adhésion"
        verbose_name_plural = "brouillons d’adhésion"
        ordering = ["-saved_at", "-pk"]

    def __str__(self) -> str:
        return f"Brouillon {self.pk}"
