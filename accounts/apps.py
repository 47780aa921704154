from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Personnes"

    def ready(self) -> None:
        from accounts import demo, digest, emails, factors, gathering, retention, space
        from core import registry
        from mailing import letters

        for kind in emails.KINDS:
            letters.register(kind)
        letters.register(digest.KIND)
        registry.TIMELINE.add(digest.planned, order=80)
        registry.SPACE.add(registry.Section("accounts/_space.html", space.account), order=90)
        registry.FACTOR_GATES.add(factors.gate)
        registry.PURGES.add(retention.purge, order=90)
        registry.DEMOS.add(demo.load, order=-10)
        registry.SEARCH.add(gathering.found, order=10)
