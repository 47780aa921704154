"""Somebody of a proven address asks to be counted among a member's people: letters, one answer, changed later, forgotten one day."""

from datetime import date, datetime, timedelta

import pytest
import time_machine

from core.clock import PARIS
from core.refusals import Refused
from mailing.models import Message
from memberships import belonging, claim_links, claim_sweeping, retention, services
from memberships.models import Belonging, BookingLink, MailDomain, Membership
from memberships.services.answering import ByLink
from memberships.states import Answer
from organisations.models import Contact
from organisations.services import succeed
from organisations.states import ContactRole
from records.models import Act
from tests.memberships.factories import ContactFactory, MembershipFactory, OrganisationFactory, a_member

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 1, 10, tzinfo=PARIS)  # a Monday
TODAY = date(2027, 3, 1)
SACHA, CAMILLE = "sacha@courriel.example", "camille@ville.example"
BY = ByLink("Camille Exemple")
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def body():
    return a_member("Ville d’Exemple", CAMILLE)


def claim(body, email=SACHA, now=NOW, name="Sacha Exemple", what="la journée du 19 mars 2027"):
    return services.claim(body, email, name=name, what=what, about="programmes.trainingsession:1", now=now)


def answer(row, said=Answer.YES, now=NOW, by=BY):
    return services.answer(row, said, by=by, now=now)


def letters(kind=""):
    rows = Message.objects.filter(kind__startswith=f"memberships.claim_{kind}").order_by("pk")
    return list(rows.values_list("kind", "to"))


# --- Asking ---------------------------------------------------------------------------------------------------


def test_each_general_contact_is_asked_at_once_by_an_address_of_its_own(body):
    ContactFactory(organisation=body, email="noa@ville.example", first_name="Noa")
    ContactFactory(organisation=body, email="finances@ville.example", role=ContactRole.FINANCE)
    row = claim(body)
    sent = list(Message.objects.order_by("to"))
    assert [letter.to for letter in sent] == [CAMILLE, "noa@ville.example"]
    contacts = body.contacts.filter(role=ContactRole.GENERAL).order_by("email")
    assert [claim_links.token_of(row, each) in letter.text for letter, each in zip(sent, contacts, strict=True)] == [True, True]
    text = " ".join(sent[0].text.split())
    assert "Sacha Exemple (sacha@courriel.example) nous dit travailler à Ville d’Exemple" in text
    assert "C’est pour : la journée du 19 mars 2027." in text
    assert {letter.due_at for letter in sent} == {NOW}


def test_on_a_sunday_night_the_question_and_the_answer_leave_at_once(body):
    night = datetime(2027, 3, 7, 2, tzinfo=PARIS)
    answer(claim(body, now=night), now=night)
    assert [letter.due_at for letter in Message.objects.order_by("pk")] == [night, night]


def test_without_a_general_contact_who_pays_is_asked_then_who_votes():
    found = []
    for role in (ContactRole.FINANCE, ContactRole.VOTING):
        body = a_member()
        ContactFactory(organisation=body, role=role, email=f"{role}@ville.example".lower())
        claim(body, email=f"{role}@courriel.example".lower())
        found.append(Message.objects.order_by("-pk")[0].to)
    assert found == ["finance@ville.example", "voting@ville.example"]


def test_a_member_that_nobody_speaks_for_is_asked_all_the_same_and_the_team_sees_it_wait():
    row = claim(a_member())
    later = NOW + 11 * DAY
    (waiting,) = claim_sweeping.waiting(later)
    assert (letters(), row.answer, waiting.count, waiting.since) == ([], "", 1, NOW)


def test_asked_again_while_it_waits_it_is_one_request_and_one_letter(body):
    first, again = claim(body), claim(body, email="Sacha@Courriel.EXAMPLE", now=NOW + DAY, name="Autre nom")
    assert (first, again.name, letters()) == (again, "Sacha Exemple", [("memberships.claim_asked", CAMILLE)])


