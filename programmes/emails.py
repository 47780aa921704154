"""The letters of programmes: what changed in a call or a training day, and the opening that somebody asked to know.

Their words are in templates/programmes/emails/; what may stand between braces in them is below (the convention: `mailing/letters.py`).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.crypto import salted_hmac

from accounts.roles import VIEW_APPLICATION
from core import clock
from core.addresses import absolute
from core.clock import PARIS
from core.registry import Concerned
from core.typography import day_in_words, moment_in_words
from mailing import outbox
from mailing.letters import KINDS, Attachment, Context, Example, LetterKind, Placeholder, listed, register
from mailing.models import Batch, Message
from mailing.outbox import Owed
from mailing.rendering import SUBJECT_LENGTH
from mailing.states import Settling
from programmes.changes_facts import Difference, thawed
from programmes.models import Change, ChangeKind, Edition, Interest, Phase, TrainingSession
from records.services import label_of

if TYPE_CHECKING:
    from accounts.models import User

DEADLINE_MOVED = "programmes.deadline_moved"
DATES_CHANGED = "programmes.dates_changed"
POSTPONED = "programmes.postponed"
CANCELLED = "programmes.cancelled"
CANCELLED_WAITING = "programmes.cancelled_waiting"
REOPENED = "programmes.reopened"
REOPENED_DEPOSITED = "programmes.reopened_deposited"

OPENING = "programmes.opening"
INTEREST = "programmes.interest"

# To whom « Prévenez-moi » writes: what the journal keeps of these is erased after a week.
OF_INTEREST = (OPENING, INTEREST, CANCELLED_WAITING)

# These call to an act; the others tell a fact, and lead to the public page.
TO_ONES_FILE = frozenset({DEADLINE_MOVED, REOPENED, REOPENED_DEPOSITED})

DRAFT, REVIEWED = "draft", "reviewed"
# Who asked to be told of the opening, and has nothing else here.
WAITING = "waiting"
EDITION = "programmes.edition"
# How long an address that was never confirmed is kept, and a link may confirm it.
UNCONFIRMED_KEPT = timedelta(days=7)
# How long a confirmed address waits for anything of a programme; one of a call waits until its deadline.
WAITED = timedelta(days=2 * 365)
QUARTER = 15 * 60  # seconds
TRIAL = "essai"


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
            called_off = CANCELLED_WAITING if person.holds == WAITING else CANCELLED
            return POSTPONED if self.kind == ChangeKind.POSTPONED else called_off
        moved = any(difference.is_of_call for difference in self.differences)
        return DEADLINE_MOVED if person.holds == DRAFT and moved else DATES_CHANGED

    def context_for(self, person: Concerned) -> dict[str, Any]:
        page = absolute(self._page_for(person))
        return {"row": self.row, "person": person, "differences": self.differences, "reason": self.reason, "page": page}

    def _page_for(self, person: Concerned) -> str:
        """Where the letter leads: to what there is to do, in one's own file, else to the page that tells the change."""
        own = person.page if self.kind_for(person) in TO_ONES_FILE else ""
        return own or self.row.get_absolute_url()


def _greeting(context: Context) -> str:
    return str(context["person"].greeting)


def _short_title(context: Context) -> str:
    row = context["row"]
    return row.short_title if isinstance(row, Edition) else row.title


def _deadline(context: Context) -> str:
    row = context["row"]
    return moment_in_words(row.closes_at, noon=True, zone=False, weekday=False) if isinstance(row, Edition) else ""


def _is_reviewed(context: Context) -> bool:
    return bool(context["person"].holds == REVIEWED)


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
    "lien": Placeholder("la page de l’appel ou de la journée, ou le dossier où la personne peut agir", itemgetter("page"), button=True),
}
WAITED_FOR = {name: TOLD[name] for name in ("titre", "titre_court", "motif", "lien")}
CHANGED = {"changements": Placeholder("ce qui change, avant et après, une ligne par fait", _changes, essential=True, lines=True)}
UNTIL = {"cloture_courte": Placeholder("la clôture de l’appel, sans jour de la semaine", _deadline)}
EDITED = {
    "modifiable_jusqu_au": Placeholder(
        "la nouvelle clôture ; vide quand la candidature est en examen", lambda context: "" if _is_reviewed(context) else _deadline(context)
    ),
    "en_examen": Placeholder(
        "« en examen » ; vide tant que la candidature peut changer", lambda context: "en examen" if _is_reviewed(context) else ""
    ),
}


