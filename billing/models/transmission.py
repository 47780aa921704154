"""How an invoice reaches its payer through Chorus Pro, and what holds its reminders."""

from datetime import date
from typing import TYPE_CHECKING

from django.db import models

from billing.models.invoice import VIEW_INVOICE, Invoice
from billing.states import TransmissionState

if TYPE_CHECKING:
    from accounts.models import User


class TransmissionQuerySet(models.QuerySet["Transmission"]):
    def visible_to(self, user: "User") -> "TransmissionQuerySet":
        return self if user.has_perm(VIEW_INVOICE) else self.none()

    def to_deposit(self) -> "TransmissionQuerySet":
        return self.filter(state=TransmissionState.TO_DEPOSIT)

    def rejected(self) -> "TransmissionQuerySet":
        return self.filter(state=TransmissionState.REJECTED)


class Transmission(models.Model):
    """The road of one document through Chorus Pro (R15). Its moves are in the journal of acts."""

    invoice = models.OneToOneField(Invoice, verbose_name="facture", on_delete=models.PROTECT, related_name="transmission")
    state = models.CharField("état", max_length=10, choices=TransmissionState, default=TransmissionState.TO_DEPOSIT)
    # Number and fingerprint of what was deposited: nothing is sent twice.
    once = models.CharField("clé d’envoi", max_length=90, unique=True, null=True, blank=True)
    flow_number = models.CharField("numéro de flux", max_length=60, blank=True)
    deposited_on = models.DateField("déposée le", null=True, blank=True)
    rejection = models.TextField("motif du rejet", blank=True)
    changed_at = models.DateTimeField("dernier changement")

    objects = TransmissionQuerySet.as_manager()

    class Meta:
        verbose_name = "dépôt sur Chorus Pro"
        verbose_name_plural = "dépôts sur Chorus Pro"
        ordering = ["-changed_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="transmission_state_is_known", condition=models.Q(state__in=TransmissionState.values)),
            models.CheckConstraint(
                name="transmission_deposited_has_its_day",
                condition=models.Q(state=TransmissionState.TO_DEPOSIT) | models.Q(deposited_on__isnull=False),
                violation_error_message="Dites quel jour la facture a été déposée.",
            ),
            models.CheckConstraint(
                name="transmission_rejected_says_why",
                condition=~models.Q(state=TransmissionState.REJECTED) | ~models.Q(rejection=""),
                violation_error_message="Recopiez le motif du rejet.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice.number} sur Chorus Pro"


class ReminderHoldQuerySet(models.QuerySet["ReminderHold"]):
    def standing(self, *, on: date) -> "ReminderHoldQuerySet":
        """Those that hold on a day; the last day counts."""
        return self.filter(models.Q(until=None) | models.Q(until__gte=on), released_at=None)


class ReminderHold(models.Model):
    """Somebody stopped the reminders of an invoice, until a day or until released: « ils règlent vendredi »."""

    invoice = models.ForeignKey(Invoice, verbose_name="facture", on_delete=models.PROTECT, related_name="holds")
    until = models.DateField("jusqu’au", null=True, blank=True, help_text="Vide : jusqu’à ce que quelqu’un reprenne les relances.")
    reason = models.CharField("motif", max_length=300)
    at = models.DateTimeField("posé à")
    by_name = models.CharField("auteur", max_length=200, blank=True)
    released_at = models.DateTimeField("levé à", null=True, blank=True)

    objects = ReminderHoldQuerySet.as_manager()

    class Meta:
        verbose_name = "relances suspendues"
        verbose_name_plural = "relances suspendues"
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"Relances de {self.invoice.number} suspendues"
