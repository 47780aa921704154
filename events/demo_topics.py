"""What the events of the demonstration are about: invented, and carried by nobody who exists."""

from events.states import Format

# Title, one sentence, formats.
TOPICS: list[tuple[str, str, tuple[Format, ...]]] = [
    (
        "Réécrire un courrier avec celles et ceux qui le reçoivent",
        "Un vrai courrier, dix habitants, deux heures : qu’en reste-t-il ?",
        (Format.WORKSHOP,),
    ),
    (
        "Le guichet vu depuis un fauteuil roulant",
        "On suit un trajet ordinaire, puis on dessine ce qu’il faudrait changer.",
        (Format.URBAN_WALK, Format.WORKSHOP),
    ),
    ("Portes ouvertes du laboratoire d’innovation", "Les projets ratés y sont exposés aussi.", (Format.OPEN_DAY,)),
    (
        "Que fait un laboratoire d’innovation toute la journée ?",
        "Une journée racontée heure par heure, questions permises.",
        (Format.CONFERENCE, Format.DEBATE),
    ),
    ("Hackathon des files d’attente", "Quarante-huit heures pour que personne n’attende debout.", (Format.HACKATHON,)),
    ("Fabriquer un budget participatif avec des lycéens", "Ils en feront le règlement, puis la fête.", (Format.WORKSHOP,)),
    ("L’hôpital la nuit", "Visite de deux services à l’heure où les idées naissent.", (Format.VISIT,)),
    (
        "Démarches en ligne : et si on enlevait la moitié des questions ?",
        "Atelier de rature, crayon fourni.",
        (Format.WORKSHOP, Format.DEMONSTRATION),
    ),
    ("Ce que les agents d’accueil savent", "Table ronde sans estrade, avec celles et ceux qui ouvrent la porte.", (Format.ROUND_TABLE,)),
    (
        "Dessiner le service public rural de demain",
        "Une carte muette, des feutres et un car qui passe deux fois par jour.",
        (Format.WORKSHOP,),
    ),
    ("Simplifier sans appauvrir", "Une conférence sur ce que la simplification oublie.", (Format.CONFERENCE,)),
    ("Exposition : cent formulaires", "Du plus court au plus étrange, à remplir sur place.", (Format.EXHIBITION,)),
    ("La médiathèque comme guichet", "Visite d’une médiathèque où l’on fait aussi sa carte d’identité.", (Format.VISIT, Format.DEBATE)),
    ("Évaluer une politique avec ses usagers", "Méthodes légères pour équipes sans budget.", (Format.WEBINAR,)),
    ("Les communs numériques entre collectivités", "Qui entretient ce que tout le monde utilise ?", (Format.ROUND_TABLE, Format.DEBATE)),
    ("Promenade : le quartier raconté par ses gardiens", "Trois immeubles, trois façons de prendre soin.", (Format.URBAN_WALK,)),
    ("Rendre un règlement lisible", "On part du règlement de la cantine. On finit par une affiche.", (Format.WORKSHOP,)),
    ("Décider avec le hasard", "Assemblées tirées au sort : ce qui marche, ce qui fatigue.", (Format.DEBATE,)),
    (
        "Prototyper un accueil en carton",
        "Le guichet grandeur nature, monté dans la matinée, testé l’après-midi.",
        (Format.WORKSHOP, Format.DEMONSTRATION),
    ),
    (
        "L’intelligence artificielle au guichet : l’essayer, en discuter",
        "Trois usages, trois refus, un débat.",
        (Format.DEMONSTRATION, Format.DEBATE),
    ),
    ("Apprendre de ses échecs publics", "Des projets abandonnés racontés par leurs équipes.", (Format.CONFERENCE,)),
    ("Voyage d’étude : deux tiers-lieux en un jour", "Départ en car, retour avec un carnet.", (Format.STUDY_TRIP,)),
    ("Parcours interactif : dans la peau d’un usager", "Un couloir, sept portes, une demande qui se perd.", (Format.INTERACTIVE,)),
    ("Sobriété : faire moins, et mieux", "Ce que l’on peut arrêter sans que personne ne le regrette.", (Format.WORKSHOP, Format.DEBATE)),
    ("La donnée publique à la pelle", "Initiation aux données ouvertes, sans ordinateur.", (Format.WORKSHOP,)),
    ("Le petit théâtre de la réunion", "Rejouer une réunion ratée jusqu’à ce qu’elle réussisse.", (Format.WORKSHOP, Format.OTHER)),
    ("Aller vers : une journée avec les équipes mobiles", "On suit le bus qui amène le service aux gens.", (Format.VISIT,)),
    ("Femmes de la fonction publique, inventions oubliées", "Exposition et visite commentée.", (Format.EXHIBITION, Format.VISIT)),
    ("Concevoir avec les personnes sans logement", "Retours d’une année de terrain.", (Format.ROUND_TABLE,)),
    ("La participation après la photo", "Que deviennent les propositions une fois la salle vide ?", (Format.DEBATE,)),
    ("Cartographier les aides sans se perdre", "Une carte collective des droits, à emporter.", (Format.WORKSHOP,)),
    ("Webconférence : le design expliqué aux finances", "Trente minutes de récit, trente de questions.", (Format.WEBINAR,)),
    ("Un conseil municipal qui s’écoute", "Démonstration d’une séance préparée autrement.", (Format.DEMONSTRATION,)),
    ("École, mairie, parents : refaire l’inscription à la cantine", "Trois heures pour passer de onze pièces à deux.", (Format.WORKSHOP,)),
    ("Ce que soigner veut dire dans un service public", "Une philosophe et une cadre de santé se répondent.", (Format.CONFERENCE,)),
    ("Le musée ouvre ses réserves à l’administration", "Regarder des objets pour parler de nos outils.", (Format.VISIT, Format.WORKSHOP)),
    ("Jouer la transition d’un quartier", "Un jeu de plateau conçu par les services techniques.", (Format.INTERACTIVE, Format.WORKSHOP)),
    ("Réparer au lieu d’acheter : l’atelier de la ville", "Visite de l’atelier et café des réparateurs.", (Format.OPEN_DAY, Format.VISIT)),
    ("Archives vivantes : le service public il y a cent ans", "Des cartons ouverts devant vous.", (Format.EXHIBITION,)),
    ("Bâtir une enquête d’usage en une journée", "Du premier café à la première entrevue.", (Format.WORKSHOP,)),
]

