"""What a member reads of itself: its state in words, its years, its rights and what they brought, its papers, its contacts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from billing.models import Invoice
from billing.standing import Said, said, with_standing
from core.clock import PARIS
from core.registry import BODY_COUNTS
from core.typography import day_in_words
from memberships import domains, rights, situations
from memberships.models import Belonging, BenefitUse, BookingLink, MailDomain, Membership, MembershipDocument, Right
from memberships.rights import Standing, Word
from memberships.states import DocumentKind
from organisations.models import Contact, Organisation
from organisations.states import ContactRole

if TYPE_CHECKING:
    from django.http import HttpRequest

    from accounts.models import User

# In French two is the first plural; words so short keep their s: « des », « les ».
PLURAL, SHORT = 2, 3
# Drawn anew from the page: their last version is not listed twice.
REDRAWN = frozenset({DocumentKind.ATTESTATION, DocumentKind.SUMMARY})


@dataclass(frozen=True)
class Used:
    """A right, how to use it, and what was used of it: « 2,5 heures d’échange »."""

    right: Right
    uses: list[tuple[BenefitUse, str]]
    # « 2,5 heures d’échange »; empty for a right that is not counted, or was not used.
    total: str


def my_bodies(request: "HttpRequest", now: datetime) -> dict[str, Any] | None:
    """The part of `/espace/` of who speaks for a body; nothing for anybody else."""
    today = now.astimezone(PARIS).date()
    held = Contact.objects.held_by(request.user).select_related("organisation__replaced_by")  # type: ignore[arg-type]
    bodies = {body.pk: body for body in (contact.organisation.at(today) for contact in held)}
    rows = [(body, rights.standing(body, today)) for body in sorted(bodies.values(), key=lambda body: (body.name, body.pk))]
    return {"bodies": [(body, standing, in_words(standing)) for body, standing in rows]} if rows else None


def my_requests(request: "HttpRequest", now: datetime) -> dict[str, Any] | None:
    """The part of `/espace/` of who asked a member to be counted among its people."""
    user: User = request.user  # type: ignore[assignment]
    rows = Belonging.objects.filter(email__in=user.addresses()).select_related("organisation").order_by("-asked_at", "-pk")
    return {"rows": list(rows)} if rows else None


def held(body: Organisation, user: "User", now: datetime) -> Contact | None:
    """Return the role by which a person speaks for a body today, its own or one that it replaced; None: they do not."""
    family = body.heirs_of(now.astimezone(PARIS).date())
    return Contact.objects.held_by(user).filter(organisation__in=family).order_by("pk").first()


def in_words(standing: Standing) -> str:
    """« Adhésion 2021 active »."""
    year = standing.membership.year if standing.membership else ""
    return {
        Word.MEMBER: f"Adhésion {year} active",
        Word.TO_CONFIRM: f"Adhésion {year} à confirmer",
        Word.SUSPENDED: "Droits suspendus",
        Word.TO_COME: f"Adhésion {year} à venir",
        Word.FORMER: "Ancien adhérent",
        Word.NEVER: "Pas encore adhérent",
    }[standing.word]


def page(body: Organisation, user: "User", now: datetime) -> dict[str, Any]:
    """All that the page of a body shows."""
    today = now.astimezone(PARIS).date()
    family = body.heirs_of(today)
    standing = rights.standing(body, today, family)
    rows = situations.situated(Membership.objects.filter(organisation__in=family), on=today)
    years = list(rows.select_related("campaign").order_by("-campaign__year", "-pk"))
    invoices = with_standing(Invoice.objects.visible_to(user).filter(organisation__in=family)).order_by("-issued_at", "-pk")
    shown: list[tuple[Invoice, Said]] = [(row, said(row, today)) for row in invoices]
    contacts = list(Contact.objects.filter(organisation__in=family).current(on=today).order_by("role", "last_name", "pk"))
    attested = rights.in_force(body, today, family)
    return {
        "body": body,
        "standing": standing,
        "state": in_words(standing),
        "sentence": _sentence(standing),
        "years": [(row, situations.Situation(row.situation).label) for row in years],
        "payable": [row for row in years if row.amount and row.state in ("ACTIVE", "RESIGNED", "TO_CONFIRM", "DECLINED")],
        "used": used(year_uses(standing)),
        "used_year": standing.membership.year if standing.membership else None,
        "papers": [row for row in _papers(family) if row.kind not in REDRAWN],
        "invoices": shown,
        "contacts": contacts,
        **_gates(family),
        "voted": Contact.objects.filter(organisation__in=family, role=ContactRole.VOTING, ends_on__lt=today).order_by("-ends_on", "-pk"),
        "attested": attested,
        # Left « à désigner plus tard » in the bulletin, or gone since.
        "names_a_voter": attested and not any(contact.role == ContactRole.VOTING for contact in contacts),
        "summaries": [row for row in years if row.rights_from and row.rights_from <= today],
    }


def _gates(family: list[Organisation]) -> dict[str, Any]:
    """By what somebody counts among the body's people, and who waits to be told."""
    return {
        "claims": Belonging.objects.waiting().filter(organisation__in=family).count(),
        "domains": [domains.shown(row.domain) for row in MailDomain.objects.filter(organisation__in=family).order_by("domain", "pk")],
        "has_link": BookingLink.objects.alive().filter(organisation__in=family).exists(),
    }


