"""Making the flyers: a new version each time something printed changes, by a sweep or by whoever downloads first.

The same function makes them all. A drawing is stopped after `LIMIT` seconds; one that fails is counted, shown to the team and tried
again later and later, and the last good version stays the one that is given.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from time import monotonic, sleep

from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import OuterRef, Prefetch, QuerySet, Subquery

from core.refusals import Refused
from programmes import flyers
from programmes.flyers import Edited, Row
from programmes.models import Edition, Flyer, Phase, SessionTrainer, TrainingSession
from programmes.services.publication import lock
from records.models import Association

logger = logging.getLogger(__name__)

TASK = "programmes.render_flyers"
LIMIT = 20.0  # seconds a drawing may take, forty times what it takes
BUDGET = 8.0  # seconds a sweep goes on beginning new ones: letters wait for the same workers
AT_ONCE = 10
PATIENCE = 12.0  # seconds whoever downloads waits for the drawing that somebody else began
_LOOK = 0.3
_FIRST_RETRY, _LAST_RETRY = timedelta(minutes=1), timedelta(hours=6)
_MOST_DOUBLINGS = 9
IN_HAND = "Il est en train de se faire : réessayez dans une minute."
FAILED = "Il n’a pas pu être fait. L’équipe le sait, et un nouvel essai viendra."


class NotReady(Refused):
    """There is nothing to give yet: it is being drawn, or failed and is tried again later."""


class InHand(NotReady):
    """Somebody else is drawing it at this moment: nothing is wrong."""

    def __init__(self) -> None:
        super().__init__(IN_HAND)


def to_download(row: Row, *, now: datetime) -> Flyer:
    """Return the last version drawn; when there is none to give, draw it at once, or wait a little for whoever is drawing it.

    Of what is public, a version drawn before its publication is given only if it prints what the row says now.
    """
    ends = monotonic() + PATIENCE
    while not (drawn := _to_give(row, now=now)):
        if cache.get(_holder(row)) is None:
            return _drawn_now(row, now=now)
        if monotonic() > ends:
            raise InHand
        sleep(_LOOK)
    return drawn


def _to_give(row: Row, *, now: datetime) -> Flyer | None:
    last = _last_drawn(row.flyers.rendered())
    if last is None or last.is_of_public or not row.is_public(now=now):
        return last
    if last.fingerprint != flyers.fingerprint(flyers.content_of(row, now=now, association=Association.current())):
        return None
    Flyer.objects.filter(pk=last.pk).update(is_of_public=True)
    return last


def _drawn_now(row: Row, *, now: datetime) -> Flyer:
    """Draw it; when that fails, what was public once stays given."""
    try:
        return publish(row, now=now)
    except NotReady:
        last = _last_drawn(row.flyers.rendered().filter(is_of_public=True))
        if last is None:
            raise
        return last


def publish(row: Row, *, now: datetime) -> Flyer:
    """Make the flyer of what a row says now, once: of two at once, one version and one file are kept.

    Drawn outside any lock. Files that the storage lost (a backup restored without them) are drawn again.
    """
    content = flyers.content_of(row, now=now, association=Association.current())
    flyer = _version(row, flyers.fingerprint(content), now=now, is_of_public=row.is_public(now=now))
    if _is_drawn(flyer):
        return flyer
    if flyer.retry_at and now < flyer.retry_at:
        raise NotReady(FAILED)
    with _drawing(row) as mine:
        if not mine:
            raise InHand
        return _kept(flyer, _drawn(row, content, flyer, now=now))


def render_due(*, now: datetime) -> int:
    """Make what is due; none holds the others, and the sweep ends in time for the next. Return how many were made."""
    made, ends = 0, monotonic() + BUDGET
    for row in due(now=now)[:AT_ONCE]:
        if monotonic() > ends:
            break
        try:
            publish(row, now=now)
        except InHand:
            continue
        except NotReady as refusal:
            logger.warning("flyer of %s %s: %s", row._meta.label_lower, row.pk, refusal)
        except Exception:
            logger.exception("flyer of %s %s", row._meta.label_lower, row.pk)
        else:
            made += 1
    return made


def due(*, now: datetime) -> list[Row]:
    """Return the rows that say something else than their last version, or whose drawing may be tried again: those that failed, last."""
    association = Association.current()
    found = [row for row in _rows() if _is_due(row, association, now=now)]
    return sorted(found, key=lambda row: row.last_retry is not None)  # type: ignore[union-attr]


def failed() -> QuerySet[Flyer]:
    """Those that could not be made."""
    return Flyer.objects.filter(file="", failures__gt=0)


def retry(flyer: Flyer) -> None:
    """Let the next sweep try again at once."""
    Flyer.objects.filter(pk=flyer.pk, file="").update(retry_at=None)


# --- One version --------------------------------------------------------------------------------------


@transaction.atomic
def _version(row: Row, fingerprint: str, *, now: datetime, is_of_public: bool) -> Flyer:
    """Return the version that prints this, begun if need be; one that was never drawn becomes it."""
    lock(row)  # type: ignore[type-var]  # of one or the other
    last = row.flyers.order_by("-version").first()
    if last and last.fingerprint == fingerprint:
        if is_of_public and not last.is_of_public:
            last.is_of_public = True
            last.save(update_fields=["is_of_public"])
        return last
    if last and not last.file:
        begun = {"fingerprint": fingerprint, "created_at": now, "failures": 0, "error": "", "retry_at": None, "is_of_public": is_of_public}
        for name, value in begun.items():
            setattr(last, name, value)
        last.save(update_fields=list(begun))
        return last
    version = last.version + 1 if last else 1
    return row.flyers.create(version=version, fingerprint=fingerprint, created_at=now, is_of_public=is_of_public)


def _is_drawn(flyer: Flyer) -> bool:
    if flyer.file and not default_storage.exists(str(flyer.file.name)):
        Flyer.objects.filter(pk=flyer.pk, file=flyer.file.name).update(file="")
        flyer.file = ""
    return bool(flyer.file)


def _last_drawn(versions: QuerySet[Flyer]) -> Flyer | None:
    return next((flyer for flyer in versions[:AT_ONCE] if default_storage.exists(str(flyer.file.name))), None)


def _drawn(row: Row, content: dict[str, object], flyer: Flyer, *, now: datetime) -> bytes:
    try:
        return flyers.draw(row, content, Edited(flyer.version, flyer.created_at), seconds=LIMIT)
    except Exception as error:
        logger.exception("drawing of %s", flyer.pk)
        _count_failure(flyer, str(error) or type(error).__name__, now=now)
        raise NotReady(FAILED) from error


def _count_failure(flyer: Flyer, error: str, *, now: datetime) -> None:
    waits = min(_FIRST_RETRY * 2 ** min(flyer.failures, _MOST_DOUBLINGS), _LAST_RETRY)
    said = {"failures": flyer.failures + 1, "error": error[:2000], "retry_at": now + waits}
    Flyer.objects.filter(pk=flyer.pk, fingerprint=flyer.fingerprint, file="").update(**said)


def _kept(flyer: Flyer, content: bytes) -> Flyer:
    """Keep the file, unless another was faster or the row says something else by now."""
    path = flyer.file.field.generate_filename(flyer, f"{flyer.about}-{flyer.version}.pdf")
    name = default_storage.save(path, ContentFile(content))
    mine = Flyer.objects.filter(pk=flyer.pk, fingerprint=flyer.fingerprint, file="")
    if not mine.update(file=name, failures=0, error="", retry_at=None):
        default_storage.delete(name)
    flyer.refresh_from_db()
    if not flyer.file:
        raise InHand
    return flyer


# --- Who draws ----------------------------------------------------------------------------------------


@contextmanager
def _drawing(row: Row) -> Iterator[bool]:
    """Tell whether it is ours to draw: a crowd that downloads at once draws once. Only spares work, `_kept` guards the rest."""
    mine = cache.add(_holder(row), 1, timeout=LIMIT + _LOOK)
    try:
        yield mine
    finally:
        if mine:
            cache.delete(_holder(row))


def _holder(row: Row) -> str:
    return f"flyer:{row._meta.label_lower}:{row.pk}"


# --- What is due --------------------------------------------------------------------------------------


def _is_due(row: Row, association: Association, *, now: datetime) -> bool:
    last, drawn, retry_at = row.last_fingerprint, row.last_file, row.last_retry  # type: ignore[union-attr]
    if last != flyers.fingerprint(flyers.content_of(row, now=now, association=association)):
        return True
    return not drawn and (retry_at is None or retry_at <= now)


def _rows() -> Iterator[Row]:
    """Every call and every day, with what their flyers read and what the last version printed (6 queries, however many rows)."""
    phases = Prefetch("phases", Phase.objects.with_places(), to_attr="timeline")  # fills the cached property
    editions = Edition.objects.select_related("programme").prefetch_related(phases, "partners")  # type: ignore[no-redef]
    yield from editions.annotate(**_last("edition")).order_by("-closes_at", "pk")
    team = Prefetch("team", SessionTrainer.objects.select_related("trainer"))
    for day in TrainingSession.objects.with_places().prefetch_related("agenda", team).annotate(**_last("session")).order_by("-day", "pk"):
        day.people = [place.trainer for place in day.team.all()]
        yield day


def _last(owner: str) -> dict[str, Subquery]:
    last = Flyer.objects.filter(**{owner: OuterRef("pk")}).order_by("-version")
    columns = {"last_fingerprint": "fingerprint", "last_file": "file", "last_retry": "retry_at"}
    return {name: Subquery(last.values(column)[:1]) for name, column in columns.items()}
