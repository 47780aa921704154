from django.apps import AppConfig


class MembershipsConfig(AppConfig):
    name = "memberships"
    verbose_name = "Adhésions"

    def ready(self) -> None:
        self._letters_and_sales()
        self._gathered()
        self._loaded()

    def _letters_and_sales(self) -> None:
        """Our letters, how our acts are undone, and what billing asks of what we sold."""
        from functools import partial

        from billing import accounts as years
        from billing import figures as till
        from billing.sale import SOLD
        from memberships import claim_emails, contact_emails, documents, emails, expected, links, quotes, renewal_emails, sold, tables
        from memberships.services import calling
        from memberships.states import DocumentKind

        emails.register_kinds(documents.enclosures)
        emails.plug_finance_page(links.give)
        renewal_emails.register_kinds(dues_call=partial(documents.one, DocumentKind.DUES_CALL), quote=quotes.enclosed)
        contact_emails.register_kinds()
        claim_emails.register_kinds()
        calling.register_undos()
        tables.register()
        SOLD.add(sold.sold)
        years.EXPECTED.add(expected.dues)
        till.TO_INVOICE.add(expected.to_invoice)

    def _gathered(self) -> None:
        """What the pages below gather of us."""
        from core import registry
        from memberships import claim_sweeping, gathering, planned, space
        from memberships.services import contacting

        registry.SPACE.add(registry.Section("memberships/_space.html", space.my_bodies), order=5)
        registry.SPACE.add(registry.Section("memberships/_requests_space.html", space.my_requests), order=6)
        registry.ARRIVALS.add(contacting.recognise)
        registry.TIMELINE.add(planned.planned, order=20)
        registry.TIMELINE.add(claim_sweeping.planned, order=21)
        registry.WAITING.add(gathering.waiting, order=29)
        registry.WAITING.add(claim_sweeping.waiting, order=31)
        registry.WAITING.add(planned.waiting, order=30)
        registry.SEARCH.add(gathering.found, order=25)
        registry.BODY_FACTS.add(gathering.of_body, order=20)
        registry.DASHBOARD.add(registry.Section("admin/memberships/_dashboard.html", gathering.dashboard), order=30)
        registry.HOME.add(registry.Section("memberships/_home.html", gathering.home), order=40)
        registry.SITEMAP.add(gathering.site_map, order=30)
        registry.SIGN_IN_NOTES.add(gathering.sign_in_note)
        registry.PURGES.add(gathering.purge, order=40)

    def _loaded(self) -> None:
        """Our parts of the demonstration."""
        from core import registry
        from memberships import demo, demo_money

        registry.DEMOS.add(demo.load, order=30)
        registry.DEMOS.add(demo_money.load, order=32)
