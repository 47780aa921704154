"""Who may join, and what becomes of a membership (domain.md D1, D2 and glossary)."""

from django.db import models

from organisations.states import Kind


class Category(models.TextChoices):
    """Categories of members (D1)."""

    COLLECTIVITE = "COLLECTIVITE", "collectivité territoriale"
    MINISTERE = "MINISTERE", "ministère"
    ETABLISSEMENT_PUBLIC = "ETABLISSEMENT_PUBLIC", "établissement public"


# The category of a body, from its kind; a kind that is not here cannot join by itself.
CATEGORY_OF: dict[str, Category] = {
    Kind.REGION: Category.COLLECTIVITE,
    Kind.DEPARTMENT: Category.COLLECTIVITE,
    Kind.INTERCOMMUNAL: Category.COLLECTIVITE,
    Kind.COMMUNE: Category.COLLECTIVITE,
    Kind.STATE: Category.MINISTERE,
    Kind.HOSPITAL: Category.ETABLISSEMENT_PUBLIC,
    Kind.PUBLIC_BODY: Category.ETABLISSEMENT_PUBLIC,
}


class State(models.TextChoices):
    """Of one body for one year. « Ancien adhérent » and « suspendue » are not states: they are read from periods."""

    PROPOSED = "PROPOSED", "bulletin reçu"
    ASKED = "ASKED", "à compléter"
    TO_CONFIRM = "TO_CONFIRM", "à confirmer"
    ACTIVE = "ACTIVE", "active"
    DECLINED = "DECLINED", "non renouvelée"
    REFUSED = "REFUSED", "refusée"
    WITHDRAWN = "WITHDRAWN", "retirée"
    RESIGNED = "RESIGNED", "démission"


NEXT: dict[State, frozenset[State]] = {
    State.PROPOSED: frozenset({State.ASKED, State.ACTIVE, State.REFUSED, State.WITHDRAWN}),
    State.ASKED: frozenset({State.PROPOSED, State.ACTIVE, State.REFUSED, State.WITHDRAWN}),
    # The November call: confirmed or declined by the member, or by an order number; silence is read from the dates.
    State.TO_CONFIRM: frozenset({State.ACTIVE, State.DECLINED, State.WITHDRAWN}),
    State.ACTIVE: frozenset({State.RESIGNED}),
    # Who changes their mind comes back without retyping.
    State.DECLINED: frozenset({State.PROPOSED, State.ACTIVE}),
    State.REFUSED: frozenset({State.PROPOSED}),
    State.WITHDRAWN: frozenset({State.PROPOSED}),
    # Taken back before its day; later, a new bulletin.
    State.RESIGNED: frozenset({State.PROPOSED, State.ACTIVE}),
}

# Those that wait for the team: whoever sent the bulletin reads there what they gave with it, and nothing that was given before.
ASKED_FOR = (State.PROPOSED, State.ASKED)
# Those that whoever sent the bulletin may open: it is still theirs alone. Accepted, it is the body's.
OF_THE_ASKER = (*ASKED_FOR, State.REFUSED, State.WITHDRAWN)


class Origin(models.TextChoices):
    ONLINE = "ONLINE", "en ligne"
    CAMPAIGN = "CAMPAIGN", "appel de novembre"
    STAFF = "STAFF", "saisie par l’équipe"
    IMPORT = "IMPORT", "importée"


class LateRule(models.TextChoices):
    """What is owed by who joins late in the year: data of the campaign."""

    FULL = "FULL", "l’année entière"
    PRO_RATA = "PRO_RATA", "au prorata des mois qui restent"
    NEXT_YEAR = "NEXT_YEAR", "l’année suivante, le reste de l’année offert"


class Signature(models.TextChoices):
    ONLINE = "ONLINE", "confirmée en ligne"
    UPLOAD = "UPLOAD", "bulletin signé déposé"
    PAPER = "PAPER", "bulletin reçu sur papier"
    ORDER = "ORDER", "par un numéro de commande"


class DocumentKind(models.TextChoices):
    """The papers of a membership that are not invoices."""

    BULLETIN = "BULLETIN", "bulletin d’adhésion"
    SIGNED = "SIGNED", "bulletin signé"
    DELIBERATION = "DELIBERATION", "délibération"
    DUES_CALL = "DUES_CALL", "appel de cotisation"
    QUOTE = "QUOTE", "devis"
    ATTESTATION = "ATTESTATION", "attestation d’adhésion"
    SUMMARY = "SUMMARY", "ce que l’adhésion vous a apporté"


# What people give us; the others we make.
UPLOADED = frozenset({DocumentKind.SIGNED, DocumentKind.DELIBERATION})


class Answer(models.TextChoices):
    """What a contact says of somebody who asks to be counted among the member's people (G0)."""

    YES = "YES", "oui"
    NO = "NO", "non"


class Gate(models.TextChoices):
    """By what somebody is of a member (G0)."""

    CONTACT = "CONTACT", "vous êtes son contact"
    LINK = "LINK", "vous tenez son lien de réservation"
    DOMAIN = "DOMAIN", "votre adresse est dans son domaine de messagerie"
    APPROVED = "APPROVED", "son contact l’a confirmé"
