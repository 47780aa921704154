from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "records"
    verbose_name = "La 27e Région"

    def ready(self) -> None:
        from core.registry import DEMOS
        from records import demo

        DEMOS.add(demo.load, order=0)
