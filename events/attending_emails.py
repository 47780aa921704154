"""The letters to who comes to an event. Their words are in templates/events/emails/registration_*.txt.

The address to connect to is in those of the seated who come online, and nowhere else (domain.md E8). The calendar file is made when the
letter leaves, of what is true then. What may stand between braces is below (the convention: `mailing/letters.py`).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from operator import itemgetter
from typing import Any

from django.urls import reverse
from django.utils.crypto import salted_hmac

from core import clock, workdays
from core.addresses import absolute
from core.clock import PARIS
from core.typography import hour_in_words
from events import attending_links as links
from events import calendars, proposal_emails, seats, words
from events.models import Event, Registration, TimeSlot
from events.models.attending import VIEW_REGISTRATION
from events.states import Access, Mode, State
from mailing import outbox
from mailing.letters import KINDS, Attachment, Context, Example, LetterKind, Placeholder, listed, register
from mailing.models import Message
from mailing.outbox import Owed
from mailing.states import Settling
from records.models import Association
from records.services import label_of

TO_CONFIRM, LINK, TOO_EARLY = "events.registration_to_confirm", "events.registration_link", "events.registration_too_early"
REGISTERED, WAITING, PROMOTED = "events.registered", "events.registration_waiting", "events.registration_promoted"
CHANGED, CANCELLED, WITHDRAWN = "events.registration_changed", "events.registration_cancelled", "events.registration_withdrawn"
REMINDER = "events.registration_reminder"
MOST_A_DAY = 20
# A letter of the organiser waits for the morning, unless the sitting is too near.
NEAR = timedelta(hours=36)
_FOLDER = "events/emails"


def comes_online(registration: Registration) -> bool:
    event = registration.slot.event
    return event.mode == Mode.ONLINE or (event.mode == Mode.HYBRID and registration.mode == Mode.ONLINE)


def online_url(registration: Registration) -> str:
    """The address to connect to: of who has a seat and comes online."""
    return str(registration.slot.event.online_url) if registration.is_seated and comes_online(registration) else ""


def where(registration: Registration) -> str:
    return "En ligne" if comes_online(registration) else calendars.location(registration.slot.event)


def people(registration: Registration) -> str:
    """« Vous et 2 personnes »; nothing for who comes alone."""
    if not registration.companions:
        return ""
    return f"Vous et {registration.companions}\u00a0personne{'s' if registration.companions > 1 else ''}."


def _online(context: Context) -> str:
    url = online_url(context["registration"])
    return f"Pour vous connecter\u00a0:\n{url}" if url else ""


def _sittings(context: Context) -> str:
    return listed(words.slot(row.slot, row.slot.event) for row in context["rows"])


def _held(context: Context) -> str:
    """Until when seats are held, that some are left and none is held, or that nothing is left."""
    until = min((row.holds_until for row in context["rows"] if row.holds_until), default=None)
    number, free = sum(1 for row in context["rows"] if row.holds_until), context["free"]
    is_full = number + free < len(context["rows"])
    if until is None and not free:
        lacking = "assez de places libres" if any(row.companions for row in context["rows"]) else "de place libre"
        return f"Il n’y a plus {lacking}\u00a0: confirmée, votre demande va sur la liste d’attente, et nous vous disons votre rang."
    held = f"Votre place est tenue jusqu’à {hour_in_words(until.astimezone(PARIS))}, heure de Paris." if until else ""
    left = "Aucune place n’est tenue pour vous, mais il en reste\u202f; confirmez avant qu’elles ne soient prises." if free else ""
    return " ".join(filter(None, [held, left, "Pour le reste, c’est la liste d’attente." if is_full else ""]))


def _former(context: Context) -> str:
    """What a change replaces. A calendar keeps the entry of the sitting that was left: nothing cancels it but the person."""
    date = context["former"]
    if date:
        return f"Cette date remplace la précédente ({date}) : retirez-la de votre agenda."
    return "Votre inscription vient de changer : cette lettre dit ce qui compte désormais." if context["is_changed"] else ""


_IT = {
    "salutation": Placeholder("« Bonjour Camille Exemple », ou « Bonjour »", itemgetter("greeting")),
    "titre": Placeholder("le titre de l’événement", lambda context: context["event"].title),
    "saison": Placeholder("le titre de la saison", lambda context: context["event"].season.title),
    "quand": Placeholder("le jour et l’heure, à l’heure du lieu", lambda context: words.slot(context["slot"], context["event"])),
    "ou": Placeholder("le lieu, ou « En ligne »", lambda context: where(context["registration"])),
    "personnes": Placeholder("« Vous et 2 personnes. » ; vide pour qui vient seul", lambda context: people(context["registration"])),
    "lien": Placeholder("l’adresse personnelle de l’inscription", itemgetter("page"), button=True),
}
_SEATED = _IT | {"connexion": Placeholder("l’adresse de connexion, pour qui vient en ligne", _online, essential=True, lines=True)}
_QUEUED = _IT | {
    "rang": Placeholder("le rang sur la liste d’attente", lambda context: str(context["rank"]), essential=True),
    "pourquoi": Placeholder("ce qu’un groupe trop nombreux peut faire ; peut être vide", itemgetter("why"), lines=True),
}
_WORDS = {"mot": Placeholder("ce que l’organisateur a écrit ; peut être vide", itemgetter("words"), lines=True)}


def register_kinds() -> None:
    """Make our kinds of letters known."""
    kind = partial(
        LetterKind, sample=_sample, settling=Settling.RESEND, read_with=VIEW_REGISTRATION, hides_link=True,
        scopes=(proposal_emails.SEASON,), examples=_examples,
    )  # fmt: skip
    secret = partial(kind, secret=True, examples=_no_example)
    proof = _IT | {
        "seances": Placeholder("la liste des séances demandées", _sittings, essential=True, lines=True),
        "tenue": Placeholder("jusqu’à quand la place est tenue, ou la liste d’attente", _held, lines=True),
    }
    register(secret(
        TO_CONFIRM, "inscription à un événement : à confirmer", f"{_FOLDER}/registration_to_confirm.txt", placeholders=proof,
        still_due=_is_unproven,
    ))  # fmt: skip
    register(secret(LINK, "inscription à un événement : lien redonné", f"{_FOLDER}/registration_link.txt", placeholders=_IT))
    until = {"jusqu_au": Placeholder("la fin de la priorité des adhérents", itemgetter("until"), essential=True)}
    early = {name: _IT[name] for name in ("titre", "saison")} | until | {
        "rattachement": Placeholder("l’adresse de « Je travaille chez un adhérent »", lambda _: absolute(reverse("belongings"))),
        "lien": Placeholder("l’adresse de la page d’inscription", itemgetter("page"), button=True)
    }  # fmt: skip
    register(kind(
        TOO_EARLY, "inscription à un événement : réservée aux adhérents", f"{_FOLDER}/registration_too_early.txt", placeholders=early,
    ))  # fmt: skip
    _register_answers(kind)


def _register_answers(kind: Any) -> None:
    seated = partial(kind, placeholders=_SEATED, still_due=_is_seated, attach=_calendar)
    former = {"ancienne": Placeholder("ce qui est remplacé, pour qui change son inscription ; peut être vide", _former, lines=True)}
    register(seated(REGISTERED, "inscription à un événement : confirmée", f"{_FOLDER}/registered.txt", placeholders=_SEATED | former))
    register(seated(PROMOTED, "inscription à un événement : une place s’est libérée", f"{_FOLDER}/registration_promoted.txt"))
    register(seated(REMINDER, "inscription à un événement : rappel deux jours avant", f"{_FOLDER}/registration_reminder.txt"))
    register(kind(
        WAITING, "inscription à un événement : liste d’attente", f"{_FOLDER}/registration_waiting.txt", placeholders=_QUEUED,
        still_due=_is_waiting,
    ))  # fmt: skip
    changes = {"changements": Placeholder("ce qui change : la date, le lieu…", itemgetter("changes"), essential=True)}
    register(kind(
        CHANGED, "événement modifié : aux personnes inscrites", f"{_FOLDER}/registration_changed.txt",
        placeholders=_SEATED | _WORDS | changes, still_due=_is_coming, attach=_calendar,
    ))  # fmt: skip
    named = {name: _IT[name] for name in ("salutation", "titre", "saison", "quand")}
    more = named | _WORDS | {"lien": Placeholder("l’adresse de la page de l’événement", itemgetter("public"), button=True)}
    register(kind(
        CANCELLED, "événement annulé : aux personnes inscrites", f"{_FOLDER}/registration_cancelled.txt", placeholders=more,
        still_due=_is_cancelled, attach=_calendar,
    ))  # fmt: skip
    register(kind(WITHDRAWN, "inscription à un événement : retirée", f"{_FOLDER}/registration_withdrawn.txt", placeholders=more))


# --- Posting ----------------------------------------------------------------------------------------------------------


def has_enough(email: str, *, now: datetime) -> bool:
    """Whether an address was sent links often enough for a day: somebody else may be typing it."""
    kinds = [TO_CONFIRM, LINK, TOO_EARLY]
    return Message.objects.filter(to=email, kind__in=kinds, created_at__gt=now - timedelta(days=1)).count() >= MOST_A_DAY


def post_to_confirm(rows: Sequence[Registration], *, now: datetime) -> None:
    """One letter for an ask; asked again within ten minutes, it is the same letter."""
    row = rows[0]
    stamp = "-".join(str(other.pk) for other in rows[:20])
    free = sum(1 for other in rows if not other.holds_until and seats.has_room(other, now=now))
    _post(f"registration:{row.pk}:confirm:{int(now.timestamp()) // 600}:{stamp}", TO_CONFIRM, row, now=now, rows=rows, free=free)


def post_link(row: Registration, *, now: datetime) -> None:
    _post(f"registration:{row.pk}:link:{int(now.timestamp()) // 600}", LINK, row, now=now)


def post_too_early(slot: TimeSlot, email: str, *, until: str, page: str, now: datetime) -> None:
    """Say to an address, and not on the page, that it is too early for it."""
    row = Registration(pk=0, slot=slot, email=email)
    context = context_of(row) | {"until": until, "page": page}
    # About no row: forgotten after a year, as every such letter (G3); the key, which stays, holds no address.
    who = salted_hmac("events.too-early", email, algorithm="sha256").hexdigest()[:32]
    key = f"event:{slot.event_id}:early:{who}:{int(now.timestamp()) // 600}"
    said: dict[str, Any] = {"reply_to": reply_to(slot.event), "scope": label_of(slot.event.season)}
    outbox.post(key, KINDS[TOO_EARLY], to=email, context=context, now=now, **said)


def post_answer(row: Registration, *, now: datetime, was: TimeSlot | None = None) -> None:
    """Seated, or the rank on the waiting list; `was`: the person changed it, and came to that sitting before."""
    kind = REGISTERED if row.is_seated else WAITING
    stamp = f":{_stamp(now)}" if was else ""
    former = words.slot(was, row.slot.event) if was and was.pk != row.slot_id else ""
    more: dict[str, Any] = (
        {"former": former, "is_changed": bool(was)} if row.is_seated else {"rank": rank(row), "why": seats.is_refused_to(row, now=now)}
    )
    _post(f"registration:{row.pk}:{kind.partition('.')[2]}{stamp}", kind, row, now=now, **more)


def post_promoted(row: Registration, *, now: datetime) -> None:
    """Once for each time it waited."""
    _post(f"registration:{row.pk}:promoted:{_stamp(row.confirmed_at or now)}", PROMOTED, row, now=now)


def post_withdrawn(row: Registration, *, by_organiser: bool, now: datetime) -> None:
    """Nobody is written to who left no address, nor once the sitting has begun."""
    if not row.email or row.slot.starts_at <= now:
        return
    said = "L’organisateur a retiré cette inscription." if by_organiser else ""
    _post(f"registration:{row.pk}:withdrawn", WITHDRAWN, row, now=now, words=said)


def post_changed(rows: Iterable[tuple[Registration, str]], *, words: str, now: datetime, reply: str) -> None:
    """Say to each what changes for them: one writing for all (`mailing.outbox.post_all`)."""
    stamp = _stamp(now)
    said = [(row, f"registration:{row.pk}:changed:{stamp}", {"changes": changes, "words": words}) for row, changes in rows]
    _post_all(CHANGED, said, now=now, reply=reply)


def post_cancelled(rows: Iterable[Registration], *, words: str, now: datetime, reply: str) -> None:
    _post_all(CANCELLED, [(row, f"registration:{row.pk}:cancelled", {"words": words}) for row in rows], now=now, reply=reply)


def _post_all(kind: str, said: Sequence[tuple[Registration, str, dict[str, str]]], *, now: datetime, reply: str) -> None:
    letters = [
        Owed(key, row.email, context_of(row) | more, about=label_of(row), reply_to=reply, due_at=leaves_at(row.slot, now=now))
        for row, key, more in said
    ]
    if letters:
        outbox.post_all(KINDS[kind], letters, now=now, scope=label_of(said[0][0].slot.event.season))


def post_reminder(row: Registration, *, now: datetime) -> None:
    """A moved sitting is another letter. In working hours (G8), but never after its sitting: then it leaves at once."""
    morning = workdays.next_working_moment(now)
    due = morning if morning < row.slot.starts_at else now
    _post(f"registration:{row.pk}:reminder:{_stamp(row.slot.starts_at)}", REMINDER, row, now=now, due_at=due)


def leaves_at(slot: TimeSlot, *, now: datetime) -> datetime:
    """When what the organiser tells leaves: in working hours (G8), but at once when the sitting is near."""
    morning = workdays.next_working_moment(now)
    return now if slot.starts_at - morning < NEAR else morning


def reply_to(event: Event) -> str:
    """An organiser reads the answers."""
    lead = event.organisers.order_by("-is_lead", "pk").first() if event.pk else None
    return lead.email if lead else Association.shown().contact_email


def rank(row: Registration) -> int:
    order = Registration.objects.filter(slot=row.slot_id, mode=row.mode).waiting().values_list("pk", flat=True)
    return next((place for place, pk in enumerate(order, start=1) if pk == row.pk), 1)


def _post(key: str, kind: str, row: Registration, *, now: datetime, reply: str = "", due_at: datetime | None = None, **more: Any) -> None:
    event = row.slot.event
    said: dict[str, Any] = {"about": label_of(row), "reply_to": reply or reply_to(event), "scope": label_of(event.season)}
    outbox.post(key, KINDS[kind], to=row.email, context=context_of(row) | more, now=now, due_at=due_at, **said)


def context_of(row: Registration) -> dict[str, Any]:
    event = row.slot.event
    base = {"registration": row, "slot": row.slot, "event": event, "rows": [row], "page": links.address_of(row)}
    public = absolute(event.get_absolute_url()) if event.slug and event.season_id else absolute(reverse("events"))
    told = {"public": public, "words": "", "changes": "", "rank": 1, "why": "", "until": "", "free": 0}
    return base | told | {"greeting": f"Bonjour {row.name}".strip()}


def _stamp(moment: datetime) -> str:
    return f"{moment.timestamp():.6f}".replace(".", "")


# --- Asked again when they leave --------------------------------------------------------------------------------------


def _row(message: Message) -> Registration | None:
    rows = Registration.objects.select_related("slot__event__season")
    return rows.filter(pk=message.about.rpartition(":")[2] or 0).first()


def _is_unproven(message: Message) -> bool:
    row = _row(message)
    return row is not None and row.confirmed_at is None and row.withdrawn_at is None


def _is_seated(message: Message) -> bool:
    """Still coming; reminded on the date the letter says, since a moved sitting has its own, and before it begins."""
    row = _row(message)
    if row is None or not row.is_seated or row.slot.event.state != State.LISTED:
        return False
    if message.kind != REMINDER:
        return True
    return message.fact.rpartition(":")[2] == _stamp(row.slot.starts_at) and row.slot.starts_at > clock.now()


def _is_waiting(message: Message) -> bool:
    row = _row(message)
    return row is not None and row.is_waiting and row.slot.event.state == State.LISTED


def _is_coming(message: Message) -> bool:
    row = _row(message)
    return row is not None and row.withdrawn_at is None and row.slot.event.state == State.LISTED


def _is_cancelled(message: Message) -> bool:
    row = _row(message)
    return row is not None and row.slot.event.state == State.CANCELLED


def _calendar(message: Message) -> Sequence[Attachment]:
    """The entry of the sitting, to whoever has a seat or must take it out of a calendar."""
    row = _row(message)
    if row is None or (row.is_waiting and row.slot.event.state != State.CANCELLED):
        return ()
    return (Attachment("evenement.ics", calendar_of(row), f"text/calendar; method={_method(row)}"),)


def calendar_of(row: Registration) -> bytes:
    """The calendar file of one registration, with the address to connect to when it is theirs."""
    url = online_url(row)
    return calendars.calendar(row.slot.event, [row.slot], more=f"Connexion\u00a0: {url}" if url else "", where=where(row))


def _method(row: Registration) -> str:
    return "CANCEL" if calendars.is_cancelled(row.slot.event) else "PUBLISH"


# --- Previews -----------------------------------------------------------------------------------------------------------


def _invented(event: Event, slot: TimeSlot | None = None) -> Registration:
    starts = event.starts_at or datetime(2027, 11, 23, 10, tzinfo=PARIS)
    slot = slot or TimeSlot(pk=0, event=event, starts_at=starts, ends_at=event.ends_at or starts + timedelta(hours=2))
    return Registration(
        pk=0, slot=slot, email="camille@ville.example", name="Camille Exemple", nonce="0" * 32, companions=2, confirmed_at=starts,
        seated_at=starts, mode=Mode.ONLINE if event.mode == Mode.ONLINE else Mode.ONSITE,
    )  # fmt: skip


def _sample() -> dict[str, Any]:
    """A letter to an invented person."""
    event = proposal_emails.sample()
    event.mode, event.place, event.city, event.access = Mode.ONSITE, "Médiathèque d’Exemple", "Rennes", Access.REGISTRATION
    return _told(event)


def _told(event: Event) -> dict[str, Any]:
    row = _invented(event)
    said = {"words": "La salle est plus grande\u202f: venez nombreux.", "changes": "le lieu", "rank": 1, "until": "15\u00a0octobre à midi"}
    return (
        context_of(row)
        | said
        | {"former": words.slot(row.slot, event), "is_changed": True, "why": "Il reste 2\u00a0places et vous êtes\u00a03."}
    )


def _no_example(scope: str) -> Sequence[Example]:
    return ()


def _examples(scope: str) -> Sequence[Example]:
    """Real events, to somebody invented."""
    rows = Event.objects.filter(access=Access.REGISTRATION).exclude(state=State.DRAFT).select_related("season").order_by("-pk")
    rows = rows.filter(season=int(scope.rpartition(":")[2])) if scope else rows
    return [Example(label_of(row), f"{row.title}, personne inventée", partial(_told, row)) for row in rows[: proposal_emails.EXAMPLES]]
