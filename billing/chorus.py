"""The road to the payer through Chorus Pro (D6, R15): one port, `transmit`. Today a person carries the file; the API client comes later.

Every deposit goes through `road().transmit`: an adapter of the API is a class here that answers a flow number by itself, and `road` that
returns it. What it is given is the same file, under the same name, with the same key: nothing above this module changes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from billing.models import Invoice, InvoiceFile
from core.refusals import Refused

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
    read: Callable[[], bytes]


@dataclass(frozen=True)
class Deposited:
    """What the platform answered, and the day it took the parcel."""

    flow_number: str
    on: date


class Road(Protocol):
    """A way to transmit. `carried`: what somebody who deposited the parcel themselves says of it."""

    # Somebody carries the parcel, and is asked for the flow number; else one click is enough.
    is_by_hand: bool

    def transmit(self, parcel: Parcel, *, carried: Deposited | None) -> Deposited: ...


class ByHand:
    """Somebody deposits the file on the portal of Chorus Pro, and types back what it showed."""

    is_by_hand = True

    def transmit(self, parcel: Parcel, *, carried: Deposited | None) -> Deposited:
        number = "".join(carried.flow_number.split()) if carried else ""
        if carried is None or not number:
            raise Refused("Recopiez le numéro de flux que Chorus Pro a donné.")
        return Deposited(number, carried.on)


def road() -> Road:
    return ByHand()


def parcel(invoice: Invoice, document: InvoiceFile, *, read: Callable[[], bytes]) -> Parcel:
    """Return what is deposited for an issued document: its key is its number and the fingerprint of its file."""
    return Parcel(f"{invoice.number}.pdf"[-NAME_AT_MOST:], SYNTAX, f"{invoice.number}:{document.sha256}", document.size, read)
