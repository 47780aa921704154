from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "applications"
    verbose_name = "Candidatures"

    def ready(self) -> None:
        from applications import (  # noqa: F401 - exports and minutes register their work
            board_exports,
            confirming_emails,
            documents,
            emails,
            exports,  # noqa: F401
            jury_emails,
            results_emails,
            staff_emails,
            written,
        )
        from applications.services import acts, aside, assigning, closing, deciding_many, distributing, releasing

        emails.register_kinds(documents.enclosures)
        staff_emails.register_kinds(documents.enclosures)
        written.register_kind()
        jury_emails.register_kinds()
        results_emails.register_kinds()
        confirming_emails.register_kinds()
        acts.register_undos()
        aside.register_undos()
        assigning.register_undos()
        distributing.register_undos()
        releasing.register_hooks()
        closing.register_hooks()
        deciding_many.register_undos()
        _answer()


def _answer() -> None:
    """Answer what the pages below ask (`core.registry`)."""
    from applications import concerned, demo, figures, gathering, moved, planned, retention, waiting
    from applications.services import entering
    from core import registry

    registry.ARRIVALS.add(entering.take_over)
    registry.EDITION_ACTS.add(gathering.act_on_call)
    registry.CALL_TOOLS.add(gathering.tools_of_call)
    registry.SPACE.add(registry.Section("applications/_space.html", gathering.my_applications), order=10)
    registry.SPACE.add(registry.Section("applications/_readings.html", gathering.my_readings), order=11)
    registry.BODY_FACTS.add(gathering.files_of)
    registry.BODY_COUNTS.add(gathering.counts_of_body)
    registry.WAITING.add(waiting.waiting, order=10)
    registry.SEARCH.add(waiting.found, order=10)
    registry.DASHBOARD.add(registry.Section("admin/applications/_dashboard.html", figures.dashboard), order=10)
    registry.PURGES.add(retention.purge_words, order=9)
    registry.PURGES.add(retention.purge, order=10)
    registry.PURGES.add(retention.purge_limits, order=11)
    registry.TIMELINE.add(planned.planned, order=30)
    registry.HOLDINGS.add(gathering.held_by, order=10)
    registry.SIGN_IN_NOTES.add(gathering.sign_in_note)
    registry.TYPED.add(gathering.typed_in_form)
    registry.CONCERNED.add(concerned.people, order=10)
    registry.CHANGED.add(moved.refuse_stranding, order=10)
    registry.DEMOS.add(demo.load, order=20)
    _answer_of_a_selection()


def _answer_of_a_selection() -> None:
    """The same, of what a jury reads and decides, and of the places that follow."""
    from applications import agreement_waiting, confirm_reminders, jury_waiting, moved, places_waiting
    from applications.services import places
    from core import registry

    registry.WAITING.add(jury_waiting.waiting, order=11)
    registry.WAITING.add(agreement_waiting.waiting, order=13)
    registry.WAITING.add(places_waiting.waiting, order=12)
    registry.TIMELINE.add(jury_waiting.planned, order=31)
    registry.TIMELINE.add(confirm_reminders.planned, order=32)
    registry.TIMELINE.add(places_waiting.planned, order=33)
    registry.CHANGED.add(moved.follow_offers, order=20)
    registry.HELD.add(places.held, order=10)
