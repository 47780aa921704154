"""What changing, running and seeing a day tells the rest of the house; called once, in `AppConfig.ready()`."""


def register() -> None:
    from bookings import change_emails, concerned, needs, trainer_emails
    from bookings.services import verdict
    from core import registry

    change_emails.register_kinds()
    trainer_emails.register_kind()
    verdict.register_undo()
    registry.CONCERNED.add(concerned.people, order=20)
    registry.CHANGED.add(verdict.follow, order=30)
    registry.PURGES.add(needs.purge, order=24)
