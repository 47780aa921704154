"""Files that may be of one person: pointed out to the team, who decides. Nothing is joined by itself."""

import re
from dataclasses import dataclass

from django.db.models import Q

from applications.models import Application
from applications.states import State
from core.folding import fold

_MOST = 12
_DIGITS = re.compile(r"\d")
# A box of a service says nothing of who reads it.
_SHARED = frozenset({"accueil", "contact", "direction", "info", "mairie", "rh", "secretariat"})


@dataclass(frozen=True)
class Likeness:
    """Another file, and what makes it look like the same person's."""

    application: Application
    why: str


def same_person(application: Application) -> list[Application]:
    """The other files of the same account or the same address, the latest call first."""
    mine = Q(applicant=application.applicant_id) if application.applicant_id else Q()
    if application.address:
        mine |= Q(email=application.address) | Q(applicant__email=application.address)
    if not mine:
        return []
    return list(Application.objects.filter(mine).exclude(pk=application.pk).with_call().order_by("-edition__closes_at", "-pk"))


def likely(application: Application) -> list[Likeness]:
    """Other people's files of the same call with the same name, or nearly the same address; the surest first."""
    if application.erased_at or application.state == State.DUPLICATE:
        return []
    others = Application.objects.filter(edition=application.edition_id, erased_at=None).exclude(pk=application.pk)
    others = others.exclude(state=State.DUPLICATE).filter(_alike(application)).with_call().order_by("-deposited_at", "-pk")[: 20 * _MOST]
    found = [Likeness(other, " et ".join(why)) for other in others if (why := _why(application, other))]
    return sorted(found, key=lambda likeness: -likeness.why.count(" et "))[:_MOST]


def _alike(application: Application) -> Q:
    """What the database can tell: the same name however written, or an address that begins or ends alike."""
    alike = Q(name_key=application.name_key) if application.name_key else Q()
    near = Q()
    local, _, domain = application.address.partition("@")
    if local and _bare(local) not in _SHARED:
        near = Q(applicant__email__startswith=f"{local}@") | Q(email__startswith=f"{local}@")
        near |= Q(applicant__email__startswith=local[:2], applicant__email__endswith=f"@{domain}")
        near |= Q(email__startswith=local[:2], email__endswith=f"@{domain}")
    return alike | near if alike and near else alike or near or Q(pk=None)


def _why(one: Application, other: Application) -> list[str]:
    why = []
    if one.name_key == other.name_key != "":
        why.append("même nom")
        if fold(_body(one)) == fold(_body(other)) != "":
            why.append("même structure")
    if near(one.address, other.address):
        why.append("adresse proche")
    return why


def near(one: str, other: str) -> bool:
    """Tell whether two addresses may be one person's: the same box elsewhere, or the same place and one letter more, less or other."""
    (local, _, domain), (second, _, elsewhere) = one.lower().partition("@"), other.lower().partition("@")
    first, second = _bare(local), _bare(second)
    if not first or not second or first in _SHARED:
        return False
    if first == second:
        return one.lower() != other.lower()
    return domain == elsewhere and min(len(first), len(second)) >= 5 and not _differ_by_digits(first, second) and _one_apart(first, second)


def _differ_by_digits(one: str, other: str) -> bool:
    """`agent12` and `agent13` are two people."""
    return _DIGITS.sub("", one) == _DIGITS.sub("", other)


def _bare(local: str) -> str:
    """`camille.exemple+appel` is `camilleexemple`."""
    return fold(local.partition("+")[0]).replace(".", "").replace("-", "").replace(" ", "")


def _one_apart(one: str, other: str) -> bool:
    """Tell whether one letter was added, forgotten, changed, or two were swapped."""
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1:
        return False
    at = next((place for place, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    return short[at + 1 :] == long[at + 1 :] or (short[at : at + 2] == long[at : at + 2][::-1] and short[at + 2 :] == long[at + 2 :])


def _body(application: Application) -> str:
    return application.draft["organisation"]
