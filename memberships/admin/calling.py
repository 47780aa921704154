"""« Lancer l’appel » and « Donner les devis »: who, how much, one real letter and its PDF, then the act, undone for ten minutes."""

from datetime import datetime
from typing import Any

from core.money import euros
from core.refusals import Refused
from core.typography import day_in_words
from mailing.groupacts import Answers, GroupAct, Line, Plan, Sample
from mailing.models import Batch
from memberships import renewal_emails
from memberships.models import Campaign
from memberships.services import calling, quoting
from records.services import label_of


def keys_of(lines: Any) -> list[int]:
    """The bodies of a plan, and only they: who was never shown is not acted upon."""
    return [int(line.key.rpartition(":")[2]) for line in lines]


class _OnCampaign(GroupAct):
    nouns = ("organisme", "organismes")
    permission = "memberships.call_dues"
    change_template = "admin/memberships/campaign/_preview.html"
    can_be_tried = True
    paper = ""

    def about(self, selection: Campaign) -> str:
        return label_of(selection)

    def context(self, campaign: Campaign, body: Any) -> dict[str, Any]:
        """What the preview shows above its lists: the paper that would be joined, and until when one may wait."""
        return {"campaign": campaign, "body": body, "paper": self.paper}


class CallAct(_OnCampaign):
    """The November call (D1)."""

    slug, title, button = "appeler", "Lancer l’appel de cotisation", "Lancer l’appel"
    intro = (
        "Chaque organisme adhérent cette année reçoit l’adhésion de l’année qui vient, « à confirmer », et l’appel de cotisation. "
        "Personne ne perd de droit : ceux de l’année courent jusqu’à la date de la campagne."
    )
    undo, paper = calling.UNDO_CALL, "appel"

    def label(self, answers: Answers) -> str:
        return "Appel de cotisation"

    def plan(self, selection: Campaign, answers: Answers, *, by: Any, now: datetime) -> Plan:
        rows = calling.called(calling.with_rates(selection), now=now)
        to = [row for row in rows if not row.why]
        lines = [_called(row) for row in rows]
        if not to:
            return Plan(lines)
        first = calling.unsaved(to[0], selection, now=now)
        total = sum((row.owed.amount for row in to if row.owed), start=first.amount * 0)
        subject, text = renewal_emails.shown(renewal_emails.CALL, first, to[0].to.contact if to[0].to else None)
        note = f"En tout : {euros(total)} appelés. Droits de qui ne répond pas : jusqu’au {day_in_words(selection.grace_day)}."
        data = {**self.context(selection, to[0].organisation), "called": to[0]}
        return Plan(lines, Sample(str(to[0].organisation), subject, text, note), letters=len(to), data=data)

    def run(self, plan: Plan, answers: Answers, *, batch: Batch, by: Any, now: datetime) -> list[Line]:
        rows = calling.call(plan.data["campaign"], keys_of(plan.done), by=by, now=now, batch=batch) if plan.data else []
        return [*map(_called, rows), *(line for line in plan.lines if line.why)]

    def try_on_myself(self, plan: Plan, answers: Answers, *, by: Any, now: datetime) -> str:
        row = plan.data["called"]
        first = calling.unsaved(row, plan.data["campaign"], now=now)
        renewal_emails.try_on(by, renewal_emails.CALL, first, row.to.contact, now=now)
        return f"Un essai part à {by.email} : la lettre de {row.organisation}. Le PDF joint est celui de l’aperçu."


def _called(row: calling.Called) -> Line:
    note = f"{euros(row.owed.amount)}, à {row.to.contact.email}" if row.owed and row.to and not row.why else ""
    return Line(label_of(row.organisation), str(row.organisation), row.why, note)


class QuoteAct(_OnCampaign):
    """Quotes for budgets, in autumn."""

    slug, title, button = "donner-les-devis", "Donner les devis", "Envoyer les devis"
    intro = "Chaque adhérent reçoit le devis de l’année qui vient, pour son budget. Un devis n’engage personne et n’est pas une facture."
    paper, can_be_tried = "devis", False

    def label(self, answers: Answers) -> str:
        return "Devis d’adhésion"

    def plan(self, selection: Campaign, answers: Answers, *, by: Any, now: datetime) -> Plan:
        rows = quoting.to_quote(calling.with_rates(selection), now=now)
        to = [row for row in rows if not row.why]
        lines = [_quoted(row) for row in rows]
        if not to or to[0].last is None or to[0].to is None:
            return Plan(lines, data=None)
        subject, text = renewal_emails.shown_quote(to[0].last, to[0].quote, to[0].to.contact)
        data = self.context(selection, to[0].organisation)
        return Plan(lines, Sample(str(to[0].organisation), subject, text), letters=len(to), data=data)

    def run(self, plan: Plan, answers: Answers, *, batch: Batch, by: Any, now: datetime) -> list[Line]:
        if plan.data is None:
            raise Refused("Il n’y a personne à qui donner un devis.")
        rows = quoting.give_quotes(plan.data["campaign"], keys_of(plan.done), now=now, batch=batch)
        return [*map(_quoted, rows), *(line for line in plan.lines if line.why)]


def _quoted(row: quoting.ToQuote) -> Line:
    note = f"{euros(row.quote.amount)}, devis {row.quote.number}" if row.quote else ""
    return Line(label_of(row.organisation), str(row.organisation), row.why, note)


ACTS: dict[str, type[_OnCampaign]] = {act.slug: act for act in (CallAct, QuoteAct)}
