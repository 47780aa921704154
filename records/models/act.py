"""The audit log."""

from typing import ClassVar

from django.db import models

from records.models.kept import Kept, KeptQuerySet


class ActQuerySet(KeptQuerySet["Act"]):
    pass


class Act(Kept):
    """One act of the audit log (domain.md G2): who, when, what, before and after. Append only."""

    WORDS: ClassVar = {"by_name": "", "about_name": "", "note": "", "changes": {}}

    at = models.DateTimeField("date")
    by_id = models.CharField("identifiant de l’auteur", max_length=40, blank=True)
    by_name = models.CharField("auteur", max_length=200, blank=True)
    verb = models.CharField("acte", max_length=60, db_index=True)
    about = models.CharField("objet", max_length=100, db_index=True, help_text="application.modèle:clé")
    about_name = models.CharField("nom de l’objet", max_length=200, blank=True)
    note = models.TextField("motif ou précision", blank=True)
    changes = models.JSONField("modifications", default=dict, blank=True, help_text="champ : [avant, après]")

    objects = ActQuerySet.as_manager()

    class Meta:
        verbose_name = "acte"
        verbose_name_plural = "journal des actes"
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.verb} : {self.about_name or self.about}"
