"""Sending, completing, accepting, asking, refusing: what each service promises."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest
import time_machine

from accounts.roles import Role
from core.clock import PARIS
from core.refusals import Refused
from mailing.models import Message
from memberships import links, retention, services
from memberships.bulletins import Bulletin, Person
from memberships.models import FinanceLink, JoiningDraft, Membership, MembershipDocument
from memberships.states import Category, DocumentKind, LateRule, Origin, Signature, State
from organisations.models import Contact, Organisation
from organisations.states import ContactRole, Kind
from records.models import Act
from records.services import label_of
from tests.accounts.factories import UserFactory
from tests.memberships.factories import NOW, CampaignFactory, MembershipFactory
from tests.organisations.factories import BRETAGNE, ContactFactory, OrganisationFactory

pytestmark = pytest.mark.django_db
GENERAL = Person("Inès", "Exemple", "directrice", "ines@region.example", "01 00 00 00 00")
FINANCE = Person("Noé", "Exemple", "", "finances@region.example")


@pytest.fixture
def campaign():
    return CampaignFactory()


@pytest.fixture
def body():
    return OrganisationFactory(name="Région d’Exemple", kind=Kind.REGION, siret=BRETAGNE)


@pytest.fixture
def person():
    return UserFactory(email="ines@region.example", first_name="Inès")


@pytest.fixture
def staff():
    return UserFactory(roles=[Role.STAFF], first_name="Claude")


def bulletin(body=None, **fields):
    said = {"people": {"GENERAL": GENERAL, "FINANCE": FINANCE, "VOTING": GENERAL}, "signatory_name": "Dominique Exemple"}
    return Bulletin(body=body, **{**said, "signatory_job": "présidente", "signature": Signature.ONLINE.value, **fields})


def sent(body, campaign, person, **fields):
    return services.send(bulletin(body, **fields), campaign=campaign, by=person, now=NOW)


def letters():
    return list(Message.objects.order_by("pk").values_list("kind", "to"))


def refusal(act):
    with pytest.raises(Refused) as told:
        act()
    return str(told.value).replace("\u00a0", " ")


# --- Sending ------------------------------------------------------------------------------------------


def test_a_bulletin_waits_for_the_team_with_its_amount_frozen_and_gives_a_receipt(campaign, body, person):
    membership = sent(body, campaign, person, commitment_number="E-42")
    told = (
        membership.state,
        membership.category,
        membership.amount,
        membership.commitment_number,
        membership.signature,
        membership.signed_at,
    )
    assert told == (State.PROPOSED, Category.COLLECTIVITE, Decimal(5000), "E-42", Signature.ONLINE, NOW)
    assert (membership.asker, letters()) == (person, [("memberships.received", "ines@region.example")])
    campaign.rates.update(amount=Decimal(9999))
    assert Membership.objects.get().amount == Decimal(5000)


def test_nobody_gets_a_role_in_a_body_by_typing_its_siret(campaign, body, person):
    sent(body, campaign, person)
    assert (Contact.objects.count(), Membership.objects.visible_to(person).count(), Membership.objects.asked_by(person).count()) == (
        0,
        0,
        1,
    )


def test_a_second_click_is_the_first_one_and_one_letter(campaign, body, person):
    first, second = sent(body, campaign, person), sent(body, campaign, person)
    assert (first == second, Membership.objects.count(), len(letters())) == (True, 1, 1)


STRANGERS_READ = "« Région d’Exemple » n’a pas de nouveau bulletin à envoyer pour 2027"


def test_a_second_person_of_the_body_is_told_and_named_nobody(campaign, body, person):
    sent(body, campaign, person)
    noe = UserFactory(email="noe@region.example")
    assert STRANGERS_READ in refusal(partial(sent, body, campaign, noe))
    ContactFactory(organisation=body, account=noe, email=noe.email)
    told = refusal(partial(sent, body, campaign, noe))
    assert ("a déjà envoyé son bulletin 2027, le 1er mars 2027" in told, "Inès" in told, "ines@" in told) == (True, False, False)


@pytest.mark.parametrize(("state", "words"), [(State.ACTIVE, "déjà adhérente pour 2027"), (State.TO_CONFIRM, "attend sa confirmation")])
def test_a_body_that_has_its_year_is_told_so(campaign, body, person, state, words):
    MembershipFactory(organisation=body, campaign=campaign, state=state)
    told = refusal(partial(sent, body, campaign, person))
    assert (STRANGERS_READ in told, words in told) == (True, False)
    ContactFactory(organisation=body, account=person, email=person.email)
    assert words in refusal(partial(sent, body, campaign, person))


@pytest.mark.parametrize("state", [State.REFUSED, State.WITHDRAWN, State.DECLINED])
def test_who_was_refused_or_gave_up_comes_back_on_the_same_row(campaign, body, person, state):
    before = MembershipFactory(organisation=body, campaign=campaign, state=state, question="Pourquoi ?")
    membership = sent(body, campaign, person)
    assert (membership.pk, membership.state, membership.question, Membership.objects.count()) == (before.pk, State.PROPOSED, "", 1)


def test_a_body_unknown_to_the_register_enters_it_once(campaign, person):
    made = sent(None, campaign, person, name="Hôpital d’Exemple", siret="26750045200011", kind=Kind.HOSPITAL.value, commune="75056")
    body = made.organisation
    assert (body.name, body.siret, body.region, body.payment_days, made.category) == (
        "Hôpital d’Exemple", "26750045200011", "11", 50, Category.ETABLISSEMENT_PUBLIC,
    )  # fmt: skip
    again = refusal(partial(sent, None, campaign, UserFactory(), name="Autre nom", siret="26750045200011", kind=Kind.HOSPITAL.value))
    assert ("Hôpital d’Exemple" in again, Organisation.objects.count()) == (True, 1)


def test_a_closed_body_and_one_that_cannot_join_are_refused_in_words(campaign, body, person):
    body.closed_on = date(2026, 12, 31)
    body.save()
    assert "est fermé depuis le 31 décembre 2026" in refusal(partial(sent, body, campaign, person))
    club = OrganisationFactory(kind=Kind.ASSOCIATION)
    assert "ouverte aux collectivités territoriales, aux ministères et aux établissements publics" in refusal(
        partial(sent, club, campaign, person)
    )
    campaign.is_open = False
    assert "ne sont pas ouvertes" in refusal(partial(sent, OrganisationFactory(), campaign, person))


def test_the_body_that_replaced_another_is_the_one_that_joins(campaign, person):
    new = OrganisationFactory(name="Exemple Agglomération", kind=Kind.INTERCOMMUNAL)
    old = OrganisationFactory(kind=Kind.INTERCOMMUNAL, replaced_by=new, replaced_on=date(2027, 1, 1))
    assert sent(old, campaign, person).organisation == new


def test_who_joins_late_owes_what_the_rule_says(body, person):
    campaign = CampaignFactory(late_rule=LateRule.PRO_RATA, late_from=date(2027, 3, 1))
    membership = sent(body, campaign, person)
    assert (membership.amount, membership.amount_note.replace("\u00a0", " ")) == (Decimal("4166.67"), "au prorata : 10 mois sur 12")


def test_sending_erases_the_draft(campaign, body, person):
    services.save_draft({"siret": BRETAGNE}, by=person, now=NOW)
    sent(body, campaign, person)
    assert JoiningDraft.objects.count() == 0


# --- Drafts ---------------------------------------------------------------------------------------------


def test_a_draft_is_kept_step_by_step_and_a_late_tab_overwrites_nothing(person):
    assert services.save_draft({"siret": " "}, by=person, now=NOW) is None
    services.save_draft({"siret": BRETAGNE}, by=person, now=NOW)
    draft = services.save_draft({"general_last_name": "Exemple"}, by=person, now=NOW, revision=1)
    assert (draft.typed, draft.revision) == ({"siret": BRETAGNE, "general_last_name": "Exemple"}, 2)
    with pytest.raises(services.Stale):
        services.save_draft({"general_last_name": "Autre"}, by=person, now=NOW, revision=1)
    assert JoiningDraft.objects.get().typed["general_last_name"] == "Exemple"


# --- The team -------------------------------------------------------------------------------------------


def test_accepting_begins_the_rights_enters_the_contacts_and_writes_to_each(campaign, body, person, staff):
    membership = services.accept(sent(body, campaign, person), by=staff, now=NOW + timedelta(days=2))
    assert (membership.state, membership.rights_from, membership.rights_until) == (State.ACTIVE, date(2027, 3, 3), date(2028, 3, 31))
    contacts = list(Contact.objects.order_by("role").values_list("role", "email", "account", "starts_on"))
    day = date(2027, 3, 3)
    assert contacts == [
        (ContactRole.FINANCE, "finances@region.example", None, day),
        (ContactRole.GENERAL, "ines@region.example", person.pk, day),
        (ContactRole.VOTING, "ines@region.example", person.pk, day),
    ]
    assert letters()[1:] == [("memberships.accepted", "ines@region.example"), ("memberships.dues_call", "finances@region.example")]
    with time_machine.travel(NOW + timedelta(days=3)):
        assert Membership.objects.visible_to(person).get() == membership


def test_a_contact_who_held_the_role_already_stays_one_row_with_what_the_bulletin_adds(campaign, body, person, staff):
    ContactFactory(organisation=body, role=ContactRole.GENERAL, email="ines@region.example", phone="", job="")
    services.accept(sent(body, campaign, person), by=staff, now=NOW)
    general = Contact.objects.get(role=ContactRole.GENERAL)
    assert (general.job, general.phone) == ("directrice", "01 00 00 00 00")


def test_a_bulletin_accepted_for_next_year_gives_rights_from_its_first_day(body, person, staff):
    membership = services.accept(sent(body, CampaignFactory(year=2028), person), by=staff, now=NOW)
    assert membership.rights_from == date(2028, 1, 1)


def test_the_siret_of_a_body_known_by_its_siren_is_kept_at_acceptance(campaign, person, staff):
    town = OrganisationFactory(siren=BRETAGNE[:9])
    services.accept(sent(town, campaign, person, siret=BRETAGNE), by=staff, now=NOW)
    town.refresh_from_db()
    assert town.siret == BRETAGNE


def test_a_question_is_answered_by_completing_and_waits_for_the_team_again(campaign, body, person, staff):
    membership = services.ask(sent(body, campaign, person, signature=""), "Qui signe ?", by=staff, now=NOW)
    draft = services.reopen(membership, by=person, now=NOW)
    assert (draft.typed["general_email"], draft.typed["finance_is"], draft.typed["voting_is"]) == (
        "ines@region.example",
        "OTHER",
        "GENERAL",
    )
    completed = services.complete(membership, bulletin(body, signatory_name="Alix Exemple"), by=person, now=NOW)
    assert (completed.state, completed.question, completed.signatory_name) == (State.PROPOSED, "", "Alix Exemple")
    assert [kind for kind, _ in letters()] == ["memberships.received", "memberships.asked", "memberships.received_again"]
    assert "n’attend plus de complément" in refusal(partial(services.complete, membership, bulletin(body), by=person, now=NOW))


def test_a_refusal_says_why_and_a_withdrawn_bulletin_is_no_longer_accepted(campaign, body, person, staff):
    membership = sent(body, campaign, person)
    assert "Dites pourquoi" in refusal(partial(services.refuse, membership, "  ", by=staff, now=NOW))
    services.refuse(membership, "Ce n’est pas votre organisme.", by=staff, now=NOW)
    assert "ne peut pas devenir « active »" in refusal(partial(services.accept, membership, by=staff, now=NOW)).replace("\u00a0", " ")
    services.withdraw(sent(body, campaign, person), by=person, now=NOW)
    assert Membership.objects.get().state == State.WITHDRAWN
    assert list(Act.objects.order_by("pk").values_list("verb", flat=True)) == [
        "bulletin reçu", "bulletin refusé", "bulletin reçu", "bulletin retiré",
    ]  # fmt: skip


def test_a_suspension_stops_rights_at_once_and_lifting_gives_them_back_the_same_day(campaign, staff):
    membership = MembershipFactory(campaign=campaign)
    services.suspend(membership, "Après discussion.", by=staff, now=NOW)
    assert "déjà suspendus" in refusal(partial(services.suspend, membership, "Encore.", by=staff, now=NOW))
    days = [NOW.date() + timedelta(days=n) for n in (0, 3)]
    assert [Membership.objects.in_force(on=day).count() for day in days] == [0, 0]
    services.lift_suspension(membership, "Réglé.", by=staff, now=NOW + timedelta(days=3))
    assert [Membership.objects.in_force(on=day).count() for day in days] == [0, 1]


def test_what_staff_enter_gives_no_receipt_and_is_told_at_acceptance(campaign, body, staff):
    paper = bulletin(body, signature=Signature.PAPER.value)
    membership = services.send(paper, campaign=campaign, by=staff, now=NOW, origin=Origin.STAFF)
    assert (membership.asker, letters()) == (None, [])
    services.accept(membership, by=staff, now=NOW)
    assert letters() == [("memberships.accepted", "ines@region.example"), ("memberships.dues_call", "finances@region.example")]


def test_a_draft_of_a_month_ago_is_purged(person):
    services.save_draft({"siret": BRETAGNE}, by=person, now=datetime(2027, 1, 1, tzinfo=PARIS))
    assert [retention.erase_drafts(NOW, dry_run=dry) for dry in (True, False)] == [1, 1]
    assert JoiningDraft.objects.count() == 0


def test_a_bulletin_that_came_to_nothing_keeps_its_row_and_nobody_six_months_after_its_year(campaign, body, person, staff):
    membership = sent(body, campaign, person)
    MembershipDocument.objects.create(membership=membership, kind=DocumentKind.DELIBERATION, made_at=NOW, by_name="Inès Exemple")
    services.refuse(membership, "Un autre organisme a adhéré.", by=staff, now=NOW)
    kept = sent(OrganisationFactory(kind=Kind.REGION), campaign, person)
    before, after = datetime(2028, 6, 30, tzinfo=PARIS), datetime(2028, 7, 1, tzinfo=PARIS)
    counts = [retention.erase_bulletins(day, dry_run=dry) for day, dry in ((before, False), (after, True), (after, False), (after, False))]
    row = Membership.objects.get(pk=membership.pk)
    said = [row.bulletin, row.asked_by, row.asker, row.signatory_name, row.question, row.documents.count(), "Exemple" in row.search]
    assert (counts, row.state, said) == ([0, 1, 1, 0], State.REFUSED, [{}, "", None, "", "", 0, False])
    assert {letter.to for letter in Message.objects.filter(about=label_of(row))} == {""}
    assert {act.note for act in Act.objects.filter(about=label_of(row))} == {""}
    kept.refresh_from_db()
    assert kept.signatory_name != ""


def test_addresses_closed_for_a_year_go_with_whom_they_were_given_to(campaign, body):
    links.give(MembershipFactory(organisation=body, campaign=campaign), ContactFactory(organisation=body), NOW)
    link = FinanceLink.objects.get()
    links.revoke(link, by=None, now=NOW)
    assert [retention.erase_links(NOW + timedelta(days=days), dry_run=False) for days in (364, 366)] == [0, 1]
