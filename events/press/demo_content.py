"""The two communiqués of domain.md 2.4 and 2.5: their facts, in sentences of ours; nobody's name, numbers kept for fiction."""

from datetime import date, datetime
from typing import Any

from core.clock import PARIS

LICENCE = "Licence Ouverte 2.0 (Etalab)"
FIRST_WEEK: dict[str, Any] = {
    "slug": "premiere-semaine-innovation-publique-2014",
    "season": "2014",
    "surtitle": "Événement",
    "title": "1ʳᵉ Semaine de l’innovation publique",
    "place": "Paris",
    "dated_on": date(2014, 11, 5),
    "embargo_until": datetime(2014, 11, 5, 9, tzinfo=PARIS),
    "ready_at": datetime(2014, 11, 4, 17, tzinfo=PARIS),
    "lede": "Du 12 au 16 novembre 2014, le SGMAP organise la première Semaine de l’innovation publique, sur tout le territoire : "
    "cinq jours pour voir, essayer et mettre en débat d’autres façons de faire l’action publique.",
    "parts": [
        (
            "La Cité de l’innovation publique, au CENTQUATRE-PARIS",
            "Du vendredi 14 au dimanche 16 novembre 2014, le CENTQUATRE-PARIS (75019) devient la **Cité de l’innovation publique**. "
            "Un village interactif, des ateliers participatifs et des conférences y réunissent les agents et les citoyens.",
            {
                "label": "programme de la Cité",
                "event": "Cité",
                "season": "2014",
                "instead": "https://cite.innovation-publique.example/programme",
            },
        ),
        (
            "Des événements dans toutes les régions",
            "Parcours interactifs, ateliers, conférences, hackathons et promenades urbaines : la Semaine se vit aussi près de chez soi.\n\n"
            "La programmation des événements portés par les collectivités et leurs partenaires est coordonnée par **La 27e Région**.",
            {"label": "programme dans les régions", "season": "2014", "instead": "https://regions.innovation-publique.example/programme"},
        ),
        (
            "Une conférence internationale avec l’OCDE, sur invitation uniquement",
            "Les 12 et 13 novembre 2014, la conférence internationale de l’OCDE « Innover dans le secteur public : des idées à l’impact » "
            "s’adresse aux acteurs publics nationaux et internationaux, aux chercheurs, aux entrepreneurs et à la société civile.",
            {"label": "programme de la conférence", "url": "https://ocde.example/innover-dans-le-secteur-public"},
        ),
    ],
    "links": [{"label": "Tout savoir de la Semaine", "season": "2014", "instead": "https://semaine.innovation-publique.example/"}],
    "people": [
        {
            "function": "Direction du département de la communication du SGMAP",
            "phone": "01 99 00 14 05",
            "mobile": "06 39 98 14 05",
            "email": "communication@sgmap.example",
        },
        {
            "function": "Responsable de projet au département de la communication du SGMAP",
            "phone": "01 99 00 14 12",
            "mobile": "06 39 98 14 12",
            "email": "projets@sgmap.example",
        },
    ],
}

REPUBLIC: dict[str, Any] = {
    "slug": "vers-une-republique-collaborative-2017",
    "season": "2017",
    "surtitle": "Rencontre",
    "title": "Vers une république collaborative ?",
    "place": "Lille",
    "dated_on": date(2017, 11, 14),
    "embargo_until": datetime(2017, 11, 14, 9, tzinfo=PARIS),
    "ready_at": datetime(2017, 11, 13, 17, tzinfo=PARIS),
    "lede": "Le CGET et Sciences Po Lille donnent rendez-vous à Lille le mercredi 22 novembre 2017, à partir de 10 h, pour une journée "
    "ouverte à tous sur les liens entre l’action publique et l’innovation sociale.",
    "parts": [
        (
            "Une journée de la 4ᵉ Semaine de l’innovation publique",
            "La rencontre prend place dans la 4ᵉ Semaine de l’innovation publique, du 20 au 26 novembre 2017. "
            "Au programme : démonstrations, témoignages, débats, échanges et réflexion collective.\n\n"
            "Un ancien secrétaire d’État prononce la conférence de clôture, sur « l’action publique de demain ».",
            {
                "label": "En savoir plus",
                "event": "république collaborative",
                "season": "2017",
                "instead": "https://republique-collaborative.example/",
            },
            {"label": "S’inscrire", "url": "https://republique-collaborative.example/inscription"},
        ),
        (
            "Trois effets de cette rencontre de l’action publique et de l’innovation sociale",
            "- repenser la façon dont les politiques publiques se construisent ;\n"
            "- faire naître de nouvelles formes d’action publique ;\n"
            "- encourager l’innovation publique.",
        ),
    ],
    "boilerplate_title": "L’innovation publique, c’est quoi ?",
    "boilerplate": "Un mouvement qui traverse tout le secteur public : une administration en mouvement, de la conception des politiques "
    "publiques à leur mise en œuvre, pour ses usagers et pour elle-même. Porté par les acteurs publics sur l’ensemble du territoire, "
    "il est un levier de la réforme de l’État.\n\nDu 20 au 26 novembre 2017, l’État le met à l’honneur.",
    "links": [],
    "people": [
        {
            "function": "Contact presse du CGET",
            "phone": "01 99 00 17 14",
            "email": "presse@cget.example",
            "website": "https://cget.example/",
        }
    ],
}

PRESS_OFFICE = {"function": "Contact presse de La 27e Région", "phone": "01 99 00 27 27", "email": "presse@la27eregion.example"}
MANY_PEOPLE = [
    PRESS_OFFICE,
    {
        "name": "Camille d’Exemple-de-la-Très-Longue-Lignée-des-Personnes-Inventées-pour-Voir",
        "function": "Direction adjointe de la communication et des relations avec la presse régionale, nationale et internationale",
        "mobile": "06 39 98 27 27",
        "email": "relations-avec-la-presse-regionale@communaute-d-agglomeration.example",
        "website": "https://communaute-d-agglomeration.example/salle-de-presse/contacts/",
    },
    {"function": "Standard", "phone": "01 99 00 00 27"},
]
FILLER = (
    "Une demi-journée d’essais, de récits et de mises en situation, avec celles et ceux qui font le service public au quotidien. "
    "Données de démonstration : rien de tout cela n’aura lieu."
)
LONG_TITLE = (
    "Démonstration d’un titre de cent quarante signes : la 27ᵉ rencontre, sa 4ᵉ saison e"
    "t sa 1ʳᵉ étape, de l’hôpital à la mairie d’Exempleville"
)
LONG_LEDE = f"{FILLER} {FILLER}"
LONG_TEXT = "\n\n".join([FILLER, FILLER, FILLER, "- un ;\n- deux ;\n- trois."])
LONG_PARTS = [
    (f"Partie n° {number} : ce que l’on essaie, avec qui, où, et ce que l’on en garde ensuite", LONG_TEXT) for number in range(1, 5)
]
PICTURES = [
    ("Le village interactif, vu de la mezzanine", "jaune", (1800, 1200)),
    ("Atelier d’écriture de courriers avec des habitants", "vert", (1600, 1067)),
    ("Portrait de groupe de l’équipe, format vertical", "lilas", (1000, 1500)),
]
