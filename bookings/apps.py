from django.apps import AppConfig


class BookingsConfig(AppConfig):
    name = "bookings"
    verbose_name = "Journées\u00a0: places"

    def ready(self) -> None:
        _gather_orders()
        from bookings import paperwork, running

        running.register()
        paperwork.register()


def _gather_orders() -> None:
    """Ordering, holding, waiting."""
    from billing.services.payments import CLOSED
    from bookings import emails
    from bookings.services import firming

    emails.register_kinds()
    CLOSED.add(firming.paid)
