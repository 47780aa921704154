"""The columns of an import, and how each cell is read: in French, as people write it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError

from accounts.models import normalise
from core.numbers import compact, validate_siren, validate_siret
from core.refusals import Refused
from core.spreadsheets import is_formula
from core.typography import grouped
from organisations.models import validate_commune
from organisations.naming import typeset, words_of
from organisations.regions import Region, region_named, region_of_code
from organisations.states import Branch, ContactRole, Kind

KINDS = {Kind(value): label for value, label in Kind.choices}
_ROLES = {"général": ContactRole.GENERAL, "general": ContactRole.GENERAL, "finances": ContactRole.FINANCE, "vote": ContactRole.VOTING}
_YES, _NO = frozenset({"oui", "o", "x", "1", "vrai"}), frozenset({"non", "n", "0", "faux"})
_PHONE = frozenset("0123456789 .+-()/")
APART = "|"


@dataclass(frozen=True)
class Column:
    heading: str
    read: Callable[[str], Any]
    example: str = ""


def plain(column: str, text: str) -> str:
    """Return a cell as one line; refuse what a spreadsheet would run: nothing that we keep begins so but a telephone number."""
    text = " ".join(text.split())
    if is_formula(text) and not (column == "phone" and set(text) <= _PHONE):
        raise Refused("cette cellule commence comme une formule de tableur : retapez sa valeur.")
    return text


def line_of(most: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        if len(text) > most:
            raise Refused(f"{grouped(most)} caractères au plus, il y en a {grouped(len(text))}.")
        return text

    return read


def _name(text: str) -> str:
    return typeset(line_of(200)(text))


def _siren(text: str) -> str:
    validate_siren(text)
    return compact(text)


def _siret(text: str) -> str:
    if "E+" in text.upper():
        raise Refused("le tableur a arrondi ce SIRET : mettez la colonne au format « texte » et retapez-le.")
    validate_siret(text)
    return compact(text)


def _kind(text: str) -> Kind:
    wanted = words_of(text)
    if found := next((kind for kind, label in KINDS.items() if wanted in (words_of(label), kind.value.lower())), None):
        return found
    raise Refused(f"« {text} » n’est pas un type connu : {', '.join(KINDS.values())}.")


def _branch(text: str) -> Branch:
    wanted = words_of(text)
    names = {words_of(branch.label): branch for branch in Branch} | {"fpe": Branch.STATE, "fpt": Branch.LOCAL, "fph": Branch.HOSPITAL}
    if found := names.get(wanted):
        return found
    raise Refused(f"« {text} » : écrivez État, Territoriale ou Hospitalière.")


def _category(text: str) -> str:
    if not (text.isascii() and text.isdigit() and len(text) == len("7210")):
        raise Refused("un code INSEE de 4 chiffres, par exemple 7210 pour une commune.")
    return text


def _commune(text: str) -> str:
    # A spreadsheet drops the zero of 01053.
    code = text.upper().zfill(5)
    validate_commune(code)
    return code


def _region(text: str) -> Region:
    if found := region_of_code(text.zfill(2)) or region_named(text):
        return found
    raise Refused(f"« {text} » n’est pas une région, ni d’aujourd’hui, ni d’avant 2016.")


def _yes_or_no(text: str) -> bool:
    wanted = words_of(text)
    if wanted not in _YES | _NO:
        raise Refused(f"« {text} » : écrivez oui ou non.")
    return wanted in _YES


def _list(text: str) -> list[str]:
    return [_name(name) for name in text.split(APART) if name.strip()]


def _codes(text: str) -> list[tuple[str, str]]:
    """« SRV01 = Direction des finances | SRV02 »."""
    pairs = [part.partition("=") for part in text.split(APART) if part.strip()]
    return [(line_of(100)(code.strip()), line_of(200)(label.strip())) for code, _, label in pairs]


def _role(text: str) -> ContactRole:
    labels = {words_of(role.label): role for role in ContactRole} | {words_of(name): role for name, role in _ROLES.items()}
    if found := labels.get(words_of(text)):
        return found
    raise Refused(f"« {text} » n’est pas un rôle : écrivez général, finances ou vote.")


def _email(text: str) -> str:
    from django.core.validators import validate_email

    try:
        validate_email(text)
    except ValidationError:
        raise Refused(f"« {text[:80]} » n’est pas une adresse électronique.") from None
    return normalise(line_of(254)(text))


def _phone(text: str) -> str:
    if not set(text) <= _PHONE:
        raise Refused("un numéro de téléphone : des chiffres, des espaces, un + au début.")
    return line_of(30)(text)


def day(text: str) -> date:
    for form in ("%d/%m/%Y", "%Y-%m-%d", "%d.%m.%Y", "%d/%m/%y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day, no moment
        except ValueError:
            continue
    raise Refused(f"« {text} » n’est pas une date : écrivez-la comme 31/12/2027.")


COLUMNS: dict[str, Column] = {
    "name": Column("Nom", _name, "Ville d’Exemple"),
    "kind": Column("Type", _kind, "commune"),
    "siren": Column("SIREN", _siren),
    "siret": Column("SIRET", _siret),
    "legal_category": Column("Catégorie juridique", _category, "7210"),
    "branch": Column("Fonction publique", _branch, "Territoriale"),
    "commune": Column("Commune (code INSEE)", _commune),
    "region": Column("Région", _region, "Bretagne"),
    "address": Column("Adresse", line_of(500), "1 place d’Exemple"),
    "postcode": Column("Code postal", line_of(10)),
    "city": Column("Ville", line_of(80), "Exemple"),
    "needs_service_code": Column("Code service obligatoire", _yes_or_no, "oui"),
    "needs_commitment": Column("Engagement obligatoire", _yes_or_no, "non"),
    "aliases": Column("Autres noms", _list, "Mairie d’Exemple | VE"),
    "service_codes": Column("Codes service", _codes, "FIN = Direction des finances"),
    "role": Column("Contact : rôle", _role, "finances"),
    "last_name": Column("Contact : nom", line_of(80), "Exemple"),
    "first_name": Column("Contact : prénom", line_of(80), "Camille"),
    "job": Column("Contact : fonction", line_of(160), "responsable des achats"),
    "email": Column("Contact : adresse électronique", _email, "finances@ville.example"),
    "phone": Column("Contact : téléphone", _phone, "01 99 00 00 00"),
    "starts_on": Column("Contact : depuis le", day, "01/01/2027"),
    "ends_on": Column("Contact : jusqu’au", day),
}
CONTACT = ("role", "last_name", "first_name", "job", "email", "phone", "starts_on", "ends_on")
LISTS = ("aliases", "service_codes")
# What is a column of the body's own row.
ORGANISATION = tuple(name for name in COLUMNS if name not in (*CONTACT, *LISTS)) + ("payment_days",)
HEADINGS = {column.heading: name for name, column in COLUMNS.items()}
# Added to the rows given back: read again, it says nothing.
REASON = "Motif du refus"
