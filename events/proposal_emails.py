"""The letters about a proposal, to its organisers and to those who answer it. Their words are in templates/events/emails/.

Each organiser has their own, with their own link. What may stand between braces is below (the convention: `mailing/letters.py`).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from operator import itemgetter
from typing import Any

from django.db.models import Min
from django.urls import reverse

from accounts.models import User
from core.addresses import absolute
from core.clock import PARIS
from core.typography import moment_in_words
from events import answering, organisers
from events.models import Event, EventStep, Organiser, Season
from events.models.season import VIEW_EVENT
from events.states import State
from events.words import of_season, the_season, to_season
from mailing import outbox
from mailing.letters import KINDS, Context, Example, LetterKind, Placeholder, listed, register
from mailing.models import Message
from mailing.states import Settling
from records.models import Association
from records.services import label_of

LINK, COLLEAGUE, LINKS = "events.proposal_link", "events.proposal_colleague", "events.proposal_links"
PROPOSED, CHANGES_ASKED, LISTED, REFUSED = "events.proposed", "events.changes_asked", "events.listed", "events.refused"
MESSAGE, CANCELLED, REMINDER = "events.message", "events.cancelled", "events.proposal_reminder"
CHANGE_ACCEPTED, CHANGE_REFUSED = "events.change_accepted", "events.change_refused"
TO_COORDINATION, GIVEN, LATE, MORNING = "events.to_coordination", "events.given", "events.proposals_late", "events.proposals_waiting"
SEASON = "events.season"
EXAMPLES = 5
MOST_A_DAY = 10
_FOLDER = "events/emails"


def _title(context: Context) -> str:
    return str(context["event"].known_as or "votre proposition")


def _season(context: Context) -> str:
    return str(context["event"].season.title)


def _deadline(context: Context) -> str:
    closes = context["event"].season.listing_closes_at
    return moment_in_words(closes, noon=True) if closes else ""


def _names(context: Context) -> str:
    return listed(f"{row.event.known_as or 'Proposition commencée'}\u00a0:\n  {organisers.address_of(row)}" for row in context["rows"])


def _waiting(context: Context) -> str:
    return listed(f"{event.title} ({event.area})" for event in context["events"])


ABOUT_IT = {
    "salutation": Placeholder("« Bonjour Camille Exemple », ou « Bonjour »", itemgetter("greeting")),
    "titre": Placeholder("le titre de l’événement", _title),
    "saison": Placeholder("le titre de la saison", _season),
    "la_saison": Placeholder("« la Semaine de… », « le Mois de… »", lambda context: the_season(context["event"].season)),
    "de_la_saison": Placeholder("« de la Semaine de… », « du Mois de… »", lambda context: of_season(context["event"].season)),
    "a_la_saison": Placeholder("« à la Semaine de… », « au Mois de… »", lambda context: to_season(context["event"].season)),
}
FOLLOWED = ABOUT_IT | {"lien": Placeholder("l’adresse personnelle de la proposition", itemgetter("page"), button=True)}
SAID = FOLLOWED | {"mot": Placeholder("ce que la coordination a écrit", itemgetter("words"), essential=True, lines=True)}
MAY_SAY = FOLLOWED | {"mot": Placeholder("ce qui a été écrit ; peut être vide", itemgetter("words"), lines=True)}
SHOWN = MAY_SAY | {"page_publique": Placeholder("l’adresse de la page publique", itemgetter("public"))}
COORDINATED = ABOUT_IT | {
    "mot": Placeholder("le message de l’organisateur", itemgetter("words"), lines=True),
    "region": Placeholder("la région, ou « En ligne »", lambda context: context["event"].area),
    "lien": Placeholder("l’adresse de la proposition, dans la coordination", itemgetter("page"), button=True),
}
QUEUE = {
    "salutation": ABOUT_IT["salutation"],
    "nombre": Placeholder("« 3 propositions »", lambda context: _number(len(context["events"])), essential=True),
    "propositions": Placeholder("la liste de leurs titres", _waiting, lines=True),
    "lien": Placeholder("l’adresse de la file", itemgetter("page"), button=True),
}


def _number(count: int) -> str:
    return f"{count}\u00a0proposition{'s' if count > 1 else ''}"


def register_kinds() -> None:
    """Make our kinds of letters known."""
    kind = partial(LetterKind, sample=_sample, settling=Settling.RESEND, read_with=VIEW_EVENT, scopes=(SEASON,), examples=_last_events)
    link = partial(kind, secret=True, still_due=_is_of_it, examples=_no_example)
    register(link(LINK, "lien d’une proposition d’événement", f"{_FOLDER}/proposal_link.txt", placeholders=FOLLOWED))
    by = {"par": Placeholder("qui confie l’événement", itemgetter("by"))}
    register(link(COLLEAGUE, "événement confié à un collègue", f"{_FOLDER}/proposal_colleague.txt", placeholders=FOLLOWED | by))
    rows = {
        "liens": Placeholder("chaque événement, avec son adresse", _names, essential=True, lines=True),
        "lien": Placeholder("l’adresse du premier", itemgetter("page"), button=True),
    }
    register(link(LINKS, "liens redemandés par un organisateur", f"{_FOLDER}/proposal_links.txt", placeholders=rows))
    register(kind(PROPOSED, "événement proposé : reçu", f"{_FOLDER}/proposed.txt", placeholders=MAY_SAY))
    asked = partial(kind, still_due=_is_asked)
    register(asked(CHANGES_ASKED, "complément demandé à un événement", f"{_FOLDER}/changes_asked.txt", placeholders=SAID))
    given = {"kit": Placeholder("l’adresse du kit de communication", itemgetter("kit"))}
    register(kind(LISTED, "événement référencé", f"{_FOLDER}/listed.txt", placeholders=SHOWN | given))
    register(kind(REFUSED, "événement refusé", f"{_FOLDER}/refused.txt", placeholders=SAID))
    register(kind(MESSAGE, "message à l’organisateur", f"{_FOLDER}/message.txt", placeholders=SAID, personal=True))
    register(kind(CHANGE_ACCEPTED, "changement d’un événement accepté", f"{_FOLDER}/change_accepted.txt", placeholders=SHOWN))
    register(kind(CHANGE_REFUSED, "changement d’un événement refusé", f"{_FOLDER}/change_refused.txt", placeholders=SAID))
    register(kind(CANCELLED, "événement annulé : à l’organisateur", f"{_FOLDER}/cancelled.txt", placeholders=MAY_SAY))
    until = {"avant_le": Placeholder("la fin des propositions", _deadline)}
    register(kind(
        REMINDER, "proposition d’événement à terminer", f"{_FOLDER}/proposal_reminder.txt", placeholders=FOLLOWED | until,
        still_due=_is_draft, in_working_hours=True,
    ))  # fmt: skip
    _register_ours(kind)


def _register_ours(kind: Any) -> None:
    """Those to whoever answers."""
    told = partial(kind, sample=_sample_of_ours, examples=_ours)
    register(told(TO_COORDINATION, "message d’un organisateur", f"{_FOLDER}/to_coordination.txt", placeholders=COORDINATED))
    register(told(GIVEN, "proposition confiée à une autre file", f"{_FOLDER}/given.txt", placeholders=COORDINATED))
    late = partial(told, still_due=_is_late, in_working_hours=True)
    register(late(LATE, "proposition sans réponse depuis trois jours ouvrés", f"{_FOLDER}/proposals_late.txt", placeholders=COORDINATED))
    queue = partial(kind, sample=_sample_of_queue, examples=_queues, placeholders=QUEUE, in_working_hours=True, scopes=())
    register(queue(MORNING, "propositions à répondre, chaque matin", f"{_FOLDER}/proposals_waiting.txt"))


# --- To organisers -----------------------------------------------------------------------------------------------


def post_link(organiser: Organiser, *, now: datetime, by_name: str = "") -> None:
    """Give the link of an event; asked again within ten minutes, it is the same letter."""
    kind = COLLEAGUE if by_name else LINK
    key = f"organiser:{organiser.pk}:link:{int(now.timestamp()) // 600}"
    _post(key, kind, organiser.event, organiser, now=now, by=by_name)


def has_enough(email: str, *, now: datetime) -> bool:
    """Whether an address was sent links often enough for a day: somebody else may be asking."""
    asked = Message.objects.filter(to=email.strip().lower(), kind__in=[LINK, LINKS], created_at__gt=now - timedelta(days=1))
    return asked.count() >= MOST_A_DAY


def post_links(rows: Sequence[Organiser], *, now: datetime) -> None:
    """Give again every link of one address."""
    key = f"organiser:{rows[0].pk}:links:{int(now.timestamp()) // 600}"
    context = {"rows": rows, "page": organisers.address_of(rows[0])}
    outbox.post(key, KINDS[LINKS], to=rows[0].email, context=context, now=now, reply_to=Association.shown().contact_email)


def post_proposed(event: Event, *, again: bool, now: datetime) -> None:
    words = "C’est une version corrigée de votre proposition." if again else ""
    _to_all(event, PROPOSED, now=now, words=words)


def post_changes_asked(event: Event, words: str, *, now: datetime) -> None:
    _to_all(event, CHANGES_ASKED, now=now, words=words)


def post_listed(event: Event, words: str, *, now: datetime) -> None:
    _to_all(event, LISTED, now=now, words=words)


def post_refused(event: Event, words: str, *, now: datetime) -> None:
    _to_all(event, REFUSED, now=now, words=words)


def post_message(event: Event, step: EventStep, *, now: datetime) -> None:
    _to_all(event, MESSAGE, now=now, words=step.words)


def post_change_accepted(event: Event, *, now: datetime) -> None:
    _to_all(event, CHANGE_ACCEPTED, now=now)


def post_change_refused(event: Event, words: str, *, now: datetime) -> None:
    _to_all(event, CHANGE_REFUSED, now=now, words=words)


def post_cancelled(event: Event, words: str, *, now: datetime) -> None:
    _to_all(event, CANCELLED, now=now, words=words)


def post_reminder(organiser: Organiser, reached: datetime, *, now: datetime) -> None:
    """Remind somebody of a draft; a moved closing date is another letter."""
    closes = organiser.event.season.listing_closes_at
    key = f"organiser:{organiser.pk}:reminder:{closes:%Y%m%d%H%M}:{reached:%Y%m%d}"
    _post(key, REMINDER, organiser.event, organiser, now=now)


def _to_all(event: Event, kind: str, *, now: datetime, words: str = "") -> None:
    for organiser in event.organisers.order_by("pk"):
        _post(f"event:{event.pk}:{kind}:{_stamp(now)}:{organiser.pk}", kind, event, organiser, now=now, words=words)


def _post(key: str, kind: str, event: Event, organiser: Organiser, *, now: datetime, words: str = "", by: str = "") -> None:
    context = context_of(event, organiser, words=words) | {"by": by}
    reply_to = Association.shown().contact_email
    scope = label_of(event.season)
    outbox.post(key, KINDS[kind], to=organiser.email, context=context, now=now, about=label_of(event), reply_to=reply_to, scope=scope)


def context_of(event: Event, organiser: Organiser, *, words: str = "") -> dict[str, Any]:
    public = absolute(event.get_absolute_url()) if event.slug and event.season_id else ""
    page = organisers.address_of(organiser)
    greeting = f"Bonjour {organiser.name}".strip()
    return {"event": event, "greeting": greeting, "page": page, "public": public, "kit": f"{page}kit/", "words": words, "by": ""}


# --- To those who answer -----------------------------------------------------------------------------------------


def post_to_coordination(event: Event, step: EventStep, *, now: datetime) -> None:
    _to_coordinators(event, TO_COORDINATION, step.words, now=now)


def post_given(event: Event, *, now: datetime) -> None:
    _to_coordinators(event, GIVEN, "", now=now)


def _to_coordinators(event: Event, kind: str, words: str, *, now: datetime) -> None:
    for person in answering.coordinators_of(event):
        key = f"event:{event.pk}:{kind}:{_stamp(now)}:{person.pk}"
        said: dict[str, Any] = {"reader": person, "about": label_of(event), "scope": label_of(event.season)}
        outbox.post(key, KINDS[kind], to=person.email, context=_for_them(event, words, person), now=now, **said)


def _for_them(event: Event, words: str, person: User) -> dict[str, Any]:
    page = absolute(reverse("coordination_event", args=[event.pk or 0]))
    return {"event": event, "words": words, "page": page, "greeting": f"Bonjour {person.first_name}".strip()}


def post_queue(kind: str, person: User, events: Sequence[Event], key: str, *, now: datetime) -> None:
    """What waits for one person: late (E9), or this morning."""
    context = _queue(events, person)
    outbox.post(key, KINDS[kind], to=person.email, reader=person, context=context, now=now, reply_to=Association.shown().contact_email)


def post_late(event: Event, person: User, known: set[str], *, now: datetime) -> bool:
    """Tell one person, once, that a proposal is late."""
    key = f"event:{event.pk}:late:{_stamp(event.waits_since or now)}:{person.pk}"
    if key not in known:
        said: dict[str, Any] = {"reader": person, "about": label_of(event), "scope": label_of(event.season)}
        outbox.post(key, KINDS[LATE], to=person.email, context=_for_them(event, "", person), now=now, **said)
    return key not in known


def _queue(events: Sequence[Event], person: User) -> dict[str, Any]:
    return {"events": events, "page": absolute(reverse("coordination")), "greeting": f"Bonjour {person.first_name}".strip()}


# --- Asked again when they leave ------------------------------------------------------------------------------------


def _event_of(message: Message) -> Event | None:
    return Event.objects.filter(pk=message.about.rpartition(":")[2] or 0).first()


def _is_of_it(message: Message) -> bool:
    return Organiser.objects.filter(pk=message.key.split(":")[1]).exists()


def _is_asked(message: Message) -> bool:
    event = _event_of(message)
    return event is not None and event.state == State.CHANGES_REQUESTED


def _is_draft(message: Message) -> bool:
    event = _event_of(message)
    return event is not None and event.state == State.DRAFT and _is_of_it(message)


def _is_late(message: Message) -> bool:
    """It still waits, since the moment the letter is about."""
    event = _event_of(message)
    return event is not None and event.waits_since is not None and message.key.split(":")[3] == _stamp(event.waits_since)


def _stamp(now: datetime) -> str:
    return f"{now.timestamp():.6f}".replace(".", "")


# --- Previews --------------------------------------------------------------------------------------------------------


def sample() -> Event:
    """An invented event; nothing of it is stored."""
    season = Season.objects.annotate(first=Min("pk")).order_by("-starts_on").first() or Season(
        pk=0, slug="2027", title="Semaine de l’innovation publique 2027", listing_closes_at=datetime(2027, 10, 29, 12, tzinfo=PARIS)
    )  # fmt: skip
    return Event(pk=0, season=season, slug="un-atelier", title="Atelier\u00a0: récrire un courrier", region="53", state=State.PROPOSED)


def _sample() -> dict[str, Any]:
    """A letter to an invented organiser."""
    organiser = Organiser(pk=0, email="camille@ville.example", name="Camille Exemple", nonce="0" * 32)
    words = "Pouvez-vous préciser la salle et l’étage\u202f?"
    event = sample()
    organiser.event = event
    return context_of(event, organiser, words=words) | {"by": "Dominique Exemple", "rows": [organiser]}


def _invented() -> User:
    return User(email="coordination@region.example", first_name="Lou", last_name="Exemple")


def _sample_of_ours() -> dict[str, Any]:
    return _for_them(sample(), "La salle a changé : est-ce encore possible\u202f?", _invented())


def _sample_of_queue() -> dict[str, Any]:
    return _queue([sample()], _invented())


def _no_example(scope: str) -> Sequence[Example]:
    return ()


def _rows(scope: str) -> Iterable[Event]:
    rows = Event.objects.exclude(state=State.DRAFT).select_related("season").order_by("-pk")
    return (rows.filter(season=int(scope.rpartition(":")[2])) if scope else rows)[:EXAMPLES]


def _last_events(scope: str) -> Sequence[Example]:
    """Real events, to somebody invented."""
    organiser = Organiser(pk=0, email="camille@ville.example", name="Camille Exemple", nonce="0" * 32)
    return [Example(label_of(row), f"{row.title}, personne inventée", partial(_to_invented, row, organiser)) for row in _rows(scope)]


def _to_invented(event: Event, organiser: Organiser) -> dict[str, Any]:
    return context_of(event, organiser, words="Un mot de la coordination.") | {"by": "Dominique Exemple"}


def _ours(scope: str) -> Sequence[Example]:
    words, person = "Un mot de l’organisateur.", _invented()
    return [Example(label_of(row), str(row.title), partial(_for_them, row, words, person)) for row in _rows(scope)]


def _queues(scope: str) -> Sequence[Example]:
    """The last events, as a queue of an invented person."""
    rows = list(_rows(scope))
    return [Example(label_of(rows[0]), "personne inventée", partial(_queue, rows, _invented()))] if rows else []
