"""What an issued document, a transmission and a payment can be (glossary of domain.md, billing.md sections 6 and 7)."""

from django.db import models


class Kind(models.TextChoices):
    """A credit note is a document of its own, with its own numbers (R1)."""

    INVOICE = "INVOICE", "facture"
    CREDIT = "CREDIT", "avoir"


# UNTDID 1001, as Factur-X writes it (BT-3).
TYPE_CODES = {Kind.INVOICE: "380", Kind.CREDIT: "381"}
# The letter that begins a number: F2027-0001, A2027-0001.
SERIES = {Kind.INVOICE: "F", Kind.CREDIT: "A"}


class VatCategory(models.TextChoices):
    """UNCL 5305 (billing.md section 6)."""

    TAXED = "S", "taxé"
    EXEMPT = "E", "exonéré"
    OUTSIDE = "O", "hors champ de la TVA"


class TransmissionState(models.TextChoices):
    """What becomes of an invoice deposited on Chorus Pro (R15, D6)."""

    TO_DEPOSIT = "TO_DEPOSIT", "à déposer"
    DEPOSITED = "DEPOSITED", "déposée"
    INTEGRATED = "INTEGRATED", "intégrée"
    SUSPENDED = "SUSPENDED", "suspendue"
    REJECTED = "REJECTED", "rejetée"
    PAID = "PAID", "mise en paiement"


# A deposit rejected for a technical reason may be made again; one rejected for what it says is credited and replaced (R3).
NEXT_TRANSMISSION: dict[TransmissionState, frozenset[TransmissionState]] = {
    TransmissionState.TO_DEPOSIT: frozenset({TransmissionState.DEPOSITED}),
    TransmissionState.DEPOSITED: frozenset(
        {TransmissionState.INTEGRATED, TransmissionState.SUSPENDED, TransmissionState.REJECTED, TransmissionState.PAID}
    ),
    TransmissionState.INTEGRATED: frozenset({TransmissionState.SUSPENDED, TransmissionState.REJECTED, TransmissionState.PAID}),
    TransmissionState.SUSPENDED: frozenset({TransmissionState.INTEGRATED, TransmissionState.REJECTED, TransmissionState.PAID}),
    TransmissionState.REJECTED: frozenset({TransmissionState.DEPOSITED}),
    TransmissionState.PAID: frozenset({TransmissionState.SUSPENDED, TransmissionState.REJECTED}),
}
# The payer has it, and nothing stops it: reminders may count (R16).
ON_ITS_WAY = frozenset({TransmissionState.DEPOSITED, TransmissionState.INTEGRATED})


class Method(models.TextChoices):
    """How money came (glossary: `PaymentMethod`)."""

    TRANSFER = "TRANSFER", "virement"
    CARD = "CARD", "carte"
    CHEQUE = "CHEQUE", "chèque"
    CASH = "CASH", "espèces"
    # A person closed what little was missing, with a reason: no money came.
    DIFFERENCE = "DIFFERENCE", "écart soldé"


class StatementFormat(models.TextChoices):
    CAMT = "CAMT", "CAMT.053"
    CSV = "CSV", "CSV"


class SupplierFileKind(models.TextChoices):
    """What a finance department asks of a supplier."""

    RIB = "RIB", "RIB"
    STATUTES = "STATUTES", "statuts"
    RATES_VOTE = "RATES_VOTE", "vote des tarifs"
    OTHER = "OTHER", "autre pièce"


class EventOutcome(models.TextChoices):
    """What an event of the card provider did here (D8)."""

    PAID = "PAID", "paiement compté"
    REFUNDED = "REFUNDED", "remboursement confirmé"
    NOTHING = "NOTHING", "sans effet"
    # Counted, but something was already paid: a person gives it back.
    TOO_MUCH = "TOO_MUCH", "trop-perçu"
    # Another amount, currency or document than asked: not counted, a person looks.
    MISMATCH = "MISMATCH", "ne correspond pas"
    UNKNOWN = "UNKNOWN", "page de paiement inconnue"


FOR_A_PERSON = frozenset({EventOutcome.TOO_MUCH, EventOutcome.MISMATCH, EventOutcome.UNKNOWN})
