"""The papers of an order and of a day: drawn by Celery from the data, again when the data change; the former versions stay."""

from datetime import datetime

from django.db import models

from bookings.models.booking import Booking, Seat
from bookings.states import Paper
from programmes.models import TrainingSession


class BookingPaperQuerySet(models.QuerySet["BookingPaper"]):
    def to_draw(self, *, now: datetime) -> "BookingPaperQuerySet":
        """Those owed and not drawn yet, oldest first; one that failed is tried again later."""
        return self.filter(file="").filter(models.Q(next_try_at=None) | models.Q(next_try_at__lte=now)).order_by("asked_at", "pk")


class BookingPaper(models.Model):
    """A paper asked for, then drawn. Its `source` is the fingerprint of what it says: the same data is the same paper."""

    kind = models.CharField("nature", max_length=12, choices=Paper)
    booking = models.ForeignKey(Booking, verbose_name="commande", on_delete=models.PROTECT, null=True, blank=True, related_name="papers")
    seat = models.ForeignKey(Seat, verbose_name="place", on_delete=models.PROTECT, null=True, blank=True, related_name="papers")
    session = models.ForeignKey(TrainingSession, verbose_name="journée", on_delete=models.PROTECT, related_name="papers")
    source = models.CharField("empreinte des données", max_length=64, blank=True, editable=False)
    file = models.FileField("fichier", upload_to="journees/", max_length=200, blank=True)
    sha256 = models.CharField("empreinte", max_length=64, blank=True)
    asked_at = models.DateTimeField("demandée le")
    made_at = models.DateTimeField("faite le", null=True, blank=True)
    tries = models.PositiveSmallIntegerField("essais", default=0, editable=False)
    next_try_at = models.DateTimeField("prochain essai", null=True, blank=True, editable=False)
    by_name = models.CharField("déposée par", max_length=200, blank=True)

    objects = BookingPaperQuerySet.as_manager()

    class Meta:
        verbose_name = "pièce d’une commande"
        verbose_name_plural = "pièces des commandes"
        ordering = ["-asked_at", "-pk"]
        indexes = [models.Index(fields=["booking", "kind"], name="paper_of_a_booking")]
        constraints = [models.CheckConstraint(name="booking_paper_kind_is_known", condition=models.Q(kind__in=Paper.values))]

    def __str__(self) -> str:
        return str(self.get_kind_display())
