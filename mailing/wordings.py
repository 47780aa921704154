"""The association's own words for a kind of letter, for all or for one row (an edition); each change is a version, none is lost."""

from django.db.models import Exists, OuterRef

from mailing import rendering
from mailing.letters import LetterKind
from mailing.models import Wording
from mailing.rendering import Words


def current(kind: LetterKind, *, scope: str = "") -> Words:
    """Return the words that count: those of the scope, else those for all, else the shipped ones. One query.

    Words that the kind does not allow any more (a placeholder that an update of the portal took away) are passed over.
    """
    newer = Wording.objects.filter(kind=OuterRef("kind"), scope=OuterRef("scope"), pk__gt=OuterRef("pk"))
    last = Wording.objects.filter(~Exists(newer), kind=kind.name, scope__in={"", scope}).exclude(body="")
    for wording in sorted(last, key=lambda wording: wording.scope, reverse=True):
        words = Words(wording.subject, wording.body)
        if not rendering.faults(kind, words):
            return words
    return rendering.shipped(kind)
