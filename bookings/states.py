"""The states of an order of seats and the moves between them (domain.md C1 to C5), and what its rows may be."""

from django.db import models


class State(models.TextChoices):
    """HELD until its hold ends; past it, the seats are free by the clock, whatever the row still says."""

    HELD = "HELD", "places tenues"
    WAITING = "WAITING", "en liste d’attente"
    FIRM = "FIRM", "ferme"
    LAPSED = "LAPSED", "expirée"
    CANCELLED = "CANCELLED", "annulée"


NEXT: dict[State, frozenset[State]] = {
    State.HELD: frozenset({State.FIRM, State.LAPSED, State.CANCELLED}),
    # An offer taken: firm at once for whoever gave an order number with the order, else held again.
    State.WAITING: frozenset({State.HELD, State.FIRM, State.LAPSED, State.CANCELLED}),
    State.FIRM: frozenset({State.CANCELLED}),
    # An order number or a payment that comes after the end: seats that are still free are given back, else it waits.
    State.LAPSED: frozenset({State.HELD, State.WAITING, State.FIRM, State.CANCELLED}),
    State.CANCELLED: frozenset(),
}
# Those whose seats count (`HELD`: while its hold runs).
SEATED = frozenset({State.HELD, State.FIRM})
# Those that something is still to come of.
LIVING = frozenset({State.HELD, State.WAITING, State.FIRM})


class Payer(models.TextChoices):
    """Who pays decides when (C2): a public body after the day, upon an order or an agreement; others before it."""

    PUBLIC = "PUBLIC", "un organisme public"
    PRIVATE = "PRIVATE", "une entreprise ou une association"
    PERSON = "PERSON", "moi-même, à titre personnel"


class Firmness(models.TextChoices):
    """What made the seats firm (C2)."""

    ORDER = "ORDER", "numéro de commande ou d’engagement"
    AGREEMENT = "AGREEMENT", "convention signée"
    PAYMENT = "PAYMENT", "paiement"
    FREE = "FREE", "journée gratuite"
    STAFF = "STAFF", "décision de l’équipe"


class PriceKind(models.TextChoices):
    FULL = "FULL", "tarif général"
    MEMBER = "MEMBER", "tarif des adhérents"


# Whether an absence is invoiced all the same, as the history says it; None: nobody decided.
CHARGED = {True: "facturée", False: "non facturée", None: "à décider"}


class InvoiceBy(models.TextChoices):
    ORDER = "ORDER", "une facture pour la commande"
    PERSON = "PERSON", "une facture par personne"


class Ending(models.TextChoices):
    """How an offer of places ended."""

    ACCEPTED = "ACCEPTED", "acceptée"
    DECLINED = "DECLINED", "déclinée"
    EXPIRED = "EXPIRED", "expirée"
    WITHDRAWN = "WITHDRAWN", "retirée"


class Half(models.TextChoices):
    """Attendance is signed by half-day (C4)."""

    MORNING = "MORNING", "matin"
    AFTERNOON = "AFTERNOON", "après-midi"


class Paper(models.TextChoices):
    """The papers of an order or of a day that are not invoices."""

    QUOTE = "QUOTE", "devis"
    AGREEMENT = "AGREEMENT", "convention de formation"
    SIGNED = "SIGNED", "convention signée"
    JOINING = "JOINING", "convocation"
    SHEET = "SHEET", "feuille d’émargement"
    CERTIFICATE = "CERTIFICATE", "certificat de réalisation"
    CERTIFICATES = "CERTIFICATES", "certificats de la commande"


class Verdict(models.TextChoices):
    """The answer to « does the day take place? », at its date (minimum to run)."""

    RUNS = "RUNS", "la journée a lieu"
    CALLED_OFF = "OFF", "la journée est annulée"
