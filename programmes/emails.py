"""The letters of programmes: what changed in a call or a training day, and the opening that somebody asked to know.

Their words are in templates/programmes/emails/; what may stand between braces in them is below (the convention: `mailing/letters.py`).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Any

from django.utils.crypto import salted_hmac

from accounts.roles import VIEW_APPLICATION
from core.addresses import absolute
from core.registry import Concerned
from core.typography import moment_in_words
from mailing import outbox
from mailing.letters import KINDS, Attachment, Context, LetterKind, Placeholder, listed, register
from mailing.models import Batch, Message
from mailing.outbox import Owed
from mailing.states import Settling
from programmes.changes_facts import Difference
from programmes.models import Change, ChangeKind, Edition, TrainingSession
from records.services import label_of

DEADLINE_MOVED = "programmes.deadline_moved"
DATES_CHANGED = "programmes.dates_changed"
POSTPONED = "programmes.postponed"
CANCELLED = "programmes.cancelled"
REOPENED = "programmes.reopened"
REOPENED_DEPOSITED = "programmes.reopened_deposited"

DRAFT = "draft"
EDITION = "programmes.edition"


@dataclass(frozen=True)
class Announcement:
    """What is announced at once about a row: its kind, what changed, and why."""

    row: Edition | TrainingSession
    kind: ChangeKind
    differences: Sequence[Difference] = ()
    reason: str = ""

    def kind_for(self, person: Concerned) -> str:
        """Return the letter of this person."""
        if self.kind == ChangeKind.REOPENED:
            return REOPENED if person.holds == DRAFT else REOPENED_DEPOSITED
        if self.kind in (ChangeKind.POSTPONED, ChangeKind.CANCELLED):
            return POSTPONED if self.kind == ChangeKind.POSTPONED else CANCELLED
        moved = any(difference.is_of_call for difference in self.differences)
        return DEADLINE_MOVED if person.holds == DRAFT and moved else DATES_CHANGED

    def context_for(self, person: Concerned) -> dict[str, Any]:
        return {"row": self.row, "person": person, "differences": self.differences, "reason": self.reason, "page": _page(self.row, person)}


def _page(row: Edition | TrainingSession, person: Concerned) -> str:
    return absolute(person.page or row.get_absolute_url())


def _greeting(context: Context) -> str:
    return str(context["person"].greeting)


def _short_title(context: Context) -> str:
    row = context["row"]
    return row.short_title if isinstance(row, Edition) else row.title


def _deadline(context: Context) -> str:
    row = context["row"]
    return moment_in_words(row.closes_at, noon=True, zone=False, weekday=False) if isinstance(row, Edition) else ""


def _changes(context: Context) -> str:
    return listed(said(difference) for difference in context["differences"])


def said(difference: Difference | Change) -> str:
    """« Clôture : 15 septembre 2017 (c’était 8 septembre 2017) »"""
    label = difference.label if isinstance(difference, Difference) else difference.fact
    was = f" (c’était\u00a0: {difference.before})" if difference.before else ""
    return f"{label}\u00a0: {difference.after or 'supprimé'}{was}"


TOLD = {
    "salutation": Placeholder("« Bonjour Camille », ou « Bonjour » quand le prénom n’est pas connu", _greeting),
    "titre": Placeholder("le titre de l’appel ou de la journée", lambda context: context["row"].title),
    "titre_court": Placeholder("le titre court de l’appel, ou celui de la journée", _short_title),
    "motif": Placeholder("le motif donné par l’équipe ; vide quand il n’y en a pas", itemgetter("reason"), lines=True),
    "pourquoi": Placeholder("pourquoi la personne reçoit la lettre : « vous avez un brouillon »", lambda context: context["person"].why),
    "lien": Placeholder("l’adresse de la page de la personne, sinon de l’appel ou de la journée", itemgetter("page"), button=True),
}
CHANGED = {"changements": Placeholder("ce qui change, avant et après, une ligne par fait", _changes, essential=True, lines=True)}
UNTIL = {"cloture_courte": Placeholder("la clôture de l’appel, sans jour de la semaine", _deadline)}


def register_kinds(calendar_of: Callable[[Edition | TrainingSession], Attachment]) -> None:
    """Make our kinds of letters known; `calendar_of` makes the calendar that goes with what changed."""

    def attach(message: Message) -> Sequence[Attachment]:
        change = _change_of(message)
        return [calendar_of(change.row)] if change else ()

    told = partial(
        LetterKind, still_due=_still_told, overtaken=_overtaken, attach=attach, settling=Settling.RESEND, read_with=VIEW_APPLICATION,
        scopes=(EDITION,), in_working_hours=True,
    )  # fmt: skip
    for name, label, placeholders in (
        (DEADLINE_MOVED, "clôture déplacée (brouillons)", TOLD | CHANGED | UNTIL),
        (DATES_CHANGED, "dates ou lieu changés", TOLD | CHANGED),
        (POSTPONED, "report", TOLD | CHANGED),
        (CANCELLED, "annulation", TOLD),
        (REOPENED, "appel rouvert (brouillons)", TOLD | CHANGED | UNTIL),
        (REOPENED_DEPOSITED, "appel rouvert (candidatures déposées)", TOLD | CHANGED | UNTIL),
    ):
        template = f"programmes/emails/{name.partition('.')[2]}.txt"
        register(told(name, label, template, partial(_sample, name), placeholders=placeholders))


def post_announcement(announcement: Announcement, first: Change, people: Iterable[Concerned], *, batch: Batch, now: datetime) -> None:
    """Owe each of these people one letter, in the batch of the act."""
    owed: dict[str, list[Owed]] = {}
    for person in people:
        owed.setdefault(announcement.kind_for(person), []).append(_owed(announcement, first, person))
    scope = label_of(announcement.row) if isinstance(announcement.row, Edition) else ""
    for kind, letters in owed.items():
        outbox.post_all(KINDS[kind], letters, batch=batch, now=now, scope=scope)


def _owed(announcement: Announcement, first: Change, person: Concerned) -> Owed:
    return Owed(
        key=f"change:{first.pk}:{person.about or hidden(person.email)}",
        to=person.email,
        context=announcement.context_for(person),
        reader=person.reader,
        about=person.about,
        reply_to=contact_of(announcement.row),
    )


def rendered(announcement: Announcement, person: Concerned) -> tuple[str, str]:
    """Return subject and text of this person's letter, as it would leave."""
    scope = label_of(announcement.row) if isinstance(announcement.row, Edition) else ""
    return outbox.render(KINDS[announcement.kind_for(person)], announcement.context_for(person), scope=scope)


