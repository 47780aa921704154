"""The states of an event and the moves between them (domain.md E1), and what an event may be (E2, E3)."""

from django.db import models


class State(models.TextChoices):
    DRAFT = "DRAFT", "brouillon"
    PROPOSED = "PROPOSED", "proposé"
    CHANGES_REQUESTED = "CHANGES", "à compléter"
    LISTED = "LISTED", "référencé"
    REFUSED = "REFUSED", "refusé"
    CANCELLED = "CANCELLED", "annulé"


NEXT: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.PROPOSED}),
    State.PROPOSED: frozenset({State.CHANGES_REQUESTED, State.LISTED, State.REFUSED, State.CANCELLED}),
    State.CHANGES_REQUESTED: frozenset({State.PROPOSED, State.REFUSED, State.CANCELLED}),
    State.LISTED: frozenset({State.CANCELLED}),
    # Corrected, it may be proposed again.
    State.REFUSED: frozenset({State.PROPOSED}),
    State.CANCELLED: frozenset(),
}

# What anybody may read: a cancelled event keeps its page, which says so.
SHOWN = frozenset({State.LISTED, State.CANCELLED})
# What waits for a coordinator (E9).
TO_ANSWER = (State.PROPOSED,)


class SeasonKind(models.TextChoices):
    WEEK = "WEEK", "Semaine de l’innovation publique"
    MONTH = "MONTH", "Mois de l’innovation publique"


class Format(models.TextChoices):
    """E3; « débat » as the communiqués say it."""

    WORKSHOP = "WORKSHOP", "atelier"
    CONFERENCE = "CONFERENCE", "conférence"
    DEBATE = "DEBATE", "débat"
    HACKATHON = "HACKATHON", "hackathon"
    URBAN_WALK = "WALK", "promenade urbaine"
    INTERACTIVE = "INTERACTIVE", "parcours interactif"
    VISIT = "VISIT", "visite"
    OPEN_DAY = "OPEN_DAY", "portes ouvertes"
    WEBINAR = "WEBINAR", "webconférence"
    ROUND_TABLE = "ROUND_TABLE", "table ronde"
    DEMONSTRATION = "DEMO", "démonstration"
    EXHIBITION = "EXHIBITION", "exposition"
    STUDY_TRIP = "STUDY_TRIP", "voyage d’étude"
    OTHER = "OTHER", "autre"


class Access(models.TextChoices):
    OPEN = "OPEN", "entrée libre"
    REGISTRATION = "REGISTRATION", "sur inscription"
    ELSEWHERE = "ELSEWHERE", "inscription sur un autre site"
    INVITATION = "INVITATION", "sur invitation uniquement"


class Mode(models.TextChoices):
    """`attendancemode` of the public data set: 1, 2, 3."""

    ONSITE = "ONSITE", "sur place"
    ONLINE = "ONLINE", "en ligne"
    HYBRID = "HYBRID", "sur place et en ligne"


class Carrier(models.TextChoices):
    """Who carries an event (E2): a public body, its partner, or neither."""

    PUBLIC = "PUBLIC", "une administration ou un organisme public"
    PARTNER = "PARTNER", "le partenaire d’un organisme public"
    OTHER = "OTHER", "une autre structure"
