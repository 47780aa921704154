"""The finance page in each of its states and the space of a member, for `tests/pages.py`: invented bodies, one a state."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.urls import reverse

from accounts.models import User
from billing import services as billing
from billing.models import Invoice, Transmission
from billing.services.numbering import day_of
from billing.states import Method, TransmissionState
from core import clock
from memberships import links
from memberships.models import BenefitUse, Campaign, Membership, Right
from memberships.services import invoicing
from memberships.states import Category, State
from organisations.models import Contact, Organisation
from organisations.states import ContactRole, Kind

EVERYBODY, MEMBER, STAFF = "everybody", "member", "staff"
LONG = "Communauté de communes d’Exemple-sur-l’Invention et des Vallées-Réunies-de-la-Démonstration"
REFERENCES = {"service_code": "FIN-2027", "commitment_number": "EJ-2027-000118"}
# Each state of the finance page, and what its body requires.
STATES: dict[str, dict[str, Any]] = {
    "à confirmer": {},
    "références": {},
    "références exigées": {"needs_commitment": True, "needs_service_code": True},
    "projet": {"needs_either": True},
    "à payer": {},
    "payée": {"kind": Kind.HOSPITAL, "payment_days": 50},
    "rejetée": {},
    "créditée": {},
}


def furnish(member: User) -> None:
    """One body in each state, and the member a contact of the one that has something everywhere."""
    now = clock.now()
    campaign = Campaign.objects.filter(is_open=True).order_by("year")[0]
    for number, (state, fields) in enumerate(STATES.items(), start=1):
        body = _body(f"Commune d’Exemple, {state}", number, **fields)
        _advance(state, _membership(body, campaign, State.TO_CONFIRM if state == "à confirmer" else State.ACTIVE))
    body = _body(LONG, 99)
    mine = _membership(body, campaign, State.ACTIVE)
    Contact.objects.filter(organisation=body, role=ContactRole.GENERAL).update(account=member, email=member.email)
    _used(mine, now.date())
    _advance("rejetée", mine)


def _body(name: str, number: int, **fields: Any) -> Organisation:
    where = {"address": "1 place d’Exemple", "postcode": "00000", "city": "Exempleville", "region": "53"}
    body: Organisation = Organisation.objects.create(**{"name": name, "kind": Kind.COMMUNE, "siret": _siret(number), **where, **fields})
    for role, box in ((ContactRole.GENERAL, "direction"), (ContactRole.FINANCE, "finances")):
        Contact.objects.create(
            organisation=body, role=role, email=f"{box}{number}@ville.example", first_name="Camille", last_name="Exemple"
        )
    return body


def _siret(number: int) -> str:
    from tests.billing.factories import siret

    return siret(700_000 + number)


def _membership(body: Organisation, campaign: Campaign, state: State) -> Membership:
    said: dict[str, Any] = {"category": Category.COLLECTIVITE, "state": state, "amount": Decimal(5000), "asked_at": clock.now()}
    if state == State.ACTIVE:
        ends = date(campaign.year + 1, 3, 31)
        said |= {"accepted_at": clock.now(), "rights_from": min(day_of(clock.now()), ends), "rights_until": ends}
    row: Membership = Membership.objects.create(organisation=body, campaign=campaign, **said)
    return row


def _advance(state: str, row: Membership) -> None:
    """Bring a membership to a state of its page."""
    now = clock.now()
    if state in ("à payer", "payée", "rejetée", "créditée", "projet"):
        invoicing.give_references(row, by=None, now=now, **REFERENCES)
    if state in ("à payer", "payée", "rejetée", "créditée"):
        invoice = invoicing.ask_invoice(row, by=None, now=now)
        _after(state, invoice)


def _after(state: str, invoice: Invoice) -> None:
    now = clock.now()
    if state == "payée":
        billing.record_payment(invoice, invoice.gross, method=Method.TRANSFER, received_on=day_of(now), by=None, now=now)
    if state == "créditée":
        billing.credit(invoice, reason="Mauvais service destinataire.", by=None, now=now)
    if state == "rejetée":
        said = {"state": TransmissionState.REJECTED, "rejection": "Le code service FIN-2027 est inconnu du destinataire."}
        Transmission.objects.filter(invoice=invoice).update(deposited_on=day_of(now), flow_number="DEMO-000099", **said)


def _used(row: Membership, on: date) -> None:
    uses = ((0, "1.50", "Relecture d’un cahier des charges"), (0, "1", "Échange de printemps"), (4, "2", "Journée découverte"))
    for days, (right, quantity, what) in enumerate(uses):
        BenefitUse.objects.create(
            membership=row, right=Right.objects.order_by("rank")[right], on=on - timedelta(days=9 * days), quantity=quantity, what=what
        )


def of_state(state: str) -> Membership:
    name = f"Commune d’Exemple, {state}"
    return Membership.objects.select_related("organisation", "campaign").get(organisation__name=name)


def token(row: Membership) -> str:
    contact = Contact.objects.filter(organisation=row.organisation, role=ContactRole.FINANCE).first()
    return links.give(row, contact, clock.now()).rstrip("/").rpartition("/")[2]


def at(name: str, state: str, *arguments: Any) -> str:
    return reverse(name, args=[token(of_state(state)), *arguments])


def mine(world: Any) -> Membership:
    held = Contact.objects.held_by(world.member).values("organisation")
    return Membership.objects.select_related("organisation").filter(organisation__in=held).order_by("pk")[:1].get()


def _invoices(_: Any) -> Iterable[str]:
    for row in Invoice.objects.filter(buyer_name__startswith="Commune d’Exemple, ").order_by("pk"):
        membership = Membership.objects.get(pk=row.about.rpartition(":")[2])
        yield reverse("finance_invoice", args=[token(membership), row.number])


def _of_contacts(name: str) -> Callable[[Any], list[str]]:
    """One's own role, the last general one, and a colleague's."""

    def addresses(world: Any) -> list[str]:
        body = mine(world).organisation
        return [reverse(name, args=[body.pk, row.pk]) for row in body.contacts.filter(ends_on=None).order_by("pk")]

    return addresses


Addresses = Callable[[Any], Iterable[str]]
PAGES: dict[str, tuple[str, Addresses]] = {
    "finance": (EVERYBODY, lambda _: [*(at("finance", state) for state in STATES), reverse("finance", args=["inconnu"])]),
    "finance_draft": (EVERYBODY, lambda _: [at("finance_draft", state) for state in ("références", "références exigées", "projet")]),
    "finance_invoice": (EVERYBODY, _invoices),
    "finance_renew": (EVERYBODY, lambda _: [at("finance_renew", "à confirmer")]),
    "member": (MEMBER, lambda world: [reverse("member", args=[mine(world).organisation_id])]),
    "member_contact_add": (MEMBER, lambda world: [reverse("member_contact_add", args=[mine(world).organisation_id])]),
    **{name: (MEMBER, _of_contacts(name)) for name in ("member_contact", "member_contact_end")},
}
NOT_PAGES = {
    "a PDF, looked at in tests/memberships/test_finance": "finance_draft_pdf finance_invoice_file finance_paper finance_supplier_file",
    "a PDF, looked at in tests/memberships/test_space": "member_attestation member_summary member_paper",
    "an act of a member, by POST": "member_finance",
    "an act of the finance page, by POST": "finance_ask finance_pay",
}
