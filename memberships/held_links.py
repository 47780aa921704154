"""The booking link a visitor holds, kept in their session and nowhere else (ADR 0051).

Whoever has no session is asked nothing and given no cookie: public pages stay the same for everybody. The link is kept by a POST; from
then on the visitor is known, and what they are answered is private (`core.caching`).
"""

from django.http import HttpRequest

from core.caching import is_known
from memberships.belonging import link_kept
from memberships.models import BookingLink

# The fingerprint of the link, never its secret: a copy of the sessions opens nothing.
KEY = "memberships.booking_link"


def held(request: HttpRequest) -> BookingLink | None:
    """Return the living link this visitor holds. The session is looked at only when the cookie says there is one."""
    fingerprint = request.session.get(KEY) if is_known(request) else None
    return link_kept(fingerprint) if isinstance(fingerprint, str) else None


def keep(request: HttpRequest, link: BookingLink) -> None:
    """Keep a link for this visit: whoever is not signed in forgets it with the browser's window."""
    if not request.user.is_authenticated:
        request.session.set_expiry(0)
    request.session[KEY] = link.digest


def drop(request: HttpRequest) -> None:
    """Forget it; a session that held nothing else goes with its cookie."""
    request.session.pop(KEY, None)
    if not [key for key in request.session.keys() if key != "_session_expiry"]:  # noqa: SIM118 - a session is no dictionary
        request.session.flush()
