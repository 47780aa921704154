"""The day itself: who was there by half-day, by which door a trainer comes, what is attested after (domain.md C4)."""

from typing import Any, ClassVar

from django.db import models

from bookings.models.booking import Seat
from bookings.states import Half
from programmes.models import Trainer, TrainingSession
from records.models import Kept, KeptQuerySet


class Attendance(models.Model):
    """Was this person there, that half-day? Typed on a phone or from the paper; corrected, it says by whom."""

    seat = models.ForeignKey(Seat, verbose_name="place", on_delete=models.CASCADE, related_name="attendance")
    half = models.CharField("demi-journée", max_length=9, choices=Half)
    present = models.BooleanField("présent")
    at = models.DateTimeField("noté le")
    by_name = models.CharField("noté par", max_length=200, blank=True)

    class Meta:
        verbose_name = "présence"
        verbose_name_plural = "présences"
        ordering = ["seat_id", "-half", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["seat", "half"], name="attendance_once"),
            models.CheckConstraint(name="attendance_half_is_known", condition=models.Q(half__in=Half.values)),
        ]

    def __str__(self) -> str:
        return f"{self.get_half_display()} : {'présent' if self.present else 'absent'}"


class TrainerLink(models.Model):
    """The door of a trainer to one day, without account: its group, its needs, its sheet. Only the secret's fingerprint is kept."""

    session = models.ForeignKey(TrainingSession, verbose_name="journée", on_delete=models.CASCADE, related_name="trainer_links")
    trainer = models.ForeignKey(Trainer, verbose_name="formateur", on_delete=models.CASCADE, related_name="links")
    nonce = models.CharField("graine", max_length=32, unique=True)
    digest = models.CharField("empreinte", max_length=64, unique=True)
    created_at = models.DateTimeField("créé le")
    revoked_at = models.DateTimeField("retiré le", null=True, blank=True)

    class Meta:
        verbose_name = "accès d’un formateur"
        verbose_name_plural = "accès des formateurs"
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["session", "trainer"], name="trainer_link_once", condition=models.Q(revoked_at=None))
        ]

    def __str__(self) -> str:
        return f"Accès de {self.trainer}"


class CertificateQuerySet(KeptQuerySet["Certificate"]):
    def standing(self) -> "CertificateQuerySet":
        """Those that no other replaced."""
        return self.filter(replaced_by=None)

    def good(self) -> "CertificateQuerySet":
        """Those to give: not replaced, and their presence not taken back since. What retention erased says nothing against one."""
        noted = Attendance.objects.filter(seat=models.OuterRef("seat"))
        return self.standing().filter(models.Exists(noted.filter(present=True)) | ~models.Exists(noted))


class Certificate(Kept):
    """What is attested of a recorded presence, frozen: who, what, when, how long. Corrected by another, which replaces it."""

    WORDS: ClassVar[dict[str, Any]] = {"name": "", "employer": ""}

    seat = models.ForeignKey(Seat, verbose_name="place", on_delete=models.PROTECT, related_name="certificates")
    # Unguessable, printed with its address: whoever holds the paper verifies it, and nobody lists them.
    number = models.CharField("numéro", max_length=24, unique=True)
    name = models.CharField("nom", max_length=160, blank=True)
    employer = models.CharField("employeur", max_length=200, blank=True)
    title = models.CharField("journée", max_length=160)
    day = models.DateField("jour")
    place = models.CharField("lieu", max_length=250, blank=True)
    hours = models.DecimalField("heures suivies", max_digits=4, decimal_places=1)
    objectives = models.TextField("objectifs", blank=True)
    issued_at = models.DateTimeField("établi le")
    by_name = models.CharField("établi par", max_length=200, blank=True)
    replaces = models.OneToOneField(
        "self", verbose_name="remplace", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = "certificat de réalisation"
        verbose_name_plural = "certificats de réalisation"
        ordering = ["-issued_at", "-pk"]
        constraints = [models.CheckConstraint(name="certificate_attests_some_hours", condition=models.Q(hours__gt=0))]

    def __str__(self) -> str:
        return f"Certificat {self.number}"
