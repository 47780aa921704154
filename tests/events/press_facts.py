"""Every fact of domain.md 2.4 and 2.5, as our communiqués say them: one list, read in the page and in the PDF."""

WEEK_2014 = [
    # Surtitle, title, place and date, who and when.
    "Événement",
    "1ʳᵉ Semaine de l’innovation publique",
    "Paris, le 5 novembre 2014",
    "Du 12 au 16 novembre 2014, le SGMAP organise",
    "sur tout le territoire",
    # The City.
    "La Cité de l’innovation publique",
    "Du vendredi 14 au dimanche 16 novembre 2014",
    "CENTQUATRE-PARIS (75019)",
    "village interactif",
    "ateliers participatifs",
    "conférences",
    "les agents et les citoyens",
    # In the regions.
    "Parcours interactifs, ateliers, conférences, hackathons et promenades urbaines",
    "La programmation des événements portés par les collectivités et leurs partenaires est coordonnée par La 27e Région",
    # The conference.
    "conférence internationale de l’OCDE",
    "« Innover dans le secteur public : des idées à l’impact »",
    "Les 12 et 13 novembre 2014",
    "sur invitation uniquement",
    "acteurs publics nationaux et internationaux, aux chercheurs, aux entrepreneurs et à la société civile",
    # The links: one a part, and one at the end.
    "programme de la Cité",
    "programme dans les régions",
    "programme de la conférence",
    "Plus d’infos",
    "Tout savoir de la Semaine",
    # Whom to call, by function.
    "Contacts presse",
    "Direction du département de la communication du SGMAP",
    "Responsable de projet au département de la communication du SGMAP",
    "Téléphone : 01 99 00 14 05",
    "Portable : 06 39 98 14 05",
    "communication@sgmap.example",
    "Téléphone : 01 99 00 14 12",
    "Portable : 06 39 98 14 12",
    "projets@sgmap.example",
]
REPUBLIC_2017 = [
    "Vers une république collaborative ?",
    "le 14 novembre 2017",
    "Le CGET et Sciences Po Lille",
    "à Lille le mercredi 22 novembre 2017, à partir de 10 h",
    "ouverte à tous",
    "les liens entre l’action publique et l’innovation sociale",
    "4ᵉ Semaine de l’innovation publique, du 20 au 26 novembre 2017",
    "démonstrations, témoignages, débats, échanges et réflexion collective",
    "Un ancien secrétaire d’État prononce la conférence de clôture, sur « l’action publique de demain »",
    # Links.
    "En savoir plus",
    "S’inscrire",
    # Three effects.
    "repenser la façon dont les politiques publiques se construisent",
    "faire naître de nouvelles formes d’action publique",
    "encourager l’innovation publique",
    # The boilerplate.
    "L’innovation publique, c’est quoi ?",
    "Un mouvement qui traverse tout le secteur public",
    "une administration en mouvement, de la conception des politiques publiques à leur mise en œuvre",
    "pour ses usagers et pour elle-même",
    "Porté par les acteurs publics sur l’ensemble du territoire",
    "un levier de la réforme de l’État",
    "Du 20 au 26 novembre 2017, l’État le met à l’honneur",
    # One contact, by function.
    "Contact presse du CGET",
    "Téléphone : 01 99 00 17 14",
    "presse@cget.example",
    "https://cget.example/",
]
# The parts, in the order of the original.
ORDER_2014 = ["La Cité de l’innovation publique", "Des événements dans toutes les régions", "Une conférence internationale", "Plus d’infos"]
RELEASES = {
    "premiere-semaine-innovation-publique-2014": WEEK_2014,
    "vers-une-republique-collaborative-2017": REPUBLIC_2017,
}
