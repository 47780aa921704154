"""What the other files of the app put on the page of an order: functions given in `AppConfig.ready()`, so that no view imports another."""

from collections.abc import Callable, Iterable
from datetime import datetime

from bookings.models import Booking
from core.registry import Link, Registry

# (order, now) -> its papers to download: quote, agreement, joining letters, certificates, invoices.
PAPERS: Registry[Callable[[Booking, datetime], Iterable[Link]]] = Registry()
