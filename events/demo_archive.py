"""The seasons held before the portal (domain.md section 5), with the facts of 2014 and 2017 in full (2.4, 2.5), sentences our own."""

from datetime import date, datetime, timedelta
from typing import Any

from core.clock import PARIS
from events.states import Access, Format, SeasonKind

_WEEK, _MONTH = SeasonKind.WEEK, SeasonKind.MONTH
_BEFORE = timedelta(days=60)


def _season(number: int | None, kind: SeasonKind, first: date, last: date, **more: Any) -> dict[str, Any]:
    """A season that was public two months before; its words, where nothing more is known, are its dates."""
    rank = "" if number is None else f"{number}{'ʳᵉ' if number == 1 else 'ᵉ'} "
    name = "Semaine" if kind == SeasonKind.WEEK else "Mois"
    published_at = datetime.combine(first - _BEFORE, datetime.min.time(), PARIS)
    return {
        "slug": str(first.year), "number": number, "kind": kind, "starts_on": first, "ends_on": last, "published_at": published_at,
        "title": f"{rank}{name} de l’innovation publique", "lede": "Une édition pour mémoire : ses dates et ce qui en a été compté.",
    } | more  # fmt: skip


_MOVEMENT = (
    "## L’innovation publique, c’est quoi ?\n\n"
    "Un mouvement qui traverse tout le secteur public : une administration qui bouge, de la conception d’une politique jusqu’à sa mise en "
    "œuvre, pour ses usagers comme pour elle-même. Des acteurs publics le portent sur tout le territoire ; il est l’un des leviers de la "
    "réforme de l’État.\n\n"
)

SEASONS: list[dict[str, Any]] = [
    _season(
        1, _WEEK, date(2014, 11, 12), date(2014, 11, 16), carriers="le SGMAP",
        lede="Du 12 au 16 novembre 2014, sur tout le territoire, une première : cinq jours pour voir l’action publique s’inventer.",
        description=(
            "Organisée par le SGMAP, la première Semaine de l’innovation publique se tient sur l’ensemble du territoire, du 12 au "
            "16 novembre 2014.\n\n"
            "## Dans les régions\n\n"
            "Parcours interactifs, ateliers, conférences, hackathons, promenades urbaines : **la programmation des événements portés par "
            "les collectivités et leurs partenaires est coordonnée par La 27e Région**."
        ),
        highlights=(
            "- [La Cité de l’innovation publique](/evenements/2014/la-cite-de-l-innovation-publique/), du vendredi 14 au dimanche "
            "16 novembre, au CENTQUATRE-PARIS (75019) : un village interactif, des ateliers participatifs et des conférences, pour les "
            "agents et les citoyens.\n"
            "- [La conférence internationale de l’OCDE](/evenements/2014/innover-dans-le-secteur-public/), les 12 et 13 novembre, sur "
            "invitation uniquement."
        ),
    ),
    _season(2, _WEEK, date(2015, 10, 12), date(2015, 10, 18)),
    _season(3, _WEEK, date(2016, 11, 14), date(2016, 11, 20)),
    _season(
        4, _WEEK, date(2017, 11, 20), date(2017, 11, 26),
        lede="Du 20 au 26 novembre 2017, l’État met à l’honneur l’innovation publique, avec celles et ceux qui la font.",
        description=_MOVEMENT + "## L’édition 2017\n\nDu 20 au 26 novembre 2017, la quatrième Semaine met ce mouvement à l’honneur.",
        highlights=(
            "- [Vers une république collaborative ?](/evenements/2017/vers-une-republique-collaborative/) à Lille, le 22 novembre, à "
            "partir de 10 h.\n"
            "- [La restitution des Aventuriers](/evenements/2017/restitution-des-aventuriers/) à Superpublic, le 23 novembre."
        ),
    ),
    _season(5, _WEEK, date(2018, 11, 19), date(2018, 11, 25), events_then=300, people_then=25_000,
            lede="300 événements, 25 000 participants : la Semaine change d’échelle."),
    _season(6, _WEEK, date(2019, 11, 25), date(2019, 11, 30)),
    _season(None, _MONTH, date(2020, 11, 1), date(2020, 11, 30), events_then=300, counted_at_least=True,
            lede="L’édition 2020 a compté plus de 300 événements."),
    _season(8, _MONTH, date(2021, 11, 1), date(2021, 11, 30), lede="Tout le mois de novembre 2021."),
    _season(9, _MONTH, date(2022, 11, 2), date(2022, 11, 30), events_then=350, counted_at_least=True,
            lede="Plus de 350 événements, du 2 au 30 novembre 2022.",
            listing_opens_at=datetime(2022, 9, 3, 9, tzinfo=PARIS), listing_closes_at=datetime(2022, 10, 29, 12, tzinfo=PARIS)),
    _season(11, _MONTH, date(2024, 11, 4), date(2024, 11, 30)),
]  # fmt: skip


def _days(first: date, last: date | None = None) -> list[tuple[datetime, datetime | None]]:
    """One sitting of whole days: the hours were not given."""
    start = datetime.combine(first, datetime.min.time(), PARIS)
    return [(start, datetime.combine((last or first) + timedelta(days=1), datetime.min.time(), PARIS))]


