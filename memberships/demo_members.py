"""Members of the demonstration, one in each situation; all invented, for all of them owe, pay or are refused something.

`MEMBERS` names them, so that what is issued and paid (`billing`) finds its rows: `member("Ville d’Exemple", year)`.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from accounts.services import person_of
from core.clock import PARIS
from memberships import services
from memberships.bulletins import Bulletin, Person
from memberships.models import Campaign, Membership, Suspension
from memberships.models.campaign import GRACE_DAY, GRACE_MONTH
from memberships.states import CATEGORY_OF, Origin, Signature, State
from organisations.models import Contact, Organisation
from organisations.states import HOSPITAL_PAYMENT_DAYS, PAYMENT_DAYS, ContactRole, Kind

TOWN = "Ville d’Exemple"
HOSPITAL = "Centre hospitalier d’Exemple"
METROPOLIS = "Métropole d’Exemple"
DEPARTMENT = "Département d’Exemple"
MINISTRY = "Ministère d’Exemple"
UNIVERSITY = "Université d’Exemple"
LONGEST = "Syndicat mixte d’aménagement numérique du Haut-Pays-d’Exemple-et-de-la-Vallée-de-l’Invention"
AGENCY = "Agence d’Exemple pour la simplification"
GATHERED = "Exemple Agglomération"
FORMER = "Communauté de communes du Val d’Exemple"
QUESTION = "Merci pour votre bulletin. Qui représentera l’agglomération à l’assemblée générale ? Et quel est son SIRET ?"


@dataclass(frozen=True)
class Body:
    name: str
    kind: Kind
    region: str
    address: str


BODIES = (
    Body(TOWN, Kind.COMMUNE, "53", "ville.example"),
    Body(HOSPITAL, Kind.HOSPITAL, "32", "hopital.example"),
    Body(METROPOLIS, Kind.INTERCOMMUNAL, "44", "metropole.example"),
    Body(DEPARTMENT, Kind.DEPARTMENT, "84", "departement.example"),
    Body(MINISTRY, Kind.STATE, "11", "ministere.example"),
    Body(UNIVERSITY, Kind.PUBLIC_BODY, "76", "universite.example"),
    Body(LONGEST, Kind.INTERCOMMUNAL, "04", "syndicat.example"),
    Body(AGENCY, Kind.PUBLIC_BODY, "11", "agence.example"),
    Body(GATHERED, Kind.INTERCOMMUNAL, "53", "agglo.example"),
    Body(FORMER, Kind.INTERCOMMUNAL, "75", "val.example"),
)
# Accepted by the services, with their letters and papers; the others are written as they would have become.
ACCEPTED = (TOWN, HOSPITAL)
ACTIVE = (METROPOLIS, DEPARTMENT, MINISTRY, UNIVERSITY, LONGEST)


def load(current: Campaign, before: Campaign, *, now: datetime) -> None:
    """Load them once: what somebody has changed since stays."""
    bodies = {body.name: _body(body) for body in BODIES}
    accepted_at = max(now - timedelta(days=60), datetime(current.year, 1, 4, 10, tzinfo=PARIS))
    for name in ACCEPTED:
        if row := _sent(bodies[name], current, now=min(accepted_at, now), origin=Origin.STAFF):
            services.accept(row, by=None, now=min(accepted_at + timedelta(hours=3), now))
    for name in ACTIVE:
        _active(bodies[name], current, min(accepted_at, now))
    _active(bodies[FORMER], before, datetime(before.year, 2, 1, 10, tzinfo=PARIS))
    noted = {"past_invoice": f"{before.year}-017", "past_paid_on": date(before.year, 4, 2)}
    Membership.objects.filter(organisation=bodies[FORMER], campaign=before, past_invoice="").update(**noted)
    _waiting(bodies, current, now=now)
    suspended = Suspension.objects.filter(membership__organisation=bodies[UNIVERSITY])
    if (university := member(UNIVERSITY, current.year)) and not suspended.exists():
        services.suspend(university, "À sa demande, pendant son déménagement.", by=None, now=now)


def member(name: str, year: int) -> Membership | None:
    """Return the membership of one of these bodies for a year."""
    return Membership.objects.filter(organisation__name=name, campaign__year=year).select_related("organisation", "campaign").first()


def _waiting(bodies: dict[str, Organisation], current: Campaign, *, now: datetime) -> None:
    """One bulletin to read, one to be completed."""
    _sent(bodies[AGENCY], current, now=now - timedelta(days=1), origin=Origin.ONLINE)
    if row := _sent(bodies[GATHERED], current, now=now - timedelta(days=4), origin=Origin.ONLINE, signature=""):
        services.ask(row, QUESTION, by=None, now=now - timedelta(days=3))


def _sent(body: Organisation, campaign: Campaign, *, now: datetime, origin: str, signature: str = Signature.ONLINE) -> Membership | None:
    """Send the bulletin of a body; None when it has its year already."""
    if Membership.objects.filter(organisation=body, campaign=campaign).exists():
        return None
    host = next(each.address for each in BODIES if each.name == body.name)
    general = Person("Camille", "Exemple", "directrice de projet", f"direction@{host}")
    people = {ContactRole.GENERAL.value: general, ContactRole.FINANCE.value: Person("Sacha", "Exemple", "", f"finances@{host}")}
    said: dict[str, Any] = {"people": people | {ContactRole.VOTING.value: general}, "signature": signature}
    bulletin = Bulletin(body=body, signatory_name="Dominique Exemple", signatory_job="présidence", **said)
    by = person_of(general.email, now=now) if origin == Origin.ONLINE else None
    return services.send(bulletin, campaign=campaign, by=by, now=now, origin=origin)


def _active(body: Organisation, campaign: Campaign, at: datetime) -> None:
    category = CATEGORY_OF[body.kind]
    rate = campaign.rates.filter(category=category).order_by("pk").first()
    until = date(campaign.year + 1, GRACE_MONTH, GRACE_DAY)
    said = {"category": category, "state": State.ACTIVE, "origin": Origin.STAFF, "rate": rate, "amount": rate.amount if rate else 0}
    dated = {"asked_at": at, "accepted_at": at, "rights_from": at.date(), "rights_until": until, "signature": Signature.PAPER}
    _, created = Membership.objects.get_or_create(organisation=body, campaign=campaign, defaults={**said, **dated, "asked_by": "Portail"})
    if created:
        host = next(each.address for each in BODIES if each.name == body.name)
        for role, box in ((ContactRole.GENERAL, "direction"), (ContactRole.FINANCE, "finances")):
            named = {"first_name": "Camille", "last_name": "Exemple", "starts_on": at.date()}
            Contact.objects.get_or_create(organisation=body, role=role, email=f"{box}@{host}", ends_on=None, defaults=named)


def _body(said: Body) -> Organisation:
    if known := Organisation.objects.standing().filter(name=said.name).order_by("pk").first():
        return known
    days = HOSPITAL_PAYMENT_DAYS if said.kind == Kind.HOSPITAL else PAYMENT_DAYS
    where = {"address": "1 place d’Exemple", "postcode": "00000", "city": "Exempleville"}
    body: Organisation = Organisation.objects.create(name=said.name, kind=said.kind, region=said.region, payment_days=days, **where)
    return body
