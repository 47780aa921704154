"""How a call is read: its selection with the criteria of B1, frozen once a reading is sent, and what a reader says of themselves."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from applications.models import Criterion, Review, Selection
from programmes.models import Edition

if TYPE_CHECKING:
    pass

# domain.md B1: what is scored when nobody says otherwise.
CRITERIA = (
    ("Curiosité et envie d’explorer", "Ce que la personne veut comprendre, essayer, remettre en question."),
    ("Capacité à partager dans son administration", "Avec qui, comment, et ce que ses collègues en feront."),
    ("Complémentarité avec le groupe", "Ce que son métier, son expérience ou son regard apportent aux autres."),
)


def selection_of(edition: Edition) -> Selection:
    """Return how this call chooses; made at the first question, with the criteria of B1."""
    if found := Selection.objects.filter(edition=edition).first():
        found.edition = edition
        return found
    with transaction.atomic():
        # The call's row is held: two first questions at once make one set of criteria.
        Edition.objects.select_for_update(of=("self",), no_key=True).get(pk=edition.pk)
        selection, made = Selection.objects.get_or_create(edition=edition)
        if made and not edition.criteria.exists():
            for label, help_ in CRITERIA:
                Criterion.objects.create(edition=edition, label=label, help=help_)
    selection.edition = edition
    return selection


def criteria_are_frozen(edition: Edition) -> bool:
    """True once a reading of the call was sent: a score means what its criterion said then."""
    return Review.objects.filter(application__edition=edition, sent_at__isnull=False).exists()


def amendable(selection: Selection, *, now: datetime) -> bool:
    """True while a reading that was sent may still be corrected (docs/adr/0038)."""
    return selection.read_by is None or now < selection.read_by
