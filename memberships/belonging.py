"""Of which member somebody is, and by what gate (domain.md G0): what member prices and priorities are read from.

An address counts once it is proven. The body must be a member that day: rights are periods (`memberships.rights`). The booking link
that a visitor holds is in their session (`memberships.held_links`); whoever asks a contact does it by `services.claim`.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.utils.crypto import salted_hmac

from accounts.models import normalise
from core.registry import Registry
from core.typography import day_in_words, moment_in_words
from memberships.domains import domain_of
from memberships.models import Belonging, BookingLink, MailDomain, Membership
from memberships.states import Answer, Gate
from organisations.models import Contact, Organisation

# (belonging, now) -> None: what follows above from a contact's answer, or from an answer taken back, in the same transaction.
ANSWERED: Registry[Callable[[Belonging, datetime], object]] = Registry()
# Two levels of succession or merger are read with the row; a third costs a question more.
_CHAIN = ("merged_into", "replaced_by", "replaced_by__merged_into", "replaced_by__replaced_by", "merged_into__replaced_by")
_ACTING = [f"organisation__{each}" for each in _CHAIN]


@dataclass(frozen=True)
class Belongs:
    """The member somebody is of, the gate that opened, and the last day of the member's rights."""

    organisation: Organisation
    gate: Gate
    until: date


@dataclass(frozen=True)
class Explained:
    """Which gate applies to somebody, for a page to say it: `words` always, the member when there is one, the request that waits."""

    words: str
    belongs: Belongs | None = None
    asked: Belonging | None = None

    def __str__(self) -> str:
        return self.words


def member_of(addresses: Iterable[str], on: date, *, link: BookingLink | None = None, body: Organisation | None = None) -> Belongs | None:
    """Return the member that proven addresses, or a booking link, make somebody of on a day; `body` narrows it to one. None: no member's.

    Of several the first gate wins: its contact, its link, its mail domain, its contact's word. Four questions at most, a fifth with `body`.
    """
    return _first(list(_gates([normalise(address) for address in addresses], link, on)), on, body)


def explained(addresses: Iterable[str], link: BookingLink | None, on: date, *, body: Organisation | None = None) -> Explained:
    """Say of which member somebody is and why; else what waits for an answer, or that nothing says it."""
    proven = [normalise(address) for address in addresses]
    gates = list(_gates(proven, link, on))
    if belongs := _first(gates, on, body):
        return Explained(_belongs_in_words(belongs), belongs)
    asked = _last_asked(proven, body, on)
    if asked and not asked.answer:
        return Explained(_asked_in_words(asked, on), asked=asked)
    if gates:
        return Explained(
            f"{gates[0][0]} n’est pas adhérent aujourd’hui\u00a0: ce sont le tarif et les dates de tout le monde.", asked=asked
        )
    if asked:
        return Explained(_asked_in_words(asked, on), asked=asked)
    return Explained("Rien ne dit encore que vous travaillez chez un adhérent\u00a0: ce sont le tarif et les dates de tout le monde.")


def openings(members_from: datetime | None, all_from: datetime, *, is_member: bool, now: datetime, what: str = "la réservation") -> str:
    """Say whom it is open to and when the next gate opens; nothing once it is open to all (C3, G0)."""
    if now >= all_from:
        return ""
    opens = f"{what[:1].upper()}{what[1:]}"
    if members_from is None or members_from >= all_from:
        return f"{opens} ouvre le {_moment(all_from)}."
    if now < members_from:
        mine = members_from if is_member else all_from
        return (
            f"{opens} ouvre aux adhérents le {_moment(members_from)}, à tous le {_moment(all_from)}. Pour vous, c’est le {_moment(mine)}."
        )
    if is_member:
        return f"{opens} est ouverte aux adhérents, donc à vous ; elle ouvre à tous le {_moment(all_from)}."
    return f"{opens} n’est ouverte qu’aux adhérents pour l’instant ; elle ouvre à tous, et à vous, le {_moment(all_from)}."


# --- Gates ----------------------------------------------------------------------------------------------------


