"""What waits for the team among results and places, and what the timeline says of them (`core.registry`). From the rows the sweep reads."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial

from django.db.models import Count, F, Q
from django.urls import reverse

from accounts.roles import DECIDE, VIEW_APPLICATION
from applications import results_emails
from applications.models import Application, ApplicationQuerySet
from applications.services import closing, places
from applications.states import DECIDED, READ_BY_THE_JURY, State
from core.clock import PARIS
from core.registry import Planned, Waiting
from core.typography import agreeing
from mailing.models import Message, Refusal
from mailing.states import State as LetterState
from programmes.models import Edition
from records.services import label_of

_ANSWERS = (*results_emails.OF_STATE.values(), results_emails.OFFER, results_emails.OFFER_EXPIRED, results_emails.LAPSED)


def page_of(edition: int, name: str) -> str:
    return reverse(f"admin:applications_application_board_{name}", args=[edition])


# --- What waits ------------------------------------------------------------------------------------------


def waiting(now: datetime) -> Iterator[Waiting]:
    """By call: results that may be published, who has none since, places that nobody can take, people whose answer did not reach them."""
    for edition in _alive(now):
        if edition.results_released_at is None:
            if edition.decided and not edition.undecided:  # type: ignore[attr-defined]
                label = f"{edition.short_title} : tout est décidé, résultats à publier"
                yield Waiting(label, edition.decided, page_of(edition.pk, "release"), DECIDE)  # type: ignore[attr-defined]
            continue
        if edition.undecided:  # type: ignore[attr-defined]
            words = agreeing(edition.undecided, "personne sans réponse, à décider", "personnes sans réponse, à décider")  # type: ignore[attr-defined]
            page = f"{reverse('admin:applications_application_board', args=[edition.pk])}?state={State.IN_REVIEW}"
            yield Waiting(f"{edition.short_title} : {words}", edition.undecided, page, DECIDE)  # type: ignore[attr-defined]
        if not edition.listed and places.can_offer(edition, now):  # type: ignore[attr-defined]
            count = places.free(edition, now)
            words = agreeing(count, "place libre que personne n’attend", "places libres que personne n’attend")
            yield Waiting(f"{edition.short_title} : {words}", count, page_of(edition.pk, "places"), DECIDE)
    yield from _untold(now)


def _alive(now: datetime) -> Iterable[Edition]:
    """Calls that are closed and not over, with how many files are decided, not yet, and on the waiting list."""

    def count(**narrow: object) -> Count:
        return Count("applications", filter=Q(applications__erased_at=None, **narrow))

    calls = Edition.objects.filter(closes_at__lte=now, cancelled_at=None, ends_on__gte=now.astimezone(PARIS).date())
    counts = {
        "decided": count(applications__state__in=DECIDED),
        "undecided": count(applications__state__in=READ_BY_THE_JURY),
        "listed": count(applications__state=State.WAITLISTED),
    }
    return calls.annotate(**counts).filter(Q(results_released_at=None, decided__gt=0) | Q(results_released_at__lte=now)).order_by("pk")


def _untold(now: datetime) -> Iterator[Waiting]:
    """Most days no letter of the results is refused: one question."""
    bad = Q(state__in=(LetterState.FAILED, LetterState.UNCERTAIN)) | Q(to__in=Refusal.objects.values("address"))
    files = Message.objects.filter(bad, kind__in=_ANSWERS).exclude(to="").order_by().values_list("about", flat=True)
    keys = {int(about.rpartition(":")[2]) for about in files}
    calls = Edition.objects.filter(applications__in=keys, results_released_at__lte=now, cancelled_at=None, selection__closed_at=None)
    for edition in calls.distinct().order_by("pk") if keys else ():
        count = sum(each.is_untold for each in closing.unanswered(edition, now=now))
        words = agreeing(count, "personne que sa réponse n’a pas atteinte", "personnes que leur réponse n’a pas atteintes")
        yield Waiting(f"{edition.short_title} : {words}", count, page_of(edition.pk, "places"), DECIDE)


# --- The timeline ----------------------------------------------------------------------------------------


def planned(start: datetime, until: datetime) -> Iterator[Planned]:
    """As things stand: places that lapse if nobody confirms them, offers that end if nobody answers. Counted; names are read when asked."""
    told = Application.objects.filter(state=State.SELECTED, edition__cancelled_at=None, edition__results_released_at__isnull=False)
    lapsing = told.with_due().annotate(moment=F("due")).filter(moment__gte=start, moment__lt=until)
    yield from _planned(lapsing, "Places non confirmées", ("personne retenue", "personnes retenues"))
    mine = {"offers__ended_at": None, "offers__until__gte": start, "offers__until__lt": until}
    ending = Application.objects.filter(edition__cancelled_at=None, **mine).annotate(moment=F("offers__until"))
    yield from _planned(ending, "Place proposée, fin des 72 heures", ("personne", "personnes"))


def _planned(rows: ApplicationQuerySet, what: str, whom: tuple[str, str]) -> Iterator[Planned]:
    """One line for each moment of each call, in two queries."""
    found = list(rows.order_by().values_list("moment", "edition").annotate(count=Count("pk")).order_by("moment", "edition"))  # type: ignore[misc]
    calls = Edition.objects.in_bulk({pk for _, pk, _ in found})
    for moment, pk, count in found:
        yield Planned(
            moment,
            "libéré",
            f"{what} : {calls[pk].short_title}",
            agreeing(count, *whom),
            count,
            page_of(pk, "places"),
            label_of(calls[pk]),
            names=partial(_names, rows.filter(edition=pk, moment=moment)),  # type: ignore[misc]
            read_with=VIEW_APPLICATION,
            permission=VIEW_APPLICATION,
        )


def _names(rows: ApplicationQuerySet) -> list[str]:
    return [row.full_name or row.address or str(row) for row in rows.with_call().order_by("last_name", "first_name", "pk")]
