"""What waits for the treasurer about cards (registry WAITING)."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Min
from django.urls import reverse

from accounts.roles import RECONCILE
from billing.models import GatewayEvent
from core.registry import Waiting


def waiting(now: datetime) -> Iterator[Waiting]:
    """Money that came by card otherwise than asked."""
    found = GatewayEvent.objects.waiting().aggregate(count=Count("pk"), since=Min("received_at"))
    url = reverse("admin:billing_gatewayevent_changelist") + "?attente=oui"
    yield Waiting("paiements par carte à regarder", found["count"], url, RECONCILE, found["since"])
