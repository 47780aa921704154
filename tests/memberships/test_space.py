"""The space of a member: for its contacts of the day and nobody else; who leaves loses access at once, and names who follows."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from accounts.roles import Role
from applications.models import Application
from core.clock import PARIS
from core.refusals import Refused
from mailing.models import Message
from memberships import links, rights, services, space
from memberships.bulletins import Person
from memberships.models import BenefitUse, FinanceLink, Membership, MembershipDocument, Right
from memberships.services import contacting, invoicing
from memberships.states import DocumentKind, State
from organisations.models import Contact
from organisations.services import succeed
from organisations.states import ContactRole
from records.models import Act
from tests.accounts.factories import UserFactory, sign_in
from tests.applications.factories import deposited
from tests.billing.factories import association, body
from tests.memberships.factories import ContactFactory, MembershipFactory
from tests.programmes.factories import EditionFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 1, 10, tzinfo=PARIS)
TODAY = date(2027, 3, 1)
SACHA = Person("Sacha", "Exemple", "comptable", "sacha@ville.example", "")


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def person():
    return UserFactory(email="direction@ville.example")


@pytest.fixture
def membership(person):
    association()
    organisation = body(name="Ville d’Exemple")
    rows = ((ContactRole.GENERAL, person.email, person), (ContactRole.FINANCE, "finances@ville.example", None))
    for role, email, account in rows:
        ContactFactory(organisation=organisation, role=role, email=email, account=account, starts_on=date(2026, 1, 5))
    for rank, (title, unit) in enumerate((("Compagnonnage", "heures d’échange"), ("Gouvernance", "")), start=1):
        Right.objects.create(rank=rank, title=title, unit=unit, how="Écrivez-nous.")
    return MembershipFactory(organisation=organisation)


@pytest.fixture
def mine(person):
    return sign_in(Client(), person)


def contact(membership: Membership, role: ContactRole) -> Contact:
    return membership.organisation.contacts.get(role=role, ends_on=None)


def page(membership: Membership, name: str = "member", *more: object) -> str:
    return reverse(name, args=[membership.organisation_id, *more])


def text_of(answer) -> str:
    return answer.content.decode().replace("\u202f", " ").replace("\u00a0", " ")


def words_of(answer) -> str:
    pages = PdfReader(BytesIO(answer.content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).replace("\u202f", " ").replace("\u00a0", " ").split())


def use(membership: Membership, title: str, quantity: str, what: str) -> BenefitUse:
    right = Right.objects.get(title=title)
    return BenefitUse.objects.create(membership=membership, right=right, on=TODAY, quantity=Decimal(quantity), what=what)


def test_the_page_says_in_words_what_the_body_is_and_shows_all_that_is_its_own(membership, mine):
    invoice = invoicing.ask_invoice(membership, by=None, now=NOW)
    use(membership, "Compagnonnage", "2.50", "Relecture d’un cahier des charges")
    text = text_of(mine.get(page(membership)))
    said = (
        "Adhésion 2027 active",
        "2,5 heures d’échange",
        "Relecture d’un cahier",
        "Écrivez-nous.",
        invoice.number,
        "à payer",
        "finances@",
    )
    assert [part for part in said if part.lower() not in text.lower()] == []
    assert page(membership) in text_of(mine.get(reverse("space")))


@pytest.mark.parametrize("who", ["neighbour", "contact of another body", "former contact", "staff", "treasurer", "nobody"])
def test_nobody_else_is_told_anything_of_it(membership, who):
    roles = {"staff": [Role.STAFF], "treasurer": [Role.TREASURER]}.get(who, [])
    person = UserFactory(roles=roles)
    if who == "contact of another body":
        ContactFactory(account=person, email=person.email)
    if who == "former contact":
        ContactFactory(organisation=membership.organisation, account=person, email=person.email, ends_on=TODAY - timedelta(days=1))
    client = Client() if who == "nobody" else sign_in(Client(), person)
    row = contact(membership, ContactRole.FINANCE)
    addresses = [
        page(membership), page(membership, "member_attestation"), page(membership, "member_summary", 2027),
        page(membership, "member_contact_add"), page(membership, "member_contact", row.pk), page(membership, "member_contact_end", row.pk),
    ]  # fmt: skip
    codes = {client.get(address).status_code for address in addresses}
    codes.add(client.post(page(membership, "member_finance", membership.pk)).status_code)
    assert (codes, FinanceLink.objects.count()) == ({302} if who == "nobody" else {404}, 0)


def test_a_paper_of_another_body_is_not_given(membership, mine):
    other = MembershipDocument.objects.create(membership=MembershipFactory(organisation=body()), kind=DocumentKind.SIGNED, made_at=NOW)
    assert mine.get(page(membership, "member_paper", other.pk)).status_code == 404


def test_what_is_a_state_in_words_follows_the_dates(membership):
    said = {}
    for day in (date(2026, 12, 1), date(2027, 6, 1), date(2028, 6, 1)):
        said[day] = space.in_words(rights.standing(membership.organisation, day))
    assert list(said.values()) == ["Adhésion 2027 à venir", "Adhésion 2027 active", "Ancien adhérent"]


# --- Attestation and summary ---------------------------------------------------------------------------------


def test_the_attestation_has_a_number_and_is_the_same_paper_asked_again(membership, mine):
    first, again = (mine.get(page(membership, "member_attestation")) for _ in range(2))
    number = MembershipDocument.objects.get(kind=DocumentKind.ATTESTATION).number
    words = words_of(first)
    assert (first.content == again.content, number in words, "Ville d’Exemple adhère" in words) == (True, True, True)


def test_no_attestation_is_given_when_rights_do_not_run(membership, mine):
    services.suspend(membership, "À sa demande.", by=None, now=NOW)
    answer = mine.get(page(membership, "member_attestation"))
    assert (answer.status_code, MembershipDocument.objects.count()) == (302, 0)


def test_the_summary_counts_what_was_used_and_names_no_agent(membership, mine):
    use(membership, "Compagnonnage", "1", "Échange de printemps")
    days = timedelta(days=2)
    call = EditionFactory(opens_at=NOW - days, closes_at=NOW + days, published_at=NOW - days)
    file = deposited(at=NOW, edition=call, last_name="Introuvable")
    Application.objects.filter(pk=file.pk).update(body=membership.organisation)
    words = words_of(mine.get(page(membership, "member_summary", 2027)))
    said = ("1 heure d’échange", "Échange de printemps", "Candidatures déposées par vos agents 1")
    assert ([part for part in said if part not in words], "Introuvable" in words) == ([], False)
    use(membership, "Compagnonnage", "2", "Échange d’été")
    again = words_of(mine.get(page(membership, "member_summary", 2027)))
    assert ("3 heures d’échange" in again, MembershipDocument.objects.filter(kind=DocumentKind.SUMMARY).count()) == (True, 2)


def test_a_year_whose_rights_never_began_has_no_summary(membership, mine):
    assert mine.get(page(membership, "member_summary", 2025)).status_code == 404


# --- Contacts ------------------------------------------------------------------------------------------------


def test_a_contact_corrects_another_and_the_change_is_recorded(membership, mine):
    row = contact(membership, ContactRole.FINANCE)
    typed = {"first_name": "Noé", "last_name": "Exemple", "job": "trésorier", "phone": "01 00 00 00 00"}
    assert mine.post(page(membership, "member_contact", row.pk), typed).status_code == 302
    row.refresh_from_db()
    act = Act.objects.get(verb="contact corrigé")
    assert (row.full_name, row.job, act.changes["fonction"]) == ("Noé Exemple", "trésorier", ["", "trésorier"])


def test_a_contact_is_added_told_by_letter_and_enters_with_that_address(membership, mine):
    typed = {"role": "VOTING", "first_name": "Ana", "last_name": "Exemple", "job": "", "email": "Ana@Ville.example", "phone": ""}
    assert mine.post(page(membership, "member_contact_add"), typed).status_code == 302
    letter = Message.objects.get(kind="memberships.contact_added")
    ana = UserFactory(email="ana@ville.example")
    assert sign_in(Client(), ana).get(page(membership)).status_code == 404
    contacting.recognise(ana, NOW)
    assert (letter.to, page(membership) in letter.text) == ("ana@ville.example", True)
    assert sign_in(Client(), ana).get(page(membership)).status_code == 200


def test_a_refused_contact_keeps_what_was_typed(membership, mine):
    answer = mine.post(page(membership, "member_contact_add"), {"role": "VOTING", "last_name": "Exemple", "email": "rien"})
    assert (answer.status_code, "rien" in answer.content.decode()) == (422, True)


def test_the_last_general_contact_does_not_leave_without_a_successor(membership, mine, person):
    row = contact(membership, ContactRole.GENERAL)
    answer = mine.post(page(membership, "member_contact_end", row.pk), {"successor": "NOBODY"})
    assert answer.status_code == 422
    with pytest.raises(Refused, match="dernier référent général"):
        services.end_contact(row, by=person, now=NOW)
    assert mine.get(page(membership)).status_code == 200


def test_who_leaves_loses_access_at_once_and_who_follows_has_it(membership, mine):
    row = contact(membership, ContactRole.GENERAL)
    typed = {"successor": "OTHER", "first_name": "Sacha", "last_name": "Exemple", "job": "", "email": "sacha@ville.example"}
    answer = mine.post(page(membership, "member_contact_end", row.pk), typed)
    assert (answer.headers["Location"], mine.get(page(membership)).status_code) == (reverse("space"), 404)
    following = contact(membership, ContactRole.GENERAL)
    sacha = UserFactory(email="sacha@ville.example")
    contacting.recognise(sacha, NOW)
    assert (following.email, sign_in(Client(), sacha).get(page(membership)).status_code) == ("sacha@ville.example", 200)
    assert Act.objects.filter(verb="fin de rôle d’un contact").count() == 1


def test_the_finance_page_passes_to_the_successor_and_the_old_address_dies(membership, mine, client):
    row = contact(membership, ContactRole.FINANCE)
    old = links.give(membership, row, NOW)
    assert client.get(old).status_code == 200
    services.end_contact(row, by=None, now=NOW, successor=SACHA)
    letter = Message.objects.get(kind="memberships.finance_page")
    new = links.give(membership, contact(membership, ContactRole.FINANCE), NOW)
    assert (client.get(old).status_code, client.get(new).status_code, letter.to, new in letter.text) == (404, 200, SACHA.email, True)


def test_without_a_successor_whoever_pays_from_now_on_receives_the_page(membership):
    row = contact(membership, ContactRole.FINANCE)
    links.give(membership, row, NOW)
    services.end_contact(row, by=None, now=NOW)
    assert Message.objects.get(kind="memberships.finance_page").to == "direction@ville.example"


def test_when_the_general_contact_leaves_the_finance_department_has_a_new_address(membership, client):
    """Reminders reach the general contact in copy: what they know of opens nothing any more."""
    old = links.give(membership, contact(membership, ContactRole.FINANCE), NOW)
    services.end_contact(contact(membership, ContactRole.GENERAL), by=None, now=NOW, successor=SACHA)
    letter = Message.objects.get(kind="memberships.finance_page")
    assert (client.get(old).status_code, letter.to, old in letter.text) == (404, "finances@ville.example", False)


def test_the_page_of_an_invoice_gives_nobody_the_address_of_another(membership, mine):
    invoice = invoicing.ask_invoice(membership, by=None, now=NOW)
    text = mine.get(reverse("invoice", args=[invoice.number])).content.decode()
    assert ("/dossiers/" in text, page(membership) in text) == (False, True)


def test_a_role_begun_today_ends_today_all_the_same(membership, person):
    added = services.add_contact(membership.organisation, ContactRole.GENERAL, SACHA, by=person, now=NOW)
    services.end_contact(added, by=person, now=NOW)
    added.refresh_from_db()
    assert (added.ends_on, Contact.objects.of(membership.organisation, on=TODAY).filter(pk=added.pk).exists()) == (
        TODAY - timedelta(days=1),
        False,
    )


def test_a_member_without_a_voter_is_invited_to_name_one(membership, mine):
    told = "Personne ne vote encore pour vous"
    assert told in text_of(mine.get(page(membership)))
    form = mine.get(f"{page(membership, 'member_contact_add')}?role=VOTING")
    assert form.context["form"]["role"].value() == "VOTING"
    ContactFactory(organisation=membership.organisation, role=ContactRole.VOTING, email="vote@ville.example")
    assert told not in text_of(mine.get(page(membership)))


def test_who_voted_before_is_kept(membership, mine):
    voter = services.add_contact(membership.organisation, ContactRole.VOTING, SACHA, by=None, now=NOW)
    Contact.objects.filter(pk=voter.pk).update(starts_on=date(2026, 5, 1))
    services.end_contact(Contact.objects.get(pk=voter.pk), by=None, now=NOW)
    assert "Qui a voté pour vous avant" in text_of(mine.get(page(membership)))


def test_nobody_succeeds_themselves(membership):
    row = contact(membership, ContactRole.GENERAL)
    with pytest.raises(Refused, match="ne peut pas se succéder"):
        services.end_contact(row, by=None, now=NOW, successor=Person(email="Direction@ville.example"))


def test_the_finance_page_opens_from_the_space_for_its_reader(membership, mine, client):
    answer = mine.post(page(membership, "member_finance", membership.pk))
    assert (answer.status_code, client.get(answer.headers["Location"]).status_code) == (302, 200)
    assert mine.post(page(membership, "member_finance", MembershipFactory(organisation=body()).pk)).status_code == 404


def test_a_call_to_confirm_is_answered_from_the_space(membership, mine):
    Membership.objects.filter(pk=membership.pk).update(state=State.TO_CONFIRM, accepted_at=None, rights_from=None, rights_until=None)
    assert "Renouvelez-vous pour 2027" in text_of(mine.get(page(membership)))


def test_the_contact_of_a_successor_reads_the_years_the_invoices_and_the_papers_of_the_body_before(membership, client):
    invoice = invoicing.ask_invoice(membership, by=None, now=NOW)
    heir = body(name="Métropole d’Exemple", siret="")
    succeed(membership.organisation, heir, on=TODAY, by=None, now=NOW)
    reader = ContactFactory(organisation=heir, account=UserFactory()).account
    text = text_of(sign_in(client, reader).get(reverse("member", args=[heir.pk])))
    paper = membership.documents.create(kind=DocumentKind.BULLETIN, file="adhesions/x.pdf", made_at=NOW)
    seen = list(MembershipDocument.objects.visible_to(reader))
    assert (invoice.number in text, client.get(reverse("invoice", args=[invoice.number])).status_code, seen) == (True, 200, [paper])


@pytest.mark.parametrize("uses", [1, 3])
def test_the_page_asks_as_many_questions_however_much_was_used(membership, mine, uses, django_assert_max_num_queries):
    for number in range(uses):
        use(membership, "Compagnonnage", "1", f"Échange {number}")
    mine.get(page(membership))
    with django_assert_max_num_queries(40) as asked:
        mine.get(page(membership))
    assert len(asked) == QUERIES


QUERIES = 21
