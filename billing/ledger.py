"""Our sales and receipts as the accountant reads them: the 18 columns of the FEC (R17, LPF A47 A-1). It is not the association's whole FEC.

Nothing is stored: entries are read from what was issued, paid and refunded. Within a journal and a year they are numbered in the order in
which they were written down, so that what was exported keeps its number whatever comes after (docs/adr/0034).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from django.db.models import Max, OuterRef, Q, QuerySet, Subquery

from billing import encodings
from billing.models import Invoice, Payment, Refund, StatementEntry, Terms
from billing.models.payment import Leaving
from billing.states import Kind, Method
from records.models import Association

COLUMNS = (
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum", "CompAuxLib", "PieceRef",
    "PieceDate", "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet", "ValidDate", "Montantdevise", "Idevise",
)  # fmt: skip
SALES, BANK, CARDS, CASH, BACK, OTHERS = "VE", "BQ", "CB", "CA", "RB", "OD"
JOURNALS = {
    SALES: "Ventes", BANK: "Banque", CARDS: "Cartes et chèques", CASH: "Caisse", BACK: "Remboursements", OTHERS: "Opérations diverses",
}  # fmt: skip
JOURNAL_OF = {Method.TRANSFER: BANK, Method.CARD: CARDS, Method.CHEQUE: CARDS, Method.CASH: CASH, Method.DIFFERENCE: OTHERS}
SEPARATOR = "\t"
ZERO = Decimal(0)
_AT_ONCE = 500


@dataclass(frozen=True)
class Leg:
    """One line of an entry: an account, and a side."""

    account: str
    label: str
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    is_buyer: bool = False

    @property
    def turned(self) -> "Leg":
        return replace(self, debit=self.credit, credit=self.debit)


@dataclass(frozen=True)
class Piece:
    """What an entry refers to: a document of ours, or the line of the bank that brought too much."""

    number: str
    on: date
    payer: str
    account: str
    letter: str
    lettered_on: date | None = None


@dataclass(frozen=True)
class Entry:
    """An entry of a journal: its legs add up to nothing (debit = credit)."""

    journal: str
    on: date
    written_at: datetime
    rank: int
    piece: Piece
    label: str
    legs: tuple[Leg, ...]

    @property
    def is_balanced(self) -> bool:
        return sum((leg.debit for leg in self.legs), ZERO) == sum((leg.credit for leg in self.legs), ZERO)


def entries(year: int) -> Iterator[tuple[int, Entry]]:
    """Give the entries dated in a civil year, journal by journal, with their number."""
    terms, lettered = Terms.current(), _lettered()
    every = [*_sales(year, terms, lettered), *_paid_before(year, terms, lettered), *_receipts(year, terms, lettered)]
    every += _given_back(year, terms, lettered)
    for journal in JOURNALS:
        mine = sorted((entry for entry in every if entry.journal == journal), key=lambda entry: (entry.written_at, entry.rank))
        yield from zip(count(1), mine, strict=False)


def lines(year: int) -> Iterator[list[Any]]:
    """Give the lines with dates that are dates and amounts that are numbers, without headings: what a workbook holds."""
    for number, entry in entries(year):
        for leg in entry.legs:
            yield _line(number, entry, leg)


def rows(year: int) -> Iterator[list[str]]:
    """Give the lines of the file, headings first."""
    yield list(COLUMNS)
    yield from ([_written(value) for value in line] for line in lines(year))


def text(year: int, encoding: str = "utf-8") -> Iterator[bytes]:
    """Give the file, line by line; `encoding` is one of `encodings.NAMES`."""
    for row in rows(year):
        yield encodings.written(SEPARATOR.join(row) + "\r\n", encoding)


def file_name(year: int, *, on: date) -> str:
    """« 130025265FEC20271231.txt »: our SIREN and the last day, of the year or of today."""
    siren = Association.current().siret[:9] or "000000000"
    return f"{siren}FEC{min(date(year, 12, 31), on):%Y%m%d}.txt"


def _line(number: int, entry: Entry, leg: Leg) -> list[Any]:
    piece = entry.piece
    payer = (piece.account, piece.payer) if leg.is_buyer else ("", "")
    lettered = (piece.letter, piece.lettered_on) if leg.is_buyer and piece.lettered_on else ("", "")
    return [
        entry.journal, JOURNALS[entry.journal], number, entry.on, leg.account, leg.label, *payer, piece.number,
        piece.on, entry.label, leg.debit, leg.credit, *lettered, entry.on, "", "",
    ]  # fmt: skip


def _written(value: Any) -> str:
    if isinstance(value, date):
        return f"{value:%Y%m%d}"
    return f"{value:.2f}".replace(".", ",") if isinstance(value, Decimal) else _clean(str(value))


def _clean(words: str) -> str:
    """No separator and no line break inside a value."""
    return " ".join(words.replace(SEPARATOR, " ").replace("|", " ").split())


# --- What is written ------------------------------------------------------------------------------------------


def _buyer(terms: Terms, *, debit: Decimal = ZERO, credit: Decimal = ZERO) -> Leg:
    return Leg(terms.buyer_account, "Clients", debit, credit, is_buyer=True)


def _sales(year: int, terms: Terms, lettered: "Lettered") -> Iterator[Entry]:
    """Invoices and credit notes: the payer owes, the products and the VAT are credited; a credit note the other way round."""
    documents = Invoice.objects.filter(issued_on__year=year).select_related("corrects").prefetch_related("lines")
    for document in _streamed(documents):
        legs = [_buyer(terms, debit=document.gross), *_products(document, terms)]
        legs = [leg.turned for leg in legs] if document.is_credit else legs
        label = f"{document.title} {document.buyer_name}"
        yield _entry(SALES, document.issued_on, document.issued_at, document.pk, _piece(document, lettered), label, legs)


def _paid_before(year: int, terms: Terms, lettered: "Lettered") -> Iterator[Entry]:
    """What the document itself says was paid online, on the day of that payment: it may be of the year before."""
    day = Q(paid_on__year=year) | Q(paid_on=None, issued_on__year=year)
    for document in _streamed(Invoice.objects.invoices().filter(day, paid_at_issue__gt=0)):
        paid = [Leg(terms.card_account, "Encaissements", debit=document.paid_at_issue), _buyer(terms, credit=document.paid_at_issue)]
        on, label = document.paid_on or document.issued_on, f"Paiement {document.number}"
        yield _entry(CARDS, on, document.issued_at, -document.pk, _piece(document, lettered), label, paid)


def _products(document: Invoice, terms: Terms) -> Iterator[Leg]:
    by_account: dict[str, Decimal] = {}
    for line in document.lines.all():
        by_account[line.account] = by_account.get(line.account, ZERO) + line.net
    for account, net in sorted(by_account.items()):
        yield Leg(account, _PRODUCTS.get(account[:3], "Produits"), credit=net)
    if document.vat:
        yield Leg(terms.vat_account, "TVA collectée", credit=document.vat)


_PRODUCTS = {"756": "Cotisations", "706": "Prestations de services"}


def _receipts(year: int, terms: Terms, lettered: "Lettered") -> Iterator[Entry]:
    """Payments, and those that undo another, the other way round."""
    for payment in _streamed(Payment.objects.filter(received_on__year=year).select_related("invoice")):
        amount, method = abs(payment.amount), Method(payment.method)
        legs = [Leg(*_account(method, terms), debit=amount), _buyer(terms, credit=amount)]
        legs = [leg.turned for leg in legs] if payment.amount < 0 else legs
        what = "Annulation" if payment.amount < 0 else payment.get_method_display().capitalize()
        piece = _piece(payment.invoice, lettered)
        yield _entry(JOURNAL_OF[method], payment.received_on, payment.at, payment.pk, piece, f"{what} {payment.invoice.number}", legs)


def _given_back(year: int, terms: Terms, lettered: "Lettered") -> Iterator[Entry]:
    """Refunds that left, and the opposite of those that came back, after them: nothing that was written is taken out."""
    told = Refund.objects.exclude(done_on=None, came_back=[]).select_related("invoice", "entry")
    for refund in _streamed(told):
        piece = _piece(refund.invoice, lettered) if refund.invoice else _too_much(refund, refund.entry)
        for leaving in refund.leavings:
            yield from (entry for entry in _left_and_back(refund, leaving, piece, terms) if entry.on.year == year)


def _left_and_back(refund: Refund, leaving: Leaving, piece: Piece, terms: Terms) -> Iterator[Entry]:
    """What a line of the bank brought above what was due came in, then went back: it is written on both days."""
    money = _account(Method(refund.method), terms)
    gone = [_buyer(terms, debit=refund.amount), Leg(*money, credit=refund.amount)]
    came = [leg.turned for leg in gone[::-1]]
    ranked = 2 * refund.pk
    if refund.entry:
        yield _entry(BACK, refund.entry.booked_on, leaving.at, ranked, piece, f"Trop-perçu {piece.payer}", came)
    yield _entry(BACK, leaving.on, leaving.at, ranked + 1, piece, f"Remboursement {piece.number}", gone)
    if leaving.back_on is None or leaving.back_at is None:
        return
    if refund.entry:
        yield _entry(BACK, leaving.back_on, leaving.back_at, ranked, piece, f"Annulation trop-perçu {piece.payer}", gone)
    yield _entry(BACK, leaving.back_on, leaving.back_at, ranked + 1, piece, f"Retour remboursement {piece.number}", came)


# --- What balances ------------------------------------------------------------------------------------------

# Of an invoice of which nothing remains: the day of the last row that made it so.
Lettered = dict[int, date]


def _lettered() -> Lettered:
    """Find the invoices that their payments, credit notes and refunds balance, in one question."""

    def last(rows: "QuerySet[Any]", field: str, key: str = "invoice") -> Subquery:
        return Subquery(rows.filter(**{key: OuterRef("pk")}).order_by().values(key).annotate(last=Max(field)).values("last"))

    found = Invoice.objects.invoices().with_balance().filter(Q(remaining=0))
    days = found.annotate(
        by_payment=last(Payment.objects.all(), "received_on"),
        by_credit=last(Invoice.objects.filter(kind=Kind.CREDIT), "issued_on", "corrects"),
        by_refund=last(Refund.objects.done(), "done_on"),
    ).values_list("pk", "issued_on", "by_payment", "by_credit", "by_refund")
    return {pk: max(day for day in days if day) for pk, *days in days.order_by("pk").iterator(chunk_size=_AT_ONCE)}


def _piece(document: Invoice, lettered: Lettered) -> Piece:
    """Of a document: the payer's own account is its SIRET, else its row of the register."""
    account = document.buyer_siret or (f"C{document.organisation_id}" if document.organisation_id else "DIVERS")
    balanced = document.corrects if document.corrects else document
    day = lettered.get(balanced.pk)
    return Piece(document.number, document.issued_on, document.buyer_name, account, balanced.number, day)


def _too_much(refund: Refund, entry: StatementEntry) -> Piece:
    """Of money that no document asked for: whoever sent it, by the line of the bank."""
    payer = entry.party_name or refund.to_name or "Payeur inconnu"
    return Piece(entry.bank_reference or f"REL{entry.pk}", entry.booked_on, payer, "DIVERS", f"RB{refund.pk}", refund.done_on)


def _account(method: Method, terms: Terms) -> tuple[str, str]:
    return {
        Method.TRANSFER: (terms.bank_account, "Banque"),
        Method.CARD: (terms.card_account, "Encaissements"),
        Method.CHEQUE: (terms.card_account, "Encaissements"),
        Method.CASH: (terms.cash_account, "Caisse"),
        Method.DIFFERENCE: (terms.difference_account, "Écarts de règlement"),
    }[method]


def _entry(journal: str, on: date, at: datetime, rank: int, piece: Piece, label: str, legs: Iterable[Leg]) -> Entry:
    return Entry(journal, on, at, rank, piece, label, tuple(leg for leg in legs if leg.debit or leg.credit))


def _streamed(rows: "QuerySet[Any]") -> Iterator[Any]:
    return rows.order_by("pk").iterator(chunk_size=_AT_ONCE)
