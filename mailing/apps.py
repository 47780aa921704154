from django.apps import AppConfig


class MailingConfig(AppConfig):
    name = "mailing"
    verbose_name = "Courrier"

    def ready(self) -> None:
        from core.registry import HEALTH, PURGES, SPACE, Section
        from mailing import health, queries, retention

        HEALTH.add(health.facts)
        PURGES.add(retention.purge, order=90)
        SPACE.add(Section("mailing/_space.html", queries.my_letters), order=90)
