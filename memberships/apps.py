from django.apps import AppConfig


class MembershipsConfig(AppConfig):
    name = "memberships"
    verbose_name = "Adhésions"

    def ready(self) -> None:
        from functools import partial

        from billing.sale import SOLD
        from core import registry
        from memberships import demo, documents, emails, gathering, links, planned, quotes, renewal_emails, sold, tables
        from memberships.services import calling
        from memberships.states import DocumentKind

        emails.register_kinds(documents.enclosures)
        emails.plug_finance_page(links.give)
        SOLD.add(sold.sold)
        renewal_emails.register_kinds(dues_call=partial(documents.one, DocumentKind.DUES_CALL), quote=quotes.enclosed)
        calling.register_undos()
        tables.register()
        registry.TIMELINE.add(planned.planned, order=20)
        registry.WAITING.add(gathering.waiting, order=29)
        registry.WAITING.add(planned.waiting, order=30)
        registry.SEARCH.add(gathering.found, order=25)
        registry.BODY_FACTS.add(gathering.of_body, order=20)
        registry.DASHBOARD.add(registry.Section("admin/memberships/_dashboard.html", gathering.dashboard), order=30)
        registry.HOME.add(registry.Section("memberships/_home.html", gathering.home), order=40)
        registry.SITEMAP.add(gathering.site_map, order=30)
        registry.SIGN_IN_NOTES.add(gathering.sign_in_note)
        registry.PURGES.add(gathering.purge, order=40)
        registry.DEMOS.add(demo.load, order=30)
