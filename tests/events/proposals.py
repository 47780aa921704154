"""What tests type into a proposal."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse, QueryDict
from django.urls import resolve, reverse

from core import clock
from core.clock import PARIS
from events import organisers, proposing
from events.models import Event, Organiser
from events.services import proposing as services
from events.states import State
from tests.events.factories import SeasonFactory

# A Monday: listing is open.
LISTING = datetime(2027, 10, 4, 10, tzinfo=PARIS)
ANSWERS: dict[str, dict[str, Any]] = {
    "quoi": {
        "title": "Récrire un courrier",
        "summary": "On récrit ensemble un courrier que personne ne comprend.",
        "formats": ["WORKSHOP", "DEBATE"],
        "description": "Venez avec un courrier.\n\n- Une heure pour lire\n- Une heure pour écrire",
        "publics": ["for_agents", "for_citizens"],
        "parent": "",
        "programme_url": "",
        "website": "https://ville.example/courrier",
    },
    "quand": {
        "mode": "ONSITE",
        "commune": "Rennes (35238)",
        "place": "Médiathèque d’Exemple",
        "address": "1 rue d’Exemple",
        "postcode": "35000",
        "online_url": "",
        "exception_asked": "",
        "day_0": "2027-11-23", "from_0": "10:00", "to_0": "12:00", "last_0": "", "slot_0": "",
        "day_1": "2027-11-24", "from_1": "14:00", "to_1": "", "last_1": "", "slot_1": "",
    },
    "acces": {
        "carrier": "Ville d’Exemple",
        "carrier_kind": "PUBLIC",
        "partners": "La Fabrique d’Exemple, https://fabrique.example\nUne école",
        "is_free": "oui",
        "is_open_to_public": "oui",
        "access": "REGISTRATION",
        "registration_url": "",
        "seats_onsite": "20",
        "seats_online": "",
        "conditions": "",
        "helps": ["wheelchair"],
        "access_contact": "01 00 00 00 00",
    },
}  # fmt: skip


def begun(email: str = "camille@ville.example") -> Organiser:
    event = Event.objects.create(season=SeasonFactory(), created_at=clock.now())
    return organisers.make(event, email, name="Camille Exemple", is_lead=True, now=clock.now())


def screen(client: Any, organiser: Organiser, which: str, **changes: Any) -> HttpResponse:
    revision = Event.objects.get(pk=organiser.event_id).revision
    url = reverse("proposal_screen", args=[organisers.secret_of(organiser), which])
    answer: HttpResponse = client.post(url, {"revision": revision, **ANSWERS[which], **changes})
    return answer


def fill(client: Any, organiser: Organiser) -> list[str]:
    return [resolve(screen(client, organiser, which)["Location"]).url_name for which in ANSWERS]


def typed(**changes: Any) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for which, answers in ANSWERS.items():
        post = QueryDict(mutable=True)
        for name, value in {**answers, **{key: new for key, new in changes.items() if key in answers}}.items():
            post.setlist(name, value if isinstance(value, list) else [value])
        said |= proposing.typed_in(post, which)
    return said


def answered(email: str = "camille@ville.example", **changes: Any) -> Organiser:
    """A proposal with every answer, not sent."""
    organiser = begun(email)
    organiser.event = services.save(organiser.event, typed(**changes), now=clock.now())
    return organiser


def proposed(email: str = "camille@ville.example", **changes: Any) -> Organiser:
    organiser = answered(email, **changes)
    organiser.event = services.propose(organiser, revision=organiser.event.revision, now=clock.now())
    assert organiser.event.state == State.PROPOSED
    return organiser
