"""The demonstration of programmes: the 2017 call as archive, the same ten years on, and a call in every state."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from core import clock
from core.clock import PARIS
from core.typography import day_in_words
from programmes import demo_changes, demo_days
from programmes import demo_content as content
from programmes.models import Edition, Hue, Kind, Partner, Phase, Programme, Venue

STATES_SLUG = "demonstration"
# The call whose results are told and whose places are being confirmed: it has yet to begin.
TOLD = "resultats"
# « début », « mi », « fin » of a month.
FIRST_DAYS, MIDDLE_DAYS = 10, 20
LONG_TITLE = (
    "Démonstration d’un titre de cent quarante signes : la 27ᵉ exploration, sa 4ᵉ saison e"
    "t sa 1ʳᵉ étape, de l’hôpital à la mairie d’Exempleville"
)
_NOTE = "Appel de démonstration : ses dates entourent le jour du chargement et il n’engage personne."
_MINIMAL: dict[str, Any] = {"description": "", "results_label": "", "results_released_at": None}


@transaction.atomic
def load(scale: int) -> None:
    """Load what is missing: what a person changed or took away stays so. `scale` changes nothing: a portal has tens of calls."""
    venues = {fields["name"]: Venue.objects.get_or_create(name=fields["name"], defaults=fields)[0] for fields in content.VENUES}
    aventuriers, here = _programme(content.AVENTURIERS), venues["Superpublic"]
    _call(aventuriers, content.EDITION_2017, _placed(content.PHASES_2017, here), content.PARTNERS_2017)
    _call(aventuriers, content.EDITION_2027, _placed(content.PHASES_2027, here), content.PARTNERS_2027)
    journees = _programme(content.JOURNEES)
    _programme(content.SEMAINE)
    now = clock.now().astimezone(PARIS)
    demo_days.load(journees, _load_states(now=now), venues, now=now)


def _load_states(*, now: datetime) -> Programme:
    """One call in each state, so that every page can be clicked; dates are counted from the portal's clock at the first loading."""
    programme = _programme(
        {
            "slug": STATES_SLUG,
            "title": "Appels et journées de démonstration",
            "kind": Kind.EXPLORATION,
            "hue": Hue.BLEU,
            "order": 90,
            "contact_email": "demonstration@la27eregion.example",
            "lede": "Un appel et une journée dans chaque état, pour essayer le portail. Données de démonstration.",
            "description": "Ces appels n’existent pas : ils montrent ce que chacun voit à chaque étape. **Données de démonstration.**",
        }
    )
    for number, (slug, title, opens, closes, more) in enumerate(_states(now), start=1):
        fields = _MINIMAL | {
            "slug": slug,
            "title": title,
            "short_title": f"{title[:40].rstrip()} (démonstration)",
            "lede": _NOTE,
            "reference_prefix": f"DM{number}",
            "published_at": opens - timedelta(days=30),
            "opens_at": opens,
            "closes_at": closes,
            "ends_on": max(closes, now).date() + timedelta(days=90),
            "changed_at": opens,
        }
        _call(programme, fields | more, [] if slug == "vide" else _two_phases((now if slug == TOLD else closes).date()))
    demo_changes.load(programme, now=now)
    return programme


def _states(now: datetime) -> list[tuple[str, str, datetime, datetime, dict[str, Any]]]:
    """Slug, title, opening, closing, and what is particular."""
    noon = now.replace(hour=12, minute=0, second=0, microsecond=0)

    def on(days: int) -> datetime:
        return noon + timedelta(days=days)

    def answered(days: int) -> dict[str, Any]:
        return {"results_label": around(on(days).date()), "description": "Réponses envoyées ensemble, un même jour."}

    called_off = {"cancellation_reason": demo_changes.CANCELLED}
    return [
        ("annonce", "Appel annoncé", on(20), on(60), {"published_at": on(-5)}),
        ("ferme-bientot", "Appel qui ferme bientôt", on(-30), on(3), answered(20)),
        ("clos", "Appel qui vient de fermer", on(-60), now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=1), answered(20)),
        ("en-selection", "Appel en sélection", on(-80), on(-10), answered(10)),
        ("resultats", "Appel dont les résultats sont publiés", on(-120), on(-40), answered(-5) | {"results_released_at": on(-5)}),
        ("termine", "Appel terminé", on(-400), on(-340), {"ends_on": on(-200).date(), "results_released_at": on(-330)}),
        ("vide", "Appel sans rien de plus", on(-10), on(40), {"seats": 1}),
        ("titre-long", LONG_TITLE, on(-10), on(50), {"short_title": "La 27ᵉ exploration, 4ᵉ saison, 1ʳᵉ étape (démonstration)"}),
        ("non-publie", "Appel pas encore publié", on(30), on(90), {"published_at": None}),
        ("annule", "Appel annulé", on(-15), on(30), {"cancelled_at": on(-2), "changed_at": on(-2), **called_off}),
        ("reporte", "Appel reporté", on(-20), on(40), answered(50) | {"changed_at": on(-3)}),
        ("lu-par-le-jury", "Appel que le jury lit", on(-90), on(-12), answered(12)),
    ]


def around(day: date) -> str:
    """« mi-janvier 2027 »: what an association writes while the day is not fixed."""
    third = "début" if day.day <= FIRST_DAYS else "mi" if day.day <= MIDDLE_DAYS else "fin"
    month = day_in_words(day).split("\u00a0")[1]
    return f"{third}-{month}" if third == "mi" else f"{third} {month}"


def _two_phases(closing: date) -> list[dict[str, Any]]:
    first, last = closing + timedelta(days=20), closing + timedelta(days=50)
    return [
        {"title": "Départ", "duration": "2 journées", "place_label": "Paris", "starts_on": first, "ends_on": first + timedelta(days=1)},
        {"title": "Retour", "duration": "1 journée", "place_label": "en ligne", "when_label": around(last), "sort_on": last},
    ]


def _placed(phases: list[dict[str, Any]], venue: Venue) -> list[dict[str, Any]]:
    """Superpublic is a place with an address; the other phases have words only."""
    return [fields | {"venue": venue if venue.name in fields["place_label"] else None} for fields in phases]


def _programme(fields: dict[str, Any]) -> Programme:
    return Programme.objects.get_or_create(slug=fields["slug"], defaults=fields | {"is_public": True})[0]


def _call(programme: Programme, fields: dict[str, Any], phases: list[dict[str, Any]], partners: Iterable[dict[str, Any]] = ()) -> None:
    """A call with what hangs from it, once; what somebody made of it since is theirs."""
    edition, is_new = Edition.objects.get_or_create(programme=programme, slug=fields["slug"], defaults=fields)
    if is_new:
        for phase in phases:
            Phase.objects.create(edition=edition, **phase)
        for partner in partners:
            Partner.objects.create(edition=edition, **partner)
