"""The states of an application and the moves between them (glossary of domain.md)."""

from django.db import models

from organisations.states import Branch as Branch


class State(models.TextChoices):
    DRAFT = "DRAFT", "brouillon"
    SUBMITTED = "SUBMITTED", "déposée"
    IN_REVIEW = "IN_REVIEW", "en examen"
    SELECTED = "SELECTED", "retenue"
    CONFIRMED = "CONFIRMED", "confirmée"
    WAITLISTED = "WAITLISTED", "liste d’attente"
    DECLINED = "DECLINED", "non retenue"
    WITHDRAWN = "WITHDRAWN", "désistement"
    DUPLICATE = "DUPLICATE", "doublon"


# What the candidate reads where the team says « désistement ».
CANDIDATE_LABELS = {State.WITHDRAWN: "retirée", State.DUPLICATE: "jointe à une autre de vos candidatures"}


class Origin(models.TextChoices):
    """How an application came."""

    ONLINE = "ONLINE", "en ligne"
    MAIL = "MAIL", "par courriel"
    PAPER = "PAPER", "sur papier"


NEXT: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.SUBMITTED}),
    State.SUBMITTED: frozenset({State.SUBMITTED, State.IN_REVIEW, State.WITHDRAWN, State.DUPLICATE}),
    State.IN_REVIEW: frozenset({State.SUBMITTED, State.DUPLICATE, State.SELECTED, State.WAITLISTED, State.DECLINED, State.WITHDRAWN}),
    State.SELECTED: frozenset({State.CONFIRMED, State.WAITLISTED, State.DECLINED, State.WITHDRAWN}),
    State.CONFIRMED: frozenset({State.WITHDRAWN}),
    State.WAITLISTED: frozenset({State.SELECTED, State.DECLINED, State.WITHDRAWN}),
    # Before the release the candidate still reads « en examen » and may withdraw: a refusal would tell the decision (B4).
    State.DECLINED: frozenset({State.SELECTED, State.WAITLISTED, State.WITHDRAWN}),
    # Resumed under the same reference until the deadline.
    State.WITHDRAWN: frozenset({State.SUBMITTED}),
    # One file of the person stays and gets the answer; separated again, it is where it was.
    State.DUPLICATE: frozenset({State.SUBMITTED, State.IN_REVIEW}),
}

# What the candidate may still type in and deposit, until the deadline.
EDITABLE = frozenset({State.DRAFT, State.SUBMITTED, State.WITHDRAWN})
# Known to the candidate only once the results are released (B4).
AFTER_THE_DEADLINE = frozenset({State.IN_REVIEW, State.SELECTED, State.CONFIRMED, State.WAITLISTED, State.DECLINED})
# Kept three years (G3); the others six months.
CHOSEN = frozenset({State.SELECTED, State.CONFIRMED})
