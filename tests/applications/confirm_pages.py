"""The pages of a place and of the employer's word, and what they need to show something: for `tests/pages.py`."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from django.urls import reverse

from accounts.models import User
from applications import agreements, services
from applications.models import Application, EmployerAgreement, Offer, Selection
from applications.states import State
from core import clock
from tests.applications.factories import ANSWERS, ApplicationFactory
from tests.applications.selections import signed_pdf
from tests.programmes.factories import EditionFactory, PhaseFactory

CALL = "PLACES"
SAID = {"name": "Dominique-Clémentine d’Exemple-de-la-Grande-Direction", "job": "directrice générale adjointe des services"}
STATES = (
    State.SELECTED,
    State.SELECTED,
    State.CONFIRMED,
    State.WAITLISTED,
    State.WAITLISTED,
    State.DECLINED,
    State.LAPSED,
    State.WITHDRAWN,
)


def furnish(member: User, staff: User) -> None:
    """One person in each state after the release, each of a call of its own; agreements awaited, asked about, refused, received."""
    rows = [_told(member, number, state) for number, state in enumerate(STATES)]
    _employers(rows, staff)
    now = clock.now()
    Offer.objects.create(application=rows[3], rank=1, at=now, until=now + timedelta(hours=72))


def _told(member: User, number: int, state: State) -> Application:
    now = clock.now()
    opened = now - timedelta(days=40)
    call = EditionFactory(
        opens_at=opened,
        published_at=opened,
        closes_at=now - timedelta(days=20),
        results_released_at=now - timedelta(days=2),
        ends_on=(now + timedelta(days=90)).date(),
        reference_prefix=f"{CALL}{number}",
    )
    PhaseFactory(edition=call)
    Selection.objects.create(edition=call, confirm_by=now + timedelta(days=12))
    row = ApplicationFactory(edition=call, applicant=member, started_at=opened, saved_at=opened)
    services.submit(row, dict(ANSWERS), by=member, now=opened)
    reason = {"reason": "Revenez avec un essai déjà commencé.", "reason_shared": True} if state == State.DECLINED else {}
    rank = {"waitlist_rank": 1} if state == State.WAITLISTED else {}
    Application.objects.filter(pk=row.pk).update(state=state, **reason, **rank)
    row.steps.create(to_state=state, at=now - timedelta(days=3), by_name="Équipe")
    return Application.objects.with_call().get(pk=row.pk)


def _employers(rows: list[Application], staff: User) -> None:
    now = clock.now()
    fresh, going, confirmed, offered, *_ = rows
    services.accept_place(going, by=going.applicant, now=now)
    refused = services.ask_manager(going, "premiere@ville.example", by=going.applicant, now=now)
    services.word_received(refused, agrees=False, **SAID, words="Octobre est le mois du budget." * 8, now=now)
    asking = services.ask_manager(
        going, "une-adresse-tres-longue.de-la-presidence@communaute-d-agglomeration.example", by=going.applicant, now=now
    )
    services.ask_question(asking, "Qui paie le train ?", name=SAID["name"], email="direction@ville.example", now=now)
    services.ask_manager(going, "", by=going.applicant, now=now)
    services.deposit_agreement(confirmed, signed_pdf(), by=confirmed.applicant, now=now)
    services.refuse_agreement(last_of(confirmed), reason="La page n’est pas signée.", by=staff, now=now)
    Application.objects.filter(pk=confirmed.pk).update(state=State.CONFIRMED)
    services.deposit_agreement(confirmed, signed_pdf(b"signee"), by=confirmed.applicant, now=now + timedelta(seconds=1))
    answered = services.ask_manager(offered, "chef@ville.example", by=offered.applicant, now=now)
    services.word_received(answered, agrees=True, **SAID, now=now)
    services.ask_manager(fresh, "chef@ville.example", by=fresh.applicant, now=now)


def last_of(application: Application) -> EmployerAgreement:
    found = agreements.answered(application)
    assert found is not None
    return found


def rows() -> list[Application]:
    return list(Application.objects.filter(edition__reference_prefix__startswith=CALL).order_by("pk"))


def statuses(_: Any) -> list[str]:
    """The page of one's own file in each state after the release."""
    return [reverse("application", args=[row.reference]) for row in rows()]


def _own(name: str, *at: int) -> Callable[[Any], Iterable[str]]:
    return lambda _: [reverse(name, args=[rows()[number].reference]) for number in at]


def _links(_: Any) -> list[str]:
    """A request that waits, one with a question, one answered, one refused, and one that does not open."""
    found = EmployerAgreement.objects.filter(application__in=rows()).exclude(digest="").order_by("pk")
    return [*(reverse("agreement", args=[agreements.secret_of(link)]) for link in found), reverse("agreement", args=["inconnu"])]


_DESK = "admin:applications_application_agreement"
PAGES: dict[str, tuple[str, Callable[[Any], Iterable[str]]]] = {
    "application_confirm": ("member", _own("application_confirm", 0, 1)),
    "application_place": ("member", _own("application_place", 3)),
    "application_agreement": ("member", _own("application_agreement", 0, 1, 2, 3, 5)),
    "agreement": ("everybody", _links),
    f"{_DESK}s": ("staff", lambda _: [reverse(f"{_DESK}s", args=[rows()[number].pk]) for number in (0, 1, 2)]),
}
NOT_PAGES = {
    "a PDF of an agreement, looked at in tests/applications": "application_agreement_paper application_agreement_file agreement_paper",
    "an act of an employer’s word, by POST": "application_agreement_ask application_agreement_deposit application_agreement_revoke"
    f" {_DESK}_deposit {_DESK}_reply {_DESK}_refuse",
}
