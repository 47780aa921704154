"""The real content of the demonstration: facts of domain.md 2.1, 2.2 and 2.4 kept exact, sentences our own."""

from datetime import date, datetime
from typing import Any

from core.clock import PARIS
from programmes.models import Hue, Kind, PartnerRole

VENUES: list[dict[str, str]] = [
    {"name": "Superpublic", "address": "4 rue La Vacquerie", "postcode": "75011", "city": "Paris"},
    {
        "name": "Halle civique",
        "address": "27 rue Piat",
        "postcode": "75020",
        "city": "Paris",
        "access": "Belleville ; métro Pyrénées (ligne 11) ou Belleville (lignes 2 et 11). Accès sans marche : écrivez-nous avant de venir.",
    },
    {"name": "CENTQUATRE-PARIS", "postcode": "75019", "city": "Paris"},
    {"name": "La Gaîté Lyrique", "postcode": "75003", "city": "Paris"},
]

AVENTURIERS: dict[str, Any] = {
    "slug": "aventuriers",
    "title": "Les Aventuriers de l’innovation publique",
    "kind": Kind.EXPLORATION,
    "hue": Hue.ROUGE,
    "order": 1,
    "contact_email": "aventuriers@la27eregion.example",
    "lede": "Vingt agents des trois fonctions publiques partent enquêter auprès de ceux qui transforment l’administration.",
    "description": """Chaque année, un groupe volontaire bâtit son enquête avec l’appui de l’association : il décide de ce qu’il veut \
comprendre, va voir sur place, puis partage ses trouvailles avec tous ceux que cela intéresse.

Les lieux prêts à recevoir ces explorateurs s’appellent des « complices ».""",
}

JOURNEES: dict[str, Any] = {
    "slug": "journees-decouverte",
    "title": "Journées découverte",
    "kind": Kind.TRAINING,
    "hue": Hue.JAUNE,
    "order": 2,
    "contact_email": "journees@la27eregion.example",
    "lede": "« Vers une action publique ingénierieuse » : une journée pour découvrir et pratiquer de nouvelles manières de faire.",
    "description": """Une journée de sensibilisation et de pratique, qui n’est pas une formation à la créativité. Elle porte sur les \
nouvelles ingénieries publiques, nourries de design, de sciences humaines et sociales, de numérique et de pratiques amateurs. \
Elle mêle théorie et critique, témoignages, études de cas, mises en situation et exercices.

### Les questions de la journée

- De quelles ingénieries parle-t-on, et qu’ont-elles de nouveau ?
- Qu’apportent-elles à la conception et à la mise en œuvre des politiques publiques ?
- À quelles conditions les déployer ?
- Qui en sont les acteurs ?

### Pour qui, combien

Pour les professionnels de l’action publique, du secteur public, privé ou associatif. **20 personnes au plus** par journée, \
**680 € TTC** par personne.""",
}

SEMAINE: dict[str, Any] = {
    "slug": "semaine-innovation-publique",
    "title": "Semaine de l’innovation publique",
    "kind": Kind.GATHERING,
    "hue": Hue.LILAS,
    "order": 3,
    "contact_email": "evenements@la27eregion.example",
    "lede": "Ateliers, conférences, hackathons et promenades urbaines, proposés partout par les collectivités et leurs partenaires.",
    "description": """Née en 2014 à l’initiative du SGMAP, la Semaine montre partout en France ce que l’action publique invente. \
La programmation des événements portés par les collectivités et leurs partenaires est coordonnée par La 27e Région.

### 1ʳᵉ édition, du 12 au 16 novembre 2014

- **La Cité de l’innovation publique**, du vendredi 14 au dimanche 16 novembre au CENTQUATRE-PARIS (75019) : village interactif, \
ateliers participatifs et conférences, pour les agents et pour les citoyens.
- **En régions** : parcours interactifs, ateliers, conférences, hackathons, promenades urbaines.
- **« Innover dans le secteur public : des idées à l’impact »**, conférence internationale de l’OCDE, les 12 et 13 novembre, \
sur invitation uniquement.

### 4ᵉ édition, du 20 au 26 novembre 2017

Les Aventuriers de l’innovation publique y ont partagé leur exploration.""",
}

_CALL: dict[str, Any] = {
    "subtitle": "Un voyage au cœur de la transformation des administrations françaises",
    "lede": "Vingt agents volontaires vont à la rencontre d’initiatives innovantes dans les administrations, les collectivités "
    "et chez leurs partenaires, puis en partagent le récit.",
    "audience": """Aux agents de la fonction publique **d’État, territoriale ou hospitalière**, quelle que soit leur catégorie (A, B ou C) \
et quel que soit leur statut.

- Les nouvelles manières de conduire l’action publique piquent votre curiosité ?
- Vous avez envie d’enrichir votre pratique avec des pairs ?
- Ces notions vous intriguent : co-conception, administration apprenante ou libérée, design des politiques publiques, gouvernement ouvert ?

Alors ce voyage est pour vous.""",
    "total_duration": "4 à 5 journées",
    "costs_label": "voyage, hébergement et repas payés par votre administration",
    "costs": """Le voyage, l’hébergement et les repas sont **pris en charge par l’administration de chaque agent**. \
L’appel n’annonce aucuns frais de participation.

Après le dépôt de votre candidature, une lettre pour votre employeur dit tout cela : les phases, leur durée et les frais.""",
    "seats": 20,
    "motivation_lines": 10,
}

