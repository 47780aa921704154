"""Reading the public registers into ours: régions, départements, intercommunalités. Again and again without doubling."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction

from core.clock import PARIS
from organisations import known
from organisations.models import Alias, Organisation
from organisations.naming import key_of, of_place, typeset
from organisations.reference import departments, read
from organisations.regions import region_of_department
from organisations.states import Branch, Kind
from records.services import record

_ACRONYM = re.compile(r"\(([^()]{2,30})\)")
_EPCI_CATEGORIES = {"CC": "7346", "CA": "7348", "CU": "7343", "METRO": "7344"}


@dataclass(frozen=True)
class Entry:
    """One body of the public registers."""

    reference: str
    name: str
    kind: Kind
    category: str
    region: str
    siren: str = ""
    siret: str = ""
    aliases: tuple[str, ...] = ()


@dataclass
class Loaded:
    """What a reading did."""

    source: str
    created: int = 0
    changed: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


def entries() -> Iterator[Entry]:
    """Every body of the public registers but the communes, which enter one by one (`recognising.adopt_commune`)."""
    for code, (name, siret, aliases) in known.REGIONS.items():
        yield Entry(f"region:{code}", name, Kind.REGION, "7230", code, siret[:9], siret, aliases)
    yield from _departments()
    for siren, name, kind, department in read("epci.json")["lignes"]:
        region, acronyms = region_of_department(department), tuple(_ACRONYM.findall(name))
        yield Entry(
            f"epci:{siren}", typeset(name), Kind.INTERCOMMUNAL, _EPCI_CATEGORIES.get(kind, ""), region or "", siren, aliases=acronyms
        )


def _departments() -> Iterator[Entry]:
    """Départements that have a council of their own; Alsace has one for two."""
    for place in departments().values():
        if place.code in known.NO_COUNCIL or place.code in known.ALSACE:
            continue
        name, siret = f"Département {of_place(place.name, place.link)}", known.DEPARTMENTS.get(place.code, "")
        yield Entry(f"departement:{place.code}", name, Kind.DEPARTMENT, "7220", place.region, siret[:9], siret)
    yield Entry("departement:67-68", known.ALSACE_NAME, Kind.DEPARTMENT, "", "44", aliases=known.ALSACE_ALIASES)


@transaction.atomic
def load_reference(*, now: datetime) -> Loaded:
    """Add what is missing, change what the registers changed, say what they no longer hold. What staff wrote stays."""
    content, wanted = read("epci.json"), list(entries())
    loaded = Loaded(f"{content['source']}, {content['mise_a_jour']}, {content['licence']}")
    rows = list(Organisation.objects.order_by("pk"))
    held = {row.reference: row for row in rows if row.reference}
    unclaimed = {number: row for row in rows if not row.reference and not row.merged_into_id for number in (row.siren, row.siret) if number}
    fresh = []
    for entry in wanted:
        row = held.get(entry.reference) or unclaimed.get(entry.siret or "-") or _same_kind(unclaimed.get(entry.siren or "-"), entry)
        if row is None:
            fresh.append(entry)
        elif _follow(row, entry, now=now):
            loaded.changed.append(row.name)
    _create(fresh)
    loaded.created = len(fresh)
    loaded.gone = _note_gone(held, {entry.reference for entry in wanted}, on=now.astimezone(PARIS).date())
    return loaded


def _same_kind(row: Organisation | None, entry: Entry) -> Organisation | None:
    """A SIREN is shared by establishments: only the body itself is taken for the register's."""
    return row if row and row.kind == entry.kind else None


def _follow(row: Organisation, entry: Entry, *, now: datetime) -> bool:
    """Bring a row to what the registers say now; a name that staff changed stays, and the registers' becomes an alias."""
    before = (row.reference, row.name, row.reference_name, row.siren, row.siret, row.left_reference_on)
    if row.merged_into_id is not None:
        return False
    if row.reference_name in ("", row.name) and row.reference_name != entry.name and row.reference:
        row.name = entry.name
    row.reference, row.reference_name, row.left_reference_on = entry.reference, entry.name, None
    row.siret = row.siret or _free(entry.siret)
    row.siren = row.siren or entry.siren
    row.region = row.region or entry.region
    if before == (row.reference, row.name, row.reference_name, row.siren, row.siret, row.left_reference_on):
        return False
    if key_of(row.name) != key_of(entry.name):
        Alias.objects.get_or_create(organisation=row, key=key_of(entry.name), defaults={"name": entry.name})
    row.save()
    record("modification", row, by=None, now=now, note="D’après les répertoires publics.", changes={"nom": [before[1], row.name]})
    return True


def _free(siret: str) -> str:
    """Another row may hold it: somebody made it by hand, and will unite them."""
    return "" if siret and Organisation.objects.filter(siret=siret).exists() else siret


def _create(fresh: list[Entry]) -> None:
    rows = [_row(entry) for entry in fresh]
    Organisation.objects.bulk_create(rows)
    names = [(row, name) for row, entry in zip(rows, fresh, strict=True) for name in entry.aliases]
    Alias.objects.bulk_create(Alias(organisation=row, name=name, key=key_of(name)) for row, name in names if key_of(name) != row.key)


def _row(entry: Entry) -> Organisation:
    row = Organisation(
        reference=entry.reference, reference_name=entry.name, name=entry.name, kind=entry.kind, legal_category=entry.category,
        branch=Branch.LOCAL, region=entry.region, siren=entry.siren, siret=_free(entry.siret),
    )  # fmt: skip
    row.derive(entry.aliases)
    return row


def _note_gone(held: dict[str, Organisation], wanted: set[str], *, on: date) -> list[str]:
    """Mark what the registers no longer hold, communes apart: somebody has to say what replaced it."""
    gone = [row for reference, row in held.items() if reference not in wanted and not reference.startswith("commune:")]
    new = [row.pk for row in gone if row.left_reference_on is None]
    Organisation.objects.filter(pk__in=new).update(left_reference_on=on)
    return [row.name for row in gone if row.replaced_by_id is None and row.merged_into_id is None]
