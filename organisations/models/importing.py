"""A file of organisations and contacts, or of another table, as it came: tried, then imported."""

from django.db import models

from core.typography import moment_in_words

FOLDER = "imports/"


class ImportFile(models.Model):
    """Kept thirty days, so that what was tried is what is imported; the line of the journal stays."""

    # Which kind of table it is (`organisations.tables`).
    table = models.CharField("tableau", max_length=20, default="organisations", editable=False)
    name = models.CharField("fichier", max_length=200)
    file = models.FileField("contenu", upload_to=FOLDER, blank=True)
    digest = models.CharField("empreinte", max_length=64)
    rows = models.PositiveIntegerField("lignes", default=0)
    created_at = models.DateTimeField("déposé le")
    by_id = models.CharField("identifiant de l’auteur", max_length=40, blank=True)
    by_name = models.CharField("auteur", max_length=200, blank=True)
    trial = models.ForeignKey("records.Job", verbose_name="essai", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    job = models.ForeignKey("records.Job", verbose_name="import", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = "fichier importé"
        verbose_name_plural = "fichiers importés"
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def named(self) -> str:
        """What tells it from another of the same name: « orgs.csv, déposé le 22 novembre 2026 à 9 h 05 min 07 s »."""
        return f"{self.name}, déposé le {moment_in_words(self.created_at, zone=False, weekday=False, seconds=True)}"
