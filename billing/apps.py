from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = "Facturation"

    def ready(self) -> None:
        from billing import waiting_cards
        from core import registry

        registry.WAITING.add(waiting_cards.waiting, order=42)
