"""The two acts on the jury of a call: « Répartir les lectures », « Réattribuer les lectures non faites ». Their rows are the call's."""

from collections.abc import Sequence
from typing import Any

from accounts.roles import DECIDE
from applications import jury, jury_emails, services
from applications.admin.acts import lines
from applications.jury_forms import MoveForm, ShareForm
from applications.models import Application, Selection
from applications.services import assigning, distributing
from applications.services.acts import Outcome
from applications.services.distributing import Move, Share
from core import clock
from mailing.groupacts import Answers, GroupAct, Line, Plan, Sample
from records.services import label_of


class _OnJury(GroupAct):
    """`selection` is the `Selection` of a call."""

    nouns = ("candidature", "candidatures")
    permission = DECIDE

    def about(self, selection: Selection) -> str:
        return label_of(selection.edition)


class ShareAct(_OnJury):
    slug, title, button = "repartir", "Répartir les lectures", "Répartir"
    intro = (
        "Chaque candidature reçoit le nombre de lectures demandé, à charge égale entre les personnes cochées. "
        "Personne ne lit sa propre candidature, ni celle de son organisme, ni ce qu’un conflit écarte. Chacun reçoit une lettre."
    )
    undo, change_template = distributing.UNDO_SHARE, "admin/applications/jury/_share.html"

    def form(self, selection: Selection, data: Any = None) -> ShareForm:
        people = [str(person.pk) for person in assigning.jury()]
        return ShareForm(data, initial={"reviewers": people, "readings": selection.readings})

    def label(self, answers: Answers) -> str:
        return f"Répartir les lectures : {answers['readings']} par candidature"

    def plan(self, selection: Selection, answers: Answers, *, by: Any, now: Any) -> Plan:
        rows = list(distributing.files_of(selection.edition))
        share = distributing.shared(rows, answers["reviewers"], readings=answers["readings"])
        told = [outcome for row in rows if (outcome := _shared(share, row))]
        first = next((each for each in told if not each.why), None)
        sample = Sample(first.application.named, note=f"{first.application} est confiée à {first.note}.") if first else None
        return Plan(lines(told), sample, letters=jury_emails.letters_for(share.given), data=share)

    def run(self, plan: Plan, answers: Answers, *, batch: Any, by: Any, now: Any) -> Sequence[Line]:
        pairs = [(row.pk, person.pk) for row, person in plan.data.given]
        outcomes = services.share_readings(pairs, answers["reviewers"], by=by, now=now, batch=batch)
        return [*lines(outcomes), *(line for line in plan.lines if line.why)]


def _shared(share: Share, row: Application) -> Outcome | None:
    """What becomes of one file; nothing to say of one that has its readings already."""
    readers, short = ", ".join(map(str, share.readers_of(row))), share.short.get(row.pk, "")
    if readers:
        return Outcome(row, note=f"{readers} ({short})" if short else readers)
    return Outcome(row, short) if short else None


class MoveAct(_OnJury):
    slug, title, button = "reattribuer", "Réattribuer les lectures non faites", "Réattribuer"
    intro = (
        "Ce que les premières personnes n’ont pas envoyé passe aux secondes, à charge égale et sans conflit. "
        "Une lecture envoyée reste et compte. Qui reprend des lectures reçoit une lettre."
    )
    nouns = ("lecture", "lectures")
    undo = distributing.UNDO_MOVE

    def form(self, selection: Selection, data: Any = None) -> MoveForm:
        unread = [(each.reader, each.left) for each in jury.progress(selection.edition) if each.left]
        late = selection.read_by is not None and clock.now() >= selection.read_by
        initial = {"late": [str(person.pk) for person, _ in unread] if late else []}
        return MoveForm(data, unread=unread, people=assigning.jury(), initial=initial)

    def label(self, answers: Answers) -> str:
        return f"Réattribuer les lectures de {', '.join(map(str, answers['late']))}"

    def plan(self, selection: Selection, answers: Answers, *, by: Any, now: Any) -> Plan:
        rows = list(distributing.files_of(selection.edition))
        moves = distributing.moves(rows, answers["late"], answers["to"])
        first = next((each for each in moves if each.to), None)
        sample = Sample(first.application.named, note=f"{first.application} passe {distributing.told(first)}.") if first else None
        given = [(each.application, each.to) for each in moves if each.to]
        return Plan([_line(each) for each in moves], sample, letters=jury_emails.letters_for(given), data=moves)

    def run(self, plan: Plan, answers: Answers, *, batch: Any, by: Any, now: Any) -> Sequence[Line]:
        pairs = [(each.application.pk, each.review.reviewer_id) for each in plan.data if each.to]
        outcomes = services.move_readings(pairs, answers["to"], by=by, now=now, batch=batch)
        return [*lines(outcomes), *(line for line in plan.lines if line.why)]


def _line(each: Move) -> Line:
    """One reading, under its file: two late readers of one file are two lines."""
    return Line(f"{label_of(each.application)}:{each.review.reviewer_id}", each.application.named, each.why, distributing.told(each))


ACTS: dict[str, GroupAct] = {act.slug: act for act in (ShareAct(), MoveAct())}
