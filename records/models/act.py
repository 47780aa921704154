"""The audit log."""

from typing import Any, ClassVar

from django.apps import apps
from django.db import models

from records.models.kept import Kept, KeptQuerySet


class ActQuerySet(KeptQuerySet["Act"]):
    def visible_to(self, user: Any) -> "ActQuerySet":
        """One's own acts, and those about what one's roles open: an act names the row and says what changed in it.

        Who may not read applications finds none of their tags, reviewers nor reasons here (domain.md, « Who may see what »).
        """
        opened = models.Q(by_id=str(user.pk))
        for config in apps.get_app_configs():
            if user.has_module_perms(config.label):
                opened |= models.Q(about__startswith=f"{config.label}.")
        return self.filter(opened)


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
