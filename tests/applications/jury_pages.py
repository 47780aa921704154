"""The pages of the jury, and what they need to show something: for `tests/pages.py`."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from django.urls import reverse

from accounts.models import Grant, User
from accounts.roles import Role
from applications import services
from applications.models import Application, Review
from applications.states import State
from core import clock
from tests.applications.factories import deposited, reviewer
from tests.programmes.factories import EditionFactory

CALL = "LECTURES"
LONG = "Anticonstitutionnellement, je relie le numérique et l’accueil. " * 12


def furnish(staff: User) -> None:
    """A closed call that the member of staff reads too: a reading sent and corrected, one begun, a conflict; another reader's words."""
    now = clock.now()
    opened = now - timedelta(days=20)
    call = EditionFactory(opens_at=opened, published_at=opened, closes_at=now - timedelta(days=2), reference_prefix=CALL)
    Grant.objects.get_or_create(user=staff, role=Role.REVIEWER)
    staff = User.objects.get(pk=staff.pk)
    other = reviewer("Anne-Charlotte-Éléonore")
    rows = [deposited(at=opened + timedelta(days=1), edition=call, state=State.IN_REVIEW) for _ in range(4)]
    Application.objects.filter(pk__in=[row.pk for row in rows]).update(motivation=f"{LONG}\n\nÀ Exemple, camille@ville.example.")
    services.set_up_selection(
        call,
        {"is_blind": True, "readings": 2, "read_by": now + timedelta(days=3), "confirm_by": None, "prefers_balance": False},
        services.criteria_asked(services.selection_of(call).edition),
        by=staff,
        now=now,
    )
    services.assign([row.pk for row in rows], [staff, other], by=staff, now=now)
    scores = {criterion.pk: 4 for criterion in call.criteria.all()}
    send(rows[0], other, scores, now=now, comment="Une vraie envie.")
    send(rows[0], staff, scores, now=now, comment="À relire.")
    send(rows[0], staff, {pk: 5 for pk in scores}, now=now + timedelta(seconds=1), comment="Relue.")
    services.declare_conflict(of(rows[1], other), note="nous travaillons ensemble", by=other, now=now)


def of(application: Application, person: User) -> Review:
    return Review.objects.get(application=application, reviewer=person)


def send(application: Application, person: User, scores: dict[int, int], **said: Any) -> Review:
    return services.send_review(of(application, person), scores, by=person, **said)


def _rows() -> list[Application]:
    return list(Application.objects.filter(edition__reference_prefix=CALL).order_by("pk"))


def _of_call(name: str) -> Callable[[Any], list[str]]:
    return lambda _: [reverse(name, args=[_rows()[0].edition_id])]


def _readings(_: Any) -> Iterable[str]:
    """A reading that was sent, and one that was not."""
    return [reverse("reading", args=[row.reference]) for row in _rows()[:2]]


_JURY = "admin:applications_application_board_jury"
PAGES: dict[str, tuple[str, Callable[[Any], Iterable[str]]]] = {
    "readings": ("staff", lambda _: [reverse("readings")]),
    "reading": ("staff", _readings),
    **{name: ("staff", _of_call(name)) for name in (_JURY, *(f"{_JURY}_{part}" for part in ("settings", "repartir", "reattribuer")))},
    "admin:applications_application_mask": ("staff", lambda _: [reverse("admin:applications_application_mask", args=[_rows()[0].pk])]),
}
NOT_PAGES = {"an act of the reading page, by POST": "reading_conflict"}
