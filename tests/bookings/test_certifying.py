"""Certificates: for a recorded presence and nothing else, by half-day, verifiable at a public address (domain.md C4)."""

import re
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from bookings import certificates
from bookings.models import Attendance, Certificate
from bookings.services import certifying
from bookings.states import Payer
from core.refusals import Refused
from tests.bookings.factories import ordered
from tests.bookings.paper_factories import MORNING_AFTER, ORDERED, day_2019, employer, named, seats_of, was_away, was_there

pytestmark = pytest.mark.django_db


@pytest.fixture
def seats():
    return seats_of(employer(day_2019(), 3))


def certify(seat, now=MORNING_AFTER):
    return certifying.certify(seat, by=None, now=now)


def test_a_whole_day_is_attested_with_all_that_was_said_of_it(seats):
    was_there(seats[:1])
    made = certify(seats[0])
    assert (made.name, made.employer, made.title, made.day.isoformat(), made.place, made.hours, made.objectives.splitlines()[0]) == (
        "Personne Exemple 1", "Ville d’Exemple", seats[0].booking.session.title,
        "2019-03-19", "Halle civique, 27 rue Piat, 75020 Paris", Decimal("8.0"), "Reconnaître les nouvelles ingénieries publiques",
    )  # fmt: skip


def test_hours_are_those_of_the_halves_somebody_was_at(seats):
    was_there(seats[:1], "AFTERNOON")
    was_away(seats[0], "MORNING")
    assert certify(seats[0]).hours == Decimal("4.0")


def test_the_absent_are_refused_in_words(seats):
    was_away(seats[0])
    with pytest.raises(Refused, match=r"^Personne Exemple 1 est notée «.absent.» ce jour-là.: aucun certificat ne peut être établi\.$"):
        certify(seats[0])


def test_those_of_whom_nothing_was_recorded_are_refused_in_words(seats):
    with pytest.raises(Refused, match="Aucune présence n’est notée pour Personne Exemple 1"):
        certify(seats[0])


def test_nothing_is_attested_before_the_day_is_over_nor_of_a_place_given_back_nor_of_nobody(seats):
    was_there(seats)
    seats[1].released_at, seats[2].name = ORDERED, ""
    seats[1].save()
    seats[2].save()
    said = []
    for seat, now in ((seats[0], ORDERED), (seats[1], MORNING_AFTER), (seats[2], MORNING_AFTER)):
        with pytest.raises(Refused) as refused:
            certify(seat, now)
        said.append(str(refused.value))
    assert said == [certifying.NOT_OVER, certifying.GIVEN_BACK, certifying.NO_NAME]


def test_an_order_that_is_not_firm_attests_nothing():
    booking = ordered(day_2019(), now=ORDERED, places=1, people=named(1), commitment_number="")
    was_there(seats_of(booking))
    with pytest.raises(Refused, match="pas ferme"):
        certify(seats_of(booking)[0])


def test_asked_twice_it_is_the_same_certificate(seats):
    was_there(seats[:1])
    assert (certify(seats[0]).number, Certificate.objects.count()) == (certify(seats[0]).number, 1)


def test_a_corrected_presence_or_name_makes_another_which_replaces_the_first(seats):
    was_there(seats[:1])
    first = certify(seats[0])
    Attendance.objects.filter(seat=seats[0], half="MORNING").update(present=False)
    second = certify(seats_of(seats[0].booking)[0])
    seats[0].name = "Personne d’Exemple"
    seats[0].save()
    third = certify(seats[0])
    assert [(row.hours, row.name, row.replaces) for row in (second, third)] == [
        (Decimal("4.0"), "Personne Exemple 1", first), (Decimal("4.0"), "Personne d’Exemple", second),
    ]  # fmt: skip
    assert list(Certificate.objects.standing()) == [third]


def test_what_is_attested_never_changes(seats):
    was_there(seats[:1])
    made = certify(seats[0])
    made.hours = Decimal("80.0")
    with pytest.raises(ValidationError, match="ne se modifie pas"):
        made.save()


def test_a_person_who_comes_for_themselves_has_no_employer():
    booking = ordered(day_2019(), now=ORDERED, payer=Payer.PERSON, places=1, people=named(1))
    type(booking).objects.filter(pk=booking.pk).update(state="FIRM", firm_at=ORDERED, firm_by="PAYMENT")
    was_there(seats_of(booking))
    assert certify(seats_of(booking)[0]).employer == ""


# --- The number and its page -----------------------------------------------------------------------------------------


def test_numbers_are_read_over_the_telephone_and_never_guessed():
    numbers = {certificates.new_number() for _ in range(500)}
    assert (len(numbers), all(re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", number) for number in numbers)) == (
        500,
        True,
    )
    assert [certificates.typed(said) for said in ("7k3m0qx9zr4t8whc", "7K3M-OQX9-ZR4T-8WHC", " 7k3m 0qx9 zr4t 8whc ")] == [
        "7K3M-0QX9-ZR4T-8WHC"
    ] * 3


def test_whoever_holds_the_number_reads_what_it_attests_and_no_engine_keeps_it(client, seats):
    was_there(seats[:1])
    made = certify(seats[0])
    response = client.get(f"/certificats/{made.number}/")
    words = response.content.decode()
    said = ["Ce certificat est authentique", made.number, "Personne Exemple 1", "Mardi 19\u00a0mars 2019", "8 heures", "Halle civique"]
    assert (response.status_code, response["X-Robots-Tag"], [word for word in said if word not in words]) == (200, "noindex, nofollow", [])
    assert "Ville d’Exemple" not in words  # nothing that the number does not need
    assert (response["Referrer-Policy"], "no-store" in response["Cache-Control"], "Set-Cookie" in response) == ("no-referrer", True, False)


def test_a_number_copied_by_hand_leads_to_its_page_and_an_unknown_one_says_so(client, seats):
    was_there(seats[:1])
    made = certify(seats[0])
    copied = client.get(f"/certificats/{made.number.replace('-', '').lower()}/")
    unknown = client.get("/certificats/0000-0000-0000-0000/")
    assert (copied.status_code, copied["Location"]) == (302, f"/certificats/{made.number}/")
    assert (unknown.status_code, "n’est pas celui d’un certificat" in unknown.content.decode()) == (404, True)
    assert client.post(f"/certificats/{made.number}/").status_code == 405


def test_a_replaced_certificate_and_a_presence_taken_back_are_told(client, seats):
    was_there(seats[:2])
    first, withdrawn = certify(seats[0]), certify(seats[1])
    Attendance.objects.filter(seat=seats[0], half="MORNING").update(present=False)
    Attendance.objects.filter(seat=seats[1]).update(present=False)
    second = certify(seats_of(seats[0].booking)[0])
    told = [client.get(f"/certificats/{row.number}/").content.decode() for row in (first, second, withdrawn)]
    sentences = ["a été remplacé", "est authentique", "n’est plus valable"]
    assert [sentence in page for sentence, page in zip(sentences, told, strict=True)] == [True] * 3
    assert second.number not in told[0]


def test_presences_erased_by_retention_say_nothing_against_a_certificate(client, seats):
    was_there(seats[:1])
    made = certify(seats[0])
    Attendance.objects.all().delete()
    assert "est authentique" in client.get(f"/certificats/{made.number}/").content.decode()
