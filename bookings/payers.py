"""Where whoever pays is: what was typed, completed by the register as long as both say the same place."""

from collections.abc import Mapping
from typing import Any

from core.folding import fold
from memberships.addressing import ADDRESS, registered
from organisations.models import Organisation

MISSING = {
    "payer_address": "Donnez l’adresse : numéro et voie, ou nom du bâtiment.",
    "payer_postcode": "Donnez le code postal.",
    "payer_city": "Donnez la ville.",
}


def completed(typed: Mapping[str, Any], body: Organisation) -> dict[str, str]:
    """Return the address of an order: what was left empty is what the register knows, unless something typed is of another place."""
    said = {name: str(typed.get(name) or "").strip() for name in ADDRESS}
    known = registered(body)
    if any(said[name] and known[name] and fold(said[name]) != fold(known[name]) for name in ADDRESS):
        return said
    return {name: said[name] or known[name] for name in ADDRESS}


def missing(said: Mapping[str, Any], body: Organisation | None) -> dict[str, str]:
    """Return what is asked for of the address an invoice prints, in words; of a known body, why it is asked."""
    wanted = {name: words for name, words in MISSING.items() if not said.get(name)}
    if body and "payer_address" in wanted:
        wanted["payer_address"] += f" {_why(body)}"
    return wanted


def _why(body: Organisation) -> str:
    """The register knows no street; or it does, of another place than what was typed (`completed`)."""
    known = registered(body)
    if not known["payer_address"]:
        return f"Notre répertoire ne la connaît pas pour «\u00a0{body.name}\u00a0»."
    there = " ".join(filter(None, [known["payer_postcode"], known["payer_city"]]))
    return f"Notre répertoire en connaît une autre pour «\u00a0{body.name}\u00a0», à {there}\u00a0: il ne complète pas celle-ci."
