from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = "Facturation"

    def ready(self) -> None:
        from billing import bank_work, checking, documents, emails, iban, retention, waiting_bank, waiting_cards  # noqa: F401 - bank_work registers its work  # noqa: F401 - iban registers its letter
        from billing.services import reminding
        from core import registry

        emails.register_kinds(documents.read, reminding.is_still_due)
        registry.WAITING.add(waiting_cards.waiting, order=42)
        registry.WAITING.add(waiting_bank.waiting, order=41)
        registry.SEARCH.add(waiting_bank.found, order=41)
        registry.PURGES.add(waiting_bank.purge, order=41)
        registry.WAITING.add(checking.waiting, order=40)
        registry.HEALTH.add(checking.facts)
        registry.PURGES.add(retention.purge, order=40)
