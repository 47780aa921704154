"""The desk of an event: who may sit there, who comes, the door with several phones, seats, withdrawing; the figures stay."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from core.refusals import Refused
from events import host_queries, organisers
from events.attending_retention import purge
from events.models import RegionCoordinator, Registration, TimeSlot
from events.services import changing, hosting, priority
from events.states import Access, Mode
from records.models import Act
from tests.accounts.factories import UserFactory, sign_in
from tests.events.attending import NOW, asked, coming, counted, fresh, letters, opened, states, taken
from tests.events.desks import at, organiser_of, said_in
from tests.events.factories import EventFactory

pytestmark = pytest.mark.django_db
DAY = "2027-11-23T10:00"


@pytest.fixture(autouse=True)
def _then() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def arrive(client: Client, slot: TimeSlot, row: Registration, act: str = "came", **more: Any) -> Any:
    return client.post(at("host_door", slot.event), {"act": act, "person": row.pk, "seance": slot.pk, **more})


def walk_in(client: Client, slot: TimeSlot, name: str = "Alix Exemple", **more: Any) -> Any:
    said = {"act": "walk_in", "seance": slot.pk, "name": name, "organisation": "", "companions": "", "once": "a" * 32}
    return client.post(at("host_door", slot.event), {**said, **more})


def again(row: Registration) -> Registration:
    return Registration.objects.get(pk=row.pk)


# --- Who sits there ----------------------------------------------------------------------------------------------------


def test_an_organiser_reads_who_comes_with_their_needs_and_who_waits_by_rank(client):
    slot = opened(1)
    coming(slot, "anna", needs="Une place en bord d’allée")
    coming(slot, "bilal")
    coming(slot, "chloe")
    asked(opened(3), "inconnue")
    page = client.get(at("host", slot.event))
    words = said_in(page)
    assert (page.status_code, "1 sur 1" in words, "bord d’allée" in words, "inconnue" in words) == (200, True, True, False)
    assert [(rank, row.email) for rank, row in page.context["waiting"]] == [(1, "bilal@ville.example"), (2, "chloe@ville.example")]
    assert (page["X-Robots-Tag"], page["Referrer-Policy"], "no-store" in page["Cache-Control"]) == (
        "noindex, nofollow",
        "same-origin",
        True,
    )


def test_a_dead_link_and_an_invented_one_are_told_the_same(client):
    slot, other = opened(1), Client()
    link = at("host", slot.event)
    slot.event.organisers.all().delete()
    dead, invented = client.get(link), other.get(reverse("host", args=["0" * 64]))
    assert (dead.status_code, invented.status_code, dead.content == invented.content) == (404, 404, True)


def test_the_team_reaches_it_by_its_number_when_no_organiser_is_left(client):
    slot = opened(2)
    coming(slot, "anna", needs="Un accès")
    address = reverse("host", args=[slot.event.pk])
    staff = sign_in(Client(), UserFactory(roles=[Role.STAFF]))
    said = said_in(staff.get(address))
    assert ("ANNA Exemple" in said, "Un accès" in said) == (True, False)
    assert client.get(address)["Location"].startswith("/compte/connexion/")
    for role in (Role.COORDINATOR, Role.REVIEWER, Role.TREASURER, None):
        person = sign_in(Client(), UserFactory(roles=[role] if role else []))
        assert (role, person.get(address).status_code) == (role, 404)


@pytest.mark.parametrize("key", ["0", "999999999999", "9" * 40, "12x", "é"])
def test_a_key_that_is_none_opens_nothing(key):
    staff = sign_in(Client(), UserFactory(roles=[Role.STAFF]))
    assert staff.get(f"/evenements/organiser/{key}/").status_code == 404


def test_a_coordinator_reads_counts_and_no_name_and_the_team_is_led_to_the_desk():
    slot = opened(9)
    coming(slot, "anna", needs="Un accès de plain-pied", companions=1)
    person = UserFactory(roles=[Role.COORDINATOR])
    RegionCoordinator.objects.create(person=person, region="53")
    address = reverse("coordination_event", args=[slot.event.pk])
    page = sign_in(Client(), person).get(address)
    words = said_in(page)
    assert ("sur place 2 0 0 0 0" in words, "ANNA" in words, "plain-pied" in words) == (True, False, False)
    desk = reverse("host", args=[slot.event.pk])
    staff = sign_in(Client(), UserFactory(roles=[Role.STAFF])).get(address)
    assert [desk in seen.content.decode() for seen in (page, staff)] == [False, True]


def test_somebody_of_another_event_is_not_there(client):
    mine, theirs = opened(3), opened(3)
    row = coming(theirs, "anna")
    for name, more in (("host_withdraw", [row.pk]), ("host_withdraw", [row.pk + 99])):
        assert client.post(at(name, mine.event, *more)).status_code == 404
    assert (arrive(client, mine, row).status_code, arrive(client, mine, row, "undo").status_code) == (302, 302)
    assert walk_in(client, mine, seance=theirs.pk).status_code == 404
    assert (again(row).came_at, again(row).withdrawn_at) == (None, None)


def test_the_page_of_the_proposal_leads_to_the_desk(client):
    slot = opened(3)
    coming(slot, "anna", companions=1)
    page = said_in(client.get(organisers.path_of(organiser_of(slot.event))))
    assert ("Les inscrits" in page, "2 inscrits" in page, "L’accueil, le jour même" in page, "Les invitations" in page) == (
        True,
        True,
        True,
        False,
    )
    free = EventFactory(access=Access.OPEN)
    assert "Les inscrits" not in said_in(client.get(organisers.path_of(organiser_of(free))))


@pytest.mark.parametrize(
    ("words", "found"), [("ELISE", ["elise"]), ("exemple elise", ["elise"]), ("zoe@", ["zoe"]), ("%", []), ("", ["elise", "zoe"])]
)
def test_people_are_found_by_name_without_accents(client, words, found):
    slot = opened(9)
    coming(slot, "zoe")
    Registration.objects.filter(pk=coming(slot, "elise").pk).update(name="Élise Exemple")
    page = client.get(at("host", slot.event), {"q": words})
    assert [row.email.partition("@")[0] for row in page.context["page"]] == found


def test_each_sitting_has_its_people_and_an_absurd_one_is_the_next(client):
    slot = opened(5, at=["2027-11-23T10:00", "2027-11-24T10:00"])
    second = slot.event.slots.order_by("starts_at").last()
    coming(second, "anna")
    shown = {
        asked_for: client.get(at("host", slot.event), {"seance": asked_for}).context["sitting"]
        for asked_for in (second.pk, "", "x", 10**20)
    }
    assert [(key, sitting.slot.pk, len(sitting.seated)) for key, sitting in shown.items()] == [
        (second.pk, second.pk, 1), ("", slot.pk, 0), ("x", slot.pk, 0), (10**20, slot.pk, 0),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["host", "host_door"])
def test_the_pages_ask_as_many_questions_for_one_as_for_three(client, name, django_assert_max_num_queries):
    counts = []
    for people in (1, 3):
        slot = opened(2, at=[DAY] if people == 1 else [DAY, "2027-11-24T10:00"])
        for number in range(people):
            coming(slot, f"p{number}")
        address = at(name, slot.event)
        with django_assert_max_num_queries(30) as asked_for:
            client.get(address)
        counts.append(len(asked_for))
    assert counts[0] == counts[1]


# --- The door ------------------------------------------------------------------------------------------------------------


def test_an_arrival_is_marked_once_counted_with_companions_and_taken_back(client):
    slot = opened(5)
    row = coming(slot, "anna", companions=1)
    answer = arrive(client, slot, row, q="ann")
    assert (answer.status_code, answer["Location"].endswith(f"accueil/?seance={slot.pk}&q=ann#p{row.pk}")) == (302, True)
    assert again(row).came_at == NOW
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        arrive(client, slot, row)
    assert again(row).came_at == NOW
    page = client.get(at("host_door", slot.event))
    assert (page.context["came"], "2 arrivés sur 2 attendus" in said_in(page)) == (2, True)
    arrive(client, slot, row, "undo")
    assert (again(row).came_at, taken(slot)) == (None, (2, 0))


def test_a_phone_with_scripts_is_given_its_list_only(client):
    slot = opened(5)
    row = coming(slot, "anna")
    answer = client.post(at("host_door", slot.event), {"act": "came", "person": row.pk, "seance": slot.pk}, headers={"HX-Request": "true"})
    assert (answer.status_code, "<html" in answer.content.decode(), 'id="presence"' in answer.content.decode()) == (200, False, True)


def test_a_door_opened_long_before_the_sitting_says_so(client):
    slot = opened(5)
    coming(slot, "anna")
    said = []
    for moment in (NOW, slot.starts_at - timedelta(hours=1)):
        with time_machine.travel(moment, tick=False):
            pages = [client.get(at("host_door", slot.event), headers=more) for more in ({}, {"HX-Request": "true"})]
        said.append(["Cette séance n’a pas encore lieu" in page.content.decode() for page in pages])
    assert said == [[True, True], [False, False]]


def test_whoever_withdrew_meanwhile_is_not_there_any_more(client):
    slot = opened(5)
    row = coming(slot, "anna")
    hosting.withdraw(row, by=None, now=NOW)
    answer = arrive(client, slot, row, follow=True)
    phone = client.post(at("host_door", slot.event), {"act": "came", "person": row.pk, "seance": slot.pk}, headers={"HX-Request": "true"})
    assert (answer.status_code, "n’est plus sur la liste" in phone.content.decode(), again(row).came_at) == (302, True, None)


def test_somebody_walks_in_takes_a_seat_once_and_leaves_it_when_it_was_a_mistake(client):
    slot = opened(2)
    coming(slot, "anna")
    for _ in range(2):
        assert walk_in(client, slot).status_code == 302
    row = Registration.objects.get(is_walk_in=True)
    assert ((row.came_at, row.seated_at), taken(slot), counted(slot)) == ((NOW, NOW), (2, 0), (2, 0))
    for _ in range(2):
        assert arrive(client, slot, row, "undo").status_code == 302
    assert (Registration.objects.filter(is_walk_in=True).count(), taken(slot)) == (0, (1, 0))


def test_every_seat_given_somebody_walks_in_on_purpose_in_the_place_of_who_has_not_come(client):
    slot = opened(2)
    rows = [coming(slot, "anna"), coming(slot, "bilal")]
    arrive(client, slot, rows[0])
    refused = walk_in(client, slot)
    assert (refused.status_code, "Toutes les places sont données (2 sur 2), mais 1 place est vide" in said_in(refused)) == (409, True)
    assert Registration.objects.filter(is_walk_in=True).count() == 0
    assert walk_in(client, slot, anyway="oui").status_code == 302
    row = Registration.objects.get(is_walk_in=True)
    assert (row.is_seated, row.is_waiting, taken(slot), counted(slot)) == (False, False, (2, 0), (2, 0))
    full = walk_in(client, slot, "Noa Exemple", anyway="oui", once="b" * 32)
    assert (full.status_code, "C’est plein : 2 personnes sont arrivées, pour 2 places" in said_in(full)) == (422, True)
    arrive(client, slot, row, "undo")
    assert taken(slot) == (2, 0)


def test_who_waits_and_came_all_the_same_is_let_in(client):
    slot = opened(1)
    seated, waits = coming(slot, "anna"), coming(slot, "bilal")
    assert arrive(client, slot, waits).status_code == 409
    assert arrive(client, slot, waits, anyway="oui").status_code == 302
    assert (again(waits).came_at, again(waits).seated_at) == (NOW, None)
    full = arrive(client, slot, seated)
    assert (full.status_code, again(seated).came_at) == (302, NOW)


def test_at_the_door_of_a_cancelled_event_nobody_arrives(client):
    slot = opened(1)
    seated, waits = coming(slot, "élise"), coming(slot, "bilal")
    arrive(client, slot, seated)
    assert "Annuler l’arrivée d’ÉLISE Exemple" in said_in(client.get(at("host_door", slot.event)))
    changing.cancel(slot.event, "La salle est fermée.", by=None, now=NOW)
    page = client.get(at("host_door", slot.event))
    assert ("Cet événement est annulé" in said_in(page), 'name="act"' in page.content.decode()) == (True, False)
    undone = client.get(arrive(client, slot, seated, "undo")["Location"])
    assert ("arrivées ne s’y notent plus.</p>" in undone.content.decode(), again(seated).came_at) == (True, NOW)
    for row in (seated, waits):
        with pytest.raises(Refused, match="ne s’y notent plus"):
            (hosting.check_in if row == seated else hosting.let_in)(again(row), now=NOW)
    refused = walk_in(client, slot)
    assert (refused.status_code, "ne s’y notent plus" in said_in(refused)) == (422, True)
    assert (again(waits).came_at, Registration.objects.filter(is_walk_in=True).count()) == (None, 0)


def test_an_event_online_has_no_door_for_strangers_and_an_unknown_act_is_none(client):
    slot = opened(None, mode=Mode.ONLINE, commune="", place="")
    assert "sans inscription" not in said_in(client.get(at("host_door", slot.event)))
    assert client.post(at("host_door", slot.event), {"act": "nuire"}).status_code == 404


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("name", "", "Donnez un nom."),
        ("name", "x" * 50_000, "160 caractères au plus."),
        ("companions", "beaucoup", "Donnez un nombre entier"),
        ("companions", "-1", "Donnez au moins 0."),
        ("companions", "10", "9 au plus."),
    ],
)
def test_what_is_typed_wrong_at_the_door_is_said(client, field, typed, told):
    slot = opened(5)
    answer = walk_in(client, slot, **{field: typed})
    assert (answer.status_code, told in said_in(answer)) == (422, True)


def test_names_are_shown_as_they_are_typed(client):
    slot = opened(5)
    walk_in(client, slot, "<script>alert(1)</script>")
    assert "<script>alert(1)" not in client.get(at("host_door", slot.event)).content.decode()


# --- Seats ----------------------------------------------------------------------------------------------------------------


def resize(client: Client, slot: TimeSlot, onsite: str, **more: Any) -> Any:
    return client.post(at("host_places", slot.event), {"slot": slot.pk, f"s{slot.pk}-onsite": onsite, **more})


def test_the_priority_of_members_is_plain_to_who_organises_and_set_by_the_team_alone(client):
    slot = opened(5)
    soon, later = NOW + timedelta(days=2), NOW + timedelta(days=4)
    team = UserFactory(roles=[Role.STAFF])
    priority.give(slot.event, members_until=soon, members_seats=3, members_seats_until=later, by=team, now=NOW)
    TimeSlot.objects.filter(pk=slot.pk).update(taken_onsite=2, members_onsite=2)
    pages = [said_in(client.get(at(name, slot.event))) for name in ("host", "host_places")]
    gate = "Jusqu’au mercredi 10 novembre 2027 à 10 h (heure de Paris), seuls les adhérents de La 27e Région s’inscrivent."
    kept = (
        "3 places leur sont gardées pour chaque date "
        "jusqu’au vendredi 12 novembre 2027 à 10 h (heure de Paris) ; ensuite elles sont à tous."
    )
    assert [(gate in page, kept in page, "La changer" in page) for page in pages] == [(True, True, False)] * 2
    assert ["1 place encore gardée aux adhérents" in page for page in pages] == [False, True]
    with time_machine.travel(NOW + timedelta(days=3), tick=False):
        over = said_in(client.get(at("host_places", slot.event)))
        assert (gate in over, kept in over) == (False, True)
    with time_machine.travel(NOW + timedelta(days=5), tick=False):
        assert "Priorité des adhérents" not in said_in(client.get(at("host", slot.event)))


def test_all_that_was_kept_taken_it_is_said_and_the_team_is_led_to_where_it_is_set(client):
    slot = opened(5)
    later = NOW + timedelta(days=4)
    priority.give(slot.event, members_until=None, members_seats=1, members_seats_until=later, by=UserFactory(), now=NOW)
    TimeSlot.objects.filter(pk=slot.pk).update(taken_onsite=1, members_onsite=1)
    words = said_in(sign_in(client, UserFactory(roles=[Role.STAFF])).get(reverse("host_places", args=[slot.event_id])))
    assert (
        "1 place leur est gardée pour chaque date jusqu’au vendredi 12 novembre 2027 à 10 h (heure de Paris) ; ensuite elle est à tous."
        in words
    )
    assert ("les adhérents ont pris toutes les places qui leur étaient gardées" in words, "La changer" in words) == (True, True)


def test_more_seats_go_to_who_waits_who_is_told(client):
    slot = opened(1)
    for who in ("anna", "bilal", "chloe"):
        coming(slot, who)
    assert resize(client, slot, "2").status_code == 302
    assert (states(slot), taken(slot), letters("bilal")) == (
        {"anna": "seated", "bilal": "seated", "chloe": "1"},
        (2, 0),
        ["waiting", "promoted"],
    )
    act = Act.objects.get(verb="nombre de places changé")
    assert (act.by_name, act.changes) == ("Camille Exemple", {"places sur place": [1, 2]})


def test_fewer_seats_than_are_given_are_refused_in_words_and_nobody_is_thrown_out(client):
    slot = opened(3)
    for who in ("anna", "bilal"):
        coming(slot, who)
    refused = resize(client, slot, "1")
    assert (refused.status_code, "2 places sont déjà données sur place : il ne peut pas y en avoir moins." in said_in(refused)) == (
        422,
        True,
    )
    assert (fresh(slot).seats_onsite, states(slot)) == (3, {"anna": "seated", "bilal": "seated"})
    assert (resize(client, slot, "2").status_code, fresh(slot).seats_onsite) == (302, 2)


@pytest.mark.parametrize("typed", ["0", "-3", "douze", "1e9", "999999999999", "2.5"])
def test_absurd_numbers_of_seats_are_said(client, typed):
    slot = opened(3)
    answer = resize(client, slot, typed)
    assert (
        answer.status_code,
        fresh(slot).seats_onsite,
        "points à corriger" in said_in(answer) or "un point à corriger" in said_in(answer),
    ) == (422, 3, True)


def test_without_a_number_there_is_no_limit_and_each_way_has_its_own(client):
    slot = opened(1, online=1, mode=Mode.HYBRID)
    coming(slot, "anna")
    coming(slot, "bilal")
    resize(client, slot, "", **{f"s{slot.pk}-online": "50"})
    assert ((fresh(slot).seats_onsite, fresh(slot).seats_online), states(slot)) == ((None, 50), {"anna": "seated", "bilal": "seated"})


def test_the_seats_of_a_cancelled_event_move_no_more(client):
    slot = opened(2)
    changing.cancel(slot.event, "La salle est fermée.", by=None, now=NOW)
    with pytest.raises(Refused, match="annulé"):
        hosting.resize(fresh(slot), onsite=5, online=None, by=None, now=NOW)
    row = slot.registrations.create(email="a@ville.example", name="Anna Exemple", created_at=NOW, confirmed_at=NOW, seated_at=NOW)
    page, address = client.get(at("host", slot.event)), at("host_withdraw", slot.event, row.pk)
    assert ("Annulé" in said_in(page), "Anna Exemple" in said_in(page), "Désinscrire" in said_in(page)) == (True, True, False)
    assert client.get(address).status_code == 302
    assert ("plus de place à libérer" in client.post(address, follow=True).content.decode(), again(row).withdrawn_at) == (True, None)


# --- Withdrawing, and the figures ------------------------------------------------------------------------------------------


def test_somebody_is_withdrawn_after_a_page_that_asks_and_is_told(client):
    slot = opened(1)
    row = coming(slot, "anna")
    coming(slot, "bilal")
    address = at("host_withdraw", slot.event, row.pk)
    assert ("Une lettre le lui dit" in said_in(client.get(address)), again(row).withdrawn_at) == (True, None)
    assert client.post(address).status_code == 302
    assert (states(slot), letters("anna")[-1]) == ({"anna": "gone", "bilal": "seated"}, "withdrawn")
    assert Act.objects.filter(verb="inscription retirée par l’organisateur").count() == 1


def test_the_figures_count_people_by_sitting_and_way_and_stay_once_names_are_erased(client):
    slot = opened(9, online=9, mode=Mode.HYBRID)
    onsite, online = coming(slot, "anna", companions=2), coming(slot, "bilal", mode=Mode.ONLINE)
    hosting.withdraw(coming(slot, "chloe"), by=None, now=NOW)
    arrive(client, slot, onsite)
    arrive(client, slot, online)
    walk_in(client, slot)
    said = ["mode", "registered", "withdrawn", "came", "walked_in"]

    def figures() -> list[list[Any]]:
        counts = client.get(at("host", slot.event)).context["sittings"][0].counts
        return [[getattr(count, name) for name in said] for count in counts]

    before = figures()
    assert before == [["ONSITE", 3, 1, 4, 1], ["ONLINE", 1, 0, 1, 0]]
    Registration.objects.update(name="", email="", organisation="", erased_at=NOW)
    assert figures() == before
    assert len(client.get(at("host", slot.event)).context["page"]) == 0


def test_the_night_erases_who_walked_in_as_the_others_and_still_counts_them(client):
    slot = opened(1)
    coming(slot, "anna")
    walk_in(client, slot, anyway="oui")
    assert Registration.objects.get(is_walk_in=True).confirmed_at is None
    for late in (timedelta(days=1), timedelta(days=100)):
        list(purge(slot.starts_at + late, False))
    row = Registration.objects.get(is_walk_in=True)
    assert ((row.name, row.erased_at is None), [count.walked_in for count in host_queries.counts(slot.event, now=NOW)]) == (
        ("", False),
        [1],
    )
