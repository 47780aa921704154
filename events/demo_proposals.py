"""The demonstration of proposals: a queue with one in each state, two coordinators, and organisers whose links can be followed.

The first coordinator has two regions and the national queue; the second has two others, and sees nothing else.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.demo import DOMAIN
from accounts.models import User
from accounts.roles import Role
from core import clock
from core.clock import PARIS
from events import demo_picture, organisers
from events.models import Event, Organiser, RegionCoordinator, Season
from events.services import changing, moderating, picturing, proposing

# Whose regions; « » is the national queue.
QUEUES = {f"coordination.exemple@{DOMAIN}": ("53", "52", ""), f"coordinatrice.exemple@{DOMAIN}": ("32", "11")}
ORGANISER = "organisation.exemple@ville.example"
LILLE = {"commune": "Lille (59350)", "postcode": "59000"}
_HARD = "Récrire à plusieurs, et à voix haute, les courriers que l’on n’ose plus ouvrir : la grande lessive des mots de l’administration"


@transaction.atomic
def load(scale: int) -> None:
    """Load what is missing: what a person changed stays so."""
    now = clock.now().astimezone(PARIS)
    season = Season.objects.taking_proposals(now=now).order_by("starts_on", "pk").first()
    people = User.objects.with_role(Role.COORDINATOR).filter(email__in=QUEUES).in_bulk(field_name="email")
    for email, person in people.items():
        for region in QUEUES[email]:
            RegionCoordinator.objects.get_or_create(person=person, region=region)
    person = next((people[email] for email in QUEUES if email in people), None)
    if season is None or person is None:
        return
    if not Organiser.objects.filter(email=ORGANISER).exists():
        _proposals(season, person, now)


def _proposals(season: Season, person: User, now: datetime) -> None:
    """One in each state, the oldest too old."""
    day = season.starts_on + timedelta(days=1)
    _proposed(season, now - timedelta(days=9), title="Le guichet à livre ouvert", day=day)
    beside = {"exception_asked": "La salle du conseil n’est libre que ce jour-là."}
    _proposed(season, now - timedelta(days=2), title=_HARD, day=season.ends_on + timedelta(days=3), **beside)
    online = {"mode": "ONLINE", "commune": "", "place": "", "address": "", "postcode": "", "online_url": "https://visio.exemple.example/a"}
    _proposed(season, now - timedelta(days=1), title="Questions sans guichet", day=day, formats=["WEBINAR"], **online)
    _proposed(season, now - timedelta(hours=20), title="Le conseil municipal à hauteur d’enfant", day=day, **LILLE)
    asked = _proposed(season, now - timedelta(days=5), title="La mairie par les coulisses", day=day)
    moderating.ask_changes(asked.event, "Combien de personnes pouvez-vous recevoir à la fois ?", by=person, now=now - timedelta(days=4))
    refused = _proposed(season, now - timedelta(days=6), title="Le salon des solutions", day=day)
    moderating.refuse(refused.event, "- il n’est pas ouvert au public", by=person, now=now - timedelta(days=5))
    shown = _proposed(season, now - timedelta(days=8), title="Une nuit à l’accueil", day=day)
    shown.event = moderating.list_event(shown.event, by=person, now=now - timedelta(days=7), words="Merci, et bon courage !")
    picturing.give(shown, demo_picture.drawn(), alt=demo_picture.ALT, credit=demo_picture.CREDIT, now=now - timedelta(days=7))
    _moved(shown, now - timedelta(days=1))
    draft = _begun(season, now - timedelta(days=1))
    proposing.save(draft.event, {"title": "Un brouillon à finir"}, now=now - timedelta(days=1))


def _moved(organiser: Organiser, at: datetime) -> None:
    """A change of room after listing, which waits."""
    proposing.save(organiser.event, {"place": "Petite salle d’Exemple", "summary": "On y passe la nuit, et l’on raconte."}, now=at)
    fresh = Event.objects.get(pk=organiser.event.pk)
    changing.send(organiser, revision=fresh.revision, now=at)


def _begun(season: Season, at: datetime) -> Organiser:
    event = Event.objects.create(season=season, created_at=at)
    return organisers.make(event, ORGANISER, name="Camille Exemple", is_lead=True, now=at)


def _proposed(season: Season, at: datetime, **said: Any) -> Organiser:
    # Before listing opened, in a season that is a few days old: proposed all the same, it is a demonstration.
    season.listing_opens_at = min(season.listing_opens_at or at, at)
    season.save(update_fields=["listing_opens_at"])
    organiser = _begun(season, at)
    event = proposing.save(organiser.event, _typed(**said), now=at)
    organiser.event = proposing.propose(organiser, revision=event.revision, now=at)
    return organiser


def _typed(*, title: str, day: date, **changes: Any) -> dict[str, Any]:
    sitting = {"day": day.isoformat(), "from": "14:00", "to": "17:00", "last": "", "slot": ""}
    return {
        "title": title, "summary": "On essaie ensemble, on en parle, on recommence.", "formats": ["WORKSHOP"],
        "description": "On y vient tel que l’on est.\n\n- Une heure pour regarder\n- Une heure pour essayer\n\n*Pour la démonstration.*",
        "publics": ["for_agents", "for_citizens"], "parent": "", "programme_url": "", "website": "", "mode": "ONSITE",
        "commune": "Rennes (35238)", "place": "Médiathèque d’Exemple", "address": "1 rue d’Exemple", "postcode": "35000", "online_url": "",
        "exception_asked": "", "sittings": [sitting], "carrier": "Ville d’Exemple", "carrier_kind": "PUBLIC", "partners": "",
        "is_free": "oui", "is_open_to_public": "oui", "access": "REGISTRATION", "registration_url": "", "seats_onsite": "20",
        "seats_online": "", "conditions": "", "helps": ["wheelchair"], "access_contact": "accueil@ville.example",
    } | changes  # fmt: skip
