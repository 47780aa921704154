"""What somebody asks for when they order, before it is a row."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from accounts.models import normalise
from bookings.models import Booking, Seat
from bookings.states import InvoiceBy, Payer
from core.folding import fold
from core.refusals import Refused
from organisations.models import Organisation
from programmes.models import TrainingSession

PAYING = (
    "payer", "payer_name", "payer_siret", "payer_address", "payer_postcode", "payer_city", "service_code", "commitment_number",
    "contract_number", "finance_email", "invoice_by", "by_card", "body",
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    """Who comes, as far as it is known."""

    name: str = ""
    email: str = ""
    job: str = ""
    needs: str = ""


@dataclass(frozen=True)
class Ask:
    """An order to be. `takes_left`: take what is left now rather than wait for all; `takes_fewer`: while waiting, take a smaller offer."""

    email: str
    name: str
    payer: Payer
    payer_name: str
    phone: str = ""
    places: int = 1
    people: tuple[Person, ...] = ()
    takes_left: bool = False
    takes_fewer: bool = False
    body: Organisation | None = None
    payer_siret: str = ""
    payer_address: str = ""
    payer_postcode: str = ""
    payer_city: str = ""
    service_code: str = ""
    commitment_number: str = ""
    contract_number: str = ""
    finance_email: str = ""
    invoice_by: InvoiceBy = InvoiceBy.ORDER
    by_card: bool = False

    def for_places(self, places: int) -> "Ask":
        return replace(self, places=places)

    def row(self, session: TrainingSession) -> Booking:
        """The order it is, without price, dates nor link."""
        said = {name: getattr(self, name) for name in PAYING}
        return Booking(
            session=session, email=normalise(self.email), name=self.name, phone=self.phone, asked=self.places,
            takes_fewer=self.takes_fewer, **said,
        )  # fmt: skip

    def seats(self) -> list[Seat]:
        """Its places, the first ones named."""
        people = [*self.people, *(Person() for _ in range(self.places))][: self.places]
        return [
            Seat(rank=rank, name=who.name, email=normalise(who.email), job=who.job, needs=who.needs) for rank, who in enumerate(people, 1)
        ]


def refuse_odd(ask: Ask, session: TrainingSession) -> None:
    """What no day could give: more places than it has, more names than places, somebody twice."""
    if ask.places > session.seats:
        raise Refused(f"La journée n’a que {_places(session.seats)} en tout\u202f: vous en demandez {ask.places}.")
    if ask.places < 1:
        raise Refused("Demandez au moins une place.")
    named = [who for who in ask.people if who.name or who.email]
    if len(named) > ask.places:
        raise Refused(f"Vous nommez {len(named)} personnes pour {_places(ask.places)}\u202f: demandez plus de places, ou nommez-en moins.")
    if twice := said_twice(named):
        raise Refused(f"{twice} est dans la liste deux fois\u202f: une place par personne.")


def said_twice(people: Iterable[Person]) -> str:
    """Who is named twice: the same address, or the same name unless two addresses tell them apart."""
    seen: dict[str, set[str]] = {}
    emails: dict[str, str] = {}
    for who in people:
        name, email = fold(who.name), normalise(who.email)
        if email and email in emails:
            return who.name if who.name and emails[email] == name else email
        if name in seen and (not email or "" in seen[name]):
            return who.name
        emails[email] = name
        if name:
            seen.setdefault(name, set()).add(email)
    return ""


def _places(count: int) -> str:
    return f"{count}\u00a0place{'s' if count > 1 else ''}"
