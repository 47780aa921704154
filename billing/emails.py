"""The letters about an issued document, to whoever pays it. Their words are in templates/billing/emails/.

Whom to write to, and what is joined again, is said by the app that sold (`billing.sale.SOLD`); without an address no letter is owed.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from operator import itemgetter
from typing import Any

from billing import reminders
from billing.models import Invoice, Payment
from billing.models.invoice import VIEW_INVOICE
from billing.reminders import Reminder
from billing.sale import Sold, sold
from core import clock
from core.clock import PARIS
from core.money import euros
from core.numbers import spaced, spaced_iban
from core.typography import day_in_words
from mailing import outbox
from mailing.letters import KINDS, Attachment, Context, Example, LetterKind, Placeholder, register
from mailing.models import Message
from mailing.states import Settling
from records.models import Association
from records.services import label_of

ISSUED, ISSUED_CHORUS, CREDITED, PAID = "billing.issued", "billing.issued_chorus", "billing.credited", "billing.paid"
FOLDER = "billing/emails"
PDF = "application/pdf"
EXAMPLES = 5


def _invoice(context: Context) -> Invoice:
    invoice: Invoice = context["invoice"]
    return invoice


def _owed(context: Context) -> Decimal:
    return Decimal(context["remaining"])


def _day(day: date | None) -> str:
    return day_in_words(day) if day else ""


def _references(context: Context) -> str:
    """« service FIN, engagement 2027-118 »: what the payer's accountant looks for."""
    invoice = _invoice(context)
    said = (("service", invoice.service_code), ("engagement", invoice.commitment_number), ("marché", invoice.contract_number))
    return ", ".join(f"{name} {value}" for name, value in said if value)


def _late_by(context: Context) -> str:
    days = int(context["days_late"])
    return f"{days} jour{'s' if days > 1 else ''}"


ABOUT_IT = {
    "numero": Placeholder("le numéro de la pièce", lambda context: _invoice(context).number, essential=True),
    "intitule": Placeholder("ce qui est facturé", lambda context: _invoice(context).subject),
    "organisme": Placeholder("le nom du payeur, comme il est imprimé", lambda context: _invoice(context).buyer_name),
    "montant": Placeholder("le total TTC", lambda context: euros(_invoice(context).gross)),
    "salutation": Placeholder("« Bonjour Camille Exemple », ou « Bonjour »", itemgetter("greeting")),
    "references": Placeholder("code service, engagement, marché ; vide s’il n’y en a pas", _references),
    "lien": Placeholder("l’adresse du dossier, sans compte", itemgetter("page"), button=True),
    "tresorerie": Placeholder("l’adresse à qui écrire", itemgetter("desk")),
}
TO_PAY = {
    "echeance": Placeholder("la date d’échéance imprimée", lambda context: _day(_invoice(context).due_on)),
    "reste_a_payer": Placeholder("ce qui reste à payer", lambda context: euros(_owed(context))),
    "iban": Placeholder("l’IBAN imprimé sur la pièce", lambda context: spaced_iban(str(_invoice(context).seller.get("iban", "")))),
    # The one that the page, the printed invoice and its QR code ask for.
    "reference_de_paiement": Placeholder(
        "le libellé du virement", lambda context: _invoice(context).payment_reference or _invoice(context).number
    ),
    "siret_emetteur": Placeholder("notre SIRET", lambda context: spaced(str(_invoice(context).seller.get("siret", "")))),
}
REMINDED = {
    "comptee_du": Placeholder("le jour d’où se compte le retard : échéance, ou dépôt sur Chorus Pro plus le délai", itemgetter("counted")),
    "retard": Placeholder("le retard, « 20 jours »", _late_by),
}
CREDITING = {
    "corrige": Placeholder("le numéro de la facture corrigée", lambda context: str(_invoice(context).corrects or "")),
    "motif": Placeholder("le motif de l’avoir", lambda context: _invoice(context).reason),
}
RECEIVED = {
    "recu_le": Placeholder("le jour du dernier paiement", itemgetter("received")),
    "moyen": Placeholder("virement, carte, chèque…", itemgetter("method")),
}


def register_kinds(read: Callable[[Invoice], bytes], is_still_due: Callable[[Message], bool]) -> None:
    """Make our kinds of letters known: `read` gives the file of a document, `is_still_due` says whether a reminder should still leave."""

    def attach(message: Message) -> Sequence[Attachment]:
        """The document itself; to a reminder, everything else is joined again."""
        invoice = _of(message)
        if invoice is None:
            return ()
        said = sold(invoice) if ":reminder:" in message.key else None
        return (Attachment(f"{invoice.number}.pdf", read(invoice), PDF), *(said.enclosures() if said else ()))

    kind = partial(LetterKind, settling=Settling.RESEND, read_with=VIEW_INVOICE, examples=_last, attach=attach)
    issued = ABOUT_IT | TO_PAY
    register(kind(ISSUED, "facture émise", f"{FOLDER}/issued.txt", _sample, placeholders=issued))
    register(kind(ISSUED_CHORUS, "facture émise, par Chorus Pro", f"{FOLDER}/issued_chorus.txt", _sample, placeholders=issued))
    register(kind(CREDITED, "avoir émis", f"{FOLDER}/credited.txt", _sample_credit, placeholders=ABOUT_IT | CREDITING))
    register(kind(PAID, "paiement reçu", f"{FOLDER}/paid.txt", _sample, placeholders=ABOUT_IT | RECEIVED))
    dunned = partial(kind, in_working_hours=True, still_due=is_still_due, placeholders=issued | REMINDED)
    register(dunned(reminders.SOON, "échéance proche", f"{FOLDER}/due_soon.txt", _sample))
    register(dunned(reminders.LATE, "facture en retard", f"{FOLDER}/overdue.txt", _sample))
    register(dunned(reminders.LAST, "facture en retard, dernière relance", f"{FOLDER}/overdue_last.txt", _sample))


