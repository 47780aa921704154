"""The calls for which the letters may be worded apart (`mailing.wordings`)."""

from collections.abc import Iterable
from typing import Any

from core import clock
from core.registry import Scope
from programmes.models import Edition
from records.services import label_of


def of_editions(user: Any) -> Iterable[Scope]:
    """Every call this person may see, the latest first; an old one may still be written to."""
    editions = Edition.objects.visible_to(user, now=clock.now()).order_by("-closes_at", "pk")
    return [Scope(label_of(edition), edition.short_title) for edition in editions]
