"""A statement of 5,000 lines: read, kept, and put together with what is owed; letters of what is paid included."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from time import perf_counter
from typing import Any

LINES = 5000
# Of these: most name their invoice, some are known by their account only, some are nobody's, some go out.
NAMED, BY_ACCOUNT, UNKNOWN = 4000, 500, 300
SECONDS = 20
Say = Callable[[str, str, str, bool], None]


def statement(say: Say) -> None:
    """Import, from the file's bytes to the last payment noted; then the same file again, in another file."""
    from billing.models import Payment, StatementEntry
    from billing.services import importing, matching
    from core import clock

    by, content = _treasurer(), _furnish()
    before, start = Payment.objects.count(), perf_counter()
    row = importing.deposit("releve.xml", content, by=by, now=clock.now())
    trial = importing.try_out(row)
    shown = perf_counter() - start
    start = perf_counter()
    found = importing.import_statement(row, by=by, now=clock.now(), said=True, writes=False)
    took = perf_counter() - start
    start = perf_counter()
    matching.write_receipts(row, now=clock.now())
    wrote = perf_counter() - start
    paid = Payment.objects.count() - before
    told = f"{took:.1f} s, {paid} paiements ({found.closed} seuls, {found.left} à rapprocher)"
    kept = took <= SECONDS and (len(trial.new), found.closed, found.left) == (LINES, NAMED + BY_ACCOUNT, UNKNOWN)
    say(f"relevé de {LINES} lignes : importé et rapproché", told, f"≤ {SECONDS} s", kept)
    say(f"relevé de {LINES} lignes : reçus écrits, après", f"{wrote:.1f} s", "—", True)
    say(f"relevé de {LINES} lignes : lu et montré", f"{shown:.1f} s", "—", True)
    again = importing.deposit("le-meme.xml", content + b"\n", by=by, now=clock.now())
    importing.import_statement(again, by=by, now=clock.now(), said=True)
    doubled = StatementEntry.objects.filter(statement=again).count(), Payment.objects.count() - before - paid
    say("le même relevé une seconde fois : lignes, paiements de plus", str(doubled), "(0, 0)", doubled == (0, 0))


def _treasurer() -> Any:
    from accounts.models import User

    return User.objects.get_or_create(email="banc@la27eregion.example")[0]


def _furnish() -> bytes:
    """As many open invoices as lines to close, each its own body's; the account of those known by it only has paid before."""
    from billing.models import Invoice, Payment, Statement, StatementEntry
    from billing.sale import SOLD, Sold
    from billing.states import Kind, Method, StatementFormat
    from core import clock

    SOLD.add(lambda invoice: Sold("Cotisation", "/", to=f"{invoice.sequence}@ville.example") if invoice.about == "banc" else None)
    now = clock.now()
    count = NAMED + 2 * BY_ACCOUNT
    model = {
        "kind": Kind.INVOICE, "year": 2090, "about": "banc", "subject": "Cotisation", "issued_on": now.date() - timedelta(days=40),
        "issued_at": now,
        "seller": {}, "buyer": {}, "terms": {}, "vat": 0,
        "line_count": 1, "due_on": now.date(),
    }  # fmt: skip
    invoices = [
        Invoice(
            **model, net=asked, gross=asked, number=f"F2090-{n:04d}", sequence=n, key=f"banc:{n}", buyer_name=f"Ville {body}",
            buyer_siret=f"{body:014d}",
        )  # fmt: skip
        for n in range(1, count + 1)
        for body in [n if n <= NAMED + BY_ACCOUNT else n - BY_ACCOUNT]
        # A known account closes an amount that nobody else owes.
        for asked in [10_000 + n - NAMED - 1 if NAMED < n <= NAMED + BY_ACCOUNT else 5000]
    ]  # fmt: skip
    Invoice.objects.bulk_create(invoices, batch_size=500)
    old = Statement.objects.create(name="avant.xml", digest="banc", format=StatementFormat.CAMT, imported_at=now)
    known = [
        StatementEntry(statement=old, fingerprint=f"banc-{n}", booked_on=now.date(), amount=5000, party_iban=f"FR76{n:023d}", label="VIR")
        for n in range(BY_ACCOUNT)
    ]
    StatementEntry.objects.bulk_create(known)
    Payment.objects.bulk_create(
        Payment(invoice=invoices[NAMED + BY_ACCOUNT + n], amount=5000, method=Method.TRANSFER, received_on=now.date(), entry=entry, at=now)
        for n, entry in enumerate(known)
    )
    return _camt("".join(_lines(now.date().isoformat()))).encode()


def _lines(day: str) -> Iterator[str]:
    for n in range(1, NAMED + 1):
        yield _line(day, Decimal(5000), f"COTISATION F2090-{n:04d}", f"FR75{n:023d}", f"M{n}")
    for n in range(BY_ACCOUNT):
        yield _line(day, Decimal(10_000 + n), "VIREMENT", f"FR76{n:023d}", f"K{n}")
    for n in range(UNKNOWN):
        yield _line(day, Decimal(n + 1), "DON", "", f"U{n}")
    for n in range(LINES - NAMED - BY_ACCOUNT - UNKNOWN):
        yield _line(day, Decimal(-n - 1), "FRAIS", "", f"S{n}")


def _line(day: str, amount: Decimal, text: str, iban: str, reference: str) -> str:
    sign, side = ("CRDT", "Dbtr") if amount > 0 else ("DBIT", "Cdtr")
    account = f"<{side}Acct><Id><IBAN>{iban}</IBAN></Id></{side}Acct>" if iban else ""
    return (
        f'<Ntry><Amt Ccy="EUR">{abs(amount)}</Amt><CdtDbtInd>{sign}</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>{day}</Dt></BookgDt>'
        f"<AcctSvcrRef>{reference}</AcctSvcrRef><NtryDtls><TxDtls><RltdPties><{side}><Nm>VILLE D'EXEMPLE</Nm></{side}>{account}</RltdPties>"
        f"<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )


def _camt(lines: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><GrpHdr/>'
        f"<Stmt><Id>1</Id><Acct><Id><IBAN>FR7630006000011234567890189</IBAN></Id></Acct>{lines}</Stmt></BkToCstmrStmt></Document>"
    )


if __name__ == "__main__":
    # Alone, on the database that DATABASE_URL names: « python -m tests.servers python -m bench.bank ».
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    statement(lambda what, measured, promised, kept: print("✓" if kept else "✗", what, measured, promised))