def _gates(addresses: list[str], link: BookingLink | None, on: date) -> Iterator[tuple[Organisation, Gate]]:
    """Every body that says something of these addresses, the first gate first."""
    speaks = Contact.objects.current(on=on).filter(email__in=addresses) if addresses else Contact.objects.none()
    for contact in speaks.select_related("organisation", *_ACTING).order_by("pk"):
        yield contact.organisation.at(on), Gate.CONTACT
    if link and link.revoked_at is None:
        yield link.organisation.at(on), Gate.LINK
    domains = {domain for address in addresses if (domain := domain_of(address))}
    for row in MailDomain.objects.filter(domain__in=domains).select_related("organisation", *_ACTING).order_by("pk"):
        yield row.organisation.at(on), Gate.DOMAIN
    said = Belonging.objects.filter(email__in=addresses, answer=Answer.YES)
    for belonging in said.select_related("organisation", *_ACTING).order_by("pk"):
        yield belonging.organisation.at(on), Gate.APPROVED


def _first(gates: list[tuple[Organisation, Gate]], on: date, body: Organisation | None) -> Belongs | None:
    wanted = body.at(on) if body else None
    fitting = [(acting, gate) for acting, gate in gates if wanted is None or acting.pk == wanted.pk]
    ends = _rights_of({acting.pk for acting, _ in fitting}, on) if fitting else {}
    return next((Belongs(acting, gate, ends[acting.pk]) for acting, gate in fitting if acting.pk in ends), None)


def _rights_of(bodies: set[int], on: date) -> dict[int, date]:
    """Return until when those of these bodies that have rights on a day have them: their own, or of a body they replaced (1 query)."""
    acted_for = Q(organisation__replaced_by__isnull=False) | Q(organisation__merged_into__isnull=False)
    rows = Membership.objects.in_force(on=on).filter(Q(organisation__in=bodies) | acted_for)
    ends: dict[int, date] = {}
    for row in rows.select_related("organisation", *_ACTING).order_by("rights_until", "pk"):
        if row.rights_until:
            ends[row.organisation.at(on).pk] = row.rights_until
    return {pk: until for pk, until in ends.items() if pk in bodies}


# --- Words ----------------------------------------------------------------------------------------------------


def _belongs_in_words(belongs: Belongs) -> str:
    until = day_in_words(belongs.until)
    return (
        f"Vous comptez parmi les agents de {belongs.organisation}, dont l’adhésion court jusqu’au {until}\u00a0: {belongs.gate.label}. "
        "La priorité des adhérents, et leur tarif quand il y en a un, sont pour vous."
    )


def _asked_in_words(asked: Belonging, on: date) -> str:
    name = asked.organisation.at(on)
    if asked.answer == Answer.NO:
        return f"{name} a répondu qu’il ne vous compte pas parmi ses agents\u00a0: ce sont le tarif et les dates de tout le monde."
    if asked.answer == Answer.YES:
        return f"{name} n’est pas adhérent aujourd’hui\u00a0: ce sont le tarif et les dates de tout le monde."
    day = day_in_words(asked.asked_at)
    return f"Votre demande du {day} attend la réponse de {name}. D’ici là, ce sont le tarif et les dates de tout le monde."


def _last_asked(addresses: list[str], body: Organisation | None, on: date) -> Belonging | None:
    """The last request of these addresses, the one that waits before any other."""
    rows = Belonging.objects.filter(email__in=addresses).select_related("organisation", *_ACTING).order_by("answer", "-asked_at", "-pk")
    wanted = body.at(on) if body else None
    return next((row for row in rows if wanted is None or row.organisation.at(on).pk == wanted.pk), None)


def _moment(moment: datetime) -> str:
    return moment_in_words(moment, zone=False)


# --- The booking link -----------------------------------------------------------------------------------------


def secret_of(link: BookingLink) -> str:
    return salted_hmac("memberships.booking", link.nonce, algorithm="sha256").hexdigest()


def link_of(token: str) -> BookingLink | None:
    """Return the living link a secret names; what is unknown or revoked opens nothing."""
    return link_kept(digest(token))


def link_kept(fingerprint: str) -> BookingLink | None:
    """Return the living link of a fingerprint: what a session keeps."""
    rows = BookingLink.objects.alive().select_related("organisation", *_ACTING)
    return rows.filter(digest=fingerprint).first()


def digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