def _opening(context: Context) -> str:
    row = context["row"]
    if isinstance(row, Edition):
        return f"Les candidatures sont ouvertes, jusqu’au {moment_in_words(row.closes_at, noon=True)}."
    place = f", {row.where}" if row.where else ""
    return f"Une journée est annoncée : {row.when}{place}."


TITLES = {name: TOLD[name] for name in ("titre", "titre_court", "lien")}
OPENED = TITLES | {
    "annonce": Placeholder("ce qui est ouvert, et jusqu’à quand", _opening, essential=True),
    "chapo": Placeholder("le chapô de l’appel ou de la journée", lambda context: context["row"].lede, lines=True),
}
ASKED = {
    "titre": Placeholder("le titre de l’appel ou du programme", itemgetter("title")),
    "avant_le": Placeholder("le dernier jour pour confirmer", lambda context: day_in_words(context["until"])),
    "lien": Placeholder("le lien personnel de confirmation", itemgetter("link"), button=True),
}


def register_kinds(
    calendar_of: Callable[[Edition | TrainingSession, Sequence[Phase]], Attachment], stop: Callable[[Message, datetime], None]
) -> None:
    """Make our kinds of letters known; `calendar_of` makes the calendar that goes with what changed, `stop` unsubscribes from openings."""

    def attach(message: Message) -> Sequence[Attachment]:
        change = _change_of(message)
        return [calendar_of(change.row, removed_in(message))] if change else ()

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
        (REOPENED_DEPOSITED, "appel rouvert (candidatures déposées)", TOLD | CHANGED | UNTIL | EDITED),
    ):
        template = f"programmes/emails/{name.partition('.')[2]}.txt"
        examples = partial(_examples, name)
        register(told(name, label, template, partial(_sample, name), placeholders=placeholders, examples=examples))
    register(LetterKind(
        CANCELLED_WAITING, "annulation (ouverture demandée)", "programmes/emails/cancelled_waiting.txt",
        partial(_sample, CANCELLED_WAITING), _still_told, _overtaken, settling=Settling.RESEND, placeholders=WAITED_FOR,
        scopes=(EDITION,), in_working_hours=True, examples=partial(_examples, CANCELLED_WAITING),
    ))  # fmt: skip
    register(LetterKind(
        OPENING, "ouverture demandée", "programmes/emails/opening.txt", _sample_opening, _is_open,
        settling=Settling.RESEND, placeholders=OPENED, scopes=(EDITION,), in_working_hours=True, unsubscribe=stop,
        examples=_opening_examples,
    ))  # fmt: skip
    register(LetterKind(
        INTEREST, "adresse à confirmer pour être prévenu", "programmes/emails/interest.txt", _sample_interest, _is_asked,
        settling=Settling.RESEND, placeholders=ASKED, secret=True, expires_after=UNCONFIRMED_KEPT,
    ))  # fmt: skip


def post_opening(row: Edition | TrainingSession, address: str, *, now: datetime) -> None:
    """Owe whoever asked the one letter of this opening."""
    outbox.post(
        f"{label_of(row)}:opening:{hidden(address)}",
        KINDS[OPENING],
        to=address,
        context=_opened(row),
        now=now,
        about=label_of(row),
        reply_to=contact_of(row),
        scope=label_of(row) if isinstance(row, Edition) else "",
    )


def post_interest(interest: Interest, *, secret: str, now: datetime) -> None:
    """Owe the link that confirms the address: one a quarter of an hour, however often it is asked."""
    outbox.post(
        f"interest:{interest.pk}:{int(now.timestamp()) // QUARTER}",
        KINDS[INTEREST],
        to=interest.email,
        context=_asked(interest, secret, now),
        now=now,
        about=label_of(interest),
        reply_to=interest.programme.contact_email,
    )


def _asked(interest: Interest, secret: str, now: datetime) -> dict[str, Any]:
    link = absolute(reverse("interest_confirm", args=[secret]))
    until = (now + UNCONFIRMED_KEPT).astimezone(PARIS).date()
    return {"title": (interest.edition or interest.programme).title, "link": link, "until": until}


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


