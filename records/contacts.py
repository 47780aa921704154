"""Whom to write to about what, and what is done with personal data: read by the pages and by the letters."""

from dataclasses import dataclass

from core.registry import Link
from records.models import Association

# Subject, field of the association's record, what the address is for. An empty field falls back on the general address.
_SUBJECTS = (
    ("Une question générale", "contact_email", "Le portail, l’association, ou vous ne savez pas à qui écrire."),
    ("Une adhésion, une cotisation, une facture", "dues_email", "Bulletin, bon de commande, coordonnées bancaires, reçu."),
    ("Un événement", "events_email", "Proposer un rendez-vous en région, le corriger, l’annuler."),
    ("La presse", "press_email", "Communiqués, entretiens, visuels."),
    ("L’accessibilité", "accessibility_email", "Une page qui vous résiste, un document sous une autre forme."),
    ("Vos données personnelles", "privacy_email", "Voir, corriger ou effacer ce que nous savons de vous."),
)


def address_for(association: Association, field: str) -> str:
    """Return the address of a subject, or the general one when the association gave none."""
    return str(getattr(association, field) or association.contact_email)


def subjects(association: Association) -> list[Link]:
    """Return the subjects of the page Contact, each with its address (`mailto:` is added by the page)."""
    return [Link(label, address_for(association, field), note) for label, field, note in _SUBJECTS]


@dataclass(frozen=True)
class Use:
    """One use of personal data, as the page « Données personnelles » says it (domain.md G3, G4)."""

    purpose: str
    data: str
    basis: str
    recipients: str
    kept: str


USES = (
    Use(
        "Recevoir et examiner une candidature",
        "Nom, prénom, adresse électronique, structure, fonction, fonction publique, région, motivation\u202f;"
        " notes et étiquettes de l’équipe",
        "Intérêt légitime\u00a0: la mission d’intérêt général de l’association",
        "L’équipe du programme et le jury, personne d’autre",
        "Brouillon\u00a0: 30 jours après la clôture. Non retenue ou retirée\u00a0: 6 mois après la fin de l’édition."
        " Retenue\u00a0: 3 ans après.",
    ),
    Use(
        "Vous reconnaître quand vous vous connectez",
        "Adresse électronique, second facteur des membres de l’équipe, date de dernière visite",
        "Intérêt légitime\u00a0: ouvrir un dossier à la seule personne qu’il concerne",
        "L’administration du portail",
        "Codes et liens\u00a0: 30 jours après leur fin. Compte sans rôle ni dossier\u00a0: 30 jours après la dernière visite.",
    ),
    Use(
        "Vous écrire et savoir si la lettre est partie",
        "Adresse électronique, texte de la lettre, réponse du serveur de courriel",
        "Intérêt légitime\u00a0: répondre à ce que vous avez demandé",
        "L’équipe de l’association, l’hébergeur du courriel",
        "Avec le dossier dont la lettre parle, ou un an après. Le texte d’un code de connexion n’est jamais gardé lisible.",
    ),
    Use(
        "Savoir à qui s’adresser dans une administration",
        "Nom, prénom, fonction, rôle, adresse électronique et téléphone professionnels",
        "Intérêt légitime : joindre la bonne personne",
        "L’équipe de l’association et sa trésorerie",
        "3 ans après la fin du rôle. Un tableau importé : 30 jours.",
    ),
    Use(
        "Savoir qui travaille chez un adhérent, pour lui réserver la priorité",
        "Nom, adresse électronique, réponse de l’organisme",
        "Intérêt légitime\u00a0: tenir ce que l’adhésion promet",
        "Les contacts de l’organisme à qui vous le demandez, l’équipe de l’association",
        "Sans réponse\u00a0: 3 mois. Un non\u00a0: 6 mois. Un oui\u00a0: 6 mois après la fin de l’adhésion. Par vous\u00a0: à tout moment.",
    ),
    Use(
        "Tenir votre place à un événement",
        "Nom, adresse électronique, structure, nombre de personnes\u202f; un besoin particulier, si vous le dites",
        "Exécution de ce que vous demandez",
        "L’organisateur de l’événement, l’équipe de l’association\u202f; votre besoin, l’organisateur seul",
        "Jamais confirmée\u00a0: une semaine. Besoins\u00a0: effacés après l’événement. Le reste\u00a0: 3 mois après.",
    ),
    Use(
        "Pouvoir dire qui a décidé quoi",
        "Nom de la personne, acte, date",
        "Intérêt légitime\u00a0: rendre compte des décisions",
        "L’administration du portail",
        "Journal conservé tant que le portail sert",
    ),
)
