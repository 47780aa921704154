"""The pages of proposals, for `tests/pages.py`: those of an organiser by their link, and of the queue that answers them."""

from collections.abc import Callable, Iterable
from typing import Any

from django.urls import reverse

from core import clock
from events import organisers, partners
from events.demo_partners import PARTNER
from events.demo_proposals import ORGANISER
from events.models import Event, Organiser, PartnerLink
from events.proposing import SCREENS
from events.services import kits
from events.states import State

EVERYBODY, STAFF = "everybody", "staff"
CANCELLABLE = (State.PROPOSED, State.CHANGES_REQUESTED, State.LISTED)


def _links(*states: str) -> list[str]:
    rows = Organiser.objects.filter(email=ORGANISER).order_by("pk")
    return [organisers.secret_of(row) for row in (rows.filter(event__state__in=states) if states else rows)]


def _pages(name: str, *states: str) -> Callable[[Any], Iterable[str]]:
    return lambda _: [reverse(name, args=[token]) for token in _links(*states)]


def _screens(_: Any) -> Iterable[str]:
    tokens = [_links(State.DRAFT)[0], _links(State.CHANGES_REQUESTED)[0], _links(State.LISTED)[0]]
    return [reverse("proposal_screen", args=[token, screen]) for token in tokens for screen in SCREENS]


def _door(name: str) -> str:
    return reverse(name, args=[partners.secret_of(PartnerLink.objects.get(email=PARTNER))])


def _answers(_: Any) -> Iterable[str]:
    rows = Event.objects.filter(organisers__email=ORGANISER).exclude(state=State.DRAFT).order_by("pk")
    return [reverse("coordination_event", args=[row.pk]) for row in rows]


def furnish() -> None:
    """The poster of a kit."""
    event = kits.listed(now=clock.now()).filter(organisers__email=ORGANISER)[0]
    kits.poster_of(event, now=clock.now())


PAGES: dict[str, tuple[str, Callable[[Any], Iterable[str]]]] = {
    "propose": (EVERYBODY, lambda _: [reverse("propose")]),
    "proposal_lost": (EVERYBODY, lambda _: [reverse("proposal_lost")]),
    "proposal": (EVERYBODY, _pages("proposal")),
    "proposal_screen": (EVERYBODY, _screens),
    "proposal_review": (EVERYBODY, _pages("proposal_review")),
    "proposal_team": (EVERYBODY, lambda _: [reverse("proposal_team", args=[_links(State.LISTED)[0]])]),
    "proposal_kit": (EVERYBODY, lambda _: [reverse("proposal_kit", args=[_links(State.LISTED)[0]])]),
    "proposal_cancel": (EVERYBODY, lambda _: [reverse("proposal_cancel", args=[_links(*CANCELLABLE)[0]])]),
    "proposal_erase": (EVERYBODY, lambda _: [reverse("proposal_erase", args=[_links(State.DRAFT)[0]])]),
    "report": (STAFF, lambda _: [reverse("report"), f"{reverse('report')}?region=53"]),
    "partner": (EVERYBODY, lambda _: [_door("partner"), f"{_door('partner')}?saison=2014"]),
    "partner_report": (EVERYBODY, lambda _: [_door("partner_report"), f"{_door('partner_report')}?region=53"]),
    "coordination": (STAFF, lambda _: [reverse("coordination"), f"{reverse('coordination')}?etat=programme"]),
    "coordination_event": (STAFF, _answers),
}
NOT_PAGES = {
    "answers a form that another page holds": "proposal_save proposal_drop proposal_copy",
    "papers and figures, looked at in tests/events/test_report.py and test_partners.py": "report_pdf partner_pdf partner_csv",
    "names for suggestions": "commune_proposals whole_proposals",
    "the picture of an event, looked at in tests/events/test_pictures.py": "event_picture proposal_picture",
    "a file of the kit, looked at in tests/events/test_kit.py": "proposal_kit_file",
}
