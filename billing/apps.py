from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = "Facturation"

    def ready(self) -> None:
        from billing import bank_work, documents, emails, waiting_bank, waiting_cards  # noqa: F401 - bank_work registers its work
        from billing.services import reminding
        from core import registry

        emails.register_kinds(documents.read, reminding.is_still_due)
        registry.WAITING.add(waiting_cards.waiting, order=42)
        registry.WAITING.add(waiting_bank.waiting, order=41)
        registry.SEARCH.add(waiting_bank.found, order=41)
        registry.PURGES.add(waiting_bank.purge, order=41)
