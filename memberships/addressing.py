"""Where the payer of a membership is: as its register says, unless its bulletin or its finance department said otherwise (R6).

The invoice needs it. What is the same as the register is not kept a second time: a body that moves is followed.
"""

from collections.abc import Mapping, Sequence

from memberships.models import Membership
from organisations.models import Organisation

ADDRESS = ("payer_address", "payer_postcode", "payer_city")


def address_of(membership: Membership, body: Organisation | None = None) -> dict[str, str]:
    """Return the address its invoice goes to: its own when one was given, else that of the body."""
    own = {name: str(getattr(membership, name)) for name in ADDRESS}
    return own if any(own.values()) else registered(body or membership.organisation)


def registered(body: Organisation) -> dict[str, str]:
    """Return what the register says, on one line; nothing of it for a body it does not place."""
    street = ", ".join(line.strip() for line in body.address.splitlines() if line.strip())
    return dict(zip(ADDRESS, (street, body.postcode, body.city or body.commune_name), strict=True))


def own_address(body: Organisation, said: Mapping[str, str]) -> dict[str, str]:
    """Return what is kept on the membership of the address somebody gave: nothing when the register says the same."""
    given = {name: str(said.get(name) or "").strip() for name in ADDRESS}
    return dict.fromkeys(ADDRESS, "") if given == registered(body) else given


def complete_register(body: Organisation, membership: Membership) -> bool:
    """Give a body without address the one of its accepted bulletin, which no longer keeps it apart; say whether it did. Not saved."""
    own = [str(getattr(membership, name)) for name in ADDRESS]
    if body.address or body.postcode or body.city or not any(own):
        return False
    body.address, body.postcode, body.city = own
    for name in ADDRESS:
        setattr(membership, name, "")
    return True


def address_line(parts: Sequence[str]) -> str:
    """« 1 place d’Exemple, 35000 Rennes »."""
    street, postcode, city = parts
    return ", ".join(text for text in (street, f"{postcode} {city}".strip()) if text)
