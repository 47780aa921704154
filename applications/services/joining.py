"""Two files of one person: one stays and gets the one answer, the other is joined to it; they may be separated again.

What the team put on the joined file (notes, tags, reviewers) is copied to the one that stays. The joined one keeps its own, and its
person goes on reading it.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from applications import staff_emails
from applications.models import Application, Note, Review, Selection, Step
from applications.services.acts import locked, move_all
from applications.services.assigning import jurors_for
from applications.services.moving import hold
from applications.services.triage import touch_all
from applications.states import State
from core.refusals import Refused
from programmes.models import Edition
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User

# What may be joined: deposited, and not decided.
JOINABLE = (State.SUBMITTED, State.IN_REVIEW)
KEEPABLE = (*JOINABLE, State.SELECTED, State.CONFIRMED, State.WAITLISTED, State.DECLINED)


def refuse_to_join(joined: Application, kept: Application) -> None:
    """Say why these two cannot be joined so."""
    if joined.pk == kept.pk:
        raise Refused("Choisissez deux candidatures différentes.")
    if joined.edition_id != kept.edition_id:
        raise Refused("Ces deux candidatures ne sont pas au même appel.")
    if joined.state not in JOINABLE:
        raise Refused(f"{joined} est « {State(joined.state).label} » : seule une candidature déposée ou en examen se joint à une autre.")
    if kept.state not in KEEPABLE or kept.erased_at:
        raise Refused(f"{kept} est « {State(kept.state).label} » : elle ne peut pas être celle qui reste.")


@transaction.atomic
def join(joined: Application, kept: Application, *, by: "User", now: datetime, tell: bool, note: str = "") -> Step:
    """Join a file to the one that stays; with `tell`, its person gets one letter. Both rows are locked: of two colleagues, one acts.

    The call is held first, as by who publishes its results: what they counted is what is answered.
    """
    hold(joined.edition_id)
    joined, kept = _both(joined, kept)
    refuse_to_join(joined, kept)
    words = f"Jointe à {kept}, qui reste et reçoit la réponse.{_two_people(joined, kept)} {note.strip()}".strip()
    move_all([joined], State.DUPLICATE, by=by, now=now, note=words)
    Application.objects.filter(pk=joined.pk).update(duplicate_of=kept)
    # What was joined to it follows: there is one file that stays.
    Application.objects.filter(duplicate_of=joined.pk).update(duplicate_of=kept)
    joined.duplicate_of = kept
    _pass_on(joined, kept)
    touch_all([joined, kept])
    record("candidature jointe", joined, by=by, now=now, note=words)
    record("candidature gardée", kept, by=by, now=now, note=f"{joined} lui est jointe.{_two_people(joined, kept)}")
    step = joined.steps.latest("at", "pk")
    step.application = joined
    if tell:
        staff_emails.post_joined(step, now=now)
    return step


@transaction.atomic
def separate(joined: Application, *, by: "User", now: datetime, note: str = "") -> None:
    """Put a joined file back where it was, with an answer of its own to come; once the results are out, before the jury: it is decided."""
    edition = hold(joined.edition_id)
    row = locked([joined.pk])[0]
    if row.state != State.DUPLICATE:
        raise Refused(f"{row} n’est jointe à aucune autre : rechargez la page.")
    _refuse_unless_answered_later(edition, now=now)
    kept = row.duplicate_of
    words = f"Séparée de {kept}. {note.strip()}".strip()
    Application.objects.filter(pk=row.pk).update(duplicate_of=None)
    move_all([row], State.IN_REVIEW if edition.results_released_at else _where_it_was(row), by=by, now=now, note=words)
    touch_all([row, *([kept] if kept else [])])
    record("candidature séparée", row, by=by, now=now, note=words)
    if kept:
        record("candidature séparée", kept, by=by, now=now, note=f"{row} ne lui est plus jointe.")


def _refuse_unless_answered_later(edition: Edition, *, now: datetime) -> None:
    """A file that is separated waits for an answer: refuse while none could be given."""
    if edition.results_released_at and not edition.is_released(now=now):
        raise Refused("Les résultats partent bientôt : attendez qu’ils soient publiés, ou annulez leur publication.")
    if Selection.objects.filter(edition=edition, closed_at__isnull=False).exists():
        raise Refused("La sélection est close : cette personne n’aurait pas de réponse. Rouvrez d’abord la sélection.")


def _both(one: Application, other: Application) -> tuple[Application, Application]:
    rows = {row.pk: row for row in locked({one.pk, other.pk})}
    return rows[one.pk], rows[other.pk]


def _two_people(joined: Application, kept: Application) -> str:
    """The history says it when the one answer goes to another account, or another address, than the joined file's."""
    if joined.address == kept.address:
        return ""
    return " Les deux ont des adresses différentes : la réponse ira à celle de la candidature qui reste."


def _where_it_was(application: Application) -> State:
    before = application.steps.filter(to_state__in=JOINABLE).order_by("at", "pk").last()
    return State(before.to_state) if before else State.SUBMITTED


def _pass_on(joined: Application, kept: Application) -> None:
    """Copy what the team put on it; joined again, nothing is copied twice."""
    kept.tags.add(*joined.tags.all())
    has = set(kept.notes.values_list("text", "at"))
    notes = [each for each in joined.notes.order_by("at", "pk") if (each.text, each.at) not in has]
    Note.objects.bulk_create(Note(application=kept, text=each.text, at=each.at, by_id=each.by_id, by_name=each.by_name) for each in notes)
    assigned = list(joined.reviews.select_related("reviewer").order_by("pk"))
    jurors = jurors_for([kept], [each.reviewer for each in assigned])
    reviews = [each for each in assigned if not jurors.why_not(kept, each.reviewer)]
    Review.objects.bulk_create(
        Review(application=kept, reviewer_id=each.reviewer_id, assigned_at=each.assigned_at, assigned_by=each.assigned_by)
        for each in reviews
    )
