"""The pages of the bank, for `tests/pages.py`: a CSV whose columns are to be said, a refund that waits, a mapping kept."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.urls import reverse

from accounts.models import User
from billing.models import BankMapping, Refund, Statement, StatementEntry
from billing.services import importing, reconciling, refunding
from core import clock
from tests.billing import bank_samples as bank

STAFF = "staff"
CSV = b"Jour;Nature;Somme\n01/03/2027;VIR SEPA;12,00\n"


def furnish(staff: User) -> None:
    now = clock.now()
    BankMapping.objects.create(name="Banque d’Exemple", columns={"date": "Date", "label": "Libellé", "amount": "Montant"})
    importing.deposit("releve.csv", CSV, by=staff, now=now)
    entry = StatementEntry.objects.to_reconcile().filter(amount=Decimal(2500)).order_by("pk")[0]
    given = {"to_iban": bank.PAYER, "to_name": "Atelier d’Exemple", "reason": "Payé deux fois"}
    reconciling.give_back(entry, Decimal(500), by=staff, now=now, **given)


def _at(name: str, *arguments: Any, then: str = "") -> str:
    return reverse(f"admin:billing_{name}", args=arguments) + then


def _of(name: str, rows: Callable[[], Any]) -> Callable[[Any], list[str]]:
    return lambda _: [_at(name, row.pk) for row in rows().order_by("pk")[:1]]


def _lines(_: Any) -> list[str]:
    """The list in each of its states, searched in vain; each line that waits; a statement shown and not imported."""
    states = [_at("statemententry_changelist", then=then) for then in ("?etat=reglees", "?etat=ecartees", "?etat=toutes", "?q=zzz")]
    waiting = [_at("statemententry_change", row.pk, then="?q=exemple") for row in StatementEntry.objects.to_reconcile().order_by("pk")]
    tried = [_at("statement_change", row.pk) for row in Statement.objects.tried().filter(format="CAMT").order_by("pk")]
    return [_at("statement_deposit"), *states, *waiting, *tried]


PAGES = {
    "admin:billing_statement_deposit": (STAFF, _lines),
    "admin:billing_statement_mapping": (STAFF, _of("statement_mapping", lambda: Statement.objects.tried().filter(format="CSV"))),
    "admin:billing_refund_owed": (STAFF, lambda _: [_at("refund_owed")]),
    "admin:billing_refund_decide": (STAFF, lambda _: [_at("refund_decide", row.pk) for row in refunding.to_give_back()]),
    "admin:billing_refund_give_up": (STAFF, _of("refund_give_up", lambda: Refund.objects.open().filter(method="TRANSFER"))),
}
NOT_PAGES = {
    "an act on lines of the bank, by POST": "admin:billing_statement_confirm admin:billing_statement_forget"
    " admin:billing_statemententry_accepter admin:billing_statemententry_placer admin:billing_statemententry_rendre"
    " admin:billing_statemententry_ecarter admin:billing_statemententry_reprendre admin:billing_statemententry_annuler",
}
