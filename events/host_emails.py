"""The letters of an organiser: the invitations, a message to the registered of a sitting, thanks. Words in templates/events/emails/.

They are answered to the organiser. An invitation carries its link, so that it is never read again; the others say what the organiser
wrote. What may stand between braces is below (the convention: `mailing/letters.py`).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from operator import itemgetter
from typing import Any

from core import clock
from core.addresses import absolute
from core.clock import PARIS
from core.typography import NBSP
from events import invitations
from events.models import Event, Invitation, Registration, TimeSlot
from events.models.attending import VIEW_REGISTRATION
from events.proposal_emails import sample as sample_event
from events.states import Access, State
from events.words import place, sittings, slot
from mailing import outbox
from mailing.letters import KINDS, Example, LetterKind, Placeholder, register
from mailing.models import Batch, Message
from mailing.outbox import Owed
from mailing.states import Settling
from mailing.states import State as Letter
from records.services import label_of

INVITATION, MESSAGE, THANKS = "events.invitation", "events.host_message", "events.host_thanks"
URGENT = "events.host_message_near"
INVITED_CHANGED, INVITED_CANCELLED = "events.invitation_changed", "events.invitation_cancelled"
SEASON = "events.season"
_FOLDER = "events/emails"

ABOUT_IT = {
    "salutation": Placeholder("« Bonjour Lou Exemple », ou « Bonjour »", itemgetter("greeting")),
    "titre": Placeholder("le titre de l’événement", lambda context: context["event"].title),
    "quand": Placeholder("la date et l’heure, ou les dates", itemgetter("when")),
    "ou": Placeholder("le lieu, ou « En ligne »", lambda context: place(context["event"])),
    "par": Placeholder("qui écrit", itemgetter("by")),
}
LINK = {"lien": Placeholder("l’adresse de la page de l’événement", itemgetter("page"), button=True)}
INVITES = ABOUT_IT | {
    "accompagnants": Placeholder("combien de personnes peuvent venir avec ; peut être vide", itemgetter("company")),
    "lien": Placeholder("l’adresse personnelle de l’invitation", itemgetter("page"), button=True),
}
SAYS = ABOUT_IT | {
    "objet": Placeholder("l’objet que l’organisateur a écrit", itemgetter("subject")),
    "mot": Placeholder("ce que l’organisateur a écrit", itemgetter("words"), essential=True, lines=True),
} | LINK  # fmt: skip
_WORDS = Placeholder("ce que l’organisateur a écrit ; peut être vide", itemgetter("words"), lines=True)
RECALLED = INVITES | {
    "changements": Placeholder("ce qui change : la date, le lieu…", itemgetter("changes"), essential=True), "mot": _WORDS
}  # fmt: skip
CALLED_OFF = {name: ABOUT_IT[name] for name in ("salutation", "titre")} | {"mot": _WORDS} | LINK
THANKS_FOR = ABOUT_IT | {"mot": Placeholder("ce que l’organisateur a écrit ; peut être vide", itemgetter("words"), lines=True)} | LINK


def register_kinds() -> None:
    """Make our kinds of letters known."""
    kind = partial(LetterKind, sample=_sample, settling=Settling.RESEND, read_with=VIEW_REGISTRATION, scopes=(SEASON,))
    secret = partial(kind, secret=True, still_due=_is_still_invited)
    register(secret(INVITATION, "invitation à un événement", f"{_FOLDER}/invitation.txt", placeholders=INVITES))
    register(secret(INVITED_CHANGED, "événement modifié : aux invités", f"{_FOLDER}/invitation_changed.txt", placeholders=RECALLED))
    said = partial(kind, examples=_last_events)
    register(said(
        INVITED_CANCELLED, "événement annulé : aux invités", f"{_FOLDER}/invitation_cancelled.txt", placeholders=CALLED_OFF,
        still_due=_was_invited,
    ))  # fmt: skip
    message = partial(said, template=f"{_FOLDER}/host_message.txt", placeholders=SAYS, still_due=_is_of_it)
    register(message(MESSAGE, "message d’un organisateur aux inscrits"))
    register(message(URGENT, "message d’un organisateur aux inscrits d’une séance proche", at_once=True))
    register(said(THANKS, "remerciement après un événement", f"{_FOLDER}/host_thanks.txt", placeholders=THANKS_FOR))


def post_invitations(event: Event, rows: Iterable[Invitation], *, by: str, reply_to: str, batch: Batch, now: datetime) -> None:
    vars(event)["sittings"] = event.slots.count()
    letters = [
        Owed(f"invitation:{row.pk}", row.email, context_of(event, row.name, by=by) | _invited(row), about=label_of(row), reply_to=reply_to)
        for row in rows
    ]
    outbox.post_all(KINDS[INVITATION], letters, batch=batch, now=now, scope=label_of(event.season))


def tell_invited(event: Event, changes: str, *, words: str, now: datetime, reply: str) -> None:
    """What changes at an event, to who holds a personal invitation and has not answered; `changes` empty: it is called off.

    Of an invitation that has not left, the letter itself is written again: it leaves with what is true now; called off, it does not.
    """
    rows = list(Invitation.objects.alive().filter(event=event, is_personal=True, used=0).exclude(email="").order_by("pk"))
    if not rows:
        return
    waiting = {
        row.about: row for row in Message.objects.filter(kind=INVITATION, about__in=[label_of(row) for row in rows], state=Letter.DUE)
    }
    vars(event)["sittings"] = event.slots.count()
    if changes:
        _write_again(event, [(row, waiting[label_of(row)]) for row in rows if label_of(row) in waiting])
    kind = KINDS[INVITED_CHANGED if changes else INVITED_CANCELLED]
    stamp = f"changed:{now.timestamp():.6f}" if changes else "cancelled"
    letters = [
        Owed(f"invitation:{row.pk}:{stamp}", row.email, _recalled(event, row, changes, words), about=label_of(row), reply_to=reply)
        for row in rows
        if label_of(row) not in waiting
    ]
    outbox.post_all(kind, letters, now=now, scope=label_of(event.season))


def _recalled(event: Event, row: Invitation, changes: str, words: str) -> dict[str, Any]:
    said = context_of(event, row.name, by=row.by_name, words=words)
    return said | (_invited(row) if changes else {}) | {"changes": changes}


def _write_again(event: Event, letters: Iterable[tuple[Invitation, Message]]) -> None:
    for row, letter in letters:
        context = context_of(event, row.name, by=row.by_name) | _invited(row)
        subject, text = outbox.render(KINDS[INVITATION], context, scope=label_of(event.season))
        # One that is leaving at this very moment keeps its words.
        Message.objects.filter(pk=letter.pk, state=Letter.DUE).update(subject=subject, text=text)


def _invited(row: Invitation) -> dict[str, Any]:
    count = row.companions
    company = "" if not count else f"Vous pouvez venir avec {'une personne' if count == 1 else f'{count}{NBSP}personnes'}."
    return {"company": company, "page": invitations.address_of(row)}


def context_of(event: Event, name: str, *, by: str, sitting: TimeSlot | None = None, subject: str = "", words: str = "") -> dict[str, Any]:
    """What a letter to one person says."""
    when = slot(sitting, event) if sitting else sittings(event)
    page = absolute(event.get_absolute_url())
    said = {"subject": subject, "words": words, "company": "", "page": page, "changes": ""}
    return {"event": event, "greeting": f"Bonjour {name}".strip(), "when": when, "by": by} | said


def owed(row: Registration, key: str, *, by: str, reply_to: str, subject: str = "", words: str = "") -> Owed:
    """One letter of many to those who registered."""
    context = context_of(row.slot.event, row.name, by=by, sitting=row.slot, subject=subject, words=words)
    return Owed(key, row.email, context, about=label_of(row), reply_to=reply_to)


def _invitation(message: Message) -> Invitation | None:
    rows = Invitation.objects.alive().filter(pk=message.about.rpartition(":")[2], used=0)
    return rows.select_related("event").first()


def _is_still_invited(message: Message) -> bool:
    """Not used, not taken back, to an event one is still invited to."""
    row = _invitation(message)
    if row is None or row.event.state != State.LISTED or row.event.access != Access.INVITATION:
        return False
    return TimeSlot.objects.filter(event=row.event_id, starts_at__gt=clock.now()).exists()


def _was_invited(message: Message) -> bool:
    row = _invitation(message)
    return row is not None and row.event.state == State.CANCELLED


def _is_of_it(message: Message) -> bool:
    """Still of the event, which is still held."""
    rows = Registration.objects.filter(pk=message.about.rpartition(":")[2], withdrawn_at=None)
    return rows.exclude(slot__event__state=State.CANCELLED).exists()


# --- Previews --------------------------------------------------------------------------------------------------------


def _sample() -> dict[str, Any]:
    """A letter to somebody invented, about an invented event; nothing of it is stored."""
    event = sample_event()
    start = datetime(2027, 11, 23, 14, tzinfo=PARIS)
    event.place, event.city, event.department, event.starts_at, event.ends_at = "Médiathèque d’Exemple", "Rennes", "35", start, None
    return _to_invented(event, TimeSlot(event=event, starts_at=start, ends_at=start + timedelta(hours=2)))


def _to_invented(event: Event, sitting: TimeSlot | None) -> dict[str, Any]:
    invitation = Invitation(pk=0, event=event, name="Lou Exemple", companions=1, nonce="0" * 32, is_personal=True)
    words = "Prévoyez de bonnes chaussures\u202f: nous marcherons une heure."
    said = {"by": "Camille Exemple, Ville d’Exemple", "subject": "Ce qu’il faut apporter", "words": words}
    return context_of(event, "Lou Exemple", sitting=sitting, **said) | {"company": _invited(invitation)["company"], "changes": "la date"}


def _last_events(scope: str) -> Sequence[Example]:
    """Real events, to somebody invented."""
    rows = Event.objects.filter(listed_at__isnull=False).select_related("season").order_by("-pk")
    rows = rows.filter(season=int(scope.rpartition(":")[2])) if scope else rows
    return [Example(label_of(row), f"{row.title}, personne inventée", partial(_to_invented, row, None)) for row in rows[:5]]
