"""What waits for the team among results and places, and what the timeline says of them (`core.registry`). From the rows the sweep reads."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial

from django.db.models import Count, F, Q
from django.urls import reverse

from accounts.roles import DECIDE, VIEW_APPLICATION
from applications import results_emails
from applications.deadlines import confirm_limit
from applications.models import Application, Offer
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
    """By call: results that may be published, free places that nobody can take, people whose answer did not reach them."""
    for edition in _alive(now):
        if edition.results_released_at is None:
            if edition.decided and not edition.undecided:  # type: ignore[attr-defined]
                label = f"{edition.short_title} : tout est décidé, résultats à publier"
                yield Waiting(label, edition.decided, page_of(edition.pk, "release"), DECIDE)  # type: ignore[attr-defined]
        elif not edition.listed and places.can_offer(edition, now):  # type: ignore[attr-defined]
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
    """As things stand: places that lapse if nobody confirms them, offers that end if nobody answers."""
    for (moment, edition), rows in _lapsing(start, until).items():
        what, whom = f"Places non confirmées : {edition.short_title}", ("personne retenue", "personnes retenues")
        yield _planned(moment, what, whom, edition, rows)
    for (moment, edition), rows in _ending(start, until).items():
        what, whom = f"Place proposée, fin des 72 heures : {edition.short_title}", ("personne", "personnes")
        yield _planned(moment, what, whom, edition, rows)


def _lapsing(start: datetime, until: datetime) -> dict[tuple[datetime, Edition], list[Application]]:
    rows = Application.objects.filter(state=State.SELECTED, edition__cancelled_at=None, edition__results_released_at__isnull=False)
    found: dict[tuple[datetime, Edition], list[Application]] = {}
    near = rows.with_due().annotate(due=F("due")).filter(due__gte=start, due__lt=until)
    for row in near.with_call().select_related("edition__selection").order_by("pk"):
        if moment := confirm_limit(row):
            found.setdefault((moment, row.edition), []).append(row)
    return found


def _ending(start: datetime, until: datetime) -> dict[tuple[datetime, Edition], list[Application]]:
    offers = Offer.objects.filter(ended_at=None, until__gte=start, until__lt=until, application__edition__cancelled_at=None)
    found: dict[tuple[datetime, Edition], list[Application]] = {}
    for offer in offers.select_related("application__edition__programme", "application__applicant").order_by("until", "pk"):
        found.setdefault((offer.until, offer.application.edition), []).append(offer.application)
    return found


def _planned(moment: datetime, what: str, whom: tuple[str, str], edition: Edition, rows: list[Application]) -> Planned:
    return Planned(
        moment,
        "libéré",
        what,
        agreeing(len(rows), *whom),
        len(rows),
        page_of(edition.pk, "places"),
        label_of(edition),
        names=partial(_names, rows),
        read_with=VIEW_APPLICATION,
        permission=VIEW_APPLICATION,
    )


def _names(rows: list[Application]) -> list[str]:
    return [row.full_name or row.address or str(row) for row in rows]
