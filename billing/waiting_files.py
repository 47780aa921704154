"""Issued documents whose file is still not made, minutes after (registry WAITING): a disk that is full, a drawing that fails."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Min
from django.urls import reverse

from billing.models.invoice import VIEW_INVOICE
from billing.services import publishing
from core.registry import Waiting


def waiting(now: datetime) -> Iterator[Waiting]:
    """They are issued all the same, and tried again; somebody should look at why."""
    found = publishing.late(now=now).order_by().aggregate(count=Count("pk"), since=Min("issued_at"))
    url = f"{reverse('admin:billing_invoice_changelist')}?fichier=a_faire"
    yield Waiting(
        "facture dont le fichier reste à faire",
        found["count"],
        url,
        VIEW_INVOICE,
        found["since"],
        several="factures dont le fichier reste à faire",
    )
