"""What changing, running and seeing a day tells the rest of the house; called once, in `AppConfig.ready()`."""


def register() -> None:
    from bookings import change_emails, concerned, day_tools, needs, staff_gathering, trainer_emails
    from bookings.services import verdict
    from core import registry

    change_emails.register_kinds()
    trainer_emails.register_kind()
    verdict.register_undo()
    registry.CONCERNED.add(concerned.people, order=20)
    registry.CHANGED.add(verdict.follow, order=30)
    registry.PURGES.add(needs.purge, order=24)
    registry.WAITING.add(staff_gathering.waiting, order=40)
    registry.TIMELINE.add(staff_gathering.planned, order=40)
    registry.SEARCH.add(staff_gathering.found, order=40)
    registry.BODY_FACTS.add(staff_gathering.of_body, order=30)
    registry.BODY_COUNTS.add(staff_gathering.counts_of_body, order=30)
    registry.DASHBOARD.add(registry.Section("admin/bookings/_dashboard.html", staff_gathering.dashboard), order=40)
    registry.SESSION_TOOLS.add(day_tools.of_day)
