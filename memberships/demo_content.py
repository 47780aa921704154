"""What the demonstration says of joining: the facts of domain.md 2.3, in our own sentences."""

from decimal import Decimal

CITATION = (
    "Des espaces ouverts, où des citoyens, des agents et des élus étudient ensemble comment se fabriquent les politiques publiques : "
    "pour quoi faire, avec qui, pour qui, et avec quels outils."
)
CITATION_SOURCE = "D’après La 27e Région, Chantiers ouverts au public, La Documentation française, 2015"
INTRODUCTION = (
    "La 27e Région n’est ni un cabinet de conseil, ni un laboratoire universitaire, ni une agence publique, ni une entreprise sociale.\n\n"
    "Y adhérer, c’est prendre part à ses orientations, prendre soin d’un outil commun en gardant ses financements pluriels, "
    "et faire un premier pas vers des projets menés ensemble."
)
WHO_CAN_JOIN = "Les collectivités territoriales, les ministères et les établissements publics."
CALENDAR = (
    "- **Toute l’année** : une adhésion vaut pour l’année civile.\n"
    "- **En novembre** : l’appel de cotisation de l’année suivante ; un devis est possible dès l’automne pour préparer le budget.\n"
    "- **Jusqu’au 31 mars** : les droits de l’année d’avant courent encore, le temps de renouveler."
)
AMOUNT = Decimal(5000)
# Title, what it opens, how to use it, in what it is counted.
RIGHTS = (
    (
        "Compagnonnage",
        "un échange régulier avec l’équipe sur vos travaux d’innovation.",
        "Écrivez-nous pour fixer le prochain échange : une heure, à distance ou chez vous.",
        "heures d’échange",
    ),
    (
        "Programmes de recherche-action",
        "la possibilité d’y prendre part, avec d’autres membres.",
        "Dites-nous le sujet qui vous occupe : nous vous disons quel programme s’en approche.",
        "programmes",
    ),
    (
        "Centre de ressources",
        "ses activités de veille, de sensibilisation, d’orientation et de mise en réseau.",
        "Posez votre question : l’équipe cherche qui a déjà essayé, et vous met en relation.",
        "demandes",
    ),
    (
        "Gouvernance",
        "une part dans les décisions : l’assemblée générale vote les orientations et le barème.",
        "Votre contact pour le vote reçoit la convocation.",
        "assemblées générales",
    ),
    (
        "Accès prioritaire aux rendez-vous professionnels",
        "webconférences, voyages d’étude, rencontres internationales, ateliers, Semaine et Mois de l’innovation publique.",
        "Réservez pendant la semaine qui vous est ouverte, avant tous les autres.",
        "places",
    ),
)
