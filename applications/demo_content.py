"""Words of the demonstration (domain.md section 5): jobs, motivations, invented bodies and people."""

from applications.states import Branch

FIRST_NAMES = (
    "Camille",
    "Dominique",
    "Claude",
    "Sacha",
    "Alix",
    "Noa",
    "Charlie",
    "Lou",
    "Maxence",
    "Inès",
    "Anne-Laure",
    "Jean-Noël",
    "Zoé",
)
# « Exemple » says that nobody bears these names.
LAST_NAMES = (
    "Exemple",
    *(
        f"{name}-Exemple"
        for name in (
            "Aubépine", "Bouleau", "Châtaignier", "Douglas", "Érable", "Frêne", "Genêt", "Houx", "If", "Jonquille", "Lierre", "Mûrier",
            "Noisetier", "Olivier", "Peuplier", "Rosier", "Saule", "Tilleul", "Verveine", "Yucca", "Acacia", "Bruyère", "Cyprès",
        )
    ),
)  # fmt: skip
# 80 characters with an apostrophe and hyphens: hard content for pages, letters and PDFs.
LONG_NAME = "d’Exemple-de-la-Très-Longue-Lignée-des-Personnes-Inventées-pour-la-Démonstration"

_STATE_BODIES = ("Préfecture d’Exemple", "Direction départementale d’Exemple", "Agence nationale d’Exemple", "Finances publiques d’Exemple")
_LOCAL_BODIES = ("Ville d’Exemple", "Département d’Exemple", "Région Exemple", "Exemple Métropole")
_HOSPITAL_BODIES = ("Centre hospitalier d’Exemple", "CHU d’Exemple", "Établissement de santé d’Exemple")
ORGANISATIONS = {Branch.STATE: _STATE_BODIES, Branch.LOCAL: _LOCAL_BODIES, Branch.HOSPITAL: _HOSPITAL_BODIES}

JOBS = {
    Branch.STATE: (
        "contrôleur des finances publiques",
        "conseiller emploi",
        "secrétaire générale de préfecture adjointe",
        "chef de projet transformation numérique",
    ),
    Branch.LOCAL: (
        "chargée de mission participation citoyenne",
        "responsable innovation managériale",
        "assistante sociale de secteur",
        "agent d’accueil en mairie",
        "bibliothécaire",
        "technicien voirie",
        "juriste marchés publics",
    ),
    Branch.HOSPITAL: ("cadre de santé", "directrice des soins adjointe", "attachée d’administration hospitalière"),
}

# Samples of domain.md section 5, and others in their manner; the last of a branch has the ten lines that a call allows.
MOTIVATIONS = {
    Branch.STATE: (
        "J’instruis des subventions depuis neuf ans sans avoir rencontré une seule association sur place. Il est temps d’aller voir.",
        "Je réponds à des réclamations toute la journée. Je voudrais comprendre d’où elles viennent, et comment des collègues, "
        "ailleurs, ont changé un formulaire plutôt que d’y répondre mille fois.",
        "Mon service change d’outil tous les trois ans et de méthode jamais. Je cherche des équipes qui ont fait l’inverse, "
        "pour leur demander par quoi elles ont commencé.",
        "Je prépare des arrêtés que presque personne ne lit.\nCe que je veux voir :\n- des textes écrits avec ceux qui les appliquent ;\n"
        "- des réunions qui décident ;\n- des essais que l’on a le droit d’arrêter ;\n- des usagers à qui l’on demande avant ;\n"
        "- des chefs qui disent « je ne sais pas » ;\n- un guichet qui s’est déplacé.\n"
        "Ce que j’apporte : douze ans de terrain, et un carnet.\nCe que je rapporterai : deux essais, dans l’année.",
    ),
    Branch.LOCAL: (
        "Je reçois chaque jour des habitants qui ne comprennent pas nos courriers. Je voudrais voir comment d’autres "
        "s’y prennent pour les écrire avec eux, et revenir avec trois essais à faire avec mon équipe d’accueil.",
        "Nos réunions publiques réunissent toujours les mêmes trente personnes. J’aimerais rencontrer ceux qui sont allés "
        "chercher les autres, et savoir ce que cela leur a coûté.",
        "À la bibliothèque, on nous demande de remplir des déclarations plus souvent que de conseiller un roman. "
        "C’est devenu un service public de plus, sans que personne l’ait décidé : je veux apprendre à le dessiner.",
        "Je rédige des marchés depuis six ans. Peut-on acheter un essai, une question, une erreur utile\u202f? "
        "Je viens chercher des collègues qui l’ont fait dans les règles.",
    ),
    Branch.HOSPITAL: (
        "Dans notre hôpital, les bonnes idées naissent la nuit et disparaissent à la relève. Je cherche des façons simples de les garder.",
        "Un patient m’a demandé pourquoi il donnait son nom sept fois. Je n’ai pas su répondre. Je veux suivre son parcours "
        "avec d’autres yeux que les miens.",
        "Nous avons repeint la salle d’attente sans en parler à ceux qui attendent. La prochaine fois, je voudrais savoir comment faire.",
        "J’encadre vingt-deux personnes dont je connais mieux les plannings que les idées. "
        "Voir d’autres équipes m’aidera à poser de meilleures questions à la mienne.",
    ),
}

# What the team writes of a file while it sorts: the rank of the file, and the words.
NOTES = {
    2: "Très concret, et un vrai projet au retour. À montrer au jury en premier.",
    8: "A déjà accueilli des explorateurs : peut parler des deux côtés.",
    12: "Même nom qu’une autre candidature de cet appel : vérifier s’il s’agit de la même personne.",
    14: "La motivation est courte. Relire à deux avant de trancher.",
    17: "L’accusé de réception n’est pas arrivé. Appeler le standard de la mairie pour avoir la bonne adresse.",
    27: "Le service employeur n’a pas encore confirmé la prise en charge des frais.",
    36: "Seule candidature de sa région parmi les hôpitaux.",
    44: "Équilibre à trouver : c’est la quatrième personne du même métier.",
}
# A tag, and the ranks of the files that hold it; « hôpital » is for those of hospitals.
TAGS = {
    "à relire": (3, 14, 27, 33, 48, 51),
    "coup de cœur": (2, 8, 19, 36, 44),
    "frais à vérifier": (7, 27, 30),
}

# What readers wrote.
COMMENTS = (
    "Une vraie question de terrain, et l’envie d’y revenir avec des essais.",
    "Motivation un peu générale ; le métier manque au groupe.",
    "Dit avec qui elle partagera, et quand : c’est rare.",
    "",
    "Curieuse, concrète. Je la verrais bien avec quelqu’un de l’hôpital.",
    "Beaucoup d’idées, peu de temps : à vérifier.",
)
