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
    LAPSED = "LAPSED", "place non confirmée"
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
    # Until the release a decision may be taken back: « en examen » again.
    State.SELECTED: frozenset({State.IN_REVIEW, State.CONFIRMED, State.WAITLISTED, State.DECLINED, State.WITHDRAWN, State.LAPSED}),
    # The team could not take the employer's agreement: « retenue » again, holding its seat, with time for another one.
    State.CONFIRMED: frozenset({State.SELECTED, State.WITHDRAWN}),
    State.WAITLISTED: frozenset({State.IN_REVIEW, State.SELECTED, State.DECLINED, State.WITHDRAWN, State.LAPSED}),
    # Before the release the candidate still reads « en examen » and may withdraw: a refusal would tell the decision (B4).
    State.DECLINED: frozenset({State.IN_REVIEW, State.SELECTED, State.WAITLISTED, State.WITHDRAWN}),
    # Not confirmed in time, or an offer left unanswered: the team may give a second chance while there is a place.
    State.LAPSED: frozenset({State.SELECTED, State.WAITLISTED, State.WITHDRAWN}),
    # Resumed under the same reference until the deadline.
    State.WITHDRAWN: frozenset({State.SUBMITTED}),
    # One file of the person stays and gets the answer; separated again, it is where it was.
    State.DUPLICATE: frozenset({State.SUBMITTED, State.IN_REVIEW}),
}

# What the candidate may still type in and deposit, until the deadline.
EDITABLE = frozenset({State.DRAFT, State.SUBMITTED, State.WITHDRAWN})
# Known to the candidate only once the results are released (B4).
AFTER_THE_DEADLINE = frozenset({State.IN_REVIEW, State.SELECTED, State.CONFIRMED, State.WAITLISTED, State.DECLINED, State.LAPSED})
# Kept three years (G3); the others six months.
CHOSEN = frozenset({State.SELECTED, State.CONFIRMED})
# What a reviewer reads: deposited, not decided yet.
READ_BY_THE_JURY = (State.SUBMITTED, State.IN_REVIEW)
# What the jury decides; what is decided, and told at the release.
DECIDED = frozenset({State.SELECTED, State.WAITLISTED, State.DECLINED})


class ConflictKind(models.TextChoices):
    """Why somebody of the jury does not read a file (B2)."""

    BODY = "BODY", "même organisme"
    DOMAIN = "DOMAIN", "même domaine de messagerie"
    OWN = "OWN", "sa propre candidature"
    DECLARED = "DECLARED", "déclaré"


class Axis(models.TextChoices):
    """What the balance of a group is read by (B6)."""

    BRANCH = "BRANCH", "fonction publique"
    REGION = "REGION", "région"
    KIND = "KIND", "type d’employeur"


class Ending(models.TextChoices):
    """How an offered place ended."""

    ACCEPTED = "ACCEPTED", "acceptée"
    DECLINED = "DECLINED", "refusée"
    EXPIRED = "EXPIRED", "sans réponse"
    CLOSED = "CLOSED", "reprise"


class Agreement(models.TextChoices):
    """The employer's word, as staff read it."""

    AWAITED = "AWAITED", "accord attendu"
    RECEIVED = "RECEIVED", "accord reçu"
    REFUSED = "REFUSED", "accord refusé"
