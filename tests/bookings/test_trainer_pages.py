"""The trainer's one page, by their own link: their day only, without account, on a phone."""

import pytest
import time_machine
from django.urls import reverse

from bookings import trainers
from bookings.models import Attendance, Seat, TrainerLink
from bookings.services import calling_trainers
from core.logs import masked
from core.refusals import Refused
from mailing.models import Message
from programmes.models import SessionTrainer
from tests.applications.factories import staff
from tests.bookings.factories import NOW, firm, people, session
from tests.programmes.factories import TrainerFactory

pytestmark = pytest.mark.django_db
ON_THE_DAY = "2027-03-16 10:00+01:00"


def team(day, **fields):
    trainer = TrainerFactory(**({"email": "amina@la27eregion.example"} | fields))
    SessionTrainer.objects.create(session=day, trainer=trainer)
    return trainer


def called(day=None):
    day = day or session()
    link = calling_trainers.call(day, team(day), words="", by=staff(), now=NOW)
    return day, link


def group(day):
    booking = firm(day, places=2, people=people("Camille Exemple", "Alix Exemple"), payer_name="Ville d’Exemple")
    booking.seats.filter(rank=1).update(job="juriste", needs="Entrée de plain-pied")
    return booking


def test_the_letter_opens_the_group_its_needs_and_its_material(client):
    day, link = called(session(terms={"material": "Un projecteur"}))
    group(day)
    page = client.get(trainers.path_of(link))
    text = page.content.decode()
    assert page.status_code == 200
    assert [words in text for words in ("Camille Exemple", "juriste", "Ville d’Exemple", "Entrée de plain-pied", "Un projecteur")] == [
        True
    ] * 5
    assert "presences/" not in text  # before the day there is nothing to press
    assert trainers.address_of(link) in Message.objects.get(kind="bookings.trainer_called").text


def test_one_press_a_person_and_a_half_day_undone_the_same_way(client):
    day, link = called()
    booking = group(day)
    seat = booking.seats.get(rank=1)
    address = reverse("trainer_note", args=[trainers.secret_of(link)])
    with time_machine.travel(ON_THE_DAY, tick=False):
        answers = [
            client.post(address, {"demi": "matin", "place": seat.pk, "act": act}) for act in ("present", "present", "absent", "effacer")
        ]
        client.post(address, {"demi": "apres-midi", "tous": "1"})
        page = client.get(f"{trainers.path_of(link)}?demi=apres-midi").content.decode()
    assert {answer.status_code for answer in answers} == {302}
    assert answers[0]["Location"].endswith(f"?demi=matin#place-{seat.pk}")
    assert sorted(Attendance.objects.values_list("seat__rank", "half", "present")) == [(1, "AFTERNOON", True), (2, "AFTERNOON", True)]
    assert "2 présents, 0 absent" in page.replace("\u00a0", " ")


@pytest.mark.parametrize("typed", [{}, {"demi": "soir", "tous": "1"}, {"demi": "matin", "place": "x", "act": "present"},
    {"demi": "matin", "place": "9" * 30, "act": "present"}, {"demi": "matin", "place": "1", "act": "détruire"}])  # fmt: skip
def test_what_no_page_of_ours_sends_is_not_found(client, typed):
    _, link = called()
    with time_machine.travel(ON_THE_DAY, tick=False):
        assert client.post(reverse("trainer_note", args=[trainers.secret_of(link)]), typed).status_code == 404


def test_a_trainer_notes_nobody_of_another_day(client):
    _, link = called()
    other = group(session()).seats.get(rank=1)
    with time_machine.travel(ON_THE_DAY, tick=False):
        answer = client.post(
            reverse("trainer_note", args=[trainers.secret_of(link)]), {"demi": "matin", "place": other.pk, "act": "present"}
        )
    assert (answer.status_code, Attendance.objects.count()) == (404, 0)


def test_before_the_day_a_press_says_so(client):
    day, link = called()
    seat = group(day).seats.get(rank=1)
    with time_machine.travel("2027-03-15 23:00+01:00", tick=False):
        client.post(reverse("trainer_note", args=[trainers.secret_of(link)]), {"demi": "matin", "place": seat.pk, "act": "present"})
        page = client.get(trainers.path_of(link)).content.decode()
    assert ("pas commencé" in page, Attendance.objects.count()) == (True, 0)


def test_a_link_withdrawn_too_old_invented_or_of_who_left_opens_nothing(client):
    day, link = called()
    path = trainers.path_of(link)
    with time_machine.travel("2027-04-15 23:59+02:00", tick=False):
        assert client.get(path).status_code == 200
    with time_machine.travel("2027-04-16 00:00+02:00", tick=False):
        assert client.get(path).status_code == 404
    with time_machine.travel(ON_THE_DAY, tick=False):
        SessionTrainer.objects.all().delete()
        assert client.get(path).status_code == 404
        SessionTrainer.objects.create(session=day, trainer=link.trainer)
        assert client.get(path).status_code == 200
        trainers.revoke(link, by=staff(), now=NOW)
        assert [client.get(address).status_code for address in (path, "/formateurs/invente/", "/formateurs/é%20/")] == [404] * 3
    assert b"ne s\xe2\x80\x99ouvre plus" in client.get(path).content


def test_the_secret_is_nowhere_but_in_the_letter():
    day, link = called()
    secret = trainers.secret_of(link)
    assert secret not in "".join(map(str, TrainerLink.objects.values_list("nonce", "digest")))
    assert masked(f"GET /formateurs/{secret}/presences/") == "GET /formateurs/[secret]/presences/"
    assert calling_trainers.call(day, link.trainer, by=staff(), now=NOW).pk == link.pk


def test_without_address_or_out_of_the_team_nobody_is_called():
    day = session()
    for trainer, words in ((team(day, email=""), "pas d’adresse"), (TrainerFactory(), "pas de l’équipe")):
        with pytest.raises(Refused, match=words):
            calling_trainers.call(day, trainer, by=staff(), now=NOW)


def test_the_page_costs_the_same_with_one_and_three_people(client, django_assert_max_num_queries):
    costs = []
    for count in (1, 3):
        day, link = called()
        firm(day, places=count, people=people(*(f"Personne {n}" for n in range(count))))
        with time_machine.travel(ON_THE_DAY, tick=False), django_assert_max_num_queries(10) as counted:
            client.get(trainers.path_of(link))
        costs.append(len(counted))
    assert costs[0] == costs[1]


def test_needs_are_erased_fifteen_days_after():
    from datetime import datetime

    from bookings import needs
    from core.clock import PARIS

    booking = group(session())
    before, after = datetime(2027, 3, 30, 23, 59, tzinfo=PARIS), datetime(2027, 3, 31, 0, 0, tzinfo=PARIS)
    told = [next(needs.purge(now, dry)).count for now, dry in ((before, False), (after, True), (after, False), (after, False))]
    assert (told, Seat.objects.exclude(needs="").count(), booking.seats.count()) == ([0, 1, 1, 0], 0, 2)
