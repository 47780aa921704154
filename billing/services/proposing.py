"""What a line of the bank may be, best first, and why (billing.md section 8, D7). Nothing is written here.

A reference named, or a known account, with the exact amount closes by itself; anything else is a proposal to a person.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db.models import Q

from billing.models import Invoice, Payment, Refund, StatementEntry
from billing.named import numbers_in
from billing.states import Method
from core.folding import fold
from core.money import euros
from core.registry import Registry

ZERO = Decimal(0)
# Of one amount, as many invoices are proposed: more is a search.
SHOWN = 5
# (invoice): why money still serves for one that was credited and never paid; « » when it serves nothing.
LATE: Registry[Callable[[Invoice], str]] = Registry()
# An answer of 5,000 lines asks the database in pieces.
_PIECE = 500


@dataclass(frozen=True)
class Proposal:
    """`closes`: sure enough to be done without anybody."""

    why: str
    invoices: tuple[Invoice, ...] = ()
    refund: Refund | None = None
    taken_back: tuple[Payment, ...] = ()
    closes: bool = False
    # What the line brings beyond what these invoices ask; negative when it is short.
    difference: Decimal = ZERO
    # Money for what was credited meanwhile, and that still serves.
    is_late: bool = False

    @property
    def numbers(self) -> list[str]:
        return [invoice.number for invoice in self.invoices]


class Desk:
    """What must be known to look at some lines, asked in a handful of queries however many they are.

    Lines are annotated by `with_rest`.
    """

    def __init__(self, entries: Sequence[StatementEntry]) -> None:
        came = [entry for entry in entries if entry.amount > 0]
        self.named = {entry.pk: _named_by(entry) for entry in entries}
        self.by_number = {row.number: row for row in _invoices("number", {number for found in self.named.values() for number in found})}
        self.payers = _payers({entry.party_iban for entry in came if entry.party_iban})
        known = {body for bodies in self.payers.values() for body in bodies}
        self.open_of = defaultdict[str, list[Invoice]](list)
        for invoice in _open(known, {entry.left for entry in came}):
            self.open_of[payer_of(invoice)].append(invoice)
        self.by_amount = defaultdict[Decimal, list[Invoice]](list)
        for invoice in (row for rows in self.open_of.values() for row in rows):
            self.by_amount[invoice.remaining].append(invoice)
        self.words: dict[int, set[str]] = {}
        self.left = _Left([entry for entry in entries if entry.amount < 0 or entry.is_return])

    def proposals(self, entry: StatementEntry) -> list[Proposal]:
        """Best first; nothing is sure of a line that another statement may have told."""
        found = self._proposals(entry)
        return [replace(proposal, closes=False) for proposal in found] if entry.doubt else found

    def _proposals(self, entry: StatementEntry) -> list[Proposal]:
        if entry.amount < 0:
            return self.left.proposals(entry, self.named[entry.pk])
        if entry.is_return:
            return list(self.left.come_back(entry))
        return list(self._by_number(entry)) or list(self._by_account(entry)) or list(self._by_amount(entry))

    def _by_number(self, entry: StatementEntry) -> Iterator[Proposal]:
        """One transfer may pay several invoices: all named, and their sum exact."""
        named = [self.by_number[number] for number in self.named[entry.pk] if number in self.by_number]
        rest, due = entry.left, [invoice for invoice in named if invoice.remaining > 0]
        if not named:
            return
        total, numbers = sum((invoice.remaining for invoice in due), ZERO), _listed([invoice.number for invoice in named])
        if len(due) == len(named) and total == rest:
            told = "nommées, et leur somme est exacte" if len(due) > 1 else "nommée, et le montant est exact"
            yield Proposal(f"{numbers} : {told}.", tuple(due), closes=True)
        elif why := _late(named, rest):
            yield Proposal(f"{numbers} : nommée, et c’est son montant ; elle a été créditée depuis. {why}", (named[0],), is_late=True)
        elif not due:
            yield Proposal(f"{numbers} : nommée{'s' if len(named) > 1 else ''}, mais il n’y reste rien à payer. {_why_nothing(named[0])}")
        else:
            yield Proposal(_told_difference(numbers, due, total, rest), tuple(due), difference=rest - total)

    def _by_account(self, entry: StatementEntry) -> Iterator[Proposal]:
        """The account that paid before, for one body only, when nobody else owes this amount.

        A public accountant pays for many bodies from one account, and its second body is the first time one like any other.
        """
        bodies, rest = self.payers.get(entry.party_iban, set()), entry.left
        owed = [invoice for body in bodies for invoice in self.open_of[body] if invoice.issued_on <= entry.booked_on]
        exact = [invoice for invoice in owed if invoice.remaining == rest]
        others = len({payer_of(invoice) for invoice in self.by_amount[rest]} - bodies)
        if len(bodies) == 1 and len(exact) == 1 and not others:
            yield Proposal(f"Ce compte a déjà payé pour {exact[0].buyer_name}, et le montant est exact.", (exact[0],), closes=True)
        elif len(bodies) == 1 and len(exact) == 1:
            told = "un autre organisme doit" if others == 1 else f"{others} autres organismes doivent"
            why = f"Ce compte a déjà payé pour {exact[0].buyer_name}, mais {told} aussi ce montant."
            yield Proposal(why, (exact[0],))
        elif exact:
            why = "Ce compte a déjà payé pour" if len(bodies) == 1 else "Ce compte paie pour plusieurs organismes, dont"
            yield from (Proposal(f"{why} {invoice.buyer_name}, et le montant est celui-ci.", (invoice,)) for invoice in exact[:SHOWN])
        elif len(owed) > 1 and len(bodies) == 1 and sum(invoice.remaining for invoice in owed) == rest:
            yield Proposal(f"C’est la somme de ce que doit {owed[0].buyer_name}, dont ce compte a déjà payé.", tuple(owed))

    def _words_of(self, invoice: Invoice) -> set[str]:
        """Read the name of a body once: a year's dues are as many invoices of one amount."""
        if invoice.pk not in self.words:
            self.words[invoice.pk] = _words(invoice.buyer_name)
        return self.words[invoice.pk]

    def _by_amount(self, entry: StatementEntry) -> Iterator[Proposal]:
        """An amount is no proof: a suggestion for a person, with those whose name is like the payer's first."""
        found = self.by_amount[entry.left]
        said = set(fold(entry.party_name, entry.label).split())
        alike = [invoice for invoice in found if said & self._words_of(invoice)]
        if len(alike) == 1:
            yield Proposal(f"Même montant, et le nom ressemble à celui de {alike[0].buyer_name}.", (alike[0],))
        elif len(found) == 1:
            yield Proposal(f"Seule facture ouverte de ce montant : {found[0].buyer_name}.", (found[0],))
        else:
            first = [*alike, *(invoice for invoice in found if invoice not in alike)][:SHOWN]
            yield from (Proposal(f"Une des {len(found)} factures ouvertes de ce montant : {row.buyer_name}.", (row,)) for row in first)


