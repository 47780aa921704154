"""What is read over before an order is sent, and how the page keeps what was typed without keeping it anywhere."""

from bookings.asks import Ask
from bookings.forms import TRAP, OrderForm
from bookings.letter_words import places
from bookings.states import InvoiceBy, Payer
from core.numbers import spaced
from organisations.models import Organisation

_PAYERS = {Payer.PUBLIC: "organisme public, après la journée", Payer.PERSON: "vous-même, avant la journée"}


def copy_of(ask: Ask, body: Organisation | None, *, is_free: bool = False) -> list[tuple[str, str]]:
    """Every answer, in words; what was left empty is left out, and what is paid when nothing is."""
    rows = [*_coming(ask), *([("Organisme", "" if ask.payer == Payer.PERSON else ask.payer_name)] if is_free else _paying(ask, body))]
    return [(label, text) for label, text in rows if text]


def _paying(ask: Ask, body: Organisation | None) -> list[tuple[str, str]]:
    address = ", ".join(part for part in (ask.payer_address, f"{ask.payer_postcode} {ask.payer_city}".strip()) if part)
    return [
        ("Qui paie", f"{ask.payer_name} ({_PAYERS.get(ask.payer, 'avant la journée')})"),
        ("SIRET", spaced(ask.payer_siret) + (" (connu de notre répertoire)" if body else "") if ask.payer_siret else ""),
        ("Adresse", address),
        ("Numéro de commande", ask.commitment_number),
        ("Code service", ask.service_code),
        ("Numéro de marché", ask.contract_number),
        ("Service financier", ask.finance_email),
        ("Facturation", str(InvoiceBy(ask.invoice_by).label) if ask.places > 1 else ""),
        ("Paiement", _payment(ask)),
    ]


def _coming(ask: Ask) -> list[tuple[str, str]]:
    named = "\n".join(", ".join(part for part in (who.name, who.email, who.job) if part) for who in ask.people)
    missing = ask.places - len(ask.people)
    to_name = f"{places(missing)} à nommer plus tard" if missing else ""
    return [
        ("Vous", "\n".join(part for part in (ask.name, ask.email, ask.phone) if part)),
        ("Places", places(ask.places)),
        ("Qui vient", "\n".join(part for part in (named, to_name) if part)),
    ]


def _payment(ask: Ask) -> str:
    if ask.payer == Payer.PUBLIC:
        return ""
    return "par carte : places tenues trente minutes" if ask.by_card else "par virement : places tenues quinze jours"


def typed_again(form: OrderForm) -> list[tuple[str, str]]:
    """What was typed, as hidden fields: sent with the last word, or given back by « Corriger »."""
    return [(name, value) for name in form.fields for value in form.data.getlist(name) if name != TRAP]  # type: ignore[attr-defined]
