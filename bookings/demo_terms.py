"""What the demonstration's days say of their sale: conditions, agreement, needs; our own sentences, to be replaced by the association's."""

from typing import Any

TIERS = [{"days": 30, "percent": 100}, {"days": 10, "percent": 50}]

CONDITIONS = """### La commande

Une commande est passée par un employeur pour une ou plusieurs personnes, ou par une personne pour elle-même. Les places sont tenues \
quinze jours ; elles deviennent fermes sur un numéro de commande, une convention signée ou un paiement.

### Le prix et le paiement

Le prix est celui de la page de la journée le jour de la commande. Un organisme public paie après la journée, à réception de la facture ; \
une entreprise, une association ou une personne paie avant.

### L’annulation

Une personne inscrite peut être remplacée jusqu’à deux jours avant. Annulée au moins trente jours avant, une place est remboursée en \
entier ; au moins dix jours avant, à moitié ; plus tard, elle reste due. Si nous annulons la journée, tout est remboursé.

*Conditions de démonstration : elles n’engagent personne.*
"""

SAID: dict[str, Any] = {
    "objectives": "Reconnaître les nouvelles ingénieries publiques et leurs origines\n"
    "Décoder les valeurs de l’innovation publique dans un cas réel\n"
    "Mettre en pratique une méthode sur un sujet concret",
    "conduct": "Exposés courts, lecture de cas, mises en situation et exercices en petits groupes, avec les formateurs.",
    "assessment": "Un exercice en fin de journée, restitué et discuté avec le groupe ; un questionnaire à chaud.",
    "material": "Feuilles A3, feutres, adhésif de masquage, six jeux de cartes de cas.",
}

NEEDS = {3: "Sans gluten", 9: "Fauteuil roulant : un accès de plain-pied", 14: "Végétarien"}
