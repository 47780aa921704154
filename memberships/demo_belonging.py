"""Who is of a member in the demonstration: a domain, a booking link, a request that waits, one that was accepted; all invented."""

from datetime import datetime, timedelta

from memberships import demo_members, services
from memberships.models import Belonging, BookingLink, Campaign, MailDomain
from memberships.services.answering import ByLink
from memberships.states import Answer

DOMAIN = "metropole.example"
WAITING, ACCEPTED = "sacha.exemple@courriel.example", "dominique.exemple@courriel.example"
FOR = "la prochaine journée découverte"


def load(current: Campaign, *, now: datetime) -> None:
    """Load it once: what somebody declared, answered or took back since stays."""
    metropolis = demo_members.member(demo_members.METROPOLIS, current.year)
    if metropolis and not MailDomain.objects.filter(organisation=metropolis.organisation).exists():
        services.declare_domain(metropolis.organisation, DOMAIN, by=None, now=now)
    if metropolis and not BookingLink.objects.filter(organisation=metropolis.organisation).exists():
        services.make_link(metropolis.organisation, by=None, now=now)
    town = demo_members.member(demo_members.TOWN, current.year)
    if town and not Belonging.objects.filter(organisation=town.organisation).exists():
        before = now - timedelta(days=1)
        services.claim(town.organisation, WAITING, name="Sacha Exemple", what=FOR, now=before)
        asked = services.claim(town.organisation, ACCEPTED, name="Dominique Exemple", now=before)
        services.answer(asked, Answer.YES, by=ByLink("Camille Exemple"), now=now)
