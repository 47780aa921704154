"""The text of an ended session, kept in the browser's session until its author is signed in again.

Only for that author: the form says for whom it was shown, and another person never sees the text. One text a session, of the size
of an honest form: whoever is not signed in does not fill our tables.
"""

from django.http import HttpRequest

from applications import answers as asked
from programmes.models import Edition

KEPT = "applications_typed"
MOST_CHARACTERS = asked.MOST_CHARACTERS + 2_000


def keep(request: HttpRequest, edition: Edition) -> None:
    """Keep what an ended session posted; a text no honest form sends is not kept."""
    typed, author = asked.typed_in(request.POST), request.POST.get("author", "")[:20]
    if author and not asked.is_empty(typed) and sum(map(len, typed.values())) <= MOST_CHARACTERS:
        request.session[KEPT] = {"call": edition.pk, "author": author, "typed": typed}


def read(request: HttpRequest, edition: Edition) -> dict[str, str] | None:
    """Return the text kept for this person and this call, if any."""
    kept = request.session.get(KEPT)
    if not kept or (kept["call"], kept["author"]) != (edition.pk, str(request.user.pk)):
        return None
    typed: dict[str, str] = kept["typed"]
    return typed


def forget(request: HttpRequest, edition: Edition) -> None:
    """Drop the text of this call once it is stored, whoever it was kept for."""
    if request.session.get(KEPT, {}).get("call") == edition.pk:
        del request.session[KEPT]