def contact_of(row: Edition | TrainingSession) -> str:
    return row.contact if isinstance(row, TrainingSession) else row.programme.contact_email


def hidden(address: str) -> str:
    """Name an address in a key, which is never erased, without writing it."""
    return salted_hmac("programmes.letters", address.lower(), algorithm="sha256").hexdigest()[:32]


def _change_of(message: Message) -> Change | None:
    """Find the first of the changes a letter tells: its key names it."""
    pk = message.key.split(":")[1]
    rows = Change.objects.select_related("edition__programme", "session__programme", "session__venue")
    return rows.filter(pk=pk).first() if pk.isdigit() else None


def _still_told(message: Message) -> bool:
    return not _overtaken(message)


def _overtaken(message: Message) -> str:
    """Say what happened since that makes the letter untrue: undone, cancelled, or each of its facts changed again."""
    change = _change_of(message)
    if change is None or change.undone_at:
        return "Ce changement a été annulé."
    if change.row.cancelled_at and change.kind != ChangeKind.CANCELLED:
        return "L’appel ou la journée est annulé depuis."
    told = set(change.together().values_list("fact", flat=True))
    later = set(change.since().values_list("fact", flat=True))
    return "Ces dates ont encore changé depuis." if told <= later else ""


def _sample(name: str) -> dict[str, Any]:
    """The preview's data: an invented person and an invented change of the last call, or of an invented one."""
    from programmes.samples import sample_announcement

    announcement, person = sample_announcement(deposited=name in (DATES_CHANGED, REOPENED_DEPOSITED))
    return announcement.context_for(person)
