"""What waits for the treasurer about cards (registry WAITING)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Min
from django.urls import reverse

from accounts.roles import RECONCILE
from billing.models import GatewayEvent, Refund
from billing.states import Method
from core.registry import Waiting

# The sweep asks each minute: after that long, a person is told.
UNHEARD = timedelta(hours=1)


def waiting(now: datetime) -> Iterator[Waiting]:
    """Money that came by card otherwise than asked, refunds that were refused, and those that the provider has not heard for an hour."""
    found = GatewayEvent.objects.waiting().aggregate(count=Count("pk"), since=Min("received_at"))
    url = reverse("admin:billing_gatewayevent_changelist") + "?attente=oui"
    yield Waiting("paiement par carte à regarder", found["count"], url, RECONCILE, found["since"], several="paiements par carte à regarder")
    unheard = (
        Refund.objects.open().filter(method=Method.CARD, asked_at__lt=now - UNHEARD).aggregate(count=Count("pk"), since=Min("asked_at"))
    )
    url = reverse("admin:billing_refund_changelist") + "?etat=attente"
    yield Waiting(
        "remboursement par carte sans réponse",
        unheard["count"],
        url,
        RECONCILE,
        unheard["since"],
        several="remboursements par carte sans réponse",
    )
