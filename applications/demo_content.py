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

MOTIVATIONS = {
    Branch.STATE: "J’instruis des subventions depuis neuf ans sans avoir rencontré une seule association sur place. "
    "Il est temps d’aller voir.",
    Branch.LOCAL: "Je reçois chaque jour des habitants qui ne comprennent pas nos courriers. Je voudrais voir comment d’autres "
    "s’y prennent pour les écrire avec eux, et revenir avec trois essais à faire avec mon équipe d’accueil.",
    Branch.HOSPITAL: "Dans notre hôpital, les bonnes idées naissent la nuit et disparaissent à la relève. "
    "Je cherche des façons simples de les garder.",
}
