"""The letters to the jury: how many files they are given, the date that comes, the date that passed.

Their words are in templates/applications/emails/. None names a candidate: a mailbox is read by more people than a queue.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Max
from django.urls import reverse

from accounts.models import User as Person
from accounts.roles import VIEW_APPLICATION
from applications.emails import EDITION, EXAMPLES, stamp
from applications.models import Application, Review, Selection
from applications.services.juries import selection_of
from core import clock
from core.addresses import absolute
from core.typography import agreeing, moment_in_words
from mailing import outbox
from mailing.letters import KINDS, Context, Example, LetterKind, Placeholder, register
from mailing.models import Batch, Message
from mailing.states import Settling, State
from programmes.models import Edition
from records.services import label_of

if TYPE_CHECKING:
    from accounts.models import User

GIVEN = "applications.readings_given"
DUE = "applications.readings_due"
LATE = "applications.readings_late"
_FOLDER = "applications/emails"


def _number(context: Context) -> str:
    return f"{context['number']}\u00a0{agreeing(context['number'], 'candidature', 'candidatures')}"


def _before(context: Context) -> str:
    read_by = context["selection"].read_by
    return moment_in_words(read_by, noon=True) if read_by else ""


def _still_before(context: Context) -> str:
    """What is given once the date has passed is not due before it: the letter says no date."""
    read_by = context["selection"].read_by
    return _before(context) if read_by and outbox.leaves_at(KINDS[GIVEN], clock.now()) < read_by else ""


def _blind(context: Context) -> str:
    return "Vous lirez sans les noms : ni la personne, ni sa structure." if context["selection"].is_blind else ""


TOLD = {
    "salutation": Placeholder("« Bonjour Lou », ou « Bonjour » quand le prénom n’est pas connu", itemgetter("greeting")),
    "appel": Placeholder("le titre de l’appel", lambda context: context["edition"].title),
    "appel_court": Placeholder("le titre court de l’appel", lambda context: context["edition"].short_title),
    "nombre": Placeholder("« 12 candidatures » : ce qui est confié, ou ce qui reste à lire", _number, essential=True),
    "avant_le": Placeholder("la date des lectures, en toutes lettres ; vide sans date", _before),
    "sans_les_noms": Placeholder("que la lecture se fait sans les noms ; vide quand elle se fait avec", _blind),
    "lien": Placeholder("l’adresse de « À lire »", itemgetter("page"), button=True),
}


def register_kinds() -> None:
    """Make our kinds known; a second copy harms nobody."""
    common: dict[str, Any] = {
        "settling": Settling.RESEND,
        "read_with": VIEW_APPLICATION,
        "scopes": (EDITION,),
        "placeholders": TOLD,
        "examples": _last_given,
        "in_working_hours": True,
    }
    ahead = Placeholder("la date des lectures, en toutes lettres ; vide sans date, ou quand elle est passée", _still_before)
    given: dict[str, Any] = {**common, "placeholders": TOLD | {"avant_le": ahead}}
    register(LetterKind(GIVEN, "candidatures confiées à un membre du jury", f"{_FOLDER}/readings_given.txt", _sample, **given))
    reminder: dict[str, Any] = {**common, "still_due": _is_still_due}
    register(LetterKind(DUE, "lectures à rendre dans trois jours", f"{_FOLDER}/readings_due.txt", _sample, **reminder))
    register(LetterKind(LATE, "lectures en retard", f"{_FOLDER}/readings_late.txt", _sample, **reminder))


# --- Given ------------------------------------------------------------------------------------------


def letters_for(given: "Sequence[tuple[Application, User]]") -> int:
    """Return how many letters giving these files takes: one a reader and a call."""
    return len(_counted(given))


def post_given(given: "Sequence[tuple[Application, User]]", *, batch: Batch, now: datetime) -> None:
    """Owe each reader one letter with the number of files they are given, part of the act's batch."""
    counts = _counted(given)
    for edition in {edition: None for edition, _ in counts}:
        selection = selection_of(edition)
        owed = [_owed(selection, reader, number, batch) for (call, reader), number in counts.items() if call == edition]
        outbox.post_all(KINDS[GIVEN], owed, batch=batch, now=now, scope=label_of(edition))