def _sentence(standing: Standing) -> str:
    if standing.word == Word.MEMBER and standing.since and standing.until:
        return f"Vos droits courent du {day_in_words(standing.since)} au {day_in_words(standing.until)}."
    if standing.word == Word.SUSPENDED:
        return "Vos droits sont arrêtés pour l’instant : l’équipe vous a dit pourquoi. Écrivez-lui pour en reparler."
    if standing.word == Word.NEVER:
        return "Votre organisme n’a pas encore d’adhésion acceptée."
    words = standing.in_words
    return f"{words[:1].upper()}{words[1:]}."


def year_uses(standing: Standing) -> Iterable[BenefitUse]:
    """What was used under the membership the state is read from."""
    if standing.membership is None:
        return BenefitUse.objects.none()
    return BenefitUse.objects.filter(membership=standing.membership).select_related("right")


def used(uses: Iterable[BenefitUse]) -> list[Used]:
    """Each right in its order, with its uses, the latest first."""
    rows = list(uses)
    found = []
    for right in Right.objects.all():
        own = sorted((row for row in rows if row.right_id == right.pk), key=lambda row: (row.on, row.pk), reverse=True)
        total = counted(sum((row.quantity for row in own), Decimal(0)), right.unit) if own else ""
        found.append(Used(right, [(row, counted(row.quantity, right.unit)) for row in own], total))
    return found


def counted(quantity: Decimal, unit: str) -> str:
    """« 1 heure d’échange », « 2,5 heures d’échange »; nothing for what is not counted."""
    if not unit:
        return ""
    number = f"{quantity.normalize():f}".replace(".", ",")
    words = unit if quantity >= PLURAL else " ".join(word.removesuffix("s") if len(word) > SHORT else word for word in unit.split())
    return f"{number}\u00a0{words}"


def _papers(family: list[Organisation]) -> Any:
    rows = MembershipDocument.objects.filter(membership__organisation__in=family).exclude(file="")
    return rows.select_related("membership__campaign").order_by("-made_at", "-pk")


# --- What the yearly summary and the attestation say ---------------------------------------------------------


def brought(membership: Membership, now: datetime) -> dict[str, Any]:
    """What a year of membership brought: uses by right, and what the body's agents did, counted and never named."""
    start, end = date(membership.year, 1, 1), date(membership.year, 12, 31)
    today = now.astimezone(PARIS).date()
    counts: dict[str, int] = {}
    for count in BODY_COUNTS:
        for body in membership.organisation.heirs_of(today):
            for label, number in count(body, start, end):
                counts[label] = counts.get(label, 0) + number
    return {
        "used": used(BenefitUse.objects.filter(membership=membership).select_related("right")),
        "counts": [(label, number) for label, number in counts.items() if number],
        "is_over": today > end,
    }
