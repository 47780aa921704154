"""What a bulletin says: which body, who to write to, who signs, what its accountant needs on the invoice.

It waits on the membership until the team accepts it; only then do its contacts enter the register, so that nobody gives themselves
a role in a body by typing its SIRET.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

from memberships.states import CATEGORY_OF, Category, Signature
from organisations.models import Organisation
from organisations.states import ContactRole, Kind

# In the order of the form and of the bulletin.
ROLES = (ContactRole.GENERAL, ContactRole.FINANCE, ContactRole.VOTING)
NOT_OPEN_TO = (
    "L’adhésion est ouverte aux collectivités territoriales, aux ministères et aux établissements publics. "
    "Pour tout autre organisme, écrivez-nous."
)


@dataclass(frozen=True)
class Person:
    """Somebody of the body, in one role or several."""

    first_name: str = ""
    last_name: str = ""
    job: str = ""
    email: str = ""
    phone: str = ""

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True)
class Bulletin:
    """A bulletin as sent. `body` is the row of the register it is about; None: one to be made from `name`, `kind`, `commune`."""

    body: Organisation | None = None
    name: str = ""
    siret: str = ""
    kind: str = ""
    commune: str = ""
    population: int | None = None
    people: dict[str, Person] = field(default_factory=dict)
    signatory_name: str = ""
    signatory_job: str = ""
    signature: str = ""
    payer_siret: str = ""
    service_code: str = ""
    commitment_number: str = ""
    payer_address: str = ""
    payer_postcode: str = ""
    payer_city: str = ""

    @property
    def category(self) -> Category | None:
        """The category of the body (D1); None when such a body cannot join by itself."""
        return CATEGORY_OF.get(Kind(self.body.kind if self.body else self.kind)) if (self.body or self.kind) else None

    @property
    def is_signed(self) -> bool:
        return self.signature == Signature.ONLINE

    def kept(self) -> dict[str, Any]:
        """Return what is kept of it on the membership, beside its columns."""
        people = {role: asdict(person) for role, person in self.people.items()}
        said = {"name": self.name, "siret": self.siret, "commune": self.commune, "population": self.population}
        return {"people": people, "new": self.body is None, **said}


def people_of(kept: dict[str, Any]) -> dict[str, Person]:
    """Read back who a kept bulletin named, by role, in the order of the form."""
    people = kept.get("people", {})
    return {role: Person(**people[role]) for role in ROLES if role in people}
