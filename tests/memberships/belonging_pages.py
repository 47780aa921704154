"""The pages of who is of a member, for `tests/pages.py`: the member's own body has a domain, a link, a request in each state."""

from collections.abc import Callable, Iterable
from typing import Any

from django.urls import reverse

from accounts.models import User
from core import clock
from memberships import belonging, claim_links, services
from memberships.models import Belonging, BookingLink, MailDomain
from memberships.services.answering import ByLink
from memberships.states import Answer
from organisations.models import Contact, Organisation

EVERYBODY, MEMBER, STAFF = "everybody", "member", "staff"
LONG = "une-adresse-tres-longue-pour-une-personne-inventee@communaute-d-agglomeration-de-l-invention.example"
FOR = "la journée découverte « vers une action publique ingénierieuse » du mardi 19 mars 2027"


def furnish(member: User) -> None:
    """After `spaces.furnish`: the member speaks for a body whose rights run."""
    now, body = clock.now(), _body(member)
    for domain in ("ville.example", "mairie-évry.example", "communaute-d-agglomeration-de-l-invention.demonstration.example"):
        services.declare_domain(body, domain, by=member, now=now)
    services.make_link(body, by=member, now=now)
    for name, email, said in (
        ("Sacha Exemple", LONG, ""),
        ("Noa Exemple", "noa@courriel.example", Answer.YES),
        ("", "x@courriel.example", Answer.NO),
    ):
        row = services.claim(body, email, name=name, what=FOR, now=now)
        if said:
            services.answer(row, said, by=ByLink("Camille Exemple"), now=now)
    other = Organisation.objects.get(name="Commune d’Exemple, à payer")
    services.claim(other, member.email, name="Une personne", what=FOR, now=now)


def _body(member: User) -> Organisation:
    contact = Contact.objects.held_by(member).select_related("organisation").order_by("pk")[0]
    return contact.organisation


def _links(_: Any) -> list[str]:
    """One that lives, one that does not."""
    link = BookingLink.objects.alive().order_by("-pk")[0]
    return [reverse("booking_link", args=[token]) for token in (belonging.secret_of(link), "inconnu")]


def _answers(_: Any) -> Iterable[str]:
    """A request that waits, one with each answer, an address that opens nothing."""
    today = clock.now().date()
    for answer in ("", Answer.YES, Answer.NO):
        row = Belonging.objects.filter(answer=answer).select_related("organisation").order_by("pk")[0]
        yield reverse("belonging_answer", args=[claim_links.token_of(row, claim_links.answering(row, on=today)[0])])
    yield reverse("belonging_answer", args=["inconnu"])


def _acts(model: Any, *slugs: str) -> Callable[[Any], list[str]]:
    def addresses(_: Any) -> list[str]:
        row = model._base_manager.order_by("pk")[0]
        return [reverse(f"admin:memberships_{model._meta.model_name}_act", args=[row.pk, slug]) for slug in slugs]

    return addresses


Addresses = Callable[[Any], Iterable[str]]
PAGES: dict[str, tuple[str, Addresses]] = {
    "booking_link": (EVERYBODY, _links),
    "belonging_answer": (EVERYBODY, _answers),
    "belongings": (MEMBER, lambda _: [reverse("belongings")]),
    "member_agents": (MEMBER, lambda world: [reverse("member_agents", args=[_body(world.member).pk])]),
    "admin:memberships_maildomain_act": (STAFF, _acts(MailDomain, "retirer")),
    "admin:memberships_bookinglink_act": (STAFF, _acts(BookingLink, "retirer")),
    "admin:memberships_belonging_act": (STAFF, _acts(Belonging, "oui", "non")),
}
NOT_PAGES = {
    "an act of a member about its people, by POST": "member_domain_remove member_link member_link_revoke member_belonging",
    "an act of a person about its own request, by POST": "belonging_take_back",
}