# --- Owing them --------------------------------------------------------------------------------------------


def letter_of_issue(invoice: Invoice, *, now: datetime) -> Callable[[], None]:
    """Find whom to write to before a number is taken; what is returned then owes the letter, in the same transaction (ADR 0030).

    The file is made when the letter leaves. Just issued, nothing was paid but what the document says, and nothing is to be read again.
    """
    said, desk, kind = sold(invoice), _desk(), CREDITED if invoice.is_credit else ISSUED_CHORUS if invoice.via_chorus else ISSUED
    told = replace(said, page=said.address) if said and said.to and said.announces else None

    def owe() -> None:
        if told:
            context = _context(invoice, told, remaining=invoice.due, last=None, desk=desk, now=now)
            _owe(f"invoice:{invoice.pk}:issued", kind, invoice, told, context=context, now=now, is_new=True)

    return owe


def post_paid(invoice: Invoice, now: datetime) -> None:
    """Owe the receipt of what closed an invoice; one undone and paid again is told again."""
    last = Payment.objects.standing().filter(invoice=invoice).order_by("pk").last()
    _post(f"invoice:{invoice.pk}:paid:{last.pk if last else 0}", PAID, invoice, now=now)


def post_reminder(reminder: Reminder, *, now: datetime) -> bool:
    """Owe a reminder; say whether there was somebody to write to."""
    return _post(reminder.key, reminder.step.kind, reminder.invoice, now=now, copied=reminder.step.copied)


def _post(key: str, kind: str, invoice: Invoice, *, now: datetime, copied: bool = False) -> bool:
    said = sold(invoice)
    if said is None or not said.to:
        return False
    _owe(key, kind, invoice, said, context=context_of(invoice, said, now=now), now=now, cc=said.cc if copied else "")
    return True


def _owe(key: str, kind: str, invoice: Invoice, said: Sold, *, context: Context, now: datetime, cc: str = "", is_new: bool = False) -> None:
    about = {"reader": said.reader, "about": label_of(invoice), "reply_to": str(context["desk"]), "scope": said.scope}
    outbox.post(key, KINDS[kind], to=said.to, cc=cc, context=context, now=now, is_new=is_new, **about)


def _desk() -> str:
    association = Association.shown()
    return association.dues_email or association.contact_email


def context_of(invoice: Invoice, said: Sold, *, now: datetime) -> dict[str, Any]:
    """What the texts may say of a document."""
    row = Invoice.objects.with_balance().filter(pk=invoice.pk).first() if invoice.pk else None
    last = Payment.objects.standing().filter(invoice=invoice).order_by("pk").last() if invoice.pk else None
    return _context(invoice, said, remaining=row.remaining if row else invoice.due, last=last, desk=_desk(), now=now)


def _context(invoice: Invoice, said: Sold, *, remaining: Decimal, last: Payment | None, desk: str, now: datetime) -> dict[str, Any]:
    counted = reminders.day_due(invoice) if not invoice.is_credit else None
    late = (now.astimezone(PARIS).date() - counted).days if counted else 0
    return {
        "invoice": invoice,
        "remaining": remaining,
        "greeting": said.greeting,
        "page": said.address,
        "desk": desk,
        "counted": _day(counted),
        "days_late": max(late, 0),
        "received": _day(last.received_on if last else now.astimezone(PARIS).date()),
        "method": str(last.get_method_display()) if last else "virement",
    }


def _of(message: Message) -> Invoice | None:
    """The document a letter is about: its key names it."""
    pk = message.key.split(":")[1]
    return Invoice.objects.filter(pk=pk).first() if pk.isdigit() else None


# --- Previews ------------------------------------------------------------------------------------------------


def _said(invoice: Invoice) -> Sold:
    return sold(invoice) or Sold(title=invoice.subject, page="https://portail.example/dossiers/…/", greeting="Bonjour Camille Exemple")


def _sample() -> dict[str, Any]:
    """An invented invoice, late by twenty days."""
    now = clock.now()
    day = now.astimezone(PARIS).date()
    invoice = _invented(issued_on=day - timedelta(days=50), due_on=day - timedelta(days=20))
    return context_of(invoice, _said(invoice), now=now)


def _sample_credit() -> dict[str, Any]:
    now = clock.now()
    invoice = _invented(kind="CREDIT", number="A2027-0001", reason="Montant de l’année précédente.", issued_on=now.astimezone(PARIS).date())
    invoice.corrects = _invented(issued_on=now.astimezone(PARIS).date())
    return context_of(invoice, _said(invoice), now=now)


def _invented(**said: Any) -> Invoice:
    amount, ours = Decimal(5000), {"iban": "FR7630001007941234567890185", "siret": "13002526500013"}
    about = {"kind": "INVOICE", "number": "F2027-0001", "subject": "Cotisation 2027", "buyer_name": "Ville d’Exemple", "seller": ours}
    sums = {"gross": amount, "net": amount, "vat": Decimal(0), "commitment_number": "2027-118", "terms": {"payment_days": 30}}
    return Invoice(**{**about, **sums, **said})


def _last(scope: str) -> Sequence[Example]:
    """The last documents: real rows for the previews."""
    rows = Invoice.objects.select_related("transmission", "corrects").order_by("-pk")[:EXAMPLES]
    return [Example(str(row.pk), f"{row.number}, {row.buyer_name}", _context_maker(row)) for row in rows]


def _context_maker(row: Invoice) -> Callable[[], dict[str, Any]]:
    return lambda: context_of(row, _said(row), now=clock.now())