# Communes by their INSEE code, each with kinds of places that any has.
TOWNS = (
    "35238", "29019", "75056", "59350", "67482", "69123", "13055", "31555", "44109", "33063", "97411", "97302", "97209", "21231", "97611",
    "97105", "45234", "76540", "34172", "38185", "2A004", "93048", "29232", "56121", "72181", "53130", "86194", "87085", "54395", "57463",
    "51454", "68224", "25056", "28085", "37261", "14118", "76351", "80021", "62041", "59183", "63113", "42218", "74010", "30189", "66136",
    "06088", "83137", "2B033", "97415", "97304", "64445", "81004", "05061", "58194", "56260", "75056", "35238", "75056",
)  # fmt: skip
PLACES = (
    "Médiathèque centrale", "Hôtel de ville", "Maison des associations", "Tiers-lieu La Fabrique d’Exemple", "Salle des fêtes",
    "Maison de quartier", "Centre hospitalier", "Cité administrative", "École d’Exemple", "Halle aux idées",
)  # fmt: skip
CARRIERS = (
    "Ville d’Exemple", "Département d’Exemple", "Centre hospitalier d’Exemple", "Laboratoire d’innovation d’Exemple",
    "Association Exemple et compagnie", "Préfecture d’Exemple", "Agence d’Exemple", "Université d’Exemple",
)  # fmt: skip
LONG_TITLE = (
    "Démonstration d’un titre de cent quarante signes : la 27ᵉ promenade, sa 4ᵉ saison e"
    "t sa 1ʳᵉ étape, de l’hôpital à la mairie d’Exempleville"
)
LONG_CARRIER = "Communauté d’agglomération d’Exemple-de-la-Très-Longue-Lignée-des-Vallées-Inventées"
