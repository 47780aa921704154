from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    name = "organisations"
    verbose_name = "Répertoire"

    def ready(self) -> None:
        from core import registry
        from organisations import demo, gathering, importing, retention  # noqa: F401 - importing registers its work

        registry.SEARCH.add(gathering.found, order=30)
        registry.WAITING.add(gathering.waiting, order=60)
        registry.TIMELINE.add(gathering.planned, order=60)
        registry.HOLDINGS.add(gathering.held_by, order=30)
        registry.PURGES.add(retention.purge, order=30)
        registry.DEMOS.add(demo.load, order=5)
