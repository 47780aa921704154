"""Making the communication kit of a listed event: its poster, drawn again when the event changes, and the archive of everything.

The sweep and whoever downloads first make the poster by the same function. A drawing that fails is tried again later and later; meanwhile
the last good one is given. What is not listed has no kit.
"""

import logging
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from time import monotonic
from typing import IO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from core.addresses import absolute
from core.clock import PARIS
from core.refusals import Refused
from events import calendars, cards, kit_texts, posters
from events.models import CommunicationKit, Event
from events.models.event import EventQuerySet
from records.models import Association
from records.sweeping import alone

logger = logging.getLogger(__name__)

TASK = "events.posters"
LIMIT = 20.0  # seconds a drawing may take, forty times what it takes
BUDGET = 8.0  # seconds a sweep goes on beginning new ones
AT_ONCE = 10
FAILED = "L’affiche n’a pas pu être faite. L’équipe le sait, et un nouvel essai viendra."
_FIRST_RETRY, _LAST_RETRY, _MOST_DOUBLINGS = timedelta(minutes=1), timedelta(hours=6), 9


class NotReady(Refused):
    """There is no poster to give."""


def listed(*, now: datetime) -> EventQuerySet:
    """The events that have a kit: in the programme, and not called off; with what their kit reads."""
    rows = Event.objects.held(now=now).select_related("season", "parent")
    return rows.prefetch_related("slots", "formats", "partners")


def poster_of(event: Event, *, now: datetime) -> bytes:
    """Return the poster of what an event says now, drawn if need be; while that fails, the last good one."""
    content = posters.content_of(event, Association.current())
    wanted, kit = posters.fingerprint(content), _kit_of(event)
    if kit.fingerprint == wanted and (kept := _read(kit)):
        _see(kit, event)
        return kept
    if kit.retry_at is None or kit.retry_at <= now:
        with suppress(NotReady):
            return _drawn(event, kit, content, wanted, now=now)
    if last := _read(kit):
        return last
    raise NotReady(FAILED)


def is_behind(event: Event) -> bool:
    """Whether the poster that is given is of before the last change, because drawing it again failed."""
    kit = CommunicationKit.objects.filter(event=event, failures__gt=0).exclude(file="").first()
    return kit is not None and kit.fingerprint != posters.fingerprint(posters.content_of(event, Association.current()))


def render_due(*, now: datetime) -> int:
    """Make the posters of what was listed or changed since they were; none holds the others. Return how many were made."""
    made, ends = 0, monotonic() + BUDGET
    for event in due(now=now)[:AT_ONCE]:
        if monotonic() > ends:
            break
        with alone(event, what="poster of an event"):
            poster_of(event, now=now)
            made += 1
    return made


def due(*, now: datetime) -> EventQuerySet:
    """Those that somebody organises, to come, whose last change no poster has seen; those that failed, at their hour."""
    changed = Coalesce("changed_at", "listed_at")
    unseen = Q(kit=None) | Q(kit__seen_at=None) | Q(kit__seen_at__lt=changed)
    may = Q(kit__retry_at=None) | Q(kit__retry_at__lte=now)
    rows = listed(now=now).filter(unseen & may, season__ends_on__gte=now.astimezone(PARIS).date(), organisers__isnull=False)
    return rows.distinct().order_by(F("kit__retry_at").asc(nulls_first=True), "listed_at", "pk")


def failed() -> QuerySet[CommunicationKit]:
    """Those whose last drawing failed."""
    return CommunicationKit.objects.filter(failures__gt=0)


def retry(kit: CommunicationKit) -> None:
    """Let the next sweep, or whoever downloads, try again at once."""
    CommunicationKit.objects.filter(pk=kit.pk).update(retry_at=None)


def archive(event: Event, *, now: datetime) -> IO[bytes]:
    """Return the whole kit as one archive, on the disk; what cannot be made is left out, and said."""
    made = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the answer that gives it
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as into:
        into.writestr("textes.txt", "\ufeff" + kit_texts.in_a_file(event))
        into.writestr("agenda.ics", calendars.calendar(event, event.slots.all()))
        into.writestr("code-qr.png", posters.qr_picture(event))
        told = [_put(into, "affiche.pdf", lambda: poster_of(event, now=now)), _put(into, "image.png", lambda: cards.of_event(event))]
        head = [event.title, absolute(event.get_absolute_url()), ""]
        into.writestr("LISEZ-MOI.txt", "\ufeff" + "\r\n".join([*head, *_CONTENTS, *filter(None, told)]))
    made.seek(0)
    return made


_CONTENTS = (
    "affiche.pdf : l’affiche, en A4", "image.png : l’image, pour les réseaux et les lettres d’information",
    "textes.txt : les textes prêts à copier, et le texte de remplacement de l’image", "code-qr.png : le code QR de la page",
    "agenda.ics : les dates, pour un agenda",
)  # fmt: skip


def _put(into: zipfile.ZipFile, name: str, make: Callable[[], bytes]) -> str:
    try:
        into.writestr(name, make())
    except Exception:
        logger.exception("%s of a kit", name)
        return f"\r\n{name} manque : demandez-le de nouveau dans quelques minutes."
    return ""


def _kit_of(event: Event) -> CommunicationKit:
    return CommunicationKit.objects.get_or_create(event=event)[0]


def _read(kit: CommunicationKit) -> bytes | None:
    """The file kept; nothing when the storage lost it."""
    if not kit.file:
        return None
    try:
        with kit.file.open("rb") as file:
            content: bytes = file.read()
    except OSError:
        return None
    return content


def _see(kit: CommunicationKit, event: Event) -> None:
    """The sweep may leave it alone until it changes again."""
    changed = event.changed_at or event.listed_at
    if kit.seen_at != changed:
        CommunicationKit.objects.filter(pk=kit.pk).update(seen_at=changed)


def _drawn(event: Event, kit: CommunicationKit, content: dict[str, object], wanted: str, *, now: datetime) -> bytes:
    """Draw it, outside any lock, and keep it in the place of the former one: of two at once, one file stays."""
    try:
        made = posters.draw(content, seconds=LIMIT)
    except Exception as error:
        logger.exception("drawing of the poster of %s", event.pk)
        _count_failure(kit, str(error) or type(error).__name__, now=now)
        raise NotReady(FAILED) from error
    name = default_storage.save(f"affiches/evenement-{event.pk}-{wanted[:10]}.pdf", ContentFile(made))
    mine = CommunicationKit.objects.filter(pk=kit.pk, file=kit.file.name or "")
    said = {"fingerprint": wanted, "drawn_at": now, "seen_at": event.changed_at or event.listed_at}
    if mine.update(file=name, failures=0, error="", retry_at=None, **said):
        _forget(str(kit.file.name or ""), name)
    else:
        default_storage.delete(name)
    return made


def _forget(former: str, name: str) -> None:
    if former and former != name:
        default_storage.delete(former)


def _count_failure(kit: CommunicationKit, error: str, *, now: datetime) -> None:
    waits = min(_FIRST_RETRY * 2 ** min(kit.failures, _MOST_DOUBLINGS), _LAST_RETRY)
    CommunicationKit.objects.filter(pk=kit.pk).update(failures=kit.failures + 1, error=error[:2000], retry_at=now + waits)
