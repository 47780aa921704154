"""The demonstration of a selection: a call that its jury has almost read, and a call whose results are told and whose places fill.

Rows are made in bulk, once for each new file, with the history they would have; nothing leaves when the demonstration is loaded.
"""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.core.files.base import ContentFile

from accounts.models import User
from applications import agreements, confirming_emails, demo_triage, services, telling
from applications.demo_content import COMMENTS
from applications.models import (
    Application,
    ConflictOfInterest,
    Criterion,
    EmployerAgreement,
    Offer,
    ResultsRelease,
    Review,
    ReviewVersion,
    Score,
    Selection,
    Step,
)
from applications.services import assigning
from applications.states import Agreement, ConflictKind, State
from mailing.batches import open_batch
from programmes.models import Edition
from records.services import Entry as Logged
from records.services import record_many

# The call of `programmes.demo` that its jury reads.
READ = "DM12"
FILES, READINGS, READERS = 120, 2, 6
# How the call of which the results are published stands: 14 + 4 + two offers are its 20 places; two people gave theirs back.
LEFT = 2
CHOSEN = (
    [State.CONFIRMED] * 14 + [State.SELECTED] * (4 + LEFT) + [State.WAITLISTED] * 6 + [State.DECLINED] * 4 + [State.WITHDRAWN]
)  # fmt: skip
TOLD = frozenset({State.SELECTED, State.CONFIRMED, State.WAITLISTED, State.DECLINED})
# Of the six who read: the last two have these many readings left, past the date.
LATE = {4: 4, 5: 11}
ABSTAINS, CONFLICT, MASKED = 37, 50, {3: "Exemple", 8: "accueil\nmairie", 21: "service"}
MANAGERS = ("Dominique Exemple", "Claude Exemple", "Alix Exemple")
JOBS = ("directrice générale des services", "chef de service", "directeur des ressources humaines")
SIGNED = (
    b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R /Lang (fr) >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n"
    b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>\nendobj\n"
    b"4 0 obj\n<< /Length 69 >>\nstream\nBT /F 18 Tf 72 720 Td (Accord de l'employeur : demonstration.) Tj ET     \nendstream\nendobj\n"
    b"5 0 obj\n<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>\nendobj\n"
    b"trailer\n<< /Root 1 0 R /Size 6 >>\nstartxref\n0\n%%EOF\n"
)


def furnish(call: Edition, made: Mapping[int, Application], *, now: datetime) -> None:
    """Give the new files of a call what its jury, its people and their employers did."""
    if not made:
        return
    if call.reference_prefix == READ:
        _read(call, [made[rank] for rank in sorted(made)])
    elif call.reference_prefix == demo_triage.RESULTS:
        _told(call, [made[rank] for rank in sorted(made)], now=now)


# --- Read by the jury ---------------------------------------------------------------------------------


def _read(call: Edition, rows: Sequence[Application]) -> None:
    """Two readings a file, shared evenly; most are sent, some are late, one is in conflict, nothing is decided."""
    _settings(call, read_by=call.closes_at + timedelta(days=11), confirm_by=call.closes_at + timedelta(days=18))
    readers = sorted(assigning.jury(), key=lambda reader: reader.pk)[:READERS]
    if len(readers) < READINGS:
        return
    reviews = [_review(row, readers, at, turn, call) for at, row in enumerate(rows) for turn in range(READINGS)]
    _leave_late(reviews, readers)
    Review.objects.bulk_create(reviews, batch_size=500)
    _score(reviews, list(call.criteria.order_by("order", "pk")))
    for at, words in MASKED.items():
        if at < len(rows):
            Application.objects.filter(pk=rows[at].pk).update(masked_words=words)
    _conflict(reviews, rows)
    services.recount(rows)
    entries = [Logged(review.application) for review in reviews if review.sent_at]
    record_many("lecture envoyée", entries, by=None, now=call.closes_at + timedelta(days=9))


def _settings(call: Edition, *, read_by: datetime | None, confirm_by: datetime) -> Selection:
    selection = services.selection_of(call)
    selection.readings, selection.read_by, selection.confirm_by = READINGS, read_by, confirm_by
    selection.save()
    return selection


