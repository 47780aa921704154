"""The demonstration of the bank: a statement imported, of which two lines wait for a person; another, shown and ready to import.

After billing and memberships: dates of a series never go back, so what is issued here is issued today.
"""

from datetime import datetime
from decimal import Decimal

from django.core.files.base import ContentFile
from django.db import transaction

from billing import services
from billing.demo import _training
from billing.models import Invoice, Statement, StatementEntry
from billing.sale import Buyer, Item, Sale
from billing.services import importing
from billing.services.numbering import day_of
from billing.states import StatementFormat
from core import clock
from records.models import Association

_METRO, _COUNTY, _MUSEUM = "Métropole d’Exemple", "Département d’Exemple", "Musée d’Exemple"
_SIRETS = {_METRO: "00000004200002", _COUNTY: "00000005900006", _MUSEUM: "00000006700009"}
_ACCOUNTS = {_METRO: "FR7630001007941234567890185", _COUNTY: "FR7614508059400000000000192"}
_HELP = "Accompagnement d’une équipe"


@transaction.atomic
def load(scale: int) -> None:
    """Load it, again and again without doubling."""
    if StatementEntry.objects.filter(bank_reference="DEMO-1").exists() or not Association.current().iban:
        return
    now = clock.now()
    exact, short = _issue("exact", _METRO, "5000.00", now), _issue("court", _COUNTY, "5000.00", now)
    both = [_issue("groupe-1", _MUSEUM, "680.00", now), _issue("groupe-2", _MUSEUM, "1360.00", now)]
    later = _issue("suivant", _METRO, "2040.00", now)
    lines = [
        _line(now, "5000.00", "METROPOLE D EXEMPLE", _ACCOUNTS[_METRO], f"MANDAT 1207 {exact.number}", "DEMO-1"),
        _line(now, "4999.00", "DEPARTEMENT D EXEMPLE", _ACCOUNTS[_COUNTY], f"FACT {short.number.lower().replace('-', ' ')}", "DEMO-2"),
        _line(now, "2040.00", "SGC D EXEMPLE", "", f"MANDATS 88 ET 89 {both[0].number} {both[1].number}", "DEMO-3"),
        _line(now, "2500.00", "ETS L ESSAI", "", "VIREMENT SANS REFERENCE", "DEMO-4"),
        _line(now, "-12.40", "BANQUE D EXEMPLE", "", "FRAIS DE TENUE DE COMPTE", "DEMO-5"),
    ]
    importing.import_statement(_deposit("releve-importe.xml", lines, now), by=None, now=now)
    more = [
        _line(now, "2040.00", "METROPOLE D EXEMPLE", _ACCOUNTS[_METRO], "VIREMENT", "DEMO-6"),
        _line(now, "1.00", "DEPARTEMENT D EXEMPLE", _ACCOUNTS[_COUNTY], f"COMPLEMENT {short.number}", "DEMO-7"),
    ]
    if later:
        _deposit("releve-a-importer.xml", more, now)


def _issue(key: str, name: str, gross: str, now: datetime) -> Invoice:
    buyer = Buyer(name, siret=_SIRETS[name], address="1 place de l’Essai", postcode="00000", city="Exempleville")
    named = f"demo:banque:{key}"
    sale = Sale(f"{named}:1", named, _HELP, buyer, [Item(_HELP, _training(), gross=Decimal(gross))], delivered_on=day_of(now))
    return services.issue(sale, by=None, now=now)


def _deposit(name: str, lines: list[str], now: datetime) -> Statement:
    iban = Association.current().iban
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>{name}</MsgId></GrpHdr><Stmt><Id>1</Id><Acct><Id><IBAN>{iban}</IBAN></Id></Acct>{''.join(lines)}</Stmt>"
        "</BkToCstmrStmt></Document>\n"
    )
    content = text.encode()
    row = Statement(name=name, digest=importing.digest_of(content), format=StatementFormat.CAMT, deposited_at=now, by_name="Démonstration")
    row.file.save("releve.xml", ContentFile(content), save=False)
    row.save()
    return row


def _line(now: datetime, amount: str, name: str, iban: str, text: str, reference: str) -> str:
    sign, side = ("DBIT", "Cdtr") if amount.startswith("-") else ("CRDT", "Dbtr")
    account = f"<{side}Acct><Id><IBAN>{iban}</IBAN></Id></{side}Acct>" if iban else ""
    return (
        f'<Ntry><Amt Ccy="EUR">{amount.lstrip("-")}</Amt><CdtDbtInd>{sign}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        f"<BookgDt><Dt>{day_of(now).isoformat()}</Dt></BookgDt><AcctSvcrRef>{reference}</AcctSvcrRef><NtryDtls><TxDtls>"
        f"<RltdPties><{side}><Pty><Nm>{name}</Nm></Pty></{side}>{account}</RltdPties><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )
