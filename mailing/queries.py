"""What pages show of the letters."""

from datetime import datetime
from typing import Any, cast

from django.http import HttpRequest

from mailing.models import Message, MessageQuerySet, Reader

SHOWN = 10


def letters_of(request: HttpRequest, *, now: datetime) -> MessageQuerySet:
    """The letters the signed-in person received."""
    reader = cast(Reader, request.user)
    return Message.objects.readable_by(reader, now=now).order_by("-due_at", "-pk")


def my_letters(request: HttpRequest, now: datetime) -> dict[str, Any] | None:
    """The part « Mes lettres » of `/espace/`; `?lettres=toutes` shows them all."""
    letters = letters_of(request, now=now)
    every = request.GET.get("lettres") == "toutes"
    shown = list(letters if every else letters[: SHOWN + 1])
    if not shown:
        return None
    return {"letters": shown if every else shown[:SHOWN], "more": not every and len(shown) > SHOWN}
