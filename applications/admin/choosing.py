"""The board's acts on ticked lines: shown, confirmed, told and undone by `mailing.groupacts`."""

from typing import Any

from accounts.roles import DECIDE
from applications import services
from applications.admin.acts import _OnApplications, keys
from applications.board_forms import WORDS, ReasonForm
from applications.services import deciding_many
from applications.states import State

_QUIET = "Personne n’est prévenu avant « Publier les résultats »."


class DecideAct(_OnApplications):
    """One decision for all; places go to the first lines, in the order of the board."""

    permission, undo = DECIDE, deciding_many.UNDO_DECIDE
    state = State.SELECTED

    def outcomes(self, selection, answers, *, now):
        return deciding_many.planned(list(selection.with_call()), self.state, now=now)

    def becomes(self, application, answers):
        return f"{application} passe de « {State(application.state).label} » à « {self.state.label} »."

    def act(self, plan, answers, *, batch, by, now):
        said: dict[str, Any] = {"reason": answers["reason"], "shared": answers["shared"]} if answers else {}
        return services.decide_all(keys(plan), self.state, by=by, now=now, batch=batch, **said)


class RetainAct(DecideAct):
    slug, title, button = "retenir", WORDS[State.SELECTED], "Retenir"
    intro = f"Les places vont aux premières lignes du tableau, tant qu’il en reste. {_QUIET}"


class WaitAct(DecideAct):
    slug, title, button = "liste-d-attente", WORDS[State.WAITLISTED], "Mettre en liste d’attente"
    intro = f"Elles prennent les rangs suivants, dans l’ordre du tableau. {_QUIET}"
    state = State.WAITLISTED


class DeclineAct(DecideAct):
    slug, title, button = "non-retenues", "Non retenues", "Ne pas retenir"
    intro = f"Le motif, s’il y en a un, est celui de toutes. {_QUIET}"
    state, form_class = State.DECLINED, ReasonForm


class BackToReviewAct(DecideAct):
    slug, title, button = "revenir-en-examen", WORDS[State.IN_REVIEW], "Revenir en examen"
    intro = "La décision est reprise, avec son motif et son rang ; l’historique la garde."
    state = State.IN_REVIEW


CHOOSING = {act.slug: act for act in (RetainAct(), WaitAct(), DeclineAct(), BackToReviewAct())}
