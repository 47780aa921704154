"""What a candidate reads of the history of their file: what they did, and what they were told, each at the moment it was told (B4)."""

from dataclasses import dataclass
from datetime import datetime

from applications.models import Application, Step
from applications.states import DECIDED, State

_TOLD = {
    State.SELECTED: "Retenue",
    State.WAITLISTED: "Liste d’attente",
    State.DECLINED: "Non retenue",
    State.CONFIRMED: "Place confirmée",
    State.LAPSED: "Place non confirmée à temps",
}


@dataclass(frozen=True)
class Line:
    """One line: words, moment, and the step when it has a receipt."""

    words: str
    at: datetime
    step: Step | None = None


def of(application: Application, *, now: datetime) -> list[Line]:
    """Every line, in order; of the decisions taken before the release, only the one that was released, at the moment it was."""
    lines = [_own(application, step, is_first=not at) for at, step in enumerate(application.steps.by_the_candidate())]
    return sorted(lines + _told(application, now=now), key=lambda line: line.at)


def _own(application: Application, step: Step, *, is_first: bool) -> Line:
    if step.to_state != State.SUBMITTED:
        return Line("Désistement" if application.edition.is_released(now=step.at) else "Retirée", step.at, step)
    if step.is_late:
        return Line("Acceptée hors délai par l’équipe", step.at, step)
    if is_first and application.received_on:
        origin = application.get_origin_display()
        return Line(f"Arrivée {origin} le {application.arrived}, enregistrée par l’équipe", step.at, step)
    return Line("Déposée" if is_first else "Déposée de nouveau", step.at, step)


def _told(application: Application, *, now: datetime) -> list[Line]:
    edition = application.edition
    if not edition.is_released(now=now) or edition.results_released_at is None:
        return []
    steps = list(application.steps.order_by("at", "pk"))
    before = [step for step in steps if step.at <= edition.results_released_at]
    after = [step for step in steps if step.at > edition.results_released_at and step.to_state in _TOLD]
    # A decision that was taken back, or that a withdrawal or a joining followed, was told to nobody.
    last = State(before[-1].to_state) if before else State.DRAFT
    first = [Line(f"Résultats publiés : {_TOLD[last].lower()}", edition.results_released_at)] if last in DECIDED else []
    return first + _yes(application) + [Line(_said(step, previous), step.at) for previous, step in zip([None, *after], after, strict=False)]


def _said(step: Step, previous: Step | None) -> str:
    """« Retenue » again after « confirmée » is an agreement that could not be taken."""
    if step.to_state == State.SELECTED and previous is not None and previous.to_state == State.CONFIRMED:
        return "Un autre accord de l’employeur est demandé"
    return _TOLD[State(step.to_state)]


def _yes(application: Application) -> list[Line]:
    return [Line("« Je confirme »", application.accepted_at)] if application.accepted_at else []
