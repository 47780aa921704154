from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = "Facturation"

    def ready(self) -> None:
        from billing import documents, emails, waiting_cards
        from billing.services import reminding
        from core import registry

        emails.register_kinds(documents.read, reminding.is_still_due)
        registry.WAITING.add(waiting_cards.waiting, order=42)
