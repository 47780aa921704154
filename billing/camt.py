"""Reading what banks write in ISO 20022 (CAMT.053 statements, CAMT.054 notices), whatever the version (billing.md section 8).

A file of the bank is a file from outside: no entity is replaced, no network asked, no DTD read, no huge tree grown.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from lxml import etree

from core.refusals import Refused

LARGEST = 10 * 1024 * 1024
# What a payer's bank writes when it was given no reference.
_NONE = frozenset({"NOTPROVIDED", "NOT PROVIDED", "NONREF", "NONE", "SANS OBJET"})
_ROOTS = ("BkToCstmrStmt", "BkToCstmrDbtCdtNtfctn", "BkToCstmrAcctRpt")
_RETURNS = frozenset({"RRTN", "RPCR", "UPDT", "UPCT", "PRCT", "PRDD"})
_NOT_XML = "Ce fichier n’est pas un relevé CAMT : ce n’est pas du XML lisible."
_CUT = "Ce relevé est incomplet : le fichier s’arrête avant sa fin. Téléchargez-le de nouveau depuis votre banque."
_FORBIDDEN = (
    "Ce fichier XML contient des déclarations qu’un relevé de banque n’a jamais (DOCTYPE, entités). Il est refusé : "
    "téléchargez-le de nouveau depuis votre banque."
)


@dataclass(frozen=True)
class ReadEntry:
    """One line, as the bank wrote it: signed, positive when money came in."""

    booked_on: date
    amount: Decimal
    currency: str = "EUR"
    value_on: date | None = None
    iban: str = ""
    bank_reference: str = ""
    label: str = ""
    structured_reference: str = ""
    end_to_end: str = ""
    party_name: str = ""
    party_iban: str = ""
    is_return: bool = False
    # What tells two lines apart beyond these: the cells of a CSV, as they are.
    raw: str = ""


@dataclass
class ReadStatement:
    """A file, read: its lines, and for each account what it held before and after."""

    entries: list[ReadEntry] = field(default_factory=list)
    ibans: list[str] = field(default_factory=list)
    opening: Decimal | None = None
    closing: Decimal | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    left_out: int = 0
    # Lines of a CSV that could not be read, each in words.
    refused: list[str] = field(default_factory=list)


def read(content: bytes) -> ReadStatement:
    """Return what the bank said in a file, or refuse it in words."""
    root = _parsed(content)
    told = next((child for name in _ROOTS for child in root.iterchildren(name)), None)
    if told is None:
        raise Refused("Ce fichier XML n’est pas un relevé de banque (CAMT.053 ou CAMT.054).")
    statement = ReadStatement()
    parts = list(told.iterchildren("Stmt", "Ntfctn", "Rpt"))
    for part in parts:
        _read_part(part, statement)
    _date(statement)
    if len(statement.ibans) == 1:
        _read_balances(parts, statement)
    return statement


def _parsed(content: bytes) -> Any:
    if len(content) > LARGEST:
        raise Refused(f"Ce relevé est trop lourd : {LARGEST // 1024 // 1024} Mo au plus.")
    if not content.strip():
        raise Refused("Ce fichier est vide.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise Refused(_why(content, error)) from None
    except (ValueError, LookupError):
        raise Refused(_NOT_XML) from None
    if root.getroottree().docinfo.doctype:
        raise Refused(_FORBIDDEN)
    return _without_namespaces(root)


def _why(content: bytes, error: etree.XMLSyntaxError) -> str:
    """Tell apart what is no XML, what was cut, what is written in another encoding than it says, and what means harm."""
    if b"<!DOCTYPE" in content[:4096] or b"<!ENTITY" in content:
        return _FORBIDDEN
    beginning = content.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")[:1]
    if beginning != b"<":
        return _NOT_XML
    said = str(error)
    if any(word in said for word in ("not proper UTF-8", "encoding", "Invalid bytes", "invalid character")):
        return "Ce relevé n’est pas écrit dans l’encodage qu’il annonce : téléchargez-le de nouveau, sans l’ouvrir ni l’enregistrer."
    return _CUT if not content.rstrip().endswith(b">") or "EndTag" in said or "Premature" in said else _NOT_XML


def _without_namespaces(root: Any) -> Any:
    """Every version has its own namespace: elements are known by their local names."""
    for node in root.iter(etree.Element):
        node.tag = node.tag.rpartition("}")[2]
    return root


def _all(node: Any, *path: str) -> list[Any]:
    """Return the descendants at a path."""
    found = [node]
    for name in path:
        found = [child for each in found for child in each.iterchildren(name)]
    return found


def _text(node: Any, *path: str) -> str:
    """Return the text at a path, the first there is."""
    return next((" ".join(found.text.split()) for found in _all(node, *path) if found.text and found.text.strip()), "")


def _first(*texts: str) -> str:
    return next((text for text in texts if text), "")


def _amount(node: Any, *path: str) -> tuple[Decimal, str]:
    found = next(iter(_all(node, *path)), None)
    text = (found.text or "").strip() if found is not None else ""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise Refused(f"Un montant de ce relevé ne se lit pas : « {text[:40]} ».") from None
    if not amount.is_finite() or abs(amount) >= Decimal(10) ** 9 or amount != round(amount, 2):
        raise Refused(f"Un montant de ce relevé ne se lit pas : « {text[:40]} ».")
    return amount, (found.get("Ccy") or "EUR") if found is not None else "EUR"


def _day(node: Any, *path: str) -> date | None:
    """Return a day, from a date or from a moment."""
    text = _first(_text(node, *path, "Dt"), _text(node, *path, "DtTm"))
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise Refused(f"Une date de ce relevé ne se lit pas : « {text[:40]} ».") from None


def _read_part(part: Any, statement: ReadStatement) -> None:
    iban = _first(_text(part, "Acct", "Id", "IBAN"), _text(part, "Acct", "Id", "Othr", "Id")).replace(" ", "").upper()
    if iban not in statement.ibans:
        statement.ibans.append(iban)
    for entry in _all(part, "Ntry"):
        # « PDNG », « INFO », « FUTR »: not booked, it may never be. Since version 08 the status is a code within.
        if (_first(_text(entry, "Sts", "Cd"), _text(entry, "Sts")) or "BOOK") != "BOOK":
            statement.left_out += 1
            continue
        statement.entries.extend(_lines(entry, iban))


def _lines(entry: Any, iban: str) -> Iterator[ReadEntry]:
    """One line an entry, or one for each transfer of a batch when their amounts are told and add up."""
    total, currency = _amount(entry, "Amt")
    total *= _sign(entry)
    details = _all(entry, "NtryDtls", "TxDtls")
    amounts = [_own_amount(each, entry, currency) for each in details]
    told = [amount for amount in amounts if amount]
    if len(details) > 1 and len(told) == len(details) and sum(told) == total:
        yield from (_line(entry, iban, [each], amount, currency) for each, amount in zip(details, told, strict=True))
    elif total:
        yield _line(entry, iban, details, total, currency)


def _sign(node: Any, otherwise: int = 1) -> int:
    said = _text(node, "CdtDbtInd")
    return {"CRDT": 1, "DBIT": -1}.get(said, otherwise)


def _own_amount(detail: Any, entry: Any, currency: str) -> Decimal | None:
    """Return what one transfer of a batch brings, signed; None when its bank does not say, or says it in another currency."""
    for path in (("Amt",), ("AmtDtls", "TxAmt", "Amt")):
        if _all(detail, *path):
            amount, said = _amount(detail, *path)
            return _sign(detail, _sign(entry)) * amount if said == currency else None
    return None


def _line(entry: Any, iban: str, details: list[Any], amount: Decimal, currency: str) -> ReadEntry:
    booked_on = _first_day(_day(entry, "BookgDt"), _day(entry, "ValDt"))
    is_return = _text(entry, "RvslInd") == "true" or any(_all(each, "RtrInf") for each in details) or _has_return_code(entry, details)
    name, account = _party(details, iban, came=(amount > 0) != is_return)
    return ReadEntry(
        booked_on=booked_on,
        value_on=_day(entry, "ValDt"),
        amount=amount,
        currency=currency,
        iban=iban,
        bank_reference=_joined(_of_all(details, "Refs", "AcctSvcrRef")) or _text(entry, "AcctSvcrRef"),
        label=_joined([*_remittance(details), _text(entry, "AddtlNtryInf")]),
        structured_reference=_joined(_of_all(details, "RmtInf", "Strd", "CdtrRefInf", "Ref")),
        end_to_end=_joined(text for text in _of_all(details, "Refs", "EndToEndId") if text.upper() not in _NONE),
        party_name=name,
        party_iban=account,
        is_return=is_return,
    )


def _first_day(*days: date | None) -> date:
    found = next((day for day in days if day), None)
    if found is None:
        raise Refused("Une ligne de ce relevé n’a pas de date.")
    return found


def _has_return_code(entry: Any, details: list[Any]) -> bool:
    codes = [_text(node, "BkTxCd", "Domn", "Fmly", "SubFmlyCd") for node in (entry, *details)]
    return any(code in _RETURNS for code in codes)


def _of_all(details: list[Any], *path: str) -> list[str]:
    return [" ".join(found.text.split()) for each in details for found in _all(each, *path) if found.text and found.text.strip()]


def _remittance(details: list[Any]) -> Iterator[str]:
    """Yield what the payer wrote, the numbers of the documents they name, then what the bank adds."""
    for path in (
        ("RmtInf", "Ustrd"),
        ("RmtInf", "Strd", "RfrdDocInf", "Nb"),
        ("RmtInf", "Strd", "AddtlRmtInf"),
        ("RtrInf", "Rsn", "Cd"),
        ("RtrInf", "AddtlInf"),
        ("AddtlTxInf",),
    ):
        yield from _of_all(details, *path)


def _joined(texts: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(text for text in texts if text))


def _party(details: list[Any], own: str, *, came: bool) -> tuple[str, str]:
    """Return who is on the other side, and their IBAN: never ourselves. Since version 08 the name is a level lower."""
    sides = ("Dbtr", "Cdtr") if came else ("Cdtr", "Dbtr")
    accounts = {side: _text_of_all(details, "RltdPties", f"{side}Acct", "Id", "IBAN").replace(" ", "").upper() for side in sides}
    side = sides[1] if own and accounts[sides[0]] == own else sides[0]
    names = (
        _first(*(_text_of_all(details, "RltdPties", role, *path) for path in (("Nm",), ("Pty", "Nm")))) for role in (f"Ultmt{side}", side)
    )
    # A public body pays through its accountant: both are told, the body first.
    return " / ".join(dict.fromkeys(name for name in names if name)), accounts[side]


def _text_of_all(details: list[Any], *path: str) -> str:
    """Return what every transfer of a batch says alike; of several that differ, nothing."""
    found = set(_of_all(details, *path))
    return found.pop() if len(found) == 1 else ""


def _date(statement: ReadStatement) -> None:
    days = [entry.booked_on for entry in statement.entries]
    if days:
        statement.starts_on, statement.ends_on = min(days), max(days)


def _read_balances(parts: list[Any], statement: ReadStatement) -> None:
    """Return what the account held before the first line and after the last, when the file says it."""
    opening, closing = _balances(parts, "OPBD", "PRCD"), _balances(parts, "CLBD")
    statement.opening = min(opening, key=lambda found: found[0])[1] if opening else None
    statement.closing = max(closing, key=lambda found: found[0])[1] if closing else None


def _balances(parts: list[Any], *codes: str) -> list[tuple[date, Decimal]]:
    found = []
    for balance in (node for part in parts for node in _all(part, "Bal")):
        if _text(balance, "Tp", "CdOrPrtry", "Cd") in codes:
            amount, _ = _amount(balance, "Amt")
            found.append((_day(balance, "Dt") or date.min, _sign(balance) * amount))
    return found