def test_who_is_of_the_member_already_has_nothing_to_ask(body):
    services.declare_domain(body, "ville.example", by=None, now=NOW)
    with pytest.raises(Refused, match="C’est déjà fait"):
        claim(body, email="sacha@ville.example")


def test_a_body_that_is_no_member_today_is_not_asked():
    with pytest.raises(Refused, match="n’est pas adhérent aujourd’hui"):
        claim(OrganisationFactory())
    assert Belonging.objects.count() == 0


def test_after_a_no_one_may_ask_again_a_month_later_and_the_old_address_opens_nothing(body):
    row = claim(body)
    old = claim_links.token_of(row, body.contacts.get())
    answer(row, Answer.NO)
    with pytest.raises(Refused, match=r"a répondu non.*31.mars 2027"):
        claim(body, now=datetime(2027, 3, 30, 23, 59, 59, tzinfo=PARIS))
    again = claim(body, now=datetime(2027, 3, 31, tzinfo=PARIS))
    assert (again.pk, again.answer, again.answered_by, Belonging.objects.count()) == (row.pk, "", "", 1)
    assert (claim_links.opened(old, on=TODAY), len(letters("asked"))) == (None, 2)


def test_one_address_has_three_requests_waiting_at_most():
    bodies = [a_member(f"Ville {number}", f"c{number}@ville.example") for number in range(4)]
    for body in bodies[:3]:
        claim(body)
    with pytest.raises(Refused, match="3 de vos demandes attendent déjà"):
        claim(bodies[3])


def test_the_contacts_of_one_member_receive_twenty_letters_a_day_and_the_others_wait_in_its_space(body):
    for number in range(22):
        claim(body, email=f"agent{number}@courriel.example")
    assert (len(letters()), Belonging.objects.waiting().count()) == (20, 22)


def test_hostile_words_stay_words(body):
    row = claim(body, name="<b>Sacha</b>\r\nBcc: personne " + "x" * 300, what="{lien} " + "y" * 300)
    assert (len(row.name), len(row.what), Message.objects.get().cc) == (160, 200, "")
    assert "{lien} yyy" in Message.objects.get().text


@pytest.mark.parametrize("name", ["Voir https://ailleurs.example", "HTTP://x", "WWW.ailleurs.example", "sacha@ailleurs.example"])
def test_a_name_leads_the_contacts_nowhere(body, name):
    """Our letters make links of addresses."""
    with pytest.raises(Refused, match="Un nom ne contient ni adresse de site"):
        claim(body, name=name)
    assert (Belonging.objects.count(), Message.objects.count()) == (0, 0)


# --- The address of a contact ---------------------------------------------------------------------------------


def test_the_address_of_a_contact_dies_with_its_role_and_nobody_elses_opens(body):
    noa = ContactFactory(organisation=body, email="noa@ville.example")
    stranger = ContactFactory(email="ailleurs@autre.example")
    row, camille = claim(body), body.contacts.get(email=CAMILLE)
    token = claim_links.token_of(row, camille)
    assert claim_links.opened(token, on=TODAY) == (row, camille)
    forged = [
        token.replace(f"-{camille.pk}", f"-{noa.pk}"),
        claim_links.token_of(row, stranger),
        token[:-1],
        token[1:],
        "x",
        "-",
        f"{token}x",
    ]
    assert [claim_links.opened(each, on=TODAY) for each in forged] == [None] * len(forged)
    Contact.objects.filter(pk=camille.pk).update(ends_on=TODAY - DAY)
    assert claim_links.opened(token, on=TODAY) is None


def test_who_takes_over_from_the_body_reads_its_requests_and_the_contacts_answer_on(body):
    row, new = claim(body), OrganisationFactory(name="Nouvelle ville")
    token = claim_links.token_of(row, body.contacts.get())
    succeed(body, new, on=TODAY, by=None, now=NOW)
    noa = ContactFactory(organisation=new, email="noa@nouvelle.example")
    row.refresh_from_db()
    assert claim_links.opened(token, on=TODAY) is not None
    assert claim_links.opened(claim_links.token_of(row, noa), on=TODAY) == (row, noa)


