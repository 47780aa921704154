"""Which place is on which invoice: a place is invoiced once, whoever asks and however often (domain.md C2)."""

from decimal import Decimal

from django.db import models

from billing.models import Invoice
from bookings.models.booking import Seat
from bookings.models.terms import MONEY


class BilledSeatQuerySet(models.QuerySet["BilledSeat"]):
    def standing(self) -> "BilledSeatQuerySet":
        """Those of which something still stands: not given back whole by a credit note of ours."""
        return self.filter(credited__lt=models.F("gross"))


class BilledSeat(models.Model):
    """A place on an invoice, at its price, and what credit notes took back of it."""

    seat = models.ForeignKey(Seat, verbose_name="place", on_delete=models.PROTECT, related_name="billed")
    invoice = models.ForeignKey(Invoice, verbose_name="facture", on_delete=models.PROTECT, related_name="+")
    gross = models.DecimalField("montant TTC", **MONEY)
    credited = models.DecimalField("crédité", default=Decimal(0), **MONEY)

    objects = BilledSeatQuerySet.as_manager()

    class Meta:
        verbose_name = "place facturée"
        verbose_name_plural = "places facturées"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["seat"],
                name="seat_billed_once",
                condition=models.Q(credited__lt=models.F("gross")),
                violation_error_message="Cette place est déjà facturée.",
            ),
            models.CheckConstraint(name="seat_billed_something", condition=models.Q(gross__gt=0)),
            models.CheckConstraint(
                name="seat_credited_at_most_its_price", condition=models.Q(credited__gte=0, credited__lte=models.F("gross"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seat} sur {self.invoice}"

    @property
    def left(self) -> Decimal:
        """What no credit note of ours took back."""
        return self.gross - self.credited
