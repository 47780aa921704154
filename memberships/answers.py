"""What the bulletin asks: the names of its fields, how it is typed and kept, how it is read out. One list for form, draft and pages."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from core.numbers import compact, spaced
from memberships.addressing import ADDRESS, address_line, address_of
from memberships.bulletins import ROLES, Bulletin, Person
from memberships.states import Signature
from organisations.models import Organisation
from organisations.reference import communes
from organisations.states import ContactRole, Kind

# Which year, which body: the first step.
BODY = ("year", "siret", "name", "kind", "commune", "population")
PERSON = ("first_name", "last_name", "job", "email", "phone")
PREFIX = {ContactRole.GENERAL: "general", ContactRole.FINANCE: "finance", ContactRole.VOTING: "voting"}
# Who holds a role that somebody else holds already: « la même personne que… ».
OTHER, LATER = "OTHER", "LATER"
SAME = {ContactRole.FINANCE: "finance_is", ContactRole.VOTING: "voting_is"}
PEOPLE = tuple(f"{prefix}_{name}" for prefix in PREFIX.values() for name in PERSON) + tuple(SAME.values())
SIGNATORY = ("signatory_name", "signatory_job")
PAYER = ("payer_siret", "service_code", "commitment_number")
# The second step.
CONTACTS = (*ADDRESS, *PEOPLE, *SIGNATORY, *PAYER)
NAMES = (*BODY, *CONTACTS)
# Kept beside what is typed: the row of the register that was recognised, the bulletin that is being completed.
BODY_KEY, COMPLETES = "body", "completes"
MOST_CHARACTERS = 5_000
UNNAMED = "à désigner plus tard"

_PERSON_LABELS = {"first_name": "prénom", "last_name": "nom", "job": "fonction", "email": "adresse électronique", "phone": "téléphone"}


def typed_in(post: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, str]:
    """Keep what was typed in these fields, without the characters no database stores; far more than any honest answer is cut out whole."""
    typed = {name: storable(str(post.get(name) or "")) for name in names}
    return {name: text if len(text) <= MOST_CHARACTERS else "" for name, text in typed.items()}


def storable(text: str) -> str:
    return "".join(character for character in text if unicodedata.category(character) not in ("Cc", "Cs"))


def is_empty(typed: Mapping[str, str]) -> bool:
    return not any(str(text).strip() for text in typed.values())


def people_in(answers: Mapping[str, Any]) -> dict[str, Person]:
    """Return who holds each role, whoever was said to be « la même personne »."""
    people: dict[str, Person] = {}
    for role in ROLES:
        chosen = str(answers.get(SAME[role]) or "") if role in SAME else OTHER
        if chosen in people:
            people[role] = people[chosen]
        elif chosen != LATER:
            people[role] = Person(**{name: str(answers.get(f"{PREFIX[role]}_{name}") or "").strip() for name in PERSON})
    return {role.value: people[role] for role in ROLES if role in people}


def bulletin_of(answers: Mapping[str, Any], body: Organisation | None, *, signature: str) -> Bulletin:
    """Return the bulletin that cleaned answers make."""
    return Bulletin(
        body=body,
        name=str(answers.get("name") or ""),
        siret=compact(str(answers.get("siret") or "")),
        kind=str(answers.get("kind") or ""),
        commune=str(answers.get("commune") or ""),
        population=answers.get("population") or None,
        people=people_in(answers),
        signature=signature,
        **{name: str(answers.get(name) or "") for name in (*SIGNATORY, *PAYER, *ADDRESS)},
    )


def read_out(bulletin: Bulletin) -> list[tuple[str, str]]:
    """Return what the bulletin says, each thing with its label, in the order of the form."""
    body = bulletin.body
    shown = [("Organisme", body.name if body else bulletin.name), ("SIRET", spaced(bulletin.siret or (body.siret if body else "")))]
    shown.append(("Type", str(Kind(body.kind if body else bulletin.kind).label)))
    if not body and (place := communes().get(bulletin.commune)):
        shown.append(("Commune", place.name))
    shown.append(("Adresse", address_line([getattr(bulletin, name) for name in ADDRESS])))
    shown += [(ContactRole(role).label.capitalize(), in_words(person)) for role, person in bulletin.people.items()]
    if ContactRole.VOTING not in bulletin.people:
        shown.append((ContactRole.VOTING.label.capitalize(), UNNAMED))
    shown.append(("Signataire", ", ".join(filter(None, (bulletin.signatory_name, bulletin.signatory_job)))))
    shown += [("SIRET du payeur", spaced(bulletin.payer_siret)), ("Code service", bulletin.service_code)]
    shown.append(("Numéro d’engagement", bulletin.commitment_number))
    if bulletin.signature:
        shown.append(("Signature", str(Signature(bulletin.signature).label)))
    return [(label, text) for label, text in shown if text]


def in_words(person: Person) -> str:
    """« Camille Exemple, directrice, camille@ville.example »."""
    return ", ".join(text for text in (person.full_name, person.job, person.email, person.phone) if text)


def label_of(prefix: str, name: str) -> str:
    return _PERSON_LABELS[name].capitalize()


def as_typed(membership: Any) -> dict[str, str]:
    """Return a bulletin as the form would send it, to be completed."""
    people = membership.bulletin.get("people", {})
    typed = {f"{PREFIX[role]}_{name}": people.get(role, {}).get(name, "") for role in ROLES for name in PERSON}
    for role, field in SAME.items():
        twin = next((other for other in ROLES if other != role and people.get(role) and people.get(other) == people[role]), None)
        earlier = twin if twin and ROLES.index(twin) < ROLES.index(role) else None
        typed[field] = str(earlier) if earlier else (OTHER if people.get(role) else LATER)
    typed |= address_of(membership)
    return typed | {name: str(getattr(membership, name)) for name in (*SIGNATORY, *PAYER)}