def post_trial(announcement: Announcement, person: Concerned, *, by: "User", now: datetime) -> None:
    """Send the letter of this person to the colleague who prepares it, at once: it is an answer to their act."""
    letter = outbox.post(
        f"{TRIAL}:{label_of(announcement.row)}:{by.pk}:{now.isoformat()}",
        KINDS[announcement.kind_for(person)],
        to=by.email,
        reader=by,
        context=announcement.context_for(person),
        now=now,
        about=label_of(announcement.row),
        reply_to=contact_of(announcement.row),
        scope=label_of(announcement.row) if isinstance(announcement.row, Edition) else "",
    )
    letter.subject, letter.due_at, letter.next_at = f"Essai : {letter.subject}"[:SUBJECT_LENGTH], now, now
    letter.save(update_fields=["subject", "due_at", "next_at"])


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


def removed_in(message: Message) -> list[Phase]:
    """The phases that the act of a letter took away, or whose days are no longer known, as its batch keeps them to be undone.

    Calendars must drop them.
    """
    data = message.batch.undo_data if message.batch else {}
    before, after = ((data.get(side) or {}).get("phases") or {} for side in ("before", "after"))
    return [Phase(**thawed(Phase, columns)) for pk, columns in before.items() if not after.get(pk, {}).get("starts_on")]


def _still_told(message: Message) -> bool:
    return not _overtaken(message)


def _overtaken(message: Message) -> str:
    """Say what happened since that makes the letter untrue: undone, cancelled, or each of its facts changed again."""
    change = _change_of(message)
    if message.key.startswith(f"{TRIAL}:"):
        return ""
    if change is None or change.undone_at:
        return "Ce changement a été annulé."
    if change.row.cancelled_at and change.kind != ChangeKind.CANCELLED:
        return "L’appel ou la journée est annulé depuis."
    told = set(change.together().values_list("fact", flat=True))
    later = set(change.since().values_list("fact", flat=True))
    return "Ces dates ont encore changé depuis." if told <= later else ""


def _row_of(message: Message) -> Edition | TrainingSession | None:
    """Find the call or the day an opening is about."""
    label, _, pk = message.about.partition(":")
    model = Edition if label == Edition._meta.label_lower else TrainingSession
    row: Edition | TrainingSession | None = model._default_manager.select_related("programme").filter(pk=pk or 0).first()
    return row


def programme_of(message: Message) -> int | None:
    """The programme whose opening a letter announces."""
    row = _row_of(message)
    return row.programme_id if row else None


def _is_open(message: Message) -> bool:
    """Closed, called off or taken back before it left, an opening is not announced."""
    row, now = _row_of(message), clock.now()
    if row is None:
        return False
    can_be_joined = Edition.objects.open(now=now) if isinstance(row, Edition) else TrainingSession.objects.to_come(now=now)
    return can_be_joined.filter(pk=row.pk).exists()


def _is_asked(message: Message) -> bool:
    """Still waiting for the confirmation, or confirmed and asked again."""
    pk = message.about.partition(":")[2]
    return Interest.objects.filter(pk=pk or 0).exists()


def _sample_opening() -> dict[str, Any]:
    from programmes.samples import sample_edition

    return _opened(sample_edition())


def _opened(row: Edition | TrainingSession) -> dict[str, Any]:
    return {"row": row, "page": absolute(row.get_absolute_url())}


def _sample_interest() -> dict[str, Any]:
    from programmes.samples import sample_edition

    return {"title": sample_edition().title, "link": absolute("/prevenez-moi/exemple/"), "until": date(2027, 9, 13)}


def _sample(name: str, row: Edition | TrainingSession | None = None) -> dict[str, Any]:
    """The preview's data: an invented person and an invented change of a row, of the last call, or of an invented one."""
    from programmes.samples import sample_announcement

    announcement, person = sample_announcement(row, deposited=name in (DATES_CHANGED, REOPENED_DEPOSITED), deadline=name != DATES_CHANGED)
    return announcement.context_for(person)


def _examples(name: str, scope: str) -> list[Example]:
    """Real rows that everybody may see, told to somebody invented."""
    return _of_rows(scope, partial(_sample, name), with_days=name in (DATES_CHANGED, POSTPONED, CANCELLED))


def _opening_examples(scope: str) -> list[Example]:
    return _of_rows(scope, _opened, with_days=True)


def _of_rows(scope: str, context: Callable[[Any], dict[str, Any]], *, with_days: bool) -> list[Example]:
    from programmes.samples import public_rows

    rows = public_rows(scope, with_days=with_days, now=clock.now())
    return [Example(label_of(row), f"{_short_title({'row': row})}, personne inventée", partial(context, row)) for row in rows]