def _review(row: Application, readers: Sequence[User], at: int, turn: int, call: Edition) -> Review:
    """The next reader in turn: `len(readers)` files later it is their turn again, with somebody else beside them."""
    reader = readers[(at + turn * (1 + at // len(readers) % (len(readers) - 1))) % len(readers)]
    given = call.closes_at + timedelta(days=1)
    return Review(
        application=row, reviewer=reader, assigned_at=given, assigned_by="Équipe Exemple", sent_at=given + timedelta(hours=2 * at)
    )


def _leave_late(reviews: Sequence[Review], readers: Sequence[User]) -> None:
    for number, count in LATE.items():
        if number < len(readers):
            mine = [review for review in reviews if review.reviewer == readers[number]]
            for review in mine[-count:]:
                review.sent_at = None


def _score(reviews: Sequence[Review], criteria: Sequence[Criterion]) -> None:
    """Scores that look like a jury's: files differ more than readers do."""
    scores, versions = [], []
    for at, review in enumerate(reviews):
        if review.sent_at is None:
            continue
        given = _scores(review.application_id, at, criteria)
        review.abstained = at % len(reviews) == ABSTAINS
        if not review.abstained:
            total = sum(criterion.weight for criterion in criteria)
            weighed = sum(given[criterion.pk] * criterion.weight for criterion in criteria)
            review.mark = (Decimal(weighed) / total).quantize(Decimal("0.01"))
            scores += [Score(review=review, criterion=criterion, value=given[criterion.pk]) for criterion in criteria]
        review.comment, review.saved_at, review.revision = COMMENTS[at % len(COMMENTS)], review.sent_at, 1
        kept = {} if review.abstained else {str(pk): value for pk, value in given.items()}
        sent = {"at": review.sent_at, "abstained": review.abstained, "mark": review.mark}
        versions.append(ReviewVersion(review=review, scores=kept, comment=review.comment, **sent))
    Review.objects.bulk_update(reviews, ["abstained", "mark", "comment", "saved_at", "revision"], batch_size=500)
    Score.objects.bulk_create(scores, batch_size=500)
    ReviewVersion.objects.bulk_create(versions, batch_size=500)


def _scores(file: int, at: int, criteria: Sequence[Criterion]) -> dict[int, int]:
    of_file, of_reader = random.Random(file), random.Random(1_000 + at)  # noqa: S311 - invented scores, always the same
    level = of_file.uniform(1.2, 4.8)
    return {criterion.pk: max(0, min(5, round(level + of_reader.gauss(0, 0.8)))) for criterion in criteria}


def _conflict(reviews: Sequence[Review], rows: Sequence[Application]) -> None:
    if len(rows) > CONFLICT:
        review = next(each for each in reviews if each.application == rows[CONFLICT])
        ConflictOfInterest.objects.create(
            application=review.application,
            reviewer=review.reviewer,
            kind=ConflictKind.DECLARED,
            note="Nous avons travaillé ensemble l’an dernier.",
            at=review.assigned_at + timedelta(hours=5),
            by_name=str(review.reviewer),
        )


# --- Told -------------------------------------------------------------------------------------------------


def _told(call: Edition, rows: Sequence[Application], *, now: datetime) -> None:
    """Everyone was answered five days ago; places are confirmed one after the other."""
    released = call.results_released_at
    if released is None:
        return
    _settings(call, read_by=None, confirm_by=released + timedelta(days=14))
    by = {state: [row for row in rows if row.state == state] for state in State}
    for rank, row in enumerate(by[State.WAITLISTED], start=1):
        row.waitlist_rank = rank
    for row in by[State.DECLINED][:2]:
        row.reason, row.reason_shared = "Le jury a aimé votre question ; un essai déjà commencé l’aurait nourrie.", True
    Application.objects.bulk_update(rows, ["waitlist_rank", "reason", "reason_shared"])
    _released(call, rows, released)
    _move_on(by, released, now=now)
    _answer_employers(by, released, now=now)


def _released(call: Edition, rows: Sequence[Application], released: datetime) -> None:
    """Whoever is confirmed today was told first that they were selected."""
    team, asked = demo_triage.team(), released - timedelta(minutes=10)
    answered, confirmed = [row for row in rows if row.state in TOLD], [row for row in rows if row.state == State.CONFIRMED]
    for row in confirmed:
        row.state = State.SELECTED
    batch = open_batch("Publication des résultats", by=team, now=asked, about=call)
    telling.post_results(answered, call, batch=batch, now=asked)
    counts = {state.value: sum(row.state == state for row in answered) for state in (State.SELECTED, State.WAITLISTED, State.DECLINED)}
    batch.due_at = released
    batch.save(update_fields=["due_at"])
    ResultsRelease.objects.create(edition=call, at=asked, by_name=str(team), counts=counts, batch=batch)
    for row in confirmed:
        row.state, row.accepted_at = State.CONFIRMED, released + timedelta(hours=25)
        author = {"by": row.applicant, "by_name": str(row.applicant)}
        step = Step.objects.create(application=row, to_state=State.CONFIRMED, at=released + timedelta(hours=26), **author)
        confirming_emails.post_confirmed(step, now=step.at)
    Application.objects.bulk_update(confirmed, ["accepted_at"])


def _answer_employers(by: Mapping[State, Sequence[Application]], released: datetime, *, now: datetime) -> None:
    """An agreement in each state: by link, by a signed PDF, refused in words, awaited with a question, awaited."""
    rows = [_link(row, released, number) for number, row in enumerate(by[State.CONFIRMED][1:])]
    received, asking, refused, *_ = by[State.SELECTED]
    rows += [_link(received, released, 1), _link(by[State.WAITLISTED][2], released, 2)]
    rows.append(
        _link(refused, released, 0, answer=Agreement.REFUSED, words="Octobre est le mois du budget : le service ne peut pas s’en passer.")
    )
    question = {"question": "Qui paie le train entre deux étapes ?", "question_email": "direction@ville-exemple.example"}
    asked = {"name": MANAGERS[1], "question_at": released + timedelta(hours=30)}
    rows.append(
        _link(asking, released, 1, answer=Agreement.AWAITED, answered_at=None, job="", until=now + agreements.OPEN_FOR, **question | asked)
    )
    EmployerAgreement.objects.bulk_create(rows)
    Application.objects.filter(pk__in=[asking.pk, refused.pk]).update(accepted_at=released + timedelta(hours=3))
    for row in (asking, refused):
        row.accepted_at = released + timedelta(hours=3)
    _signed(by[State.CONFIRMED][0], released + timedelta(hours=24))


def _link(row: Application, released: datetime, number: int, **said: object) -> EmployerAgreement:
    link = agreements.new_link(row, f"direction{number}@ville-exemple.example", now=released + timedelta(hours=2))
    given = {
        "answer": Agreement.RECEIVED,
        "answered_at": released + timedelta(hours=24),
        "opened_at": released + timedelta(hours=23),
        "name": MANAGERS[number % len(MANAGERS)],
        "job": JOBS[number % len(JOBS)],
    }
    for name, value in (given | said).items():
        setattr(link, name, value)
    return link


def _signed(row: Application, at: datetime) -> None:
    kept = EmployerAgreement(application=row, asked_at=at, answered_at=at, answer=Agreement.RECEIVED)
    kept.file.save(f"demonstration-{row.reference}.pdf", ContentFile(SIGNED), save=False)
    kept.save()


def _move_on(by: Mapping[State, Sequence[Application]], released: datetime, *, now: datetime) -> None:
    """Two people gave their place back: it is offered to the first two of the waiting list, until the 72 hours end."""
    for row, waiting, ago in zip(by[State.SELECTED][-LEFT:], by[State.WAITLISTED][:LEFT], (20, 3), strict=True):
        at = max(released, (now - timedelta(hours=ago)).replace(second=0, microsecond=0))
        Application.objects.filter(pk=row.pk).update(state=State.WITHDRAWN)
        author = {"by": row.applicant, "by_name": str(row.applicant)}
        step = Step.objects.create(application=row, to_state=State.WITHDRAWN, at=at, note="Un autre projet ce mois-là.", **author)
        telling.tell_left(step)
        offer = Offer.objects.create(
            application=waiting, rank=waiting.waitlist_rank or 0, branch=row.branch, at=at, until=at + timedelta(hours=72)
        )
        telling.tell_offer(offer)
