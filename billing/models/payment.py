"""What came in and what went back. Rows are added only: a mistake is undone by another row of the opposite amount."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from django.db import models

from billing.models.bank import StatementEntry
from billing.models.card import GatewayEvent
from billing.models.invoice import MONEY, VIEW_INVOICE, Invoice
from billing.states import Method
from records.models import Kept, KeptQuerySet

if TYPE_CHECKING:
    from accounts.models import User


class PaymentQuerySet(KeptQuerySet["Payment"]):
    def visible_to(self, user: "User") -> "PaymentQuerySet":
        return self.filter(invoice__in=Invoice.objects.visible_to(user))

    def standing(self) -> "PaymentQuerySet":
        """Neither undone, nor what undoes another."""
        return self.filter(undoes=None, undone_by=None)


class Payment(Kept):
    """An amount that counts for an invoice: negative when it undoes another, or when a transfer was returned."""

    WORDS: ClassVar[dict[str, Any]] = {}

    invoice = models.ForeignKey(Invoice, verbose_name="facture", on_delete=models.PROTECT, related_name="payments")
    amount = models.DecimalField("montant", **MONEY)
    method = models.CharField("moyen", max_length=10, choices=Method)
    received_on = models.DateField("reçu le")
    entry = models.ForeignKey(
        StatementEntry, verbose_name="ligne de relevé", on_delete=models.PROTECT, null=True, blank=True, related_name="payments"
    )
    event = models.OneToOneField(
        GatewayEvent, verbose_name="événement du prestataire", on_delete=models.PROTECT, null=True, blank=True, related_name="payment"
    )
    # The provider's own name of the payment, or the number of a cheque: a second row of the same is refused.
    reference = models.CharField("référence", max_length=120, unique=True, null=True, blank=True)
    undoes = models.OneToOneField("self", verbose_name="annule", on_delete=models.PROTECT, null=True, blank=True, related_name="undone_by")
    reason = models.CharField("motif", max_length=300, blank=True)
    at = models.DateTimeField("noté à")
    by_id = models.CharField("identifiant de l’auteur", max_length=40, blank=True)
    by_name = models.CharField("auteur", max_length=200, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = "paiement"
        verbose_name_plural = "paiements"
        ordering = ["received_on", "pk"]
        constraints = [
            models.CheckConstraint(name="payment_method_is_known", condition=models.Q(method__in=Method.values)),
            models.CheckConstraint(name="payment_is_some_money", condition=~models.Q(amount=0)),
            models.CheckConstraint(name="payment_taken_back_undoes_one", condition=models.Q(amount__gt=0) | models.Q(undoes__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.get_method_display()} du {self.received_on:%d/%m/%Y}"

    @property
    def is_undone(self) -> bool:
        return hasattr(self, "undone_by")

    @property
    def stands(self) -> bool:
        """Neither undone, nor what undoes another: as `PaymentQuerySet.standing`."""
        return not self.undoes_id and not self.is_undone


class Leaving(NamedTuple):
    """A refund that left, and when it came back if it did; `…_at` is when it was written down here."""

    on: date
    at: datetime
    back_on: date | None = None
    back_at: datetime | None = None


class RefundQuerySet(models.QuerySet["Refund"]):
    def visible_to(self, user: "User") -> "RefundQuerySet":
        return self if user.has_perm(VIEW_INVOICE) else self.none()

    def open(self) -> "RefundQuerySet":
        """Decided, and that no outgoing line of the bank has closed yet."""
        return self.filter(done_on=None, given_up_at=None)

    def done(self) -> "RefundQuerySet":
        return self.filter(done_on__isnull=False)


class Refund(models.Model):
    """Money to give back: of an invoice that was credited, or what an entry brought above what was due (D7)."""

    invoice = models.ForeignKey(Invoice, verbose_name="facture", on_delete=models.PROTECT, null=True, blank=True, related_name="refunds")
    credit_note = models.ForeignKey(
        Invoice, verbose_name="avoir", on_delete=models.PROTECT, null=True, blank=True, related_name="refunds_made"
    )
    # The card payment that is given back.
    payment = models.ForeignKey(
        Payment, verbose_name="paiement rendu", on_delete=models.PROTECT, null=True, blank=True, related_name="refunds"
    )
    entry = models.ForeignKey(
        StatementEntry, verbose_name="trop-perçu de", on_delete=models.PROTECT, null=True, blank=True, related_name="refunds"
    )
    amount = models.DecimalField("montant", **MONEY)
    method = models.CharField("moyen", max_length=10, choices=Method, default=Method.TRANSFER)
    to_name = models.CharField("à", max_length=140, blank=True)
    to_iban = models.CharField("IBAN", max_length=34, blank=True)
    reason = models.CharField("motif", max_length=300)
    asked_at = models.DateTimeField("décidé à")
    by_id = models.CharField("identifiant de l’auteur", max_length=40, blank=True)
    by_name = models.CharField("auteur", max_length=200, blank=True)
    # The line of the statement by which it left, or the provider's refund.
    closed_by = models.OneToOneField(
        StatementEntry, verbose_name="parti par", on_delete=models.PROTECT, null=True, blank=True, related_name="closes"
    )
    provider_id = models.CharField("identifiant du prestataire", max_length=120, unique=True, null=True, blank=True)
    done_on = models.DateField("remboursé le", null=True, blank=True)
    # When it was closed here: the ledger numbers what was written down in that order (docs/adr/0034).
    done_at = models.DateTimeField("clos à", null=True, blank=True)
    given_up_at = models.DateTimeField("abandonné à", null=True, blank=True)
    # Each time it left and came back: [done_on, done_at, back_on, back_at]. Added to only: what the ledger told of it keeps its number.
    came_back = models.JSONField("revenu", default=list, blank=True, editable=False)

    objects = RefundQuerySet.as_manager()

    class Meta:
        verbose_name = "remboursement"
        verbose_name_plural = "remboursements"
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="refund_is_some_money", condition=models.Q(amount__gt=0)),
            models.CheckConstraint(
                name="refund_of_an_invoice_or_an_entry",
                condition=models.Q(invoice__isnull=False) | models.Q(entry__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Remboursement {self.pk}"

    def come_back(self, *, on: date, at: datetime) -> None:
        """Say that it left no more, and keep that it had. The caller saves, and holds the row."""
        if self.done_on:
            left_at = self.done_at or self.asked_at
            self.came_back = [*self.came_back, [self.done_on.isoformat(), left_at.isoformat(), on.isoformat(), at.isoformat()]]
        self.closed_by, self.done_on, self.done_at = None, None, None

    @property
    def leavings(self) -> list[Leaving]:
        """Each time it left, in order."""
        told = [
            Leaving(date.fromisoformat(on), datetime.fromisoformat(at), date.fromisoformat(back_on), datetime.fromisoformat(back_at))
            for on, at, back_on, back_at in self.came_back
        ]
        return [*told, Leaving(self.done_on, self.done_at or self.asked_at)] if self.done_on else told
