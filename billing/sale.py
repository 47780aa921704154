"""What an app above gives to be invoiced, and what it answers about what it sold: `billing` knows neither memberships nor training days."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from billing.models import Invoice, TaxProfile
from core.registry import Registry
from mailing.letters import Attachment
from organisations.models import Organisation
from organisations.states import PAYMENT_DAYS


@dataclass(frozen=True)
class Item:
    """One line to be. Exactly one price is given, as the price list says it: `gross` (tax included) or `net`, for one unit (decision 4)."""

    label: str
    tax: TaxProfile
    gross: Decimal | None = None
    net: Decimal | None = None
    quantity: Decimal = Decimal(1)
    description: str = ""
    period_start: date | None = None
    period_end: date | None = None


@dataclass(frozen=True)
class Buyer:
    """Who is invoiced, as it will be printed (R13). `needs` are checked before the issue (R14)."""

    name: str
    siret: str = ""
    address: str = ""
    postcode: str = ""
    city: str = ""
    country: str = "FR"
    vat_number: str = ""
    service_code: str = ""
    commitment_number: str = ""
    contract_number: str = ""
    payment_days: int = PAYMENT_DAYS
    via_chorus: bool = False
    # The establishment of the register, whose rules (service code, commitment…) are checked.
    organisation: Organisation | None = None


@dataclass(frozen=True)
class Paid:
    """Paid online before the issue (S2)."""

    amount: Decimal
    on: date


@dataclass(frozen=True)
class Sale:
    """What is sold, to whom. `key` names the fact: the same key is the same invoice, however often it is asked for."""

    key: str
    about: str
    subject: str
    buyer: Buyer
    items: Sequence[Item]
    period_start: date | None = None
    period_end: date | None = None
    delivered_on: date | None = None
    paid: Paid | None = None


@dataclass(frozen=True)
class Sold:
    """What the app that sold says about an issued document: whom to write to, where it is read, what is joined to a reminder."""

    title: str
    # Where its payer reads it without an account, made when a letter says it and not before; and where staff do.
    page: str | Callable[[], str]
    staff_page: str = ""
    # Where its contacts do, signed in: the payer's own address is for letters alone.
    space: str = ""
    to: str = ""
    cc: str = ""
    greeting: str = "Bonjour"
    reader: Any = None
    scope: str = ""
    # False: the app that sold announces this document itself, in a letter that says more; receipts and reminders stay ours.
    announces: bool = True
    enclosures: Callable[[], Sequence[Attachment]] = field(default=lambda: (), compare=False)

    @property
    def address(self) -> str:
        """The page of its payer, for a letter to them."""
        return self.page() if callable(self.page) else self.page


# (invoice) -> what is known of it, by the app whose sale it was; None when it is another's.
SOLD: Registry[Callable[["Invoice"], Sold | None]] = Registry()


def sold(invoice: Invoice) -> Sold | None:
    """Return what the app that sold says of an invoice."""
    return next((found for tell in SOLD if (found := tell(invoice))), None)
