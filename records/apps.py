from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "records"
    verbose_name = "registre de la maison"

    def ready(self) -> None:
        from core.registry import DEMOS
        from records import demo

        DEMOS.add(demo.load, order=0)
