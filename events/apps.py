from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "events"
    verbose_name = "Événements et presse"

    def ready(self) -> None:
        _gather_events()
        _gather_press()
        _gather_proposals()
        _gather_registrations()
        _gather_kits()
        _gather_hosting()


def _gather_events() -> None:
    from core import registry
    from events import demo, pages

    registry.HOME.add(registry.Section("events/_home.html", pages.home), order=30)
    registry.SITEMAP.add(pages.site_map, order=20)
    registry.DEMOS.add(demo.load, order=40)


def _gather_press() -> None:
    from core import registry
    from events.press import demo, emails, gathering, retention

    registry.HOME.add(registry.Section("events/press/_home.html", gathering.home), order=60)
    registry.SITEMAP.add(gathering.site_map, order=50)
    registry.WAITING.add(gathering.waiting, order=50)
    registry.TIMELINE.add(gathering.planned, order=50)
    registry.SEARCH.add(gathering.found, order=50)
    registry.PURGES.add(retention.purge, order=50)
    registry.DEMOS.add(demo.load, order=45)
    emails.register_kinds()


def _gather_proposals() -> None:
    from core import registry
    from events import demo_proposals, pictures, proposal_emails, proposal_gathering

    registry.WAITING.add(proposal_gathering.waiting, order=45)
    registry.TIMELINE.add(proposal_gathering.planned, order=45)
    registry.SPACE.add(registry.Section("events/_space.html", proposal_gathering.space), order=45)
    registry.PURGES.add(proposal_gathering.purge, order=45)
    registry.PURGES.add(pictures.purge, order=49)
    registry.SEARCH.add(proposal_gathering.found, order=45)
    registry.DEMOS.add(demo_proposals.load, order=50)
    proposal_emails.register_kinds()


def _gather_kits() -> None:
    from core import registry
    from events import demo_partners, kit_gathering, opened, organisers, partner_emails

    organisers.TOOLS.add(kit_gathering.tool, order=20)
    registry.WAITING.add(kit_gathering.waiting, order=46)
    registry.PURGES.add(kit_gathering.purge, order=48)
    partner_emails.register_kinds()
    registry.OPEN.add(opened.events, order=12)
    registry.DEMOS.add(demo_partners.load, order=55)


def _gather_registrations() -> None:
    from core import registry
    from events import attending_emails, attending_gathering, attending_retention
    from events.services import telling
    from events.services.changing import TOLD

    registry.SPACE.add(registry.Section("events/attend/_space.html", attending_gathering.space), order=44)
    registry.TIMELINE.add(attending_gathering.planned, order=46)
    registry.TIMELINE.add(attending_retention.planned, order=47)
    registry.PURGES.add(attending_retention.purge, order=46)
    registry.WAITING.add(attending_gathering.waiting, order=46)
    TOLD.add(telling.tell)
    attending_emails.register_kinds()


def _gather_hosting() -> None:
    from core import registry
    from events import demo_attending, host_emails, host_gathering, organisers
    from events.services import host_writing, inviting

    organisers.TOOLS.add(host_gathering.tools, order=10)
    registry.PURGES.add(host_gathering.purge, order=47)
    registry.DEMOS.add(demo_attending.load, order=55)
    host_emails.register_kinds()
    host_writing.register_hooks()
    inviting.register_hooks()
