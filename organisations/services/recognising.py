"""Which body a text means: for what people type in a form, and for what they are proposed while they type."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from core.clock import PARIS
from core.numbers import SIRET_DIGITS, numbers_in
from organisations.models import Organisation
from organisations.naming import place_in
from organisations.reference import Commune, communes, departments
from organisations.states import Branch, Kind
from records.services import record

PROPOSED = 10
LONGEST = 160
MOST_WORDS = 8
COMMUNE = "7210"


@dataclass(frozen=True)
class Proposal:
    """A name to type, and what tells it from others: « Ville de Rennes », « commune, Ille-et-Vilaine »."""

    name: str
    note: str


def recognise(text: str, *, now: datetime) -> Organisation | None:
    """Return the one body that a text means by its name, an alias, its SIRET or SIREN; None when there is none, or more than one.

    A commune that the register does not hold yet enters it.
    """
    text = text[: 2 * LONGEST]
    found = _standing(_numbered(text)) or _standing(Organisation.objects.called(text).select_related("merged_into").order_by("pk")[:3])
    if found:
        return found[0] if len(found) == 1 else None
    commune = communes().named(text)
    return adopt_commune(commune, now=now) if commune and commune.siren else None


def _numbered(text: str) -> Iterable[Organisation]:
    """Those whose number stands in the text."""
    for number in numbers_in(text):
        field = "siret" if len(number) == SIRET_DIGITS else "siren"
        yield from Organisation.objects.filter(**{field: number}).select_related("merged_into").order_by("pk")[:3]


def _standing(found: Iterable[Organisation]) -> list[Organisation]:
    """What was merged counts as what it was merged into: once."""
    return list({row.standing.pk: row.standing for row in found}.values())


@transaction.atomic
def adopt_commune(commune: Commune, *, now: datetime) -> Organisation:
    """Return the row of a commune of the public register, made the first time it is needed."""
    reference = f"commune:{commune.code}"
    known = Organisation.objects.filter(Q(reference=reference) | Q(siren=commune.siren, kind=Kind.COMMUNE)).select_related("merged_into")
    if body := known.order_by("pk").first():
        return body.standing
    names = {"name": commune.title, "reference": reference, "reference_name": commune.title}
    what = {"kind": Kind.COMMUNE, "legal_category": COMMUNE, "branch": Branch.LOCAL, "siren": commune.siren, "commune": commune.code}
    try:
        with transaction.atomic():
            body = Organisation.objects.create(**names, **what)
    except IntegrityError:  # somebody needed it at the same moment
        return Organisation.objects.get(reference=reference).standing
    record("ajout", body, by=None, now=now, note="D’après le répertoire public des communes.")
    return body


def propose(words: str, *, now: datetime) -> list[Proposal]:
    """Return at most ten bodies that what is being typed may mean: the commune of that very name, the register, the other communes."""
    words = " ".join(words[:LONGEST].split()[:MOST_WORDS])
    rows = list(_rows(words, now=now)) if words else []
    held = {row.siren for row in rows if row.kind == Kind.COMMUNE}
    places = [place for place in communes().search(words, limit=PROPOSED) if place.siren not in held]
    wanted = place_in(words)
    named = [_of_row(row) for row in rows if row.key.split()[1:] == wanted] + [_of_commune(p) for p in places if place_in(p.name) == wanted]
    # The communes keep a third of the list: the names of the register do not drown them.
    first = [*named, *map(_of_row, rows[: PROPOSED - PROPOSED // 3])]
    mixed = [*first, *map(_of_commune, places), *map(_of_row, rows)]
    return list({proposal.name: proposal for proposal in mixed}.values())[:PROPOSED]


def _rows(words: str, *, now: datetime) -> Iterable[Organisation]:
    today = now.astimezone(PARIS).date()
    acting = Organisation.objects.public().filter(Q(replaced_on=None) | Q(replaced_on__gt=today))
    return acting.beginning(words).only("name", "key", "kind", "siren", "city", "commune", "region")[:PROPOSED]


def _of_row(row: Organisation) -> Proposal:
    return Proposal(row.name, row.note)


def _of_commune(place: Commune) -> Proposal:
    department = departments().get(place.department)
    return Proposal(place.title, f"commune, {department.name}" if department else "commune")
