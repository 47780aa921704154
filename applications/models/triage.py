"""What staff add to an application while they sort: notes, tags; and the late links they give."""

from datetime import datetime

from django.conf import settings
from django.db import models

from applications.models.application import Application
from programmes.models import Edition


class Tag(models.Model):
    """A word of the team, put on applications of any call."""

    name = models.CharField("étiquette", max_length=40, unique=True)

    class Meta:
        verbose_name = "étiquette"
        verbose_name_plural = "étiquettes"
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class Note(models.Model):
    """An internal note: read by staff, and later by the reviewers of the file; never by the candidate."""

    application = models.ForeignKey(Application, verbose_name="candidature", on_delete=models.CASCADE, related_name="notes")
    text = models.TextField("note")
    at = models.DateTimeField("date")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="par", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    by_name = models.CharField("auteur", max_length=200, blank=True)

    class Meta:
        verbose_name = "note interne"
        verbose_name_plural = "notes internes"
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"Note n° {self.pk}"


class LateLinkQuerySet(models.QuerySet["LateLink"]):
    def valid(self, *, now: datetime) -> "LateLinkQuerySet":
        """Neither revoked nor past its own limit (half-open, as A1)."""
        return self.filter(revoked_at=None, until__gt=now)


class LateLink(models.Model):
    """One person may deposit after the deadline, until a limit of their own (A2): given by staff, with a reason."""

    edition = models.ForeignKey(Edition, verbose_name="appel", on_delete=models.CASCADE, related_name="late_links")
    email = models.EmailField("adresse électronique", max_length=254)
    until = models.DateTimeField("jusqu’à", help_text="La personne peut déposer avant cette heure, celle de Paris.")
    reason = models.TextField("motif")
    created_at = models.DateTimeField("donné le")
    by_name = models.CharField("donné par", max_length=200, blank=True)
    revoked_at = models.DateTimeField("repris le", null=True, blank=True)

    objects = LateLinkQuerySet.as_manager()

    class Meta:
        verbose_name = "délai personnel"
        verbose_name_plural = "délais personnels"
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "email"],
                name="late_link_once",
                condition=models.Q(revoked_at=None),
                violation_error_message="Cette personne a déjà un délai personnel pour cet appel.",
            )
        ]

    def __str__(self) -> str:
        return f"Délai personnel n° {self.pk}"
