"""The pictures of events: what is uploaded is looked at and drawn again by us, in two widths; who may read it, and what is erased.

The content decides, never the name, within the limits of portraits (`programmes.photos`): not a byte of what was sent is kept.
"""

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from core.registry import Erasure
from events.models import Event, EventPicture
from events.models.picture import FOLDER
from programmes import photos

CONTENT_TYPE = "image/jpeg"
# A poster stands: its height may be half as much again as the width of the page.
LARGE, SMALL, QUALITY = (1200, 1200), (600, 900), 76
TOO_SMALL = "Cette image est trop petite\u00a0: 600 points sur son plus grand côté au moins."
SIZES = {"grande": "large", "petite": "small"}
FILES = "images d’événements sans fiche"
STRAY = timedelta(days=1)  # a file made longer ago belongs to a row, or to none


class Drawn(NamedTuple):
    """What is kept of an upload."""

    large: "ContentFile[bytes]"
    small: "ContentFile[bytes]"
    width: int
    height: int
    small_width: int


def redrawn(upload: "UploadedFile[bytes]") -> Drawn:
    """Return what to keep of an upload; refuse in words (ValidationError) what is no picture, too heavy, too large or broken."""
    sent = photos.opened(upload)
    if max(sent.size) < SMALL[0]:
        raise ValidationError(TOO_SMALL)
    share = min(1.0, max(LARGE) / max(sent.size))
    least = (max(1, int(sent.width * share)), max(1, int(sent.height * share)))
    large = photos.decoded(sent, least, max(LARGE))
    small = large.copy()
    small.thumbnail(SMALL)
    return Drawn(_jpeg(large), _jpeg(small), large.width, large.height, small.width)


def _jpeg(picture: Image.Image) -> "ContentFile[bytes]":
    drawn = BytesIO()
    picture.save(drawn, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return ContentFile(drawn.getvalue(), name=new_name())


def new_name() -> str:
    """One that nobody can guess."""
    return f"{secrets.token_hex(16)}.jpg"


def of(event: Event) -> EventPicture | None:
    """The picture of an event, described or not."""
    return getattr(event, "picture", None)


def shown(event: Event) -> EventPicture | None:
    """What its page shows: nobody is shown a picture that some could not be told."""
    picture = of(event)
    return picture if picture and picture.alt else None


def address(picture: EventPicture, size: str) -> str:
    """Where its page reads it; another picture has another address, so that no cache shows the former."""
    event = picture.event
    return f"{reverse('event_picture', args=[event.season.slug, event.slug, size])}?v={picture.changed_at.timestamp():.0f}"


def read(picture: EventPicture, size: str) -> bytes | None:
    """Return its content; None when the storage lost it."""
    try:
        with default_storage.open(str(getattr(picture, SIZES[size]).name)) as file:
            content: bytes = file.read()
    except OSError:
        return None
    return content


def forget_files(picture: EventPicture) -> None:
    """Its files go once the transaction is over."""
    for name in (str(picture.large.name), str(picture.small.name)):
        transaction.on_commit(lambda name=name: default_storage.delete(name), robust=True)  # type: ignore[misc]


def forget_of(event: Event) -> None:
    """With the event that is erased, its picture."""
    if picture := of(event):
        forget_files(picture)


def purge(now: datetime, dry_run: bool) -> Iterator[Erasure]:
    """Erase the files whose row is gone, or has another by now. Files tell machines' time."""
    named = {name for pair in EventPicture.objects.order_by("pk").values_list("large", "small") for name in pair}
    names = default_storage.listdir(FOLDER)[1] if default_storage.exists(FOLDER) else []
    old = timezone.now() - STRAY
    paths = [path for path in (f"{FOLDER}/{name}" for name in names) if path not in named]
    stray = [path for path in paths if default_storage.get_modified_time(path) < old]
    for path in () if dry_run else stray:
        default_storage.delete(path)
    yield Erasure(FILES, len(stray))
