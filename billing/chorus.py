"""The road to the payer through Chorus Pro (D6, R15): one port, `transmit`. Today a person carries the file; the API client comes later.

What the API would be given is the same file, under the same name, with the same key: nothing above this module will change.
"""

from dataclasses import dataclass
from typing import Protocol

from billing.models import Invoice, InvoiceFile

# What the portal of Chorus Pro is told of the file (billing.md section 7).
SYNTAX = "IN_DP_E2_CII_FACTURX"
NAME_AT_MOST = 50
HEAVIEST = 10 * 1024 * 1024


@dataclass(frozen=True)
class Parcel:
    """What is deposited: the very file that was issued, and the key under which it is deposited once."""

    name: str
    syntax: str
    key: str
    size: int


@dataclass(frozen=True)
class Deposited:
    """What the platform answered."""

    flow_number: str


class Road(Protocol):
    """A way to transmit. `None` when a person must carry the parcel and type the flow number back."""

    def transmit(self, parcel: Parcel) -> Deposited | None: ...


class ByHand:
    """Somebody deposits the file on the portal of Chorus Pro."""

    def transmit(self, parcel: Parcel) -> Deposited | None:
        return None


def road() -> Road:
    return ByHand()


def parcel(invoice: Invoice, document: InvoiceFile) -> Parcel:
    """Return what is deposited for an issued document: its key is its number and the fingerprint of its file."""
    return Parcel(f"{invoice.number}.pdf"[-NAME_AT_MOST:], SYNTAX, f"{invoice.number}:{document.sha256}", document.size)
