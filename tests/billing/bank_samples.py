"""Statements in the shape French banks give them; everything in them is invented."""

from collections.abc import Iterable
from decimal import Decimal

OURS = "FR7630006000011234567890189"
PAYER = "FR7630001007941234567890185"
OTHER = "FR7614508059400000000000192"


def entry(
    amount: str,
    *,
    on: str = "2027-03-01",
    text: Iterable[str] = (),
    rf: str = "",
    e2e: str = "",
    party: str = "VILLE D'EXEMPLE",
    ultimate: str = "",
    iban: str = PAYER,
    reference: str = "",
    returned: str = "",
    status: str = "BOOK",
    version: str = "02",
    more: str = "",
) -> str:
    """One `Ntry` with one transfer; a negative amount goes out."""
    sign, bare = ("DBIT", amount[1:]) if amount.startswith("-") else ("CRDT", amount)
    side = "Cdtr" if (sign == "DBIT") != bool(returned) else "Dbtr"
    told = {
        "text": text,
        "rf": rf,
        "e2e": e2e,
        "party": party,
        "ultimate": ultimate,
        "iban": iban,
        "returned": returned,
        "version": version,
    }
    state = f"<Sts><Cd>{status}</Cd></Sts>" if version >= "08" else f"<Sts>{status}</Sts>"
    return (
        f'<Ntry><Amt Ccy="EUR">{bare}</Amt><CdtDbtInd>{sign}</CdtDbtInd>{state}'
        f"<BookgDt><Dt>{on}</Dt></BookgDt><ValDt><Dt>{on}</Dt></ValDt>"
        f"{f'<AcctSvcrRef>{reference}</AcctSvcrRef>' if reference else ''}"
        "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
        f"<NtryDtls>{details(bare, sign, side, **told)}"
        f"</NtryDtls>{more}</Ntry>"
    )


def details(
    amount: str, sign: str, side: str, *, text: Iterable[str] = (), rf: str = "", e2e: str = "", party: str = "", ultimate: str = "",
    iban: str = "", returned: str = "", version: str = "02",
) -> str:  # fmt: skip
    def named(name: str) -> str:
        return f"<Pty><Nm>{name}</Nm></Pty>" if version >= "08" else f"<Nm>{name}</Nm>"

    free = "".join(f"<Ustrd>{line}</Ustrd>" for line in text)
    structured = f"<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>{rf}</Ref></CdtrRefInf></Strd>" if rf else ""
    money = f'<Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>'
    if version < "04":
        money = f'<AmtDtls><TxAmt><Amt Ccy="EUR">{amount}</Amt></TxAmt></AmtDtls>'
    account = f"<{side}Acct><Id><IBAN>{iban}</IBAN></Id></{side}Acct>" if iban else ""
    last = f"<Ultmt{side}>{named(ultimate)}</Ultmt{side}>" if ultimate else ""
    back = f"<RtrInf><Rsn><Cd>{returned}</Cd></Rsn></RtrInf>" if returned else ""
    return (
        f"<TxDtls><Refs><EndToEndId>{e2e or 'NOTPROVIDED'}</EndToEndId></Refs>{money}"
        f"<RltdPties><{side}>{named(party)}</{side}>{account}{last}</RltdPties>"
        f"<RmtInf>{free}{structured}</RmtInf>{back}</TxDtls>"
    )


def balance(code: str, amount: str, on: str) -> str:
    sign, bare = ("DBIT", amount[1:]) if amount.startswith("-") else ("CRDT", amount)
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{bare}</Amt><CdtDbtInd>{sign}</CdtDbtInd>'
        f"<Dt><Dt>{on}</Dt></Dt></Bal>"
    )


def camt(
    *entries: str, iban: str = OURS, version: str = "02", opening: str = "", closing: str = "", on: str = "2027-03-01", kind: str = "053",
    encoding: str = "UTF-8",
) -> bytes:  # fmt: skip
    """A whole file: the statement of one account."""
    root, part = ("BkToCstmrStmt", "Stmt") if kind == "053" else ("BkToCstmrDbtCdtNtfctn", "Ntfctn")
    balances = (balance("OPBD", opening, on) if opening else "") + (balance("CLBD", closing, on) if closing else "")
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{kind}.001.{version}"><{root}>'
        f"<GrpHdr><MsgId>RELEVE-0001</MsgId><CreDtTm>{on}T22:00:00</CreDtTm></GrpHdr><{part}><Id>0001</Id><CreDtTm>{on}T22:00:00</CreDtTm>"
        f"<Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>EUR</Ccy></Acct>{balances}{''.join(entries)}</{part}></{root}></Document>\n"
    )
    return text.encode(encoding.lower().replace("iso-", "iso"))


def many(count: int, *, text: str = "F2027-{:04d}", amount: Decimal = Decimal(5000)) -> bytes:
    """A statement of many lines, each naming its invoice."""
    return camt(*(entry(f"{amount:.2f}", text=[text.format(number)], reference=f"B{number:06d}") for number in range(1, count + 1)))
