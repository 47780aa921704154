from django.apps import AppConfig


class MailingConfig(AppConfig):
    name = "mailing"
    verbose_name = "Courrier"

    def ready(self) -> None:
        from core.registry import DASHBOARD, HEALTH, PURGES, SEARCH, SPACE, TIMELINE, WAITING, Section
        from mailing import dashboard, gathering, health, queries, retention

        HEALTH.add(health.facts)
        PURGES.add(retention.purge, order=90)
        WAITING.add(gathering.waiting, order=90)
        SEARCH.add(gathering.found, order=90)
        TIMELINE.add(gathering.planned, order=90)
        DASHBOARD.add(Section("admin/mailing/_dashboard.html", dashboard.letters), order=90)
        SPACE.add(Section("mailing/_space.html", queries.my_letters), order=90)
