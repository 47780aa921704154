"""The letter of the press room: an organiser is reminded that a communiqué says « Inscriptions à venir » of their event."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial
from operator import itemgetter
from typing import Any

from django.db.models import Min

from core import clock
from core.addresses import absolute
from core.clock import PARIS
from events.models import Event, Organiser, PressLink, PressRelease
from events.press import targets
from events.states import State
from mailing import outbox
from mailing.letters import KINDS, Context, Example, LetterKind, Placeholder, register
from mailing.models import Message
from mailing.states import Settling
from records.services import label_of

TO_COME = "events.press_to_come"
# At its publication, then each week, three times at most.
WEEK, MOST = timedelta(days=7), 3


def _title(context: Context) -> str:
    return str(context["event"].title)


SAID = {
    "evenement": Placeholder("le titre de l’événement", _title, essential=True),
    "communique": Placeholder("le titre du communiqué", lambda context: context["release"].title),
    "texte_du_lien": Placeholder("ce que dit le communiqué : « Inscriptions »", lambda context: context["link"].label),
    "lien": Placeholder("la page du communiqué", itemgetter("page"), button=True),
}


def register_kinds() -> None:
    register(LetterKind(
        TO_COME, "communiqué qui annonce des inscriptions à venir", "events/emails/press_to_come.txt", _sample,
        still_due=_is_to_come, settling=Settling.RESEND, placeholders=SAID, examples=_examples, in_working_hours=True,
    ))  # fmt: skip


def remind(*, now: datetime) -> int:
    """Remind the organisers of the events whose registration a public communiqué says to come; return how many letters are owed."""
    links = PressLink.objects.filter(is_to_come=True, target__startswith="events.event:", url="", email="")
    found = list(links.filter(release__in=PressRelease.objects.listed(now=now)).select_related("release").order_by("pk"))
    events = targets.found((link.target for link in found), now=now)
    owed = 0
    for link in found:
        event = events.get(link.target)
        turn = _turn(link, now)
        if event and turn < MOST and is_awaited(event, now=now):
            owed += sum(_post(link, event, to, turn, now=now) for to in event.organisers.order_by("pk"))
    return owed


def is_awaited(event: Event, *, now: datetime) -> bool:
    """Held, not begun, and without anywhere to register."""
    first = event.slots.aggregate(first=Min("starts_at"))["first"]
    return event.state == State.LISTED and not targets.registering(event) and (first is None or first > now)


def _turn(link: PressLink, now: datetime) -> int:
    published = link.release.published_at or now
    return (now - published) // WEEK


def _post(link: PressLink, event: Event, to: Organiser, turn: int, *, now: datetime) -> bool:
    key = f"presslink:{link.pk}:to_come:{to.pk}:{turn}"
    known = Message.objects.filter(key=key).exists()
    if not known:
        outbox.post(key, KINDS[TO_COME], to=to.email, context=_context(link, event), now=now, about=label_of(event))
    return not known


def _context(link: PressLink, event: Event) -> dict[str, Any]:
    return {"link": link, "event": event, "release": link.release, "page": absolute(link.release.get_absolute_url())}


def _is_to_come(message: Message) -> bool:
    """An address was written since, the event takes registrations, or the communiqué was withdrawn."""
    pk, now = message.key.split(":")[1], clock.now()
    link = PressLink.objects.select_related("release").filter(pk=pk, is_to_come=True, url="", email="").first()
    if link is None or link.release.withdrawn_at or not link.release.is_public(now=now):
        return False
    event = targets.found([link.target], now=now).get(link.target)
    return event is not None and is_awaited(event, now=now)


def _sample() -> dict[str, Any]:
    at = datetime(2027, 11, 8, 9, tzinfo=PARIS)
    release = PressRelease(
        title="Une saison pour essayer", slug="exemple", place="Paris", dated_on=date(2027, 11, 8), embargo_until=at, ready_at=at
    )  # fmt: skip
    return _context(PressLink(release=release, label="Inscriptions"), Event(title="Atelier d’exemple"))


def _examples(scope: str) -> Sequence[Example]:
    """Real links of what is public, to somebody invented."""
    now = clock.now()
    links = PressLink.objects.filter(target__startswith="events.event:", release__in=PressRelease.objects.listed(now=now))
    found = list(links.select_related("release").order_by("-pk")[:3])
    events = targets.found((link.target for link in found), now=now)
    return [
        Example(label_of(link), f"{events[link.target].title}, personne inventée", partial(_context, link, events[link.target]))
        for link in found
        if link.target in events
    ]
