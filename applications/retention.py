"""How long applications are kept, and their erasing (domain.md G3): to change a duration, change it here."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.core.files.storage import default_storage
from django.db import models, transaction
from django.db.models import QuerySet
from django.utils import timezone

from applications import answers as asked
from applications.models import FOLDER, Application, ConflictOfInterest, EmployerAgreement, LateLink, Review, ReviewVersion, Step
from applications.services.triage import forget_unused_tags
from applications.states import CHOSEN, State
from core.clock import PARIS
from core.registry import Erasure
from mailing import outbox
from programmes.models import Edition
from records.services import forget, label_of

DRAFTS_KEPT = timedelta(days=30)  # after the deadline
NOT_CHOSEN_KEPT_MONTHS = 6  # after the edition
CHOSEN_KEPT_MONTHS = 36  # after the edition
# What each part of the purge tells, in the timeline as well.
DRAFTS = "brouillons de candidature effacés"
CHANGES = "modifications jamais déposées effacées"
NOT_CHOSEN = "candidatures non retenues ou retirées anonymisées"
CHOSEN_ONES = "candidatures retenues anonymisées"
LIMITS = "délais personnels effacés"
AGREEMENTS = "accords d’employeurs effacés"
COMMENTS = "commentaires du jury effacés"
AGREEMENTS_FOLDER = "accords/"
STRAY = timedelta(days=1)  # a file made longer ago belongs to a deposit, or to none


def drafts_erased_at(edition: Edition) -> datetime:
    """Counted from the call's own deadline, whatever limit a person has of their own (`deadlines.closing_at`)."""
    closes_at: datetime = getattr(edition, "call_closes_at", edition.closes_at)
    return closes_at + DRAFTS_KEPT


def not_chosen_erased_on(edition: Edition) -> date:
    return months_after(edition.ends_on, NOT_CHOSEN_KEPT_MONTHS)


def chosen_erased_on(edition: Edition) -> date:
    return months_after(edition.ends_on, CHOSEN_KEPT_MONTHS)


def months_after(day: date, months: int) -> date:
    """Return the same day some months later, or the last of that month."""
    index = day.year * 12 + day.month - 1 + months
    first, following = _first_of(index), _first_of(index + 1)
    return min(first + timedelta(days=day.day - 1), following - timedelta(days=1))


