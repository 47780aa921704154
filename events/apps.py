from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "events"
    verbose_name = "Événements et presse"

    def ready(self) -> None:
        _gather_events()
        _gather_press()
        _gather_proposals()


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
    from events import demo_proposals, proposal_emails, proposal_gathering

    registry.WAITING.add(proposal_gathering.waiting, order=45)
    registry.TIMELINE.add(proposal_gathering.planned, order=45)
    registry.SPACE.add(registry.Section("events/_space.html", proposal_gathering.space), order=45)
    registry.PURGES.add(proposal_gathering.purge, order=45)
    registry.SEARCH.add(proposal_gathering.found, order=45)
    registry.DEMOS.add(demo_proposals.load, order=50)
    proposal_emails.register_kinds()
