"""The words of a file that the jury does not read: chosen by the team, beside those that mask themselves (`applications.masking`)."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from applications import answers as asked
from applications.masking import tidied
from applications.models import Application
from applications.services.triage import touch
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def mask(application: Application, words: str, *, by: "User", now: datetime, revision: int | None = None) -> None:
    """Keep the words to mask; what was deposited does not change. Of two colleagues, the second is told."""
    kept = tidied(asked.storable(words))
    locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    if locked.masked_words == kept:
        return
    touch(locked, revision)
    Application.objects.filter(pk=locked.pk).update(masked_words=kept)
    application.masked_words = kept
    # The log is read by people who may not read the file: it says that words are masked, not which.
    record("mots masqués au jury", locked, by=by, now=now)
