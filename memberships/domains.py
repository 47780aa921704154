"""Mail domains as they are compared: « Prénom@Évry.example », « www.ville.example/ » and « VILLE.EXAMPLE. » are a domain each."""

import re

from accounts.models import normalise

_BEFORE = re.compile(r"\A(?:https?://|mailto:)?(?:www\.)?")


def domain_of(address: str) -> str:
    """Return the domain of an address, as ASCII; empty when there is none."""
    return ascii_of(normalise(address).rpartition("@")[2]) if "@" in address else ""


def cleaned(typed: str) -> str:
    """Return the domain that somebody meant: an address, a site, capitals, accents. What is no domain is returned as it stands."""
    text = _BEFORE.sub("", normalise(typed)).rpartition("@")[2]
    return ascii_of(re.split(r"[/?#:]", text)[0].strip(". \t"))


def ascii_of(domain: str) -> str:
    """Return a domain as mail servers compare it: « mairie-évry.example » is « xn--mairie-vry-l4a.example »."""
    try:
        return domain.encode("idna").decode()
    except UnicodeError:  # empty labels, too long: the validator says it in words
        return domain


def shown(domain: str) -> str:
    """Return a domain as people write it."""
    try:
        return domain.encode().decode("idna")
    except UnicodeError:
        return domain
