"""What the search box, the dashboard, a closed account and the night do with the register."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from accounts.roles import Role
from organisations import demo, gathering, retention
from organisations.models import Alias, Contact, ImportFile, Organisation, ServiceCode
from organisations.states import Kind
from records.models import Act
from records.services import record
from tests.accounts.factories import UserFactory
from tests.organisations.factories import BRETAGNE, NOW, TODAY, ContactFactory, OrganisationFactory

pytestmark = pytest.mark.django_db


def found(user, words):
    return [(answer.group, answer.title) for answer in gathering.found(user, words)]


def test_the_search_box_finds_bodies_and_contacts_within_what_one_may_see():
    body = OrganisationFactory(name="Région Bretagne", kind=Kind.REGION, siret=BRETAGNE)
    ContactFactory(organisation=body, last_name="Élémentaire", email="el@bretagne.example")
    staff, treasurer, nobody = UserFactory(roles=[Role.STAFF]), UserFactory(roles=[Role.TREASURER]), UserFactory(roles=[Role.REVIEWER])
    for user in (staff, treasurer):
        assert found(user, "bretagne") == [("Organismes", "Région Bretagne"), ("Contacts", "Camille Élémentaire")]
        assert found(user, "233 500 016") == [("Organismes", "Région Bretagne")]
        assert found(user, "elementaire") == [("Contacts", "Camille Élémentaire")]
    assert [found(nobody, "bretagne"), found(staff, ""), found(staff, "zzz")] == [[], [], []]


def test_a_merged_row_is_found_under_the_one_that_stays():
    OrganisationFactory(name="Doublon", merged_into=OrganisationFactory(name="Reste"))
    assert found(UserFactory(roles=[Role.STAFF]), "doublon") == []


def test_bodies_the_registers_lost_wait_for_somebody():
    assert [waiting.count for waiting in gathering.waiting(NOW)] == [0]
    OrganisationFactory(left_reference_on=TODAY), OrganisationFactory(left_reference_on=date(2027, 2, 1))
    OrganisationFactory(left_reference_on=TODAY, replaced_by=OrganisationFactory(), replaced_on=TODAY)
    [waiting] = gathering.waiting(NOW)
    assert (waiting.count, waiting.since, waiting.permission) == (
        2, datetime(2027, 2, 1, tzinfo=ZoneInfo("Europe/Paris")), "organisations.change_organisation",
    )  # fmt: skip


def test_what_is_dated_is_seen_before_it_happens():
    new = OrganisationFactory(name="Demain")
    OrganisationFactory(name="Hier", replaced_by=new, replaced_on=date(2027, 4, 1))
    OrganisationFactory(name="Jadis", replaced_by=new, replaced_on=date(2027, 2, 1))
    ContactFactory(ends_on=date(2024, 3, 31)), ContactFactory(ends_on=date(2024, 3, 31)), ContactFactory(ends_on=date(2026, 1, 1))
    coming = [
        (plan.at.strftime("%d/%m %H:%M"), plan.act, plan.what, plan.count) for plan in gathering.planned(NOW, NOW + timedelta(days=40))
    ]
    assert coming == [
        ("01/04 00:00", "remplacé", "Hier laisse la place à Demain", 0),
        ("01/04 03:30", "effacé", "Contacts dont le rôle a pris fin", 2),
    ]


@pytest.mark.parametrize(
    "ended", [date(2024, 2, 28), date(2024, 2, 29), date(2025, 2, 27), date(2025, 2, 28), date(2025, 3, 1), date(2024, 12, 31)]
)
def test_the_night_announced_is_the_night_that_erases(ended):
    ContactFactory(ends_on=ended)
    day = retention.erased_on(ended)
    eve, night = (datetime.combine(when, datetime.min.time(), ZoneInfo("Europe/Paris")) for when in (day - timedelta(days=1), day))
    assert (erased(eve, True)[0], erased(night, True)[0]) == (0, 1)


@time_machine.travel(NOW)
def test_a_closed_account_hands_over_the_roles_it_holds_today():
    person, body = UserFactory(), OrganisationFactory(name="Ville d’Exemple")
    ContactFactory(organisation=body, account=person), ContactFactory(organisation=body, account=person, ends_on=date(2026, 1, 1))
    assert [(link.label, link.note) for link in gathering.held_by(person)] == [("Contact de Ville d’Exemple", "référent général")]


def erased(now, dry_run):
    return [erasure.count for erasure in retention.purge(now, dry_run)]


def test_a_contact_is_erased_three_years_after_its_role_with_what_the_journal_said():
    kept, gone = ContactFactory(ends_on=date(2024, 3, 1)), ContactFactory(ends_on=date(2024, 2, 29), last_name="Partie")
    record("modification", gone, by=None, now=NOW, changes={"nom": ["", "Partie"]})
    assert erased(NOW, True) == [1, 0]
    assert Contact.objects.count() == 2
    assert erased(NOW, False) == [1, 0]
    assert list(Contact.objects.all()) == [kept]
    assert list(Act.objects.values_list("about_name", "changes")) == [("", {})]
    assert erased(NOW, False) == [0, 0]


def test_a_role_that_goes_on_is_not_erased():
    ContactFactory(starts_on=date(2000, 1, 1))
    assert erased(NOW, False) == [0, 0]


def test_the_29_february_has_its_limit():
    ContactFactory(ends_on=date(2025, 2, 27))
    assert erased(datetime(2028, 2, 29, 3, tzinfo=ZoneInfo("Europe/Paris")), False) == [1, 0]


def test_imported_files_go_after_thirty_days():
    for day in (1, 28):
        ImportFile.objects.create(name=f"{day}.csv", digest="x", created_at=datetime(2027, 1, day, tzinfo=ZoneInfo("Europe/Paris")))
    assert erased(datetime(2027, 2, 10, tzinfo=ZoneInfo("Europe/Paris")), False) == [0, 1]
    assert [kept.name for kept in ImportFile.objects.all()] == ["28.csv"]


def test_the_demonstration_holds_real_bodies_by_their_number_and_invented_people():
    demo.load(1)
    numbers = ("23350001600040", "13002526500013", "26750045200011", "21750001600019", "22350001800013")
    assert [str(Organisation.objects.get(siret=number)) for number in numbers] == [
        "Région Bretagne", "Direction interministérielle du numérique", "Assistance publique – Hôpitaux de Paris", "Ville de Paris",
        "Département d’Ille-et-Vilaine",
    ]  # fmt: skip
    sirens = [
        "200093201",
        "245900428",
        "243500139",
        "244400404",
        "246700488",
        "200066009",
        "200040715",
        "200069854",
        "215903501",
        "216802249",
        "200040293",
    ]
    assert Organisation.objects.filter(siren__in=sirens).count() == len(sirens)
    town = Organisation.objects.get(name="Ville d’Exemple")
    assert (town.siret, town.siren, town.contacts.count()) == ("", "", 4)
    assert [
        contact.email for contact in Contact.objects.all() if contact.last_name != "Exemple" or not contact.email.endswith(".example")
    ] == []
    assert set(Contact.objects.values_list("organisation__siret", flat=True)) == {""}


def test_the_demonstration_loaded_twice_is_the_same():
    demo.load(1)
    before = [list(model.objects.order_by("pk").values()) for model in (Organisation, Alias, Contact, ServiceCode)]
    demo.load(1)
    assert [list(model.objects.order_by("pk").values()) for model in (Organisation, Alias, Contact, ServiceCode)] == before