# --- Answering ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("said", "kind"), [(Answer.YES, "accepted"), (Answer.NO, "refused")])
def test_the_person_is_told_by_the_member_never_by_somebody(body, said, kind):
    row = answer(claim(body), said)
    letter = Message.objects.get(kind=f"memberships.claim_{kind}")
    assert (row.answer, row.answered_at, row.answered_by, letter.to) == (said, NOW, "Camille Exemple", SACHA)
    told = f"{letter.subject} {letter.text} {letter.reply_to} {letter.cc}"
    assert [each for each in ("Camille", CAMILLE, "camille") if each in told] == []


def test_who_answers_second_reads_who_did_and_changes_nothing(body):
    row = claim(body)
    answer(row)
    with pytest.raises(Refused, match=r"Camille Exemple a déjà répondu oui le 1er.mars 2027"):
        answer(Belonging(pk=row.pk, answer="", asked_at=row.asked_at), Answer.NO, by=ByLink("Noa Exemple"))
    row.refresh_from_db()
    assert (row.answer, len(letters("accepted")), len(letters("refused"))) == ("YES", 1, 0)


def test_the_same_answer_twice_is_one_answer(body):
    row = answer(claim(body))
    with pytest.raises(Refused, match="a déjà répondu oui"):
        answer(row)
    assert len(letters("accepted")) == 1


def test_an_answer_changed_is_told_as_such(body):
    row = answer(claim(body))
    row = answer(row, Answer.NO, now=NOW + DAY)
    row = answer(row, Answer.YES, now=NOW + 2 * DAY)
    assert [kind.rpartition("_")[2] for kind, to in letters() if to == SACHA] == ["accepted", "ended", "accepted"]


def test_each_act_is_in_the_journal_with_whoever_did_it(body):
    row = answer(claim(body))
    answer(row, Answer.NO)
    found = Act.objects.filter(verb__startswith="rattachement").order_by("pk").values_list("verb", "by_name", "note")
    assert list(found) == [
        ("rattachement demandé", "La personne elle-même", "sacha@courriel.example\u00a0: Ville d’Exemple"),
        ("rattachement accepté", "Camille Exemple", "sacha@courriel.example\u00a0: Ville d’Exemple"),
        ("rattachement retiré", "Camille Exemple", "sacha@courriel.example\u00a0: Ville d’Exemple"),
    ]  # fmt: skip


def test_what_follows_above_is_told_of_each_answer_in_the_same_transaction(body, monkeypatch):
    told = []
    registry = type(belonging.ANSWERED)()
    registry.add(lambda row, _: told.append((row.answer, row.email, row.about)))
    monkeypatch.setattr("memberships.services.claiming.ANSWERED", registry)
    row = answer(claim(body))
    services.take_back(row, now=NOW)
    assert told == [("YES", SACHA, "programmes.trainingsession:1"), ("", SACHA, "programmes.trainingsession:1")]


def test_a_request_taken_back_leaves_neither_row_nor_letter_nor_name_and_is_not_answered(body):
    row = claim(body)
    services.take_back(row, now=NOW)
    services.take_back(row, now=NOW)
    with pytest.raises(Refused, match="vient d’être retirée"):
        answer(row)
    assert (Belonging.objects.count(), list(Message.objects.values_list("state", "to", "text"))) == (0, [("VOID", "", "")])
    assert [act for act in Act.objects.all() if SACHA in f"{act.note}{act.about_name}{act.by_name}{act.changes}"] == []


# --- Reminding ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "reminded"),
    [
        (NOW, datetime(2027, 3, 4, 10, tzinfo=PARIS)),
        (datetime(2027, 3, 4, 23, 59, tzinfo=PARIS), datetime(2027, 3, 9, 10, tzinfo=PARIS)),  # a Thursday: the week-end does not count
        (datetime(2027, 3, 25, 9, tzinfo=PARIS), datetime(2027, 3, 31, 10, tzinfo=PARIS)),  # Easter Monday, and the change of hour
    ],
)
def test_the_contacts_are_reminded_on_the_third_working_day(asked, reminded):
    assert claim_sweeping.reminded_from(asked) == reminded


