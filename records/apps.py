from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "records"
    verbose_name = "La 27e Région"

    def ready(self) -> None:
        from core.registry import DEMOS, PULSE, PURGES
        from records import demo, retention, services

        DEMOS.add(demo.load, order=0)
        PULSE.add(services.last_act)
        PURGES.add(retention.purge, order=95)
