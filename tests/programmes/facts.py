"""Every fact of domain.md 2.1 and 2.2, as our pages and flyers say them: one list, read in the page and in the PDF."""

CALL_2017 = [
    # Name, subtitle, who runs it, within what, when.
    "Les Aventuriers de l’innovation publique, édition 2017",
    "Un voyage au cœur de la transformation des administrations françaises",
    "La 27e Région et le SGMAP, dans le cadre de la Semaine de l’innovation publique 2017",
    "Recrutement et départ en septembre 2017, restitution en novembre 2017",
    # What is done, by how many.
    "20 agents volontaires",
    "initiatives innovantes dans les administrations, les collectivités et chez leurs partenaires",
    "accompagnés par l’association",
    "construisent eux-mêmes leur exploration et leur restitution",
    "à la manière d’une enquête",
    # For whom.
    "d’État, territoriale ou hospitalière",
    "quelle que soit leur catégorie (A, B ou C)",
    "quel que soit leur statut",
    "Les nouvelles manières de conduire l’action publique piquent votre curiosité",
    "enrichir votre pratique avec des pairs",
    "Ces notions vous intriguent",
    "Alors ce voyage est pour vous",
    "co-conception, administration apprenante ou libérée, design des politiques publiques, gouvernement ouvert",
    # The four phases.
    "Préparation 1 journée · mi-septembre 2017 · Superpublic (Paris)",
    "Exploration 1 à 2 journées · courant octobre 2017 · dans les territoires",
    "Visites et rencontres",
    "Mise en commun 1 journée · début novembre 2017 · Superpublic (Paris)",
    "synthèse collective",
    "Partage 1 journée · fin novembre 2017 · Paris",
    "mise en débat, dans le cadre de la Semaine de l’innovation publique",
    "4 à 5 journées en tout",
    # Who pays.
    "Le voyage, l’hébergement et les repas sont pris en charge par l’administration de chaque agent",
    "L’appel n’annonce aucuns frais de participation",
    # How and until when to apply.
    "Vendredi 8 septembre 2017 à midi (heure de Paris)",
    "aventuriers@la27eregion.example",
    # Before and after.
    "2014 : une expérience pionnière avec la Région Île-de-France",
    "2016 : première édition, une quinzaine d’agents, sous le patronage de la ministre",
    "restitution le 17 novembre 2016 à la Gaîté Lyrique",
    "restitution le jeudi 23 novembre 2017 à Superpublic, devant une quarantaine de personnes",
    "vidéos d’une minute",
    "récits de terrain",
    "« rapports d’étonnement »",
    "« fiches techniques » pour chaque initiative visitée",
    "« complices »",
]

# What only the page says: the form, the places in full, the deadline overseas.
CALL_2017_PAGE = [
    "4 rue La Vacquerie, 75011 Paris",
    "soit 14 h à La Réunion, 13 h à Mayotte, 6 h en Guadeloupe et en Martinique, 7 h en Guyane",
    "8 septembre 2017, midi",
    "Places 20",
    "votre nom, votre prénom et votre adresse électronique",
    "votre structure, votre fonction, votre fonction publique (État, territoriale ou hospitalière) et votre région",
    "votre motivation, en 10 lignes au plus",
    "votre administration prend en charge vos frais de voyage, d’hébergement et de restauration",
    "Réponse Mi-septembre 2017",
    "Porteur La 27e Région",
    "Co-porteur Le SGMAP",
    "Cadre La Semaine de l’innovation publique 2017",
    "Candidater",
]

DAY_2019 = [
    # The name keeps its pun.
    "Journée découverte : vers une action publique ingénierieuse",
    # One day of awareness and practice, on what, made of what.
    "sensibilisation et de pratique",
    "et non une formation à la créativité",
    "nouvelles ingénieries publiques, nourries de design, de sciences humaines et sociales, de numérique et de pratiques amateurs",
    "théorie et critique, témoignages, études de cas, mises en situation et exercices",
    # Its questions.
    "De quelles ingénieries parle-t-on, et qu’ont-elles de nouveau",
    "Qu’apportent-elles à la conception et à la mise en œuvre des politiques publiques",
    "À quelles conditions les déployer",
    "Qui en sont les acteurs",
    # For whom, how many, how much, by whom.
    "Les professionnels de l’action publique, du secteur public, privé ou associatif",
    "20 personnes au plus",
    "680 € TTC",
    "l’équipe de l’association, qui vient de la science politique, du management et du design",
    "Des formateurs décadrants",
    "Amina Exemple",
    "Basile Exemple",
    "Chloé Exemple",
    "Driss Exemple",
    "Élise Exemple",
    "Florian Exemple",
    "journees@la27eregion.example",
    "la27eregion.example",
    "@la27eregion",
    # When and where.
    "Mardi 19 mars 2019",
    "9 h – 18 h",
    "Halle civique",
    "Belleville",
    "27 rue Piat, 75020 Paris",
    # Hour by hour.
    "9 h Prenez un café, Émile ! Introduction, présentation de la journée et brise-glace",
    "10 h Tu sors d’où, Monique ? Le contexte et les influences",
    "Des cas, Patrick ! Lecture attentive de cas pratiques",
    "13 h Casse-croûte",
    "14 h Chauffe Marcel… ! Décodage actif des valeurs de l’innovation publique",
    "Des exercices, Patrick ! Application à un sujet concret",
    "17 h En voiture, Simone ! Mise en perspective, et place dans sa pratique professionnelle",
    "18 h Roger, un muscadet ! Conclusion et apéritif convivial",
    # The pitch.
    "Refaire les mêmes procédures donne les mêmes résultats",
    "d’un œil neuf",
    "de l’inventivité et de l’humilité",
    "de la qualité et du sens, de la sobriété et un peu de ruse",
    "en remettant au centre toutes les personnes concernées, de l’agent au citoyen et à l’élu",
    # Why this day.
    "Répandre une culture de l’action publique plus agile, centrée sur les usages, ouverte à l’essai et à l’erreur",
    "Répondre aux demandes de sensibilisation que des personnes nous adressent une à une",
    "Comprendre comment marchent ces méthodes, leur intérêt et leurs effets, d’après des cas rencontrés sur le terrain",
    # Hours counted: the drink of 18 h is outside.
    "8 heures",
    "de 9 h à 13 h et de 14 h à 18 h, le verre de 18 h est en plus",
]

# The blocks of the flyer, in its order.
DAY_BLOCKS = [
    "Journée découverte : vers une action publique ingénierieuse",
    "Une journée pour découvrir et pratiquer",
    "Public Les professionnels",
    "Format Une journée",
    "680 € TTC",
    "Mardi 19 mars 2019",
    "Le déroulé",
    "Pourquoi cette journée",
    "Des formateurs décadrants",
    "Pour commencer…",
]