def test_one_reminder_however_often_the_sweep_runs_and_none_once_answered(body):
    claim(body)
    other = answer(claim(body, email="noa@courriel.example"))
    due = datetime(2027, 3, 4, 10, tzinfo=PARIS)
    runs = [claim_sweeping.remind(now=moment) for moment in (due - timedelta(seconds=1), due, due, due + 9 * DAY)]
    assert (runs, letters("reminder")) == ([0, 1, 0, 0], [("memberships.claim_reminder", CAMILLE)])
    other.refresh_from_db()
    assert other.reminded_at is None


def test_a_letter_that_waits_to_leave_does_not_once_somebody_answered_or_left(body):
    from mailing.letters import KINDS

    noa = ContactFactory(organisation=body, email="noa@ville.example")
    row = claim(body)
    first, second = Message.objects.order_by("pk")
    Contact.objects.filter(pk=noa.pk).update(ends_on=TODAY - DAY)
    due = [KINDS[letter.kind].still_due(letter) for letter in (first, second)]
    answer(row)
    assert (due, KINDS[first.kind].still_due(first), KINDS[first.kind].overtaken(first) != "") == ([True, False], False, True)


def test_the_timeline_says_the_reminder_to_come(body):
    claim(body)
    (line,) = claim_sweeping.planned(NOW, NOW + 9 * DAY)
    assert (line.at, line.what, line.count) == (
        datetime(2027, 3, 4, 10, tzinfo=PARIS), "Rappel d’une demande de rattachement à Ville d’Exemple", 1,
    )  # fmt: skip


# --- Forgetting -----------------------------------------------------------------------------------------------


def erased(on):
    now = datetime(on.year, on.month, on.day, 3, 30, tzinfo=PARIS)
    counts = retention.erase_claims(now, dry_run=True), retention.erase_gates(now, dry_run=True)
    assert counts == (retention.erase_claims(now, dry_run=False), retention.erase_gates(now, dry_run=False))
    return counts


def test_a_request_that_nobody_answered_goes_after_three_months_with_its_letters(body):
    claim(body)
    assert [erased(TODAY + days * DAY)[0] for days in (92, 93)] == [0, 1]
    assert (Belonging.objects.count(), Message.objects.get().to) == (0, "")


def test_a_no_goes_after_six_months_and_a_yes_stays_while_the_body_is_a_member(body):
    answer(claim(body), Answer.NO)
    answer(claim(body, email="noa@courriel.example"))
    assert [erased(TODAY + days * DAY)[0] for days in (183, 184, 300)] == [0, 1, 0]
    assert Belonging.objects.get().email == "noa@courriel.example"


def test_a_yes_goes_six_months_after_the_last_day_of_the_members_rights_and_never_while_another_acts_for_it(body):
    answer(claim(body))
    ended = date(2028, 3, 31)
    assert erased(ended + 183 * DAY)[0] == 0
    new = OrganisationFactory()
    kept = MembershipFactory(organisation=new, campaign__year=2028)
    succeed(body, new, on=TODAY, by=None, now=NOW)
    assert erased(ended + 184 * DAY)[0] == 0
    kept.delete()
    assert erased(ended + 184 * DAY)[0] == 1


def test_domains_and_links_go_a_year_after_the_end_of_rights_and_a_closed_link_a_year_after_it_closed(body):
    services.declare_domain(body, "ville.example", by=None, now=NOW)
    services.make_link(body, by=None, now=NOW)
    services.make_link(body, by=None, now=NOW)
    assert (erased(TODAY + 365 * DAY)[1], erased(TODAY + 366 * DAY)[1]) == (0, 1)
    ended = date(2028, 3, 31)
    assert [erased(ended + days * DAY)[1] for days in (365, 366)] == [0, 2]
    assert (MailDomain.objects.count(), BookingLink.objects.count(), Membership.objects.count()) == (0, 0, 1)
