from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = "Facturation"

    def ready(self) -> None:
        from billing import (
            bank_work,  # noqa: F401 - registers its work
            checking,
            demo,
            demo_bank,
            documents,
            emails,
            figures,
            iban,  # noqa: F401 - registers its letter
            planned,
            retention,
            waiting_bank,
            waiting_cards,
            waiting_files,
        )
        from billing.services import reminding
        from core import registry

        emails.register_kinds(documents.read, reminding.is_still_due)
        registry.WAITING.add(planned.waiting, order=43)
        registry.TIMELINE.add(planned.planned, order=40)
        registry.WAITING.add(waiting_cards.waiting, order=42)
        registry.WAITING.add(waiting_bank.waiting, order=41)
        registry.SEARCH.add(waiting_bank.found, order=41)
        registry.SEARCH.add(figures.found, order=40)
        registry.DASHBOARD.add(registry.Section("admin/billing/_dashboard.html", figures.dashboard), order=20)
        registry.PURGES.add(waiting_bank.purge, order=41)
        registry.DEMOS.add(demo.load, order=10)
        registry.WAITING.add(checking.waiting, order=40)
        registry.WAITING.add(waiting_files.waiting, order=40)
        registry.HEALTH.add(checking.facts)
        registry.PURGES.add(retention.purge, order=40)
        # After memberships: dates of a series never go back.
        registry.DEMOS.add(demo_bank.load, order=35)
