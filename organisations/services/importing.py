"""Importing organisations and contacts from a table: each row is planned without writing, then written, or refused cell by cell.

Replay-safe: the same file twice changes nothing, a corrected file changes what was corrected. An empty cell says nothing:
it never erases. A role that somebody ended is not begun again by an old file.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from core.refusals import Refused
from organisations import cells
from organisations.cells import COLUMNS, CONTACT, ORGANISATION, Column
from organisations.models import Alias, Contact, Organisation, ServiceCode
from organisations.naming import is_plainer, key_of, words_of
from records.services import record

Values = dict[str, Any]
ALREADY = "Un autre organisme a pris ce SIRET pendant l’import : recommencez."


@dataclass
class RowPlan:
    """What a row will do: to which body, what changes, or what is wrong, cell by cell."""

    number: int
    label: str
    errors: list[tuple[str, str]] = field(default_factory=list)
    body: Organisation | None = None
    is_new: bool = False
    changes: dict[str, list[Any]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    codes: list[tuple[str, str]] = field(default_factory=list)
    contact: Contact | None = None
    contact_changes: dict[str, list[Any]] = field(default_factory=dict)
    note: str = ""
    before: Values = field(default_factory=dict)

    @property
    def known_body(self) -> Organisation:
        """The body, once it was found or begun."""
        if self.body is None:
            raise Refused("Cette ligne ne dit pas de quel organisme elle parle.")
        return self.body

    def take_back(self) -> None:
        """Forget what was tried on the body in memory: the rows that follow may speak of it."""
        for name, value in self.before.items():
            setattr(self.known_body, name, value)

    @property
    def is_void(self) -> bool:
        """Nothing to write."""
        return not (self.is_new or self.changes or self.names or self.codes or self.contact_changes)

    def words(self, *, written: bool = True) -> str:
        """What is told of the row: what was done, or what a trial says would be."""
        if self.errors:
            return " ".join(f"{column} : {message}" for column, message in self.errors)
        if self.is_void:
            return self.note or "rien à changer"
        added, changed = ("ajouté", "changé") if written else ("à ajouter", "à changer")
        parts = [f"organisme {added}" if self.is_new else ""]
        parts.append(f"{changed} : {', '.join(self.changes)}" if self.changes and not self.is_new else "")
        parts.append(f"autres noms : {', '.join(self.names)}" if self.names else "")
        parts.append(f"codes service : {', '.join(code for code, _ in self.codes)}" if self.codes else "")
        if self.contact_changes and self.contact:
            parts.append(f"contact {changed if self.contact.pk else added} : {self.contact}")
        return " ; ".join(part for part in [*parts, self.note] if part)


class Register:
    """The register in memory, kept in step with the rows planned: ten thousand rows ask a handful of queries.

    Bodies are told apart by themselves, not by their keys: those to come have none, and all live as long as the register.
    """

    def __init__(self) -> None:
        self.by_siret: dict[str, Organisation] = {}
        self.by_key: dict[str, dict[int, Organisation]] = defaultdict(dict)
        self.aliases: dict[int, set[str]] = defaultdict(set)
        self.codes: dict[int, set[str]] = defaultdict(set)
        self.contacts: dict[int, list[Contact]] = defaultdict(list)
        rows = {row.pk: row for row in Organisation.objects.order_by("pk")}
        standing = {pk: rows.get(row.merged_into_id or pk, row) for pk, row in rows.items()}
        for pk, row in rows.items():
            self.learn(row, of=standing[pk])
        for alias in Alias.objects.order_by("pk"):
            self.learn_name(standing[alias.organisation_id], alias.key)
        for code in ServiceCode.objects.order_by("pk"):
            self.codes[id(standing[code.organisation_id])].add(code.code)
        for contact in Contact.objects.order_by("pk"):
            self.contacts[id(standing[contact.organisation_id])].append(contact)

    def learn(self, row: Organisation, *, of: Organisation | None = None) -> None:
        body = of or row
        if row.siret:
            self.by_siret[row.siret] = body
        self.by_key[key_of(row.name)][id(body)] = body

    def learn_name(self, body: Organisation, key: str) -> None:
        self.aliases[id(body)].add(key)
        self.by_key[key][id(body)] = body


class Importer:
    """Plans rows one after the other; `write` does what was planned. A table that holds more adds its columns and its steps."""

    columns: Mapping[str, Column] = COLUMNS

    def __init__(self) -> None:
        self.register = Register()

    def steps(self) -> Sequence[Callable[[Values, RowPlan], None]]:
        return (self._find_body, self._plan_body, self._plan_lists, self._plan_contact)

    def begun(self, number: int, row: dict[str, str]) -> RowPlan:
        return RowPlan(number, _label(row))

    def write(self, plan: RowPlan, *, by_name: str, by_id: str, now: datetime, note: str) -> None:
        write(plan, by_name=by_name, by_id=by_id, now=now, note=note)

    def plan(self, number: int, row: dict[str, str], beyond: Iterable[str] = ()) -> RowPlan:
        """Return what a row would do; what it adds is known to the rows after it."""
        plan = self.begun(number, row)
        values = self._read(row, plan)
        plan.errors += [("Ligne", f"une cellule de trop : « {cell[:40]} ».") for cell in beyond]
        for step in self.steps():
            if plan.errors:
                break
            step(values, plan)
        if plan.errors:
            plan.take_back()
        else:
            self._keep(plan)
        return plan

    def _read(self, row: dict[str, str], plan: RowPlan) -> Values:
        """Return the values of the filled cells; each bad one is an error under its heading."""
        values: Values = {}
        for column, text in row.items():
            if not text or not column:
                continue
            heading = self.columns[column].heading
            try:
                values[column] = self.columns[column].read(cells.plain(column, text))
            except (ValidationError, Refused) as error:
                told = error.messages[0] if isinstance(error, ValidationError) else str(error)
                plan.errors.append((heading, told))
        return values

    # --- The body ---------------------------------------------------------------------------------------

    def _find_body(self, values: Values, plan: RowPlan) -> None:
        """By its SIRET, else by its one name; else it is new."""
        siret, name = values.get("siret", ""), values.get("name", "")
        if siret and siret in self.register.by_siret:
            plan.body = self.register.by_siret[siret]
            return
        named = list(self.register.by_key.get(key_of(name), {}).values()) if name else []
        fitting = [body for body in named if not siret or not body.siret]
        if len(fitting) > 1:
            plan.errors.append((COLUMNS["name"].heading, f"{len(fitting)} organismes portent ce nom : donnez le SIRET."))
        elif fitting:
            plan.body = fitting[0]
        elif not name:
            plan.errors.append((COLUMNS["name"].heading, "donnez un nom, ou le SIRET d’un organisme du répertoire."))
        else:
            plan.body, plan.is_new = Organisation(), True

    def _plan_body(self, values: Values, plan: RowPlan) -> None:
        body = plan.known_body
        plan.before = {name: getattr(body, name) for name in ORGANISATION}
        for name in ORGANISATION:
            if name in values and (name != "name" or plan.is_new or _corrects(values["name"], body.name)):
                setattr(body, name, values[name])
        if plan.is_new or body.legal_category != plan.before["legal_category"]:
            body.take_defaults()
        plan.errors += _errors_of_body(body)
        if values.get("siren") and body.siret and not body.siret.startswith(values["siren"]):
            plan.errors.append((COLUMNS["siren"].heading, "le SIRET ne commence pas par ce SIREN."))
        body.derive(())
        changed = {name: _pair(plan.before[name], getattr(body, name)) for name in ORGANISATION}
        plan.changes = {_heading(name): pair for name, pair in changed.items() if pair[0] != pair[1]}

    def _plan_lists(self, values: Values, plan: RowPlan) -> None:
        """Names and codes are added, never taken away."""
        body = plan.known_body
        held, codes = self.register.aliases[id(body)] | {key_of(body.name)}, self.register.codes[id(body)]
        written = list(values.get("aliases", []))
        if not plan.is_new and "name" in values and key_of(values["name"]) != key_of(body.name):
            written.append(values["name"])
        plan.names = list({key_of(name): name for name in written if key_of(name) and key_of(name) not in held}.values())
        plan.codes = [(code, label) for code, label in dict(values.get("service_codes", [])).items() if code not in codes]

    # --- The contact --------------------------------------------------------------------------------------

    def _plan_contact(self, values: Values, plan: RowPlan) -> None:
        body = plan.known_body
        given = {name: values[name] for name in CONTACT if name in values}
        if not given.keys() - {"role"}:
            return
        contact = self._known_contact(body, given)
        if contact and contact.ends_on and not _is_same_or_later(given, contact):
            plan.note = f"le rôle de {contact} a pris fin le {contact.ends_on:%d/%m/%Y} : laissé ainsi"
            return
        if contact and contact.ends_on and given.get("starts_on") and given["starts_on"] > contact.ends_on:
            contact = None
        contact = contact or Contact(organisation=body if body.pk else None)
        before = {name: getattr(contact, name) for name in CONTACT}
        for name, value in given.items():
            setattr(contact, name, value)
        errors = _errors_of(contact)
        if errors:
            plan.errors += errors
            for name, value in before.items():
                setattr(contact, name, value)
            return
        changed = {name: _pair(before[name], getattr(contact, name)) for name in CONTACT}
        changed = {COLUMNS[name].heading: pair for name, pair in changed.items() if pair[0] != pair[1]}
        if changed or not contact.pk:
            plan.contact, plan.contact_changes = contact, changed

    def _known_contact(self, body: Organisation, given: Values) -> Contact | None:
        """The same person in the same role: by address, else by name; the one still in it first."""
        role = given.get("role", Contact._meta.get_field("role").default)
        rows = [row for row in self.register.contacts[id(body)] if row.role == role and _is_same_person(row, given)]
        return min(rows, key=lambda row: (row.ends_on is not None, -(row.ends_on or date.min).toordinal()), default=None)

    def _keep(self, plan: RowPlan) -> None:
        """Let the rows that follow know what this one does."""
        body = plan.body
        if body is None:
            return
        self.register.learn(body)
        for name in plan.names:
            self.register.learn_name(body, key_of(name))
        self.register.codes[id(body)] |= {code for code, _ in plan.codes}
        if plan.contact is not None and plan.contact not in self.register.contacts[id(body)]:
            self.register.contacts[id(body)].append(plan.contact)


def _corrects(name: str, kept: str) -> bool:
    """Another name of the body is no new name for it; accents and capitals are added, never lost."""
    return words_of(name) == words_of(kept) and not is_plainer(name, kept)


def _label(row: dict[str, str]) -> str:
    return (row.get("name") or row.get("siret") or row.get("email") or "sans nom")[:120]


def _heading(name: str) -> str:
    return COLUMNS[name].heading if name in COLUMNS else "Délai de paiement"


def _pair(before: Any, after: Any) -> list[str]:
    return [_shown(before), _shown(after)]


def _errors_of_body(body: Organisation) -> list[tuple[str, str]]:
    errors = []
    try:
        body.clean_fields(exclude=None if body.kind else ["kind"])
    except ValidationError as error:
        errors += [(_heading(name) if name in ORGANISATION else "Ligne", told[0]) for name, told in error.message_dict.items()]
    if not body.kind:
        errors.append((COLUMNS["kind"].heading, f"dites le type : {', '.join(cells.KINDS.values())}."))
    return errors


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else str(value if value is not None else "")


def _is_same_person(row: Contact, given: Values) -> bool:
    if given.get("email") and row.email:
        return bool(row.email == given["email"])
    name = words_of(given.get("first_name", ""), given.get("last_name", "")) or words_of(given.get("job", ""))
    return bool(name) and name == (words_of(row.first_name, row.last_name) or words_of(row.job))


def _is_same_or_later(given: Values, contact: Contact) -> bool:
    """The same ended role, told again; or one begun after it ended."""
    if given.get("ends_on") == contact.ends_on:
        return True
    return bool(given.get("starts_on") and contact.ends_on and given["starts_on"] > contact.ends_on)


def _errors_of(contact: Contact) -> list[tuple[str, str]]:
    try:
        contact.clean_fields(exclude=["organisation", "account"])
        contact.clean()
    except ValidationError as error:
        return [(COLUMNS[name].heading if name in COLUMNS else "Contact", told[0]) for name, told in error.message_dict.items()]
    if not (contact.email or contact.last_name or contact.job):
        return [(COLUMNS["email"].heading, "donnez au moins une adresse électronique, un nom ou une fonction.")]
    if contact.starts_on and contact.ends_on and contact.ends_on < contact.starts_on:
        return [(COLUMNS["ends_on"].heading, "le dernier jour vient avant le premier.")]
    return []


def write(plan: RowPlan, *, by_name: str, by_id: str, now: datetime, note: str) -> None:
    """Write what a row planned, in one transaction, with its acts."""
    body = plan.body
    if body is None or plan.errors or plan.is_void:
        return
    try:
        with transaction.atomic():
            _write_body(plan, body)
            told = Author(by_id, by_name)
            if plan.is_new or plan.changes or plan.names or plan.codes:
                record("ajout" if plan.is_new else "modification", body, by=told, now=now, note=note, changes=_all_changes(plan))
            if plan.contact is not None and plan.contact_changes:
                verb = "modification" if plan.contact.pk else "ajout"
                plan.contact.organisation = body
                plan.contact.save()
                record(verb, plan.contact, by=told, now=now, note=note, changes=plan.contact_changes)
    except IntegrityError:
        raise Refused(ALREADY) from None


@dataclass(frozen=True)
class Author:
    """Who asked for the work, as the journal writes it."""

    pk: str
    name: str

    def __str__(self) -> str:
        return self.name


def _write_body(plan: RowPlan, body: Organisation) -> None:
    if plan.is_new or plan.changes:
        body.save(**({} if plan.is_new else {"update_fields": list(ORGANISATION)}))
    for name in plan.names:
        Alias.objects.get_or_create(organisation=body, key=key_of(name), defaults={"name": name})
    for code, label in plan.codes:
        ServiceCode.objects.get_or_create(organisation=body, code=code, defaults={"label": label})
    if plan.names:
        body.save(update_fields=["search"])


def _all_changes(plan: RowPlan) -> dict[str, list[Any]]:
    lists = {"autres noms": plan.names, "codes service": [code for code, _ in plan.codes]}
    return plan.changes | {name: ["", ", ".join(added)] for name, added in lists.items() if added}
