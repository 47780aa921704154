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
    from billing.services.proposing import LATE
    from bookings import demo, emails, gathering, retention, seats
    from bookings.services import firming, late_money
    from core import registry

    emails.register_kinds()
    CLOSED.add(firming.paid)
    LATE.add(late_money.why_taken)
    registry.SESSION_ACTS.add(gathering.act)
    registry.DAY_PLACES.add(registry.DayPlaces(seats.columns, gathering.left))
    registry.HELD.add(gathering.held, order=20)
    registry.SPACE.add(registry.Section("bookings/_space.html", gathering.space), order=25)
    registry.TIMELINE.add(gathering.planned, order=41)
    registry.TIMELINE.add(retention.planned, order=42)
    registry.WAITING.add(gathering.waiting, order=41)
    registry.PURGES.add(retention.purge, order=23)
    registry.DEMOS.add(demo.load, order=50)
    registry.DEMO_DOORS.add(demo.doors)
