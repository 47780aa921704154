"""What the timeline says of applications: reminders to drafts, personal limits that end, what is erased. From the rows the sweeps read."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, time
from functools import partial
from typing import NamedTuple

from django.db.models import Count, F, QuerySet, Value

from accounts.roles import VIEW_APPLICATION
from applications import reminders, retention
from applications.models import Application, LateLink
from applications.states import State
from applications.waiting import listed
from core.clock import PARIS
from core.registry import Planned
from core.retention import night
from programmes.models import Edition
from records.services import label_of

Due = Callable[[Edition], datetime]


class Erased(NamedTuple):
    """A part of the purge: what it tells, what it erases, from when on; `what` names it, the call's title follows."""

    label: str
    what: str
    rows: Callable[[], QuerySet[Application]]
    due: Due
    act: str = "effacé"


def planned(start: datetime, until: datetime) -> Iterator[Planned]:
    """As things stand: drafts are counted as drafts, whoever will have deposited by then."""
    yield from _reminders(start, until)
    yield from _limits(start, until)
    counts = _counts(_ERASED)
    for erased in _ERASED:
        yield from _erasures(erased, counts[erased.label], start, until)


# --- Reminders (A7) -----------------------------------------------------------------------------------


def _reminders(start: datetime, until: datetime) -> Iterator[Planned]:
    near = Application.objects.unfinished().filter(edition__closes_at__gt=start, edition__closes_at__lte=until + reminders.FIRST)
    for edition, count in _by_edition(near):
        for moment in (reminder.moment(edition.closes_at) for reminder in reminders.REMINDERS):
            if start <= moment < until and edition.opens_at <= moment < edition.closes_at:
                yield Planned(
                    moment,
                    "envoyé",
                    f"Rappel aux brouillons : {edition.short_title}",
                    "brouillon non déposé" if count == 1 else "brouillons non déposés",
                    count,
                    listed(edition=edition.pk, state=State.DRAFT),
                    label_of(edition),
                    names=partial(_names, near.filter(edition=edition)),
                    read_with=VIEW_APPLICATION,
                    permission=VIEW_APPLICATION,
                )


# --- Limits of one's own (A2) -------------------------------------------------------------------------


def _limits(start: datetime, until: datetime) -> Iterator[Planned]:
    links = list(LateLink.objects.select_related("edition").order_by("until", "pk"))
    for link in (one for one in links if one.revoked_at is None and start < one.until < until):
        edition = link.edition
        yield Planned(
            link.until,
            "clos",
            f"Délai personnel : {edition.short_title}",
            "personne",
            1,
            about=label_of(edition),
            names=partial(list, [link.email]),
            read_with=VIEW_APPLICATION,
            permission=VIEW_APPLICATION,
        )
    yield from _limits_erased(links, start, until)


def _limits_erased(links: list[LateLink], start: datetime, until: datetime) -> Iterator[Planned]:
    found: dict[tuple[datetime, Edition], int] = {}
    for link in links:
        moment = night(max(retention.drafts_erased_at(link.edition), link.until, start))
        found[moment, link.edition] = found.get((moment, link.edition), 0) + 1
    for (moment, edition), count in found.items():
        if start <= moment < until:
            what = f"Délais personnels : {edition.short_title}"
            about, erasure = label_of(edition), retention.LIMITS
            yield Planned(moment, "effacé", what, count=count, about=about, erasure=erasure, permission=VIEW_APPLICATION)


# --- What is erased (G3) ------------------------------------------------------------------------------


def _erasures(erased: Erased, counts: list[tuple[Edition, int]], start: datetime, until: datetime) -> Iterator[Planned]:
    for edition, count in counts:
        moment = night(max(erased.due(edition), start))
        if start <= moment < until:
            yield Planned(
                moment,
                erased.act,
                f"{erased.what} : {edition.short_title}",
                "candidature" if count == 1 else "candidatures",
                count,
                listed(edition=edition.pk),
                label_of(edition),
                erased.label,
                names=partial(_names, erased.rows().filter(edition=edition)),
                read_with=VIEW_APPLICATION,
                permission=VIEW_APPLICATION,
            )


def _first_hour(day_of: Callable[[Edition], object], edition: Edition) -> datetime:
    """From the first second of that day on, in Paris."""
    return datetime.combine(day_of(edition), time(), PARIS)  # type: ignore[arg-type]


_ERASED = (
    Erased(retention.DRAFTS, "Brouillons", retention.drafts, retention.drafts_erased_at),
    Erased(retention.CHANGES, "Modifications jamais déposées", retention.changes, retention.drafts_erased_at),
    Erased(
        retention.NOT_CHOSEN,
        "Non retenues ou retirées",
        retention.not_chosen,
        partial(_first_hour, retention.not_chosen_erased_on),
        "anonymisé",
    ),
    Erased(retention.CHOSEN_ONES, "Retenues", retention.chosen, partial(_first_hour, retention.chosen_erased_on), "anonymisé"),
)


# --- What they share ----------------------------------------------------------------------------------


def _counts(parts: Sequence[Erased]) -> dict[str, list[tuple[Edition, int]]]:
    """Count what each part erases of each call, in two queries for them all."""
    first, *others = (_counted(part) for part in parts)
    counts = {(label, pk): count for label, pk, count in first.union(*others, all=True).order_by(F("part"), F("edition"))}
    calls = list(Edition.objects.filter(pk__in={pk for _, pk in counts}).order_by("closes_at", "pk"))
    return {part.label: [(call, counts[part.label, call.pk]) for call in calls if (part.label, call.pk) in counts] for part in parts}


def _counted(part: Erased) -> QuerySet[Application, tuple[str, int, int]]:
    rows = part.rows().order_by().annotate(part=Value(part.label))
    return rows.values_list("part", "edition").annotate(count=Count("pk"))


def _by_edition(rows: QuerySet[Application]) -> list[tuple[Edition, int]]:
    """Count the rows of each call, in two queries however many there are."""
    counts = dict(rows.order_by().values_list("edition").annotate(count=Count("pk")))
    return [(edition, counts[edition.pk]) for edition in Edition.objects.filter(pk__in=counts).order_by("closes_at", "pk")]


def _names(rows: QuerySet[Application]) -> list[str]:
    found = rows.with_call().order_by("last_name", "first_name", "pk")  # type: ignore[attr-defined]
    return [application.full_name or application.address or str(application) for application in found]
