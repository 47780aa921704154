"""The flyers that people print: every version kept."""

from django.db import models

from programmes.models.edition import Edition
from programmes.models.session import TrainingSession


class FlyerQuerySet(models.QuerySet["Flyer"]):
    def rendered(self) -> "FlyerQuerySet":
        return self.exclude(file="").order_by("-version")


class Flyer(models.Model):
    """One version of the PDF of a call or of a training day; `fingerprint` is of all that is printed on it."""

    edition = models.ForeignKey(Edition, verbose_name="appel", on_delete=models.CASCADE, null=True, blank=True, related_name="flyers")
    session = models.ForeignKey(
        TrainingSession, verbose_name="journée", on_delete=models.CASCADE, null=True, blank=True, related_name="flyers"
    )
    version = models.PositiveIntegerField("version")
    fingerprint = models.CharField("empreinte des données", max_length=64)
    created_at = models.DateTimeField("version du")
    # False: drawn while the row was the team's alone, and not seen to say the same since; never given to the public.
    is_of_public = models.BooleanField("imprime ce qui est publié", default=False, editable=False)
    file = models.FileField("fichier", upload_to="depliants/", blank=True)
    failures = models.PositiveSmallIntegerField("échecs", default=0)
    error = models.TextField("dernier échec", blank=True)
    # Of a drawing that failed; later and later (`services.flyers`).
    retry_at = models.DateTimeField("prochain essai", null=True, blank=True)

    objects = FlyerQuerySet.as_manager()

    class Meta:
        verbose_name = "dépliant"
        verbose_name_plural = "dépliants"
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="flyer_is_about_one",
                condition=models.Q(edition__isnull=False, session=None) | models.Q(edition=None, session__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["edition", "version"], name="flyer_edition_version_once", condition=models.Q(edition__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["session", "version"], name="flyer_session_version_once", condition=models.Q(session__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"Dépliant, version {self.version}"

    @property
    def row(self) -> Edition | TrainingSession:
        """The call or the training day it is about (`flyer_is_about_one`)."""
        row: Edition | TrainingSession = self.edition or self.session  # type: ignore[assignment]
        return row

    @property
    def about(self) -> str:
        """« appel-12 », « journee-3 »: in the names of its files."""
        return f"appel-{self.edition_id}" if self.edition_id else f"journee-{self.session_id}"
