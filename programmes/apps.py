from django.apps import AppConfig


class ProgrammesConfig(AppConfig):
    name = "programmes"
    verbose_name = "Programmes et appels"

    def ready(self) -> None:
        from core.registry import (
            CONCERNED,
            CONTACTS,
            DEMOS,
            HOME,
            OPEN,
            PURGES,
            SCOPES,
            SEARCH,
            SITEMAP,
            SUBJECTS,
            TIMELINE,
            WAITING,
            Section,
        )
        from mailing.batches import UNDOS
        from programmes import demo, documents, emails, flyers_gathering, interest_gathering, opened, pages, retention, scopes, staffing
        from programmes.services import changes, interest

        HOME.add(Section("programmes/_hero.html", pages.hero), order=10)
        HOME.add(Section("programmes/_home_list.html", pages.listing), order=20)
        SITEMAP.add(pages.site_map, order=10)
        CONTACTS.add(pages.contacts, order=10)
        OPEN.add(opened.calls, order=10)
        OPEN.add(opened.days, order=11)
        SUBJECTS.add(scopes.subjects, order=10)
        SCOPES.add(scopes.of_editions, order=10)
        SEARCH.add(staffing.found, order=20)
        TIMELINE.add(staffing.planned, order=10)
        DEMOS.add(demo.load, order=20)
        CONCERNED.add(interest.concerned, order=90)
        emails.register_kinds(documents.calendar_file, interest.stop)
        UNDOS[changes.UNDO] = changes.undo
        PURGES.add(interest.purge, order=20)
        PURGES.add(retention.purge, order=21)
        TIMELINE.add(interest_gathering.planned, order=20)
        WAITING.add(flyers_gathering.waiting, order=40)