def say_again(selection: Selection, *, now: datetime) -> None:
    """The date of the readings has moved: the letters of files given that have not left say the new one; reminders follow by their key."""
    kind, edition = KINDS[GIVEN], selection.edition
    letters = Message.objects.select_for_update(of=("self",)).filter(kind=GIVEN, about=label_of(edition), state=State.DUE, next_at__gt=now)
    for letter in letters.select_related("batch").order_by("pk"):
        reader = Person.objects.get(pk=letter.key.rpartition(":")[2])
        at = letter.batch.created_at if letter.batch else letter.created_at  # the moment of the act
        given = Review.objects.filter(reviewer=reader, application__edition=edition, assigned_at=at).count()
        if given:
            letter.subject, letter.text = outbox.render(kind, context_of(selection, reader, given), scope=label_of(edition))
            letter.save(update_fields=["subject", "text", "search"])


def _counted(given: "Sequence[tuple[Application, User]]") -> "Counter[tuple[Edition, User]]":
    return Counter((application.edition, reader) for application, reader in given)


def _owed(selection: Selection, reader: "User", number: int, batch: Batch) -> outbox.Owed:
    return outbox.Owed(
        f"batch:{batch.pk}:lectures:{selection.pk}:{reader.pk}",
        reader.email,
        context_of(selection, reader, number),
        reader=reader,
        about=label_of(selection.edition),
        reply_to=selection.edition.programme.contact_email,
    )


# --- Reminders --------------------------------------------------------------------------------------


def reminder_key(kind: str, selection: Selection, reader: "User") -> str:
    """Name the fact: this reader, this date of this call. A date that moves arms the reminder again."""
    moment = stamp(selection.read_by) if selection.read_by else ""
    return f"selection:{selection.pk}:{kind.rpartition('_')[2]}:{moment}:{reader.pk}"


def post_reminder(kind: str, selection: Selection, reader: "User", number: int, *, now: datetime) -> None:
    """Owe one reminder; the second post of the same is the first."""
    outbox.post(
        reminder_key(kind, selection, reader),
        KINDS[kind],
        to=reader.email,
        reader=reader,
        context=context_of(selection, reader, number),
        now=now,
        about=label_of(selection.edition),
        reply_to=selection.edition.programme.contact_email,
        scope=label_of(selection.edition),
    )


def _is_still_due(message: Message) -> bool:
    """Still something to read, for the same date: asked again when the letter is about to leave."""
    _, pk, _, moment, reader = message.key.split(":")[:5]
    selection = Selection.objects.filter(pk=pk).first()
    if selection is None or selection.read_by is None or stamp(selection.read_by) != moment:
        return False
    return Review.objects.to_read().filter(application__edition=selection.edition_id, reviewer=int(reader)).exists()


# --- What they say ----------------------------------------------------------------------------------


def context_of(selection: Selection, reader: "User", number: int) -> dict[str, Any]:
    return {
        "selection": selection,
        "edition": selection.edition,
        "greeting": f"Bonjour {reader.first_name}".strip(),
        "number": number,
        "page": absolute(reverse("readings")),
    }


def _sample() -> dict[str, Any]:
    from applications.samples import sample_step

    application = sample_step().application
    selection = Selection(pk=0, edition=application.edition, read_by=application.edition.closes_at)
    return context_of(selection, Person(email="lou.exemple@jury.example", first_name="Lou", last_name="Exemple"), 12)


def _last_given(scope: str) -> Sequence[Example]:
    """The readers who were given files last."""
    reviews = Review.objects.filter(application__edition=int(scope.partition(":")[2])) if scope else Review.objects.all()
    found = reviews.order_by().values_list("application__edition", "reviewer").annotate(latest=Max("pk"), number=Count("pk"))
    rows = [(edition, reader, number) for edition, reader, _, number in found.order_by("-latest")[:EXAMPLES]]
    calls = Edition.objects.select_related("programme").in_bulk({edition for edition, _, _ in rows})
    people = Person.objects.in_bulk({reader for _, reader, _ in rows})
    return [
        Example(
            f"{edition}-{reader}",
            f"{calls[edition].short_title}, {people[reader]}",
            partial(_example, calls[edition], people[reader], number),
        )
        for edition, reader, number in rows
    ]


def _example(edition: Edition, reader: "User", number: int) -> dict[str, Any]:
    return context_of(selection_of(edition), reader, number)
