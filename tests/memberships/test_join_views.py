"""Joining through the door a person uses: bad input in clear words, nothing lost, nobody else's bulletin."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.roles import Role
from core import clock
from mailing.models import Message
from memberships import answers as asked
from memberships import services
from memberships.bulletins import Bulletin, Person
from memberships.models import JoiningDraft, Membership
from memberships.states import DocumentKind, State
from organisations.models import Contact
from organisations.states import Kind
from tests.accounts.factories import UserFactory, sign_in
from tests.memberships.factories import NOW, CampaignFactory, MembershipFactory, RateFactory
from tests.organisations.factories import BRETAGNE, ContactFactory, OrganisationFactory

pytestmark = pytest.mark.django_db
SPACED = "233 500 016 00040"
TYPED = {
    "general_first_name": "Inès", "general_last_name": "Exemple", "general_email": "ines@region.example",
    "finance_is": "OTHER", "finance_last_name": "Exemple", "finance_email": "finances@region.example",
    "voting_is": "GENERAL", "signatory_name": "Dominique Exemple", "signatory_job": "présidente",
    "payer_address": "283 avenue d’Exemple", "payer_postcode": "35000", "payer_city": "Rennes",
}  # fmt: skip
PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\nxref\ntrailer << >>\nstartxref\n9\n%%EOF\n"


@pytest.fixture(autouse=True)
def _in_march():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def campaign():
    return CampaignFactory()


@pytest.fixture
def body(campaign):
    return OrganisationFactory(name="Région d’Exemple", kind=Kind.REGION, siret=BRETAGNE)


@pytest.fixture
def person(client):
    person = UserFactory(email="ines@region.example")
    sign_in(client, person)
    return person


def words(answer):
    text = unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).replace("\u00a0", " ").replace("\u202f", " ")
    return re.sub(r"\s+", " ", text)


def step_one(client, siret=SPACED, **typed):
    return client.post(reverse("join"), {"year": "2027", "siret": siret, **typed})


def through(client, **typed):
    """The two first steps, then the revision that the page of the third holds."""
    step_one(client)
    client.post(reverse("join_contacts"), {**TYPED, **typed})
    return JoiningDraft.objects.get().revision


def send(client, revision, **typed):
    return client.post(reverse("join_review"), {"revision": revision, "signature": "ONLINE", "agreed": "on", **typed})


# --- Which body --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("siret", "told"),
    [
        ("233 500 016 00041", "Ce SIRET n’est pas valide : vérifiez ses 14 chiffres, surtout les 5 derniers."),
        ("133 500 016 00040", "un de ses 9 premiers chiffres (le SIREN) est faux"),
        ("233 500 016", "Un SIRET a 14 chiffres : vous en avez tapé 9."),
        ("23350001600O40", "Un SIRET ne contient que des chiffres."),
        ("", "Donnez le SIRET de votre organisme, ou son nom s’il n’en a pas."),
        ("9" * 3000, "caractères au plus"),
        ("\x00\ud800".encode("utf-8", "replace").decode(), "ne contient que des chiffres"),
    ],
)
def test_a_wrong_siret_is_refused_beside_its_field_and_stays_typed(client, person, body, siret, told):
    answer = step_one(client, siret)
    page = answer.content.decode()
    assert (answer.status_code, told in words(answer), 'href="#id_siret"' in page, "<title>Erreur" in page) == (422, True, True, True)
    if 0 < len(siret) < 30 and siret.isprintable():
        assert f'value="{siret}"' in page


def test_the_siret_is_not_said_to_be_optional_and_far_too_many_digits_are_one_fault(client, person, body):
    assert "SIRET de votre organisme (facultatif)" not in words(client.get(reverse("join")))
    refused = step_one(client, "9" * 300).context["form"].errors["siret"]
    assert [text.replace("\u00a0", " ") for text in refused] == ["Un SIRET a 14 chiffres : 60 caractères au plus."]


def test_a_right_siret_typed_with_spaces_proposes_the_body_with_its_address_and_amount(client, person, body):
    body.address, body.city, body.postcode = "283 avenue d’Exemple", "Exempleville", "35000"
    body.save()
    assert step_one(client).url == reverse("join_contacts")
    page = words(client.get(reverse("join_contacts")))
    assert [each for each in ("Région d’Exemple", SPACED, "283 avenue d’Exemple", "5 000 €") if each not in page] == []


def test_an_unknown_siret_asks_who_it_is_and_joins_that_body(client, person, campaign):
    answer = step_one(client, "267 500 452 00011")
    assert "Ce SIRET est bon, mais notre répertoire ne le connaît pas encore." in words(answer)
    refused = step_one(client, "267 500 452 00011", unknown="1")
    assert (refused.status_code, "Donnez le nom de l’organisme." in words(refused)) == (422, True)
    club = step_one(client, "267 500 452 00011", unknown="1", name="Club d’Exemple", kind="ASSOCIATION")
    assert "L’adhésion est ouverte aux collectivités" in words(club)
    lost = step_one(client, "267 500 452 00011", unknown="1", name="Hôpital d’Exemple", kind="HOSPITAL", commune="Nullepart-sur-Rien")
    assert "Aucune commune ne s’appelle « Nullepart-sur-Rien »" in words(lost)
    done = step_one(client, "267 500 452 00011", unknown="1", name="Hôpital d’Exemple", kind="HOSPITAL", commune="Rennes")
    assert (done.status_code, done["Location"]) == (302, reverse("join_contacts"))
    client.post(reverse("join_contacts"), TYPED)
    send(client, JoiningDraft.objects.get().revision)
    made = Membership.objects.get().organisation
    assert (made.name, made.siret, made.region, made.kind) == ("Hôpital d’Exemple", "26750045200011", "53", Kind.HOSPITAL)


def test_an_office_without_siret_is_found_by_its_name(client, person, campaign):
    OrganisationFactory(name="Direction d’Exemple", kind=Kind.STATE)
    assert step_one(client, "", name="direction d'exemple").url == reverse("join_contacts")
    assert "Direction d’Exemple" in words(client.get(reverse("join_contacts")))


def test_a_closed_body_one_already_a_member_and_one_without_rate_are_told_at_the_first_step(client, person, body, campaign):
    body.closed_on = date(2027, 1, 1)
    body.save()
    assert "est fermé depuis le 1ᵉʳ janvier 2027" in words(step_one(client))
    body.closed_on = None
    body.save()
    MembershipFactory(organisation=body, campaign=campaign)
    assert "n’a pas de nouveau bulletin à envoyer pour 2027" in words(step_one(client))
    ContactFactory(organisation=body, account=person, email=person.email)
    assert "est déjà adhérente pour 2027 : il n’y a rien à refaire." in words(step_one(client))
    town = OrganisationFactory(name="Ville sans tarif", kind=Kind.COMMUNE)
    campaign.rates.filter(category="COLLECTIVITE").delete()
    RateFactory(campaign=campaign, population_below=10_000)
    assert "dépend de la population" in words(step_one(client, "", name="Ville sans tarif"))
    assert step_one(client, "", name="Ville sans tarif", population="500").url == reverse("join_contacts")
    assert town.population is None


def test_nothing_is_open_nothing_is_asked(client, person):
    CampaignFactory(is_open=False)
    assert "Aucune année d’adhésion n’est ouverte" in words(client.get(reverse("join")))


# --- Who ----------------------------------------------------------------------------------------------------


def test_missing_contacts_are_listed_with_links_and_what_was_typed_stays(client, person, body):
    step_one(client)
    answer = client.post(
        reverse("join_contacts"), {**TYPED, "general_email": "ines@", "finance_email": "", "signatory_name": "", "voting_is": "X"}
    )
    page = answer.content.decode()
    links = re.findall(r'<a href="#(id_\w+)">', page.partition("data-errors")[2].partition("</div>")[0])
    assert (answer.status_code, sorted(links)) == (422, ["id_finance_email", "id_general_email", "id_signatory_name", "id_voting_is_0"])
    assert ('value="ines@"' in page, JoiningDraft.objects.get().typed["general_email"]) == (True, "ines@")


def test_the_draft_saves_by_itself_in_a_line_and_tells_a_late_tab(client, person, body):
    step_one(client)
    first = JoiningDraft.objects.get().revision
    saved = client.post(reverse("join_save"), {**TYPED, "revision": first}, headers={"HX-Request": "true"})
    assert (saved.status_code, "Enregistré à" in words(saved), JoiningDraft.objects.get().revision) == (200, True, first + 1)
    late = client.post(reverse("join_save"), {**TYPED, "general_last_name": "Autre", "revision": first}, headers={"HX-Request": "true"})
    assert (late.status_code, JoiningDraft.objects.get().typed["general_last_name"]) == (409, "Exemple")
    asked_for = client.post(reverse("join_contacts"), {**TYPED, "general_last_name": "Autre", "revision": first})
    assert (asked_for.status_code, "Une autre fenêtre a enregistré un texte plus récent" in words(asked_for)) == (409, True)
    assert 'value="Autre"' in asked_for.content.decode()


def test_a_session_that_ended_is_told_in_the_line_and_leads_back(client, campaign):
    answer = client.post(reverse("join_save"), TYPED, headers={"HX-Request": "true"})
    assert (answer.status_code, "Votre session est finie" in words(answer)) == (401, True)
    for name in ("join", "join_contacts", "join_review"):
        assert client.get(reverse(name)).status_code == 302


def test_steps_out_of_order_lead_to_the_first_and_a_draft_is_erased_when_asked(client, person, campaign):
    assert [client.get(reverse(name)).url for name in ("join_contacts", "join_review")] == [reverse("join")] * 2
    services.save_draft({"siret": SPACED}, by=person, now=NOW)
    client.get(reverse("join_delete"))
    assert JoiningDraft.objects.count() == 1
    client.post(reverse("join_delete"))
    assert JoiningDraft.objects.count() == 0


# --- Sending --------------------------------------------------------------------------------------------------


def test_what_is_sent_is_what_was_read_and_a_second_click_leads_to_the_same_page(client, person, body):
    revision = through(client)
    assert (send(client, revision - 1).status_code, Membership.objects.count()) == (409, 0)
    assert "Cochez cette case pour confirmer en ligne" in words(send(client, revision, agreed=""))
    first, second = send(client, revision), send(client, revision)
    membership = Membership.objects.get()
    assert first.url == second.url == reverse("joining_followed", args=[membership.pk])
    assert (membership.state, membership.signature, membership.asker) == (State.PROPOSED, "ONLINE", person)


WHERE = {"payer_address": "2 rue du Test", "payer_postcode": "35043", "payer_city": "Exempleville"}


def test_the_address_of_the_payer_is_asked_read_over_and_checked(client, person, body):
    body.address, body.postcode, body.city = "283 avenue d’Exemple", "35000", "Rennes"
    body.save()
    step_one(client)
    form = client.get(reverse("join_contacts")).content.decode()
    assert [f'value="{each}"' in form for each in ("283 avenue d’Exemple", "35000")] == [True] * 2
    empty = words(client.post(reverse("join_contacts"), {**TYPED, **dict.fromkeys(WHERE, "")}))
    told = ("Donnez l’adresse : numéro et voie", "Donnez le code postal.", "Donnez la ville.")
    assert [each in empty for each in told] == [True] * 3
    for wrong in ("3500", "35 00O", "350000"):
        answer = client.post(reverse("join_contacts"), {**TYPED, **WHERE, "payer_postcode": wrong})
        assert (answer.status_code, "Un code postal a 5 chiffres" in words(answer), f'value="{wrong}"' in answer.content.decode()) == (
            422, True, True,
        )  # fmt: skip
    send(client, through(client, **WHERE))
    row = Membership.objects.get()
    assert (row.payer_address, row.payer_postcode, row.payer_city) == ("2 rue du Test", "35043", "Exempleville")


def test_the_address_of_the_register_is_not_kept_twice_and_is_followed(client, person, body):
    body.address, body.postcode, body.city = "283 avenue d’Exemple", "35000", "Rennes"
    body.save()
    assert "Adresse 283 avenue d’Exemple, 35000 Rennes" in (through(client) and words(client.get(reverse("join_review"))))
    send(client, JoiningDraft.objects.get().revision)
    assert Membership.objects.get().payer_city == ""


def test_a_body_without_address_takes_that_of_its_accepted_bulletin(client, person, body):
    send(client, through(client, **WHERE))
    body.refresh_from_db()
    assert body.city == ""
    row = services.accept(Membership.objects.get(), by=None, now=NOW)
    body.refresh_from_db()
    assert (body.address, body.postcode, body.city, row.payer_city) == (*WHERE.values(), "")


def test_choosing_another_body_forgets_the_address_of_the_first(client, person, body):
    through(client, **WHERE)
    OrganisationFactory(name="Ministère d’Exemple", kind=Kind.STATE, siret="11000201100044", city="Paris", postcode="75001")
    step_one(client, "11000201100044")
    page = client.get(reverse("join_contacts")).content.decode()
    assert ("2 rue du Test" in page, 'value="75001"' in page) == (False, True)


def test_reading_over_says_that_who_votes_will_be_named_later(client, person, body):
    through(client, voting_is=asked.LATER)
    assert "Vote à l’assemblée générale à désigner plus tard" in words(client.get(reverse("join_review")))


def test_a_second_person_of_the_body_is_told_in_clear_words(client, person, body):
    send(client, through(client))
    noe = UserFactory(email="noe@region.example")
    sign_in(client, noe)
    assert "n’a pas de nouveau bulletin à envoyer pour 2027" in words(step_one(client))
    ContactFactory(organisation=body, account=noe, email=noe.email)
    assert "a déjà envoyé son bulletin 2027, le 1ᵉʳ mars 2027 : il n’y a rien à refaire." in words(step_one(client))


def test_a_question_is_answered_from_the_bulletin_as_it_was_typed(client, person, body):
    send(client, through(client), signature="LATER", agreed="")
    membership = services.ask(Membership.objects.get(), "Qui vote ?", by=UserFactory(roles=[Role.STAFF]), now=NOW)
    page = reverse("joining_followed", args=[membership.pk])
    assert "Qui vote ?" in words(client.get(page))
    assert client.post(reverse("joining_complete", args=[membership.pk])).url == reverse("join_contacts")
    form = client.get(reverse("join_contacts"))
    assert ("Qui vote ?" in words(form), 'value="finances@region.example"' in form.content.decode()) == (True, True)
    client.post(reverse("join_contacts"), {**TYPED, "voting_is": asked.LATER})
    assert send(client, JoiningDraft.objects.get().revision).url == page
    membership.refresh_from_db()
    assert (membership.state, sorted(membership.bulletin["people"])) == (State.PROPOSED, ["FINANCE", "GENERAL"])


# --- Following ------------------------------------------------------------------------------------------------


def bulletin_of(person, body, campaign):
    people = {"GENERAL": Person("Inès", "Exemple", "", "ines@region.example")}
    return services.send(Bulletin(body=body, people=people, signatory_name="Dominique"), campaign=campaign, by=person, now=NOW)


def pages_of(membership):
    names = ("joining_followed", "joining_withdraw", "joining_bulletin")
    return [reverse(name, args=[membership.pk]) for name in names]


def test_another_person_sees_nothing_of_a_bulletin_and_can_do_nothing_to_it(client, person, body, campaign):
    membership = bulletin_of(person, body, campaign)
    paper = services.file_paper(membership, DocumentKind.SIGNED, SimpleUploadedFile("a.pdf", PDF), by=person, now=NOW)
    addresses = [*pages_of(membership), reverse("joining_paper", args=[membership.pk, paper.pk])]
    assert [client.get(address).status_code for address in addresses] == [200] * 4
    stranger = UserFactory(email="autre@ville.example")
    ContactFactory(organisation=OrganisationFactory(), account=stranger, email=stranger.email)
    sign_in(client, stranger)
    acts = [reverse(name, args=[membership.pk]) for name in ("joining_upload", "joining_complete", "joining_withdraw")]
    assert [client.get(address).status_code for address in addresses] == [404] * 4
    assert [client.post(address).status_code for address in acts] == [404] * 3
    client.logout()
    assert [client.get(address).status_code for address in addresses] == [302] * 4


def test_a_contact_of_the_body_follows_its_bulletin_until_the_role_ends(client, person, body, campaign):
    membership = bulletin_of(person, body, campaign)
    colleague = UserFactory(email="noe@region.example")
    contact = ContactFactory(organisation=body, account=colleague, email=colleague.email)
    sign_in(client, colleague)
    page = pages_of(membership)[0]
    assert client.get(page).status_code == 200
    Contact.objects.filter(pk=contact.pk).update(ends_on=date(2027, 2, 28))
    assert client.get(page).status_code == 404


def test_a_signed_bulletin_is_kept_byte_for_byte_and_given_back_as_an_attachment(client, person, body, campaign):
    membership = bulletin_of(person, body, campaign)
    page = reverse("joining_upload", args=[membership.pk])
    for _ in range(2):
        client.post(page, {"kind": "SIGNED", "file": SimpleUploadedFile("../../signé.pdf", PDF, "text/html")})
    document = membership.documents.get()
    answer = client.get(reverse("joining_paper", args=[membership.pk, document.pk]))
    headers = [answer[name] for name in ("Content-Type", "Content-Disposition", "X-Content-Type-Options")]
    assert (answer.content, headers) == (PDF, ["application/pdf", f'attachment; filename="bulletin-signe-{document.pk}.pdf"', "nosniff"])
    membership.refresh_from_db()
    assert (membership.signature, ".." in document.file.name) == ("UPLOAD", False)


def test_a_refused_file_is_told_beside_its_field(client, person, body, campaign):
    membership = bulletin_of(person, body, campaign)
    page = reverse("joining_upload", args=[membership.pk])
    answer = client.post(page, {"kind": "SIGNED", "file": SimpleUploadedFile("a.pdf", b"<html><script>alert(1)</script>")})
    assert (answer.status_code, "ni un PDF, ni une image" in words(answer), membership.documents.count()) == (422, True, 0)
    assert client.post(page, {}).status_code == 422


def test_withdrawing_asks_first(client, person, body, campaign):
    membership = bulletin_of(person, body, campaign)
    page = reverse("joining_withdraw", args=[membership.pk])
    client.get(page)
    assert Membership.objects.get().state == State.PROPOSED
    client.post(page)
    assert (Membership.objects.get().state, client.get(page).status_code) == (State.WITHDRAWN, 404)


# --- A bulletin is its asker's until it is accepted; then the body's --------------------------------------------


def deposit(membership, by, content=PDF):
    return services.file_paper(membership, DocumentKind.DELIBERATION, SimpleUploadedFile("a.pdf", content), by=by, now=clock.now())


@pytest.mark.parametrize("state", [State.DECLINED, State.REFUSED, State.WITHDRAWN, State.RESIGNED])
def test_a_stranger_who_types_the_siret_of_a_body_reads_nothing_that_it_gave_before(client, person, body, campaign, state):
    theirs = deposit(bulletin_of(UserFactory(email="autre@region.example"), body, campaign), Membership.objects.get().asker)
    over = {"rights_from": date(2027, 1, 1), "rights_until": date(2027, 2, 1), "accepted_at": NOW, "resigned_on": date(2027, 2, 1)}
    Membership.objects.update(state=state, **over)
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        membership = services.send(Bulletin(body=body, signatory_name="Dominique"), campaign=campaign, by=person, now=clock.now())
        own = deposit(membership, person)
        read = words(client.get(pages_of(membership)[0]))
        papers = [client.get(reverse("joining_paper", args=[membership.pk, paper.pk])).status_code for paper in (theirs, own)]
    assert (papers, read.count("Délibération le"), "autre@region.example" in read) == ([404, 200], 1, False)


def test_the_body_reads_all_that_was_given_for_it(client, person, body, campaign):
    paper = deposit(bulletin_of(UserFactory(), body, campaign), Membership.objects.get().asker)
    Membership.objects.update(state=State.DECLINED)
    ContactFactory(organisation=body, account=person, email=person.email)
    assert client.get(reverse("joining_paper", args=[paper.membership_id, paper.pk])).status_code == 200


def test_who_sent_the_bulletin_and_left_the_body_follows_it_no_more(client, person, body, campaign):
    membership = bulletin_of(person, body, campaign)
    paper = deposit(membership, person)
    services.accept(membership, by=None, now=NOW)
    addresses = [*pages_of(membership), reverse("joining_paper", args=[membership.pk, paper.pk])]
    mine = Contact.objects.get(email=person.email)
    Contact.objects.update(account=person)
    assert [client.get(address).status_code for address in addresses] == [200, 404, 200, 200]
    services.end_contact(mine, by=person, now=NOW, successor=Person("Noé", "Exemple", "", "noe@region.example"))
    assert [client.get(address).status_code for address in addresses] == [404] * 4
    assert client.post(reverse("joining_upload", args=[membership.pk])).status_code == 404


def test_once_refused_a_bulletin_is_read_by_who_sent_it_without_its_papers(client, person, body, campaign):
    membership = bulletin_of(person, body, campaign)
    paper = deposit(membership, person)
    services.refuse(membership, "Écrivez-nous d’abord.", by=UserFactory(roles=[Role.STAFF]), now=NOW)
    assert "Écrivez-nous d’abord" in words(client.get(pages_of(membership)[0]))
    assert client.get(reverse("joining_paper", args=[membership.pk, paper.pk])).status_code == 404


@pytest.mark.parametrize(("ends_on", "leads_to"), [(None, "member"), (date(2027, 2, 1), "membership")])
def test_the_letter_of_acceptance_leads_to_the_space_only_who_speaks_for_the_body_today(client, person, body, campaign, ends_on, leads_to):
    ContactFactory(organisation=body, account=person, email=person.email, role="VOTING", starts_on=date(2027, 1, 1), ends_on=ends_on)
    membership = services.send(
        Bulletin(body=body, people={"GENERAL": Person("Noé", "Exemple", "", "noe@region.example")}), campaign=campaign, by=person, now=NOW
    )
    services.accept(membership, by=None, now=NOW)
    letter = Message.objects.get(kind="memberships.accepted", to=person.email)
    page = reverse(leads_to, args=[body.pk] if leads_to == "member" else [])
    assert f"testserver{page}" in letter.text or f"{page}\n" in letter.text


def test_who_only_sent_the_bulletin_is_led_by_the_letter_of_acceptance_to_a_page_that_opens(client, person, body, campaign):
    membership = services.send(
        Bulletin(body=body, people={"GENERAL": Person("Noé", "Exemple", "", "noe@region.example")}), campaign=campaign, by=person, now=NOW
    )
    services.accept(membership, by=None, now=NOW)
    letter = Message.objects.get(kind="memberships.accepted", to=person.email)
    assert (reverse("joining_followed", args=[membership.pk]) in letter.text, reverse("membership") in letter.text) == (False, True)