class _Left:
    """Money that went out: a refund that was waiting, or a transfer taken back."""

    def __init__(self, entries: Sequence[StatementEntry]) -> None:
        self.refunds = defaultdict[Decimal, list[Refund]](list)
        for refund in _refunds({-entry.amount for entry in entries}):
            self.refunds[refund.amount].append(refund)
        back = {entry.amount for entry in entries if entry.amount > 0}
        closed = Refund.objects.filter(closed_by__isnull=False, amount__in=back).select_related("closed_by")
        self.closed = list(closed.order_by("-done_on", "-pk")) if back else []
        amounts = {-entry.amount for entry in entries if entry.is_return}
        self.came = defaultdict[Decimal, list[StatementEntry]](list)
        for entry in StatementEntry.objects.filter(amount__in=amounts).order_by("-booked_on", "-pk") if amounts else ():
            self.came[entry.amount].append(entry)
        standing = Payment.objects.standing().filter(entry__amount__in=amounts).select_related("invoice") if amounts else ()
        self.payments = defaultdict[int | None, list[Payment]](list)
        for payment in standing:
            self.payments[payment.entry_id].append(payment)

    def proposals(self, entry: StatementEntry, numbers: list[str]) -> list[Proposal]:
        return list(self._returned(entry, numbers)) if entry.is_return else list(self._refunded(entry))

    def _returned(self, entry: StatementEntry, numbers: list[str]) -> Iterator[Proposal]:
        """The one that is taken back: of the same amount, before it, with the same reference or number, else the same account."""
        before = [row for row in self.came[-entry.amount] if row.booked_on <= entry.booked_on and _counted(self.payments[row.pk], row)]
        sure = [row for row in before if _is_taken_back(row, entry, numbers)]
        alike = sure or [row for row in before if entry.party_iban and row.party_iban == entry.party_iban]
        for row in alike[:SHOWN]:
            paid = tuple(self.payments[row.pk])
            told = _listed([payment.invoice.number for payment in paid])
            why = f"Reprend le virement du {row.booked_on:%d/%m/%Y} qui payait {told}"
            yield Proposal(f"{why}{', de même référence' if sure else ''}.", taken_back=paid, closes=len(sure) == 1)

    def come_back(self, entry: StatementEntry) -> Iterator[Proposal]:
        """Our own transfer, returned by the bank of whom we gave back to: the refund waits again."""
        found = [row for row in self.closed if row.amount == entry.left and row.closed_by and row.closed_by.booked_on <= entry.booked_on]
        sure = [row for row in found if entry.party_iban and row.to_iban == entry.party_iban]
        for refund in (sure or found)[:SHOWN]:
            why = f"Rend le remboursement de {euros(refund.amount)} à {refund.to_name or refund.to_iban}, à refaire."
            yield Proposal(why, refund=refund, closes=len(sure) == 1)

    def _refunded(self, entry: StatementEntry) -> Iterator[Proposal]:
        """The waiting refund of this amount to this account; two alike are one for the other."""
        found = self.refunds[-entry.amount]
        sure = [refund for refund in found if entry.party_iban and refund.to_iban == entry.party_iban]
        for refund in (sure or found)[:SHOWN]:
            to = f" à {refund.to_name}" if refund.to_name else ""
            why = f"Remboursement de {euros(refund.amount)}{to}"
            yield Proposal(f"{why}, sur le bon compte." if sure else f"{why}, attendu.", refund=refund, closes=bool(sure))