_CITE: dict[str, Any] = {
    "place": "CENTQUATRE-PARIS", "postcode": "75019", "commune": "75056", "carrier": "le SGMAP", "for_agents": True, "for_citizens": True,
    "access": Access.OPEN,
}  # fmt: skip
_CITE_DAYS = _days(date(2014, 11, 14), date(2014, 11, 16))

# Season, slug, slug of what it is part of, columns, formats, sittings.
EVENTS: list[tuple[str, str, str, dict[str, Any], list[Format], list[tuple[datetime, datetime | None]]]] = [
    (
        "2014", "la-cite-de-l-innovation-publique", "",
        _CITE | {
            "title": "La Cité de l’innovation publique",
            "summary": "Trois jours au CENTQUATRE-PARIS, ouverts aux agents et aux citoyens.",
            "description": "Du vendredi 14 au dimanche 16 novembre, un village interactif, des ateliers participatifs et des conférences "
            "invitent les agents et les citoyens à voir, essayer et débattre.",
        },
        [Format.INTERACTIVE, Format.WORKSHOP, Format.CONFERENCE], _CITE_DAYS,
    ),
    (
        "2014", "le-village-interactif", "la-cite-de-l-innovation-publique",
        _CITE | {"title": "Le village interactif", "summary": "Des projets à toucher, à essayer, à discuter avec leurs auteurs."},
        [Format.INTERACTIVE, Format.DEMONSTRATION], _CITE_DAYS,
    ),
    (
        "2014", "les-ateliers-participatifs", "la-cite-de-l-innovation-publique",
        _CITE | {"title": "Les ateliers participatifs", "summary": "Concevoir ensemble, agents et citoyens autour de la même table."},
        [Format.WORKSHOP], _CITE_DAYS,
    ),
    (
        "2014", "les-conferences-de-la-cite", "la-cite-de-l-innovation-publique",
        _CITE | {"title": "Les conférences de la Cité", "summary": "Comprendre d’où vient l’innovation publique et où elle va."},
        [Format.CONFERENCE], _CITE_DAYS,
    ),
    (
        "2014", "innover-dans-le-secteur-public", "",
        {
            "title": "Innover dans le secteur public : des idées à l’impact",
            "summary": "Conférence internationale de l’OCDE, sur invitation uniquement.",
            "description": "Deux jours entre acteurs publics nationaux et internationaux, chercheurs, entrepreneurs et société civile.",
            "place": "OCDE", "commune": "75056", "postcode": "75016", "carrier": "l’OCDE", "access": Access.INVITATION,
            "is_open_to_public": False, "programme_url": "https://ocde.example/innover-dans-le-secteur-public/programme",
            "for_agents": True,
        },
        [Format.CONFERENCE], _days(date(2014, 11, 12), date(2014, 11, 13)),
    ),
    (
        "2016", "restitution-des-aventuriers", "",
        {
            "title": "La restitution des Aventuriers 2016", "summary": "Une quinzaine d’agents racontent ce qui les a étonnés.",
            "place": "la Gaîté Lyrique", "postcode": "75003", "commune": "75056", "carrier": "La 27e Région", "for_agents": True,
        },
        [Format.DEBATE], _days(date(2016, 11, 17)),
    ),
    (
        "2017", "vers-une-republique-collaborative", "",
        {
            "title": "Vers une république collaborative ?",
            "summary": "Les liens entre l’action publique et l’innovation sociale, une journée ouverte à tous.",
            "description": "Démonstrations, témoignages, débats, échanges et réflexion collective explorent ce qui relie l’action "
            "publique et l’innovation sociale.\n\n"
            "## Trois effets\n\n"
            "- repenser la façon dont les politiques se font ;\n- faire naître de nouvelles formes d’action publique ;\n"
            "- favoriser l’innovation publique.\n\n"
            "## Pour finir\n\nUne conférence sur « l’action publique de demain », par un ancien secrétaire d’État.",
            "conditions": "Ouvert à tous", "place": "Sciences Po Lille", "postcode": "59000", "commune": "59350",
            "carrier": "le CGET et Sciences Po Lille", "for_agents": True, "for_citizens": True, "for_elected": True,
            "access": Access.ELSEWHERE, "website": "https://cget.example/republique-collaborative",
            "registration_url": "https://cget.example/republique-collaborative/inscription",
        },
        [Format.DEMONSTRATION, Format.DEBATE, Format.CONFERENCE], [(datetime(2017, 11, 22, 10, tzinfo=PARIS), None)],
    ),
    (
        "2017", "restitution-des-aventuriers", "",
        {
            "title": "La restitution des Aventuriers 2017", "summary": "Vingt agents partagent leur voyage devant une quarantaine de "
            "personnes.", "place": "Superpublic", "address": "4 rue La Vacquerie", "postcode": "75011", "commune": "75056",
            "carrier": "La 27e Région et le SGMAP", "for_agents": True,
        },
        [Format.DEBATE], _days(date(2017, 11, 23)),
    ),
]  # fmt: skip
