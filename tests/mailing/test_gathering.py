"""What the dashboard, the digest, the timeline and the search ask of the letters."""

from datetime import timedelta

import pytest

from accounts.models import User
from accounts.roles import Role
from mailing import batches, gathering, outbox
from mailing.models import Message, Refusal
from mailing.states import State
from tests.mailing.factories import NOW, MessageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    def of(role):
        person = User.objects.create_user(f"{role.lower()}@la27eregion.example")
        person.grants.create(role=role)
        return person

    return of


def waits():
    return {wait.url.partition("/admin/mailing/")[2]: wait.count for wait in gathering.waiting(NOW)}


def test_uncertain_and_refused_letters_wait_and_addresses_nobody_looked_at(staff):
    MessageFactory(state=State.UNCERTAIN)
    MessageFactory.create_batch(2, state=State.FAILED)
    MessageFactory(state=State.FAILED, to="")  # forgotten
    MessageFactory(state=State.FAILED, to="parti@ville.example")
    MessageFactory(state=State.SENT)
    Refusal.objects.create(address="parti@ville.example", reason="Parti", at=NOW, by_staff=True)
    Refusal.objects.create(address="plein@ville.example", reason="552", at=NOW)
    assert waits() == {"message/?attente=incertaines": 1, "message/?attente=refusees": 2, "refusal/?by_staff__exact=0": 1}


def test_one_is_said_as_one(staff):
    MessageFactory(state=State.UNCERTAIN)
    MessageFactory.create_batch(2, state=State.FAILED)
    Refusal.objects.create(address="plein@ville.example", reason="552", at=NOW)
    assert [wait.label.partition("\u00a0:")[0] for wait in gathering.waiting(NOW)] == [
        "lettre incertaine",
        "lettres refusées",
        "adresse refusée par son serveur",
    ]


def test_each_leads_to_a_list_of_just_as_many(staff):
    MessageFactory(state=State.UNCERTAIN)
    MessageFactory.create_batch(3, state=State.FAILED)
    Refusal.objects.create(address="plein@ville.example", reason="552", at=NOW)
    Refusal.objects.create(address="parti@ville.example", reason="Parti", at=NOW, by_staff=True)
    for wait in gathering.waiting(NOW):
        assert staff.get(wait.url).context["cl"].result_count == wait.count, wait.url


def test_marking_the_address_settles_the_matter(staff):
    letter = MessageFactory(state=State.FAILED)
    staff.post("/admin/mailing/message/", {"action": "mark_refused", "_selected_action": [letter.pk]})
    assert set(waits().values()) == {0}


def test_the_timeline_groups_letters_of_one_act_and_of_one_minute(kinds):
    later = NOW + timedelta(hours=1)
    batch = batches.open_batch("Écrire à la liste", by=None, now=NOW, about="programmes.edition:7")
    MessageFactory.create_batch(3, batch=batch, due_at=later)
    MessageFactory.create_batch(2, due_at=later)
    MessageFactory(due_at=later + timedelta(minutes=5))
    MessageFactory(due_at=NOW - timedelta(minutes=5))
    MessageFactory(due_at=later, state=State.VOID)
    told = sorted((item.at, item.what, item.count, item.whom) for item in gathering.planned(NOW, NOW + timedelta(days=1)))
    assert told == [
        (later, "Lettre\u00a0: Lettre d’essai", 2, "personnes"),
        (later, "Lettre\u00a0: Écrire à la liste", 3, "personnes"),
        (later + timedelta(minutes=5), "Lettre\u00a0: Lettre d’essai", 1, "personne"),
    ]


def test_the_timeline_asks_as_much_for_one_letter_as_for_three(django_assert_num_queries):
    batch = batches.open_batch("Essai", by=None, now=NOW)
    for _ in range(2):
        MessageFactory(batch=batch, due_at=NOW + timedelta(hours=1))
        with django_assert_num_queries(2):
            list(gathering.planned(NOW, NOW + timedelta(days=1)))


def titles(person, words):
    return [found.title for found in gathering.found(person, words)]


def test_a_letter_is_found_by_any_part_of_its_address_or_subject(member):
    staff = member(Role.STAFF)
    MessageFactory(to="camille@ville.example", subject="Votre candidature AV27-0001")
    MessageFactory(to="autre@ville.example", subject="Autre chose")
    assert titles(staff, "CAMILLE") == titles(staff, "av27-0001") == titles(staff, "camille votre") == ["Votre candidature AV27-0001"]
    assert titles(staff, "camille chose") == titles(staff, "  ") == []


def test_a_code_is_found_by_its_address_only(member):
    MessageFactory(kind="test.code", to="camille@ville.example", subject="Votre code\u00a0: 123456")
    staff = member(Role.STAFF)
    assert (titles(staff, "camille"), titles(staff, "123456")) == (["Code de connexion"], [])


def test_letters_are_found_by_who_reads_the_journal_and_what_their_roles_open(member, change_kind):
    MessageFactory(to="camille@ville.example")
    assert [titles(member(role), "camille") for role in (Role.TREASURER, Role.ADMINISTRATOR, Role.REVIEWER)] == [[], [], []]
    change_kind("test.plain", read_with="accounts.invite")
    assert titles(member(Role.STAFF), "camille") == []


def searched(words):
    return [letter.subject for letter in Message.objects.searched(words).order_by("pk")]


def test_a_subject_is_found_without_its_accents_and_a_sign_finds_nothing():
    MessageFactory(subject="Les résultats sont publiés")
    MessageFactory(subject="L’œuvre de l’été")
    assert [searched(words) for words in ("RESULTATS publies", "résultats", "oeuvre", "l'ete", "😀", "%")] == [
        ["Les résultats sont publiés"],
        ["Les résultats sont publiés"],
        ["L’œuvre de l’été"],
        ["L’œuvre de l’été"],
        [],
        [],
    ]


def test_letters_written_together_are_searched_too_and_erased_ones_no_more(kinds):
    sample = {"name": "Hélène Exemple", "place": "Lyon"}
    owed = [outbox.Owed(f"essai:{number}", to=f"{number}@ville.example", context=sample) for number in range(2)]
    outbox.post_all(kinds["test.plain"], owed, batch=batches.open_batch("Essai", by=None, now=NOW), now=NOW)
    assert {letter.search for letter in Message.objects.all()} == {"bonjour helene exemple"}
    Message.objects.update(state=State.SENT)
    outbox.blank(Message.objects.all())
    assert {letter.search for letter in Message.objects.all()} == {""}


@pytest.mark.parametrize("state", [State.DUE, State.SENT])
def test_a_code_is_in_no_column_that_is_searched(state):
    assert MessageFactory(kind="test.code", subject="Votre code : 123456", state=state).search == ""
