"""Who is invoiced, from the register: the body, what its rules ask for, and how its invoices travel (R13)."""

from billing.sale import Buyer
from organisations.models import Organisation
from organisations.states import PUBLIC_KINDS


def from_register(
    body: Organisation, *, payer_siret: str = "", service_code: str = "", commitment_number: str = "", contract_number: str = ""
) -> Buyer:
    """Return the buyer that a body of the register is.

    A body that has another SIRET pay says which one: its own never stands in for it, even when nothing was typed.
    """
    own = "" if body.needs_payer_siret else body.siret
    return Buyer(
        name=body.name,
        siret=payer_siret or own,
        address=body.address,
        postcode=body.postcode,
        city=body.city or body.commune_name,
        service_code=service_code.strip(),
        commitment_number=commitment_number.strip(),
        contract_number=contract_number.strip(),
        payment_days=body.payment_days,
        via_chorus=body.kind in PUBLIC_KINDS,
        organisation=body,
    )