_DESCRIPTION = """Pas de programme clé en main : accompagnés par l’association, les **20 agents volontaires** construisent \
eux-mêmes leur exploration et leur restitution, à la manière d’une enquête. Ils choisissent ce qu’ils veulent comprendre et qui \
rencontrer, dans des administrations françaises, des collectivités et chez leurs partenaires.

{calendar}"""

_HISTORY = """- **2014** : une expérience pionnière avec la Région Île-de-France.
- **2016** : première édition, une quinzaine d’agents, sous le patronage de la ministre ; \
restitution le 17 novembre 2016 à la Gaîté Lyrique.
- **2017** : restitution le jeudi 23 novembre 2017 à Superpublic, devant une quarantaine de personnes.

De ces voyages restent des vidéos d’une minute, des récits de terrain, des « rapports d’étonnement » et des « fiches techniques » \
pour chaque initiative visitée. Les lieux prêts à recevoir les explorateurs s’appellent des « complices »."""

EDITION_2017: dict[str, Any] = _CALL | {
    "slug": "2017",
    "title": "Les Aventuriers de l’innovation publique, édition 2017",
    "short_title": "Les Aventuriers 2017",
    "description": _DESCRIPTION.format(calendar="Recrutement et départ en septembre 2017, restitution en novembre 2017."),
    "history": _HISTORY,
    "reference_prefix": "AV17",
    "published_at": datetime(2017, 7, 3, 9, tzinfo=PARIS),
    "opens_at": datetime(2017, 7, 3, 9, tzinfo=PARIS),
    "closes_at": datetime(2017, 9, 8, 12, tzinfo=PARIS),
    "results_label": "mi-septembre 2017",
    "results_released_at": datetime(2017, 9, 13, 10, tzinfo=PARIS),
    "ends_on": date(2017, 11, 30),
    "changed_at": datetime(2017, 7, 3, 9, tzinfo=PARIS),
}

EDITION_2027: dict[str, Any] = _CALL | {
    "slug": "2027",
    "title": "Les Aventuriers de l’innovation publique, édition 2027",
    "short_title": "Les Aventuriers 2027",
    "description": _DESCRIPTION.format(calendar="Recrutement et départ en septembre 2027, restitution en novembre 2027."),
    "history": _HISTORY,
    "reference_prefix": "AV27",
    "published_at": datetime(2026, 11, 2, 9, tzinfo=PARIS),
    "opens_at": datetime(2026, 11, 2, 9, tzinfo=PARIS),
    "closes_at": datetime(2027, 9, 8, 12, tzinfo=PARIS),
    "results_label": "mi-septembre 2027",
    "results_released_at": None,
    "ends_on": date(2027, 11, 30),
    "changed_at": datetime(2026, 11, 2, 9, tzinfo=PARIS),
}

_PREPARATION = {
    "title": "Préparation",
    "duration": "1 journée",
    "place_label": "Superpublic (Paris)",
    "description": "Le groupe se rencontre, partage ses questions et construit le programme de l’exploration.",
}
_EXPLORATION = {
    "title": "Exploration",
    "duration": "1 à 2 journées",
    "place_label": "dans les territoires",
    "description": "Visites et rencontres, chez les complices.",
}
_SYNTHESIS = {
    "title": "Mise en commun",
    "duration": "1 journée",
    "place_label": "Superpublic (Paris)",
    "description": "Mise en commun et synthèse collective de ce que chacun rapporte.",
}
_SHARING = {
    "title": "Partage",
    "duration": "1 journée",
    "place_label": "Paris",
    "description": "Partage et mise en débat, dans le cadre de la Semaine de l’innovation publique.",
}


def _fuzzy(label: str, first: date, last: date) -> dict[str, Any]:
    return {"when_label": label, "starts_on": first, "ends_on": last, "sort_on": first}


def _exact(day: date) -> dict[str, Any]:
    return {"when_label": "", "starts_on": day, "ends_on": None, "sort_on": day}


PHASES_2017: list[dict[str, Any]] = [
    _PREPARATION | _fuzzy("mi-septembre 2017", date(2017, 9, 11), date(2017, 9, 20)),
    _EXPLORATION | _fuzzy("courant octobre 2017", date(2017, 10, 1), date(2017, 10, 31)),
    _SYNTHESIS | _fuzzy("début novembre 2017", date(2017, 11, 1), date(2017, 11, 10)),
    _SHARING | _fuzzy("fin novembre 2017", date(2017, 11, 20), date(2017, 11, 26)),
]
PHASES_2027: list[dict[str, Any]] = [
    _PREPARATION | _exact(date(2027, 9, 16)),
    _EXPLORATION | _fuzzy("courant octobre 2027", date(2027, 10, 1), date(2027, 10, 31)),
    _SYNTHESIS | _exact(date(2027, 11, 4)),
    _SHARING | _fuzzy("fin novembre 2027", date(2027, 11, 22), date(2027, 11, 28)),
]

PARTNERS_2017: list[dict[str, Any]] = [
    {"name": "La 27e Région", "role": PartnerRole.LEAD},
    {"name": "le SGMAP", "role": PartnerRole.CO_LEAD},
    {"name": "la Semaine de l’innovation publique 2017", "role": PartnerRole.FRAME},
]
PARTNERS_2027: list[dict[str, Any]] = [
    {"name": "La 27e Région", "role": PartnerRole.LEAD},
    {"name": "la Semaine de l’innovation publique 2027", "role": PartnerRole.FRAME},
]
