"""Card payments: the hosted page we opened, and what the provider told us (D8). No card data is ever seen here."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.urls import reverse

from billing.models.invoice import MONEY, VIEW_INVOICE, Invoice
from billing.states import FOR_A_PERSON, EventOutcome
from records.models import Kept, KeptQuerySet

if TYPE_CHECKING:
    from accounts.models import User


class CheckoutQuerySet(models.QuerySet["Checkout"]):
    def visible_to(self, user: "User") -> "CheckoutQuerySet":
        return self if user.has_perm(VIEW_INVOICE) else self.none()


class Checkout(models.Model):
    """A hosted payment page asked for an invoice. It marks nothing paid: only a signed event does."""

    invoice = models.ForeignKey(Invoice, verbose_name="facture", on_delete=models.PROTECT, related_name="checkouts")
    amount = models.DecimalField("montant", **MONEY)
    currency = models.CharField("devise", max_length=3, default="EUR")
    # What makes asking twice asking once, at the provider's too.
    idempotency_key = models.CharField("clé d’idempotence", max_length=80, unique=True)
    session_id = models.CharField("session", max_length=120, unique=True, null=True, blank=True)
    url = models.URLField("page de paiement", max_length=800, blank=True)
    created_at = models.DateTimeField("ouverte à")
    expires_at = models.DateTimeField("expire à", null=True, blank=True)

    objects = CheckoutQuerySet.as_manager()

    class Meta:
        verbose_name = "page de paiement"
        verbose_name_plural = "pages de paiement"
        ordering = ["-created_at", "-pk"]
        constraints = [models.CheckConstraint(name="checkout_is_some_money", condition=models.Q(amount__gt=0))]

    def __str__(self) -> str:
        return f"Paiement de {self.invoice.number}"

    def get_absolute_url(self) -> str:
        """Its page, before and after the provider's: whoever has the address came from the invoice."""
        return reverse("payment", args=[self.idempotency_key])


class GatewayEventQuerySet(KeptQuerySet["GatewayEvent"]):
    def waiting(self) -> "GatewayEventQuerySet":
        """Those that a person must look at: money that came and could not be counted as asked."""
        return self.filter(outcome__in=FOR_A_PERSON, settlement="")


class GatewayEvent(Kept):
    """What the provider told, once for each of its identifiers: a replay writes nothing."""

    WORDS: ClassVar[dict[str, Any]] = {}
    MADE_LATER: ClassVar[frozenset[str]] = frozenset({"settlement"})

    event_id = models.CharField("événement", max_length=120, unique=True)
    type = models.CharField("type", max_length=80)
    session_id = models.CharField("session", max_length=120, blank=True, db_index=True)
    payment_id = models.CharField("paiement", max_length=120, blank=True, db_index=True)
    amount = models.DecimalField("montant", null=True, blank=True, **MONEY)
    currency = models.CharField("devise", max_length=3, blank=True)
    made_at = models.DateTimeField("daté de", null=True, blank=True)
    received_at = models.DateTimeField("reçu à")
    # What it did, or why it did nothing and waits for a person.
    outcome = models.CharField("effet", max_length=10, choices=EventOutcome)
    note = models.CharField("précision", max_length=300, blank=True)
    # What a person made of one that waited: who, when, why.
    settlement = models.CharField("suite donnée", max_length=300, blank=True)

    objects = GatewayEventQuerySet.as_manager()

    class Meta:
        verbose_name = "événement du prestataire"
        verbose_name_plural = "événements du prestataire"
        ordering = ["-received_at", "-pk"]
        constraints = [models.CheckConstraint(name="event_outcome_is_known", condition=models.Q(outcome__in=EventOutcome.values))]

    def __str__(self) -> str:
        return self.event_id
