"""The pages of the selection board, for `tests/pages.py`: a call with decisions of each kind, its bounds, its conflicts."""

from collections.abc import Callable
from typing import Any

from django.urls import reverse

from accounts.models import User
from applications import services
from applications.admin.choosing import CHOOSING
from applications.models import Application, ConflictOfInterest, Review
from applications.states import Axis, State
from core import clock
from programmes.models import Edition
from tests.applications import boards

STAFF = "staff"
PREFIX = "TABLO"
NAME = "admin:applications_application_board"


def furnish(staff: User) -> None:
    """Twelve files: some chosen, some waiting with a rank, some not, with a shared reason, a conflict, an abstention, a reading to do."""
    now = clock.now()
    edition, rows, _ = boards.before_the_jury(12, seats=4, reference_prefix=PREFIX)
    first, second = Review.objects.filter(application__in=rows[8:10]).order_by("pk")[:2]
    Review.objects.filter(pk=first.pk).update(sent_at=None, mark=None)
    Review.objects.filter(pk=second.pk).update(mark=None, abstained=True)
    ConflictOfInterest.objects.create(application=rows[7], reviewer=first.reviewer, kind="DECLARED", note="Ancien collègue.", at=now)
    services.recount(rows)
    wanted = {(Axis.BRANCH, "HOSPITAL"): (3, None), (Axis.BRANCH, "LOCAL"): (None, 1), (Axis.REGION, "53"): (1, 2)}
    services.set_bounds(edition, wanted, by=staff, now=now)
    for row in (rows[0], rows[3], rows[1]):
        services.decide(row, State.SELECTED, by=staff, now=now)
    for row in rows[4:6]:
        services.decide(row, State.WAITLISTED, by=staff, now=now)
    services.decide(rows[6], State.DECLINED, by=staff, now=now, reason="Un projet déjà bien avancé.", shared=True)


def _edition() -> Edition:
    return Edition.objects.get(reference_prefix=PREFIX)


def _rows() -> list[Application]:
    return list(Application.objects.filter(edition__reference_prefix=PREFIX).order_by("pk"))


def _of(name: str, *queries: str) -> Callable[[Any], list[str]]:
    return lambda _: [reverse(f"{NAME}{name}", args=[_edition().pk]) + query for query in queries or ("",)]


def _acts(_: Any) -> list[str]:
    """Each act on two lines: one that it suits and one that it does not."""
    keys = ",".join(str(row.pk) for row in (_rows()[0], _rows()[10]))
    return [reverse(f"{NAME}_act", args=[_edition().pk, slug]) + f"?choix={keys}" for slug in CHOOSING]


def _compared(_: Any) -> list[str]:
    first, second = _rows()[0], _rows()[8]
    return [reverse(f"{NAME}_compare", args=[_edition().pk]) + f"?a={first.pk}&b={second.pk}"]


def _decided(_: Any) -> list[str]:
    return [reverse("admin:applications_application_decide", args=[row.pk]) for row in (_rows()[4], _rows()[10])]


PAGES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    NAME: (STAFF, _of("", "", "?state=WAITLISTED&o=rang", "?q=personne", "?watch=conflits")),
    f"{NAME}_bounds": (STAFF, _of("_bounds")),
    f"{NAME}_figures": (STAFF, _of("_figures")),
    f"{NAME}_minutes": (STAFF, _of("_minutes")),
    f"{NAME}_compare": (STAFF, _compared),
    f"{NAME}_act": (STAFF, _acts),
    "admin:applications_application_decide": (STAFF, _decided),
}
NOT_PAGES = {
    "an act by POST, and files, looked at in tests/applications/test_board.py": f"{NAME}_quick {NAME}_ticked {NAME}_export",
}