def _first_of(index: int) -> date:
    return date(index // 12, index % 12 + 1, 1)


def purge(now: datetime, dry_run: bool) -> Iterator[Erasure]:
    """Erase what is past its time; a dry run counts the same rows and touches none."""
    yield Erasure(DRAFTS, _each(_drafts_over(now), _erase_draft, now, dry_run))
    yield Erasure(CHANGES, _each(_changes_over(now), _erase_changes, now, dry_run))
    yield Erasure(NOT_CHOSEN, _each(_not_chosen_over(now), _anonymise, now, dry_run))
    yield Erasure(CHOSEN_ONES, _each(_chosen_over(now), _anonymise, now, dry_run))
    if not dry_run:
        # A word of the team that no file holds any more may say something of the person whose file it was on.
        forget_unused_tags()
    yield Erasure("fichiers sans candidature", _stray_files(dry_run))


def purge_words(now: datetime, dry_run: bool) -> Iterator[Erasure]:
    """What goes with the applications that `purge` anonymises next, counted apart: the employers' words and files, the jury's comments."""
    yield Erasure(AGREEMENTS, _agreements_over(now).count())
    yield Erasure(COMMENTS, _comments_over(now).count())


def purge_limits(now: datetime, dry_run: bool) -> Iterator[Erasure]:
    """A limit of one's own is kept as long as the drafts of its call: an address and a reason, of no use afterwards."""
    over = LateLink.objects.filter(edition__closes_at__lte=now - DRAFTS_KEPT, until__lte=now)
    links = [] if dry_run else list(over.order_by("pk"))
    count = over.count()
    for link in links:
        with transaction.atomic():
            outbox.forget(label_of(link), now)
            forget(link)
            link.delete()
    yield Erasure(LIMITS, count)


# What is erased one day, whenever that is: the timeline reads the same (`planned`).


def drafts() -> QuerySet[Application]:
    return Application.objects.filter(state=State.DRAFT)


def changes() -> QuerySet[Application]:
    """What was typed after a deposit and never deposited is a draft too."""
    return Application.objects.exclude(state=State.DRAFT).exclude(typed={})


def not_chosen() -> QuerySet[Application]:
    return Application.objects.exclude(state__in=[State.DRAFT, *CHOSEN]).filter(erased_at=None)


def chosen() -> QuerySet[Application]:
    return Application.objects.filter(state__in=CHOSEN, erased_at=None)


def _drafts_over(now: datetime) -> QuerySet[Application]:
    return drafts().filter(edition__closes_at__lte=now - DRAFTS_KEPT)


def _changes_over(now: datetime) -> QuerySet[Application]:
    return changes().filter(edition__closes_at__lte=now - DRAFTS_KEPT)


def _not_chosen_over(now: datetime) -> QuerySet[Application]:
    return not_chosen().filter(edition__in=_editions_over(not_chosen_erased_on, now))


def _chosen_over(now: datetime) -> QuerySet[Application]:
    return chosen().filter(edition__in=_editions_over(chosen_erased_on, now))


def _over(now: datetime) -> models.Q:
    """Of an application that is anonymised now: what hangs on it goes with it, in `_anonymise`."""
    return models.Q(application__in=_not_chosen_over(now)) | models.Q(application__in=_chosen_over(now))


def _agreements_over(now: datetime) -> QuerySet[EmployerAgreement]:
    return EmployerAgreement.objects.filter(_over(now))


def _comments_over(now: datetime) -> QuerySet[Review]:
    return Review.objects.filter(_over(now)).exclude(comment="")


def _editions_over(erased_on: Callable[[Edition], date], now: datetime) -> list[int]:
    today = now.astimezone(PARIS).date()
    return [edition.pk for edition in Edition.objects.filter(ends_on__lt=today).order_by("pk") if erased_on(edition) <= today]


def _each(rows: QuerySet[Application], erase: Callable[[Application, datetime], None], now: datetime, dry_run: bool) -> int:
    if dry_run:
        return rows.count()
    count = 0
    for pk in list(rows.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            application = rows.select_for_update(of=("self",)).filter(pk=pk).first()
            if application:
                erase(application, now)
                count += 1
    return count


def _erase_draft(application: Application, now: datetime) -> None:
    outbox.forget(label_of(application), now)
    application.delete()


def _erase_changes(application: Application, now: datetime) -> None:
    Application.objects.filter(pk=application.pk).update(typed={}, typed_tab="", **application.folded(typed={}))


def _anonymise(application: Application, now: datetime) -> None:
    """Blank the person, the words and what the team wrote; keep branch, region, state and the dates, so that totals stay."""
    files = [file for step in application.steps.all() for file in (step.receipt, step.employer_letter) if file]
    files += [row.file for row in application.agreements.exclude(file="")]
    kept = ("branch", "region", "costs_covered")
    blank = {name: "" for name in asked.NAMES if name not in kept}
    nobody: dict[str, Any] = {"applicant": None, "email": "", "search": "", "name_key": "", "typed": {}, "typed_tab": "", "body": None}
    nobody |= {"masked_words": "", "reason": "", "reason_shared": False}
    Application.objects.filter(pk=application.pk).update(erased_at=now, **nobody, **blank)
    application.notes.all().delete()
    _blank_jury(application)
    application.agreements.update(**_BLANK_AGREEMENT)
    application.tags.clear()
    Step.objects.filter(application=application).blank("answers", "by", "by_name", "note", "receipt", "employer_letter")
    outbox.forget(label_of(application), now)
    forget(application)
    transaction.on_commit(lambda: _delete(files))


# What is left of an employer's word: that there was one, which, and when.
_BLANK_AGREEMENT = dict.fromkeys(
    ("email", "nonce", "digest", "name", "job", "question", "question_email", "reply", "words", "refusal", "file", "sha256"), ""
)


def _blank_jury(application: Application) -> None:
    """Keep who read and the scores, of which the mean is made, and not a word; a reading never sent is nothing."""
    application.reviews.filter(sent_at=None).delete()
    application.reviews.update(comment="", assigned_by="")
    ReviewVersion.objects.filter(review__application=application).blank("comment")
    ConflictOfInterest.objects.filter(application=application).update(note="", by_name="")


def _stray_files(dry_run: bool) -> int:
    """Erase the PDFs that no row names: a worker killed between the file and the row leaves one. Files tell machines' time."""
    made = {name for names in Step.objects.exclude(receipt="").values_list("receipt", "employer_letter") for name in names}
    given = set(EmployerAgreement.objects.exclude(file="").values_list("file", flat=True))
    return _stray_in(FOLDER, made, dry_run) + _stray_in(AGREEMENTS_FOLDER, given, dry_run)


def _stray_in(folder: str, kept: set[str], dry_run: bool) -> int:
    storage, old = default_storage, timezone.now() - STRAY
    if not storage.exists(folder):
        return 0
    aged = [path for name in storage.listdir(folder)[1] if storage.get_modified_time(path := f"{folder}{name}") < old]
    stray = [path for path in aged if path not in kept]
    if not dry_run:
        for path in stray:
            storage.delete(path)
    return len(stray)


def _delete(files: Iterable[object]) -> None:
    for file in files:
        file.storage.delete(file.name)  # type: ignore[attr-defined]
