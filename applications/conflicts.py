"""Who may not read whose application (domain.md B2): computed from what the house knows of both, never guessed from a name alone.

A conflict is of a pair: their own file, the same body (itself, its family, its SIREN, or the very name when nobody recognised it), the same
mail domain, unless it is one that anybody may have an address in.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from applications.models import Application, Juror
from applications.states import ConflictKind
from applications.webmails import WEBMAILS
from organisations.models import Contact, Organisation
from organisations.naming import key_of

if TYPE_CHECKING:
    from accounts.models import User

# A body replaced twelve times over is a circle that somebody made by other means than `organisations.services.succeed`.
_CHAIN_AT_MOST = 12
_TRACE = ("pk", "siren", "merged_into_id", "replaced_by_id")


@dataclass(frozen=True)
class Who:
    """What is compared of somebody: their addresses, and the keys of the bodies they are of."""

    addresses: frozenset[str] = frozenset()
    bodies: frozenset[str] = frozenset()

    @property
    def domains(self) -> frozenset[str]:
        return frozenset(filter(None, map(domain_of, self.addresses)))


def domain_of(address: str) -> str:
    """Return the domain that tells of a body; empty for one where anybody may have an address."""
    domain = address.rpartition("@")[2].lower()
    return "" if domain in WEBMAILS else domain


def between(application: Application, reviewer: "User") -> ConflictKind | None:
    """Say why this person may not read this file, as known now; None when they may."""
    return Known([application], [reviewer]).between(application, reviewer)


@dataclass
class Known:
    """What is known of many files and many readers, in a few queries whatever their number; `applications` come `with_call`."""

    applications: Collection[Application]
    reviewers: "Collection[User]"
    _readers: dict[int, Who] = field(init=False)
    _families: "_Families" = field(init=False)

    def __post_init__(self) -> None:
        bodies = dict(_bodies_of(self.reviewers))
        wanted = {row.body_id for row in self.applications} | {pk for pks, _ in bodies.values() for pk in pks}
        self._families = _Families(pk for pk in wanted if pk)
        self._readers = {
            reviewer.pk: Who(frozenset(reviewer.addresses()), self._families.keys_of(*bodies[reviewer.pk])) for reviewer in self.reviewers
        }

    def between(self, application: Application, reviewer: "User") -> ConflictKind | None:
        """Say why this reader may not read this file."""
        if application.erased_at:
            return None
        reader = self._readers[reviewer.pk]
        candidate = self._candidate(application)
        if application.applicant_id == reviewer.pk or reader.addresses & candidate.addresses:
            return ConflictKind.OWN
        if reader.bodies & candidate.bodies:
            return ConflictKind.BODY
        return ConflictKind.DOMAIN if reader.domains & candidate.domains else None

    def _candidate(self, application: Application) -> Who:
        addresses = {application.email, application.applicant.email if application.applicant else ""} - {""}
        pks = [application.body_id] if application.body_id else []
        return Who(frozenset(addresses), self._families.keys_of(pks, [application.organisation]))


def _bodies_of(reviewers: "Collection[User]") -> "Iterator[tuple[int, tuple[list[int], list[str]]]]":
    """Give each reader's bodies, as they said them and as their roles say, and the names they wrote."""
    pks: dict[int, list[int]] = {reviewer.pk: [] for reviewer in reviewers}
    names: dict[int, list[str]] = {reviewer.pk: [] for reviewer in reviewers}
    for juror in Juror.objects.filter(person__in=pks).order_by("pk"):
        names[juror.person_id].append(juror.structure)
        pks[juror.person_id] += [juror.body_id] if juror.body_id else []
    # A role that ended is a tie too, as long as its row is kept.
    for person, body in Contact.objects.filter(account__in=pks).order_by("pk").values_list("account", "organisation"):
        pks[person].append(body)
    return ((pk, (pks[pk], names[pk])) for pk in pks)


class _Families:
    """Bodies with what they became: those that were merged or replaced lead to one that stands."""

    def __init__(self, pks: Iterable[int]) -> None:
        self._rows: dict[int, tuple[str, list[int]]] = {}
        wanted = set(pks)
        for _ in range(_CHAIN_AT_MOST):
            if not wanted:
                break
            found = Organisation.objects.filter(pk__in=wanted).order_by("pk").values_list(*_TRACE)
            self._rows |= {pk: (siren, [other for other in others if other]) for pk, siren, *others in found}
            wanted = {other for _, others in self._rows.values() for other in others} - self._rows.keys()

    def keys_of(self, pks: Iterable[int], names: Iterable[str]) -> frozenset[str]:
        """Return what two people of one body have in common."""
        keys = {f"name:{key_of(name)}" for name in names if key_of(name)}
        waiting, seen = list(pks), set[int]()
        while waiting:
            pk = waiting.pop()
            if pk in seen or pk not in self._rows:
                continue
            seen.add(pk)
            siren, others = self._rows[pk]
            keys |= {f"body:{pk}"} | ({f"siren:{siren}"} if siren else set())
            waiting += others
        return frozenset(keys)
