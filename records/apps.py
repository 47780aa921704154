from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "records"
    verbose_name = "La 27e Région"

    def ready(self) -> None:
        from core.registry import DEMOS, PURGES
        from records import demo, retention

        DEMOS.add(demo.load, order=0)
        PURGES.add(retention.purge, order=95)