def payer_of(invoice: Invoice) -> str:
    """Whose invoice it is, however it is known: the body of the register, else its SIRET, else its name."""
    return f"organisme:{invoice.organisation_id}" if invoice.organisation_id else invoice.buyer_siret or fold(invoice.buyer_name)


def _named_by(entry: StatementEntry) -> list[str]:
    return numbers_in(entry.structured_reference, entry.end_to_end, entry.label)


def _pieces(values: Iterable[Any]) -> Iterator[list[Any]]:
    found = sorted(values, key=str)
    for start in range(0, len(found), _PIECE):
        yield found[start : start + _PIECE]


def _invoices(field: str, values: Iterable[Any]) -> Iterator[Invoice]:
    for piece in _pieces(values):
        yield from Invoice.objects.invoices().with_balance().filter(**{f"{field}__in": piece}).order_by("pk")


def _open(known: set[str], amounts: set[Decimal]) -> Iterator[Invoice]:
    """Yield what remains to pay: of these payers, and of these amounts, each once."""
    bodies = [int(key.removeprefix("organisme:")) for key in known if key.startswith("organisme:")]
    apart = [key for key in known if not key.startswith("organisme:")]
    apart = [key for key in apart if key.isdigit()]
    asked = [Q(remaining__in=piece) for piece in _pieces(amounts)]
    asked += [Q(organisation__in=piece) for piece in _pieces(bodies)]
    asked += [Q(organisation=None, buyer_siret__in=piece) for piece in _pieces(apart)]
    found: dict[int, Invoice] = {}
    for condition in asked:
        found |= {row.pk: row for row in Invoice.objects.unpaid().filter(condition).order_by("pk")}
    yield from sorted(found.values(), key=lambda row: (row.issued_on, row.pk))


def _payers(ibans: set[str]) -> dict[str, set[str]]:
    """Return for whom each of these accounts paid before."""
    found = defaultdict[str, set[str]](set)
    for piece in _pieces(ibans):
        paid = Payment.objects.standing().filter(entry__party_iban__in=piece, amount__gt=0)
        for payment in paid.select_related("invoice", "entry").only(
            "invoice__organisation_id", "invoice__buyer_siret", "invoice__buyer_name", "entry__party_iban"
        ):
            found[payment.entry.party_iban].add(payer_of(payment.invoice))  # type: ignore[union-attr]
    return found


def _refunds(amounts: set[Decimal]) -> Iterator[Refund]:
    for piece in _pieces(amounts):
        yield from Refund.objects.open().filter(method=Method.TRANSFER, amount__in=piece).order_by("asked_at", "pk")


def _counted(payments: list[Payment], row: StatementEntry) -> bool:
    return bool(payments) and sum(payment.amount for payment in payments) == row.amount


def _is_taken_back(row: StatementEntry, entry: StatementEntry, numbers: list[str]) -> bool:
    same = row.end_to_end and row.end_to_end == entry.end_to_end
    return bool(same or (numbers and set(numbers) == set(_named_by(row))))


def _words(name: str) -> set[str]:
    """The words of a name that tell one body from another."""
    return {word for word in fold(name).split() if len(word) > 3} - _COMMON  # noqa: PLR2004 - articles and « de » are shorter


_COMMON = frozenset(
    {"ville", "commune", "mairie", "communaute", "communes", "agglomeration", "metropole", "departement", "region", "conseil"}
    | {"departemental", "regional", "association"}
)


def _late(named: list[Invoice], rest: Decimal) -> str:
    """Why the money serves all the same, of one invoice credited whole and never paid, when it is all of its money."""
    (invoice, *others) = named
    if others or invoice.paid or invoice.credited < invoice.gross or invoice.gross != rest:
        return ""
    return next((why for tell in LATE if (why := tell(invoice))), "")


def _why_nothing(invoice: Invoice) -> str:
    return "Elle est entièrement créditée." if invoice.credited and not invoice.paid else "Elle est déjà payée."


def _told_difference(numbers: str, due: list[Invoice], total: Decimal, rest: Decimal) -> str:
    gap = f"il manque {euros(total - rest)}" if rest < total else f"{euros(rest - total)} de trop"
    many = "nommées" if len(due) > 1 else "nommée"
    return f"{numbers} : {many}, il y reste {euros(total)} à payer, {gap}."


def _listed(names: Sequence[str]) -> str:
    return " et ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else ""
