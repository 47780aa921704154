"""Credit notes that go with the letter of the act they follow from: one act, one letter, and `billing` does not announce them again.

A finance department that is written to apart has its own, from `billing`: it reads neither who comes nor why they come no more.
"""

from collections.abc import Sequence

from billing import documents
from billing.models import Invoice
from core.money import euros
from mailing.letters import Attachment, Context, Placeholder, listed
from mailing.models import Message

_IN_KEY = ":avoirs-"
_TWO = 2


def key_with(key: str, notes: Sequence[Invoice]) -> str:
    """The key of a letter holds which notes it carries, whatever is credited later: from the first of its act to the last."""
    return f"{key}{_IN_KEY}{notes[0].pk}-{notes[-1].pk}" if notes else key


def of(message: Message) -> list[Invoice]:
    """Return the credit notes that a letter carries, all of its order."""
    span = message.fact.partition(_IN_KEY)[2].split("-")
    if len(span) != _TWO:
        return []
    rows = Invoice.objects.about(message.about).filter(corrects__isnull=False, pk__gte=int(span[0]), pk__lte=int(span[1]))
    return list(rows.order_by("pk"))


def attached(message: Message) -> Sequence[Attachment]:
    """Their files, made when the letter leaves."""
    return [Attachment(documents.file_name(row), documents.read(row), documents.PDF) for row in of(message)]


def _in_words(context: Context) -> str:
    return listed(f"avoir {note.number}, {euros(note.gross)}, joint à cette lettre" for note in context["notes"])


LISTED = {"avoirs": Placeholder("les avoirs émis et joints, une ligne chacun ; vide s’il n’y en a pas", _in_words, lines=True)}
