"""Who may take what is kept for members (domain.md G0, 2.3): read from the memberships of the day, never stored as a right."""

from datetime import datetime

from accounts.models import normalise
from core.clock import PARIS
from memberships import rights
from memberships.models import Belonging, MailDomain
from memberships.states import Answer
from organisations.models import Contact, Organisation


def is_of_a_member(email: str, *, now: datetime) -> bool:
    """True for an address of a body that has its rights that day: a domain it declared, a contact of it, or a person it answered for."""
    address, on = normalise(email), now.astimezone(PARIS).date()
    return any(rights.standing(body, on).gives_rights for body in _bodies_of(address, now=now))


def _bodies_of(address: str, *, now: datetime) -> list[Organisation]:
    on = now.astimezone(PARIS).date()
    declared = MailDomain.objects.filter(domain=address.rpartition("@")[2]).values("organisation")
    spoken = Contact.objects.current(on=on).filter(email=address).values("organisation")
    answered = Belonging.objects.filter(email=address, answer=Answer.YES).values("organisation")
    found = Organisation.objects.filter(pk__in=declared.union(spoken, answered)).order_by("pk")
    return list({body.at(on).pk: body.at(on) for body in found}.values())
