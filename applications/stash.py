"""The text of an ended session, kept in the browser's session until its author is signed in again.

Only for that author: the form says for whom it was shown, and another person never sees the text.
"""

from django.http import HttpRequest

from applications import answers as asked
from programmes.models import Edition


def keep(request: HttpRequest, edition: Edition) -> None:
    """Keep what an ended session posted; a text no honest form sends is not kept."""
    typed = asked.typed_in(request.POST)
    if not asked.is_empty(typed) and not asked.too_long(typed):
        request.session[_key(edition)] = {"author": request.POST.get("author", "")[:20], "typed": typed}


def read(request: HttpRequest, edition: Edition) -> dict[str, str] | None:
    """Return the text kept for this person, if any."""
    kept = request.session.get(_key(edition))
    if not kept or kept["author"] != str(request.user.pk):
        return None
    typed: dict[str, str] = kept["typed"]
    return typed


def forget(request: HttpRequest, edition: Edition) -> None:
    """Drop the text once it is stored, whoever it was kept for."""
    if _key(edition) in request.session:
        del request.session[_key(edition)]


def _key(edition: Edition) -> str:
    return f"typed:{edition.pk}"
