"""The pages of who comes: a form without account, a letter that proves the address by a button, then one's own page."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.clock import PARIS
from events import attending_links as links
from events.models import Registration, TimeSlot
from events.services import attending, sweeping
from events.states import Access, Mode, State
from events.views import attending as views
from mailing.models import Message
from mailing.tasks import deliver
from tests.accounts.factories import UserFactory
from tests.events.attending import NOW, coming, letters, opened, states, taken
from tests.memberships.factories import a_member

pytestmark = pytest.mark.django_db
SAID = {"name": "Lou Exemple", "email": "lou@ville.example", "organisation": "Ville d’Exemple", "companions": "", "needs": ""}


@pytest.fixture(autouse=True)
def _then() -> Any:
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


def url_of(slot: TimeSlot) -> str:
    return reverse("event_register", args=[slot.event.season.slug, slot.event.slug])


def ask(client: Client, slot: TimeSlot, **changes: Any) -> Any:
    return client.post(url_of(slot), {**SAID, **changes})


def link_in(letter: Any) -> str:
    found = re.search(r"/inscriptions/[0-9a-f]{64}/", letter.body)
    assert found
    return found[0]


def errors(answer: Any) -> dict[str, list[str]]:
    return {name: [str(words) for words in said] for name, said in answer.context["form"].errors.items()}


def test_no_seat_is_promised_of_a_sitting_that_is_full(client: Client) -> None:
    slot = opened(1)
    form = client.get(url_of(slot)).content.decode()
    assert "La place est tenue trente minutes." in form
    coming(slot, "anna")
    form, sent = client.get(url_of(slot)).content.decode(), ask(client, slot).content.decode()
    assert ["tenue trente minutes" in page for page in (form, sent)] == [False, False]
    assert ("Aucune place n’est tenue" in form, "C’est complet en ce moment" in sent, states(slot)["lou"]) == (True, True, "asked")


def test_of_two_sittings_one_full_a_seat_is_promised_where_one_is_left(client: Client) -> None:
    slot = opened(1, at=["2027-11-23T10:00", "2027-11-24T10:00"])
    other = slot.event.slots.order_by("starts_at").last()
    coming(slot, "anna")
    assert "S’il reste une place, elle est tenue trente minutes" in client.get(url_of(slot)).content.decode()
    both = ask(client, slot, sittings=[slot.pk, other.pk]).content.decode()
    full = ask(client, slot, sittings=[slot.pk], email="max@ville.example").content.decode()
    assert ["C’est complet en ce moment" in page for page in (both, full)] == [False, True]


def test_a_visitor_asks_proves_by_a_button_and_is_seated(client: Client) -> None:
    slot = opened(3)
    answer = ask(client, slot, companions="1")
    assert (answer.status_code, "Regardez votre boîte" in answer.content.decode(), states(slot)) == (200, True, {"lou": "held"})
    deliver()
    page = link_in(mail.outbox[0])
    assert "tenue jusqu’à 10 h 30" in mail.outbox[0].body.replace("\u00a0", " ")
    before = client.get(page).content.decode()
    assert ("Confirmer mon inscription" in before, states(slot)) == (True, {"lou": "held"})
    assert client.post(f"{page}confirmer/").headers["Location"] == page
    deliver()
    after = client.get(page).content.decode()
    assert ("Votre place est retenue" in after, states(slot), taken(slot)) == (True, {"lou": "seated"}, (2, 0))
    assert [letter.subject for letter in mail.outbox][1] == "Inscription confirmée\u00a0: Récrire un courrier"


def test_the_form_says_nothing_of_an_address(client: Client) -> None:
    slot = opened(3)
    coming(slot, "lou")
    known, unknown = ask(client, slot), ask(client, slot, email="max@ville.example")
    said = [re.sub(r"(lou|max)@ville\.example|csrf\S+|nonce\S+", "", answer.content.decode()) for answer in (known, unknown)]
    assert (said[0] == said[1], known.status_code, letters("lou"), letters("max")) == (True, 200, ["registered", "link"], ["to_confirm"])


def test_a_machine_that_fills_the_trap_is_thanked_and_forgotten(client: Client) -> None:
    slot = opened(3)
    assert (ask(client, slot, site="https://x.example").status_code, Registration.objects.count(), letters()) == (200, 0, [])


def test_one_network_and_one_address_ask_so_often_and_no_more(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    slot = opened(30)
    monkeypatch.setattr(views, "AT_MOST", 3)
    answers = [ask(client, slot, email=f"p{number}@ville.example") for number in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 422]
    cache.clear()
    monkeypatch.setattr("events.attending_emails.MOST_A_DAY", 1)
    assert (ask(client, slot, email="p0@ville.example", companions="1").status_code, letters("p0"), taken(slot)) == (
        200,
        ["to_confirm"],
        (3, 0),
    )


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"name": " "}, {"name": ["Donnez votre nom."]}),
        ({"email": "lou"}, {"email": ["Donnez une adresse complète\u00a0: nom@domaine.fr."]}),
        ({"companions": "dix"}, {"companions": ["Donnez un nombre entier, sans lettre."]}),
        ({"companions": "-1"}, {"companions": ["Zéro, ou plus."]}),
        ({"companions": "99"}, {"companions": ["9 personnes au plus vous accompagnent."]}),
        ({"companions": "9" * 400}, {"companions": ["9 personnes au plus vous accompagnent."]}),
        ({"companions": "5"}, {"companions": ["Il n’y a que 3\u00a0places en tout\u00a0: venez moins nombreux."]}),
        ({"needs": "x" * 1001}, {"needs": ["1\u202f000\u00a0caractères au plus\u00a0: il y en a trop."]}),
        ({"name": "x" * 50_000}, {"name": ["160 caractères au plus."]}),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(client: Client, changes: Any, wrong: Any) -> None:
    slot = opened(3)
    answer = ask(client, slot, **changes)
    plain = {name: [words.replace("\u00a0", " ") for words in said] for name, said in errors(answer).items()}
    expected = {name: [words.replace("\u00a0", " ") for words in said] for name, said in wrong.items()}
    assert (answer.status_code, plain, Registration.objects.count()) == (422, expected, 0)
    assert answer.context["form"]["organisation"].value() == "Ville d’Exemple"


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "=cmd|' /C calc'!A0", "\x00", "\ud7ff", "😀" * 50, "{{ 7*7 }}", "{titre}", "%s %(x)s"]
)
def test_hostile_words_are_only_words(client: Client, text: str) -> None:
    slot = opened(3)
    answer = ask(client, slot, name=text, needs=text, organisation=text[:100])
    deliver()
    assert (answer.status_code in (200, 422), "<script>alert" in answer.content.decode()) == (True, False)
    for row in Registration.objects.all():
        page = client.get(links.path_of(row)).content.decode()
        assert ("<script>alert" in page, "49" in row.name) == (False, False)


def test_several_sittings_are_asked_in_one_letter_and_all_or_none(client: Client) -> None:
    slot = opened(3, at=["2027-11-23T10:00", "2027-11-24T10:00", "2027-11-25T10:00"])
    rows = list(slot.event.slots.order_by("starts_at"))
    assert errors(ask(client, slot)) == {"sittings": ["Choisissez au moins une séance."]}
    ask(client, slot, sittings=[str(rows[0].pk), str(rows[2].pk)])
    assert ([states(row) for row in rows], letters("lou")) == ([{"lou": "held"}, {}, {"lou": "held"}], ["to_confirm"])
    deliver()
    page = link_in(mail.outbox[0])
    assert "Confirmer vaut aussi pour" in client.get(page).content.decode()
    client.post(f"{page}confirmer/")
    assert [states(row) for row in rows] == [{"lou": "seated"}, {}, {"lou": "seated"}]


def test_a_sitting_that_began_is_offered_no_more(client: Client) -> None:
    slot = opened(3, at=["2027-11-08T09:00", "2027-11-24T10:00"])
    past, to_come = slot.event.slots.order_by("starts_at")
    assert "sittings" not in client.get(url_of(slot)).context["form"].fields
    ask(client, slot, sittings=str(past.pk))
    assert (states(past), states(to_come)) == ({}, {"lou": "held"})


def test_on_site_or_online_is_asked_when_there_is_a_choice(client: Client) -> None:
    slot = opened(1, online=5, mode=Mode.HYBRID)
    assert set(errors(ask(client, slot))) == {"mode"}
    ask(client, slot, mode=Mode.ONLINE)
    assert (Registration.objects.get().mode, taken(slot)) == (Mode.ONLINE, (0, 1))


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"access": Access.OPEN}, 404, "L’entrée est libre"),
        ({"access": Access.INVITATION}, 404, "sur invitation uniquement"),
        ({"access": Access.ELSEWHERE}, 404, "sur son propre site"),
        ({"state": State.CANCELLED}, 200, "est annulé"),
        ({"at": ["2027-11-08T09:00"]}, 200, "trop tard"),
    ],
)
def test_where_one_does_not_register_a_page_says_so_to_get_and_to_post(client: Client, fields: Any, status: int, words: str) -> None:
    slot = opened(3, **fields)
    for answer in (client.get(url_of(slot)), ask(client, slot)):
        assert (answer.status_code, words in answer.content.decode(), "<form method" in answer.content.decode()) == (status, True, False)
    assert Registration.objects.count() == 0


@pytest.mark.parametrize("fields", [{"state": State.PROPOSED, "listed_at": None}, {"state": State.REFUSED}])
def test_what_is_not_public_has_no_form(client: Client, fields: Any) -> None:
    slot = opened(3, **fields)
    assert (client.get(url_of(slot)).status_code, ask(client, slot).status_code) == (404, 404)


def test_a_signed_in_person_is_seated_at_once_by_a_proven_address_and_proves_another(client: Client) -> None:
    slot = opened(3)
    person = UserFactory(email="lou@ville.example")
    client.force_login(person)
    assert client.get(url_of(slot)).context["form"]["email"].value() == "lou@ville.example"
    answer = ask(client, slot)
    assert (answer.status_code, states(slot)) == (302, {"lou": "seated"})
    ask(client, slot, email="autre@ville.example")
    assert states(slot) == {"lou": "seated", "autre": "held"}
    space = client.get(reverse("space")).content.decode()
    assert ("Mes inscriptions" in space, links.path_of(Registration.objects.get(email="lou@ville.example")) in space) == (True, True)


def test_the_list_is_complete_and_says_so_before_and_after(client: Client) -> None:
    slot = opened(1)
    coming(slot, "a")
    page = client.get(url_of(slot)).content.decode()
    assert ("C’est complet" in page, "Rejoindre la liste d’attente" in page) == (True, True)
    ask(client, slot)
    row = Registration.objects.get(email="lou@ville.example")
    client.post(f"{links.path_of(row)}confirmer/")
    assert "rang 1" in client.get(links.path_of(row)).content.decode()


def test_a_group_that_waits_is_told_how_many_seats_are_left(client: Client) -> None:
    slot = opened(3)
    coming(slot, "a")
    row = coming(slot, "lou", companions=2)
    assert "Il reste 2 places et vous êtes 3" in client.get(links.path_of(row)).content.decode().replace("\u00a0", " ")
    answer = client.post(f"{links.path_of(row)}modifier/", {**SAID, "companions": "1"})
    assert (answer.status_code, states(slot)) == (302, {"a": "seated", "lou": "seated"})


def test_one_withdraws_by_a_button_and_never_by_opening(client: Client) -> None:
    slot = opened(1)
    row = coming(slot, "lou")
    address = f"{links.path_of(row)}retirer/"
    assert (client.get(address).status_code, states(slot)) == (200, {"lou": "seated"})
    client.post(address)
    client.post(address)
    page = client.get(links.path_of(row)).content.decode()
    assert ("a été retirée" in page, states(slot), letters("lou")) == (True, {"lou": "gone"}, ["registered", "withdrawn"])


def test_a_change_that_cannot_be_keeps_the_seat_and_what_was_typed(client: Client) -> None:
    slot = opened(2)
    row = coming(slot, "lou")
    coming(slot, "b")
    answer = client.post(f"{links.path_of(row)}modifier/", {**SAID, "companions": "1", "needs": "Un accès."})
    assert (answer.status_code, answer.context["form"]["needs"].value(), states(slot)["lou"]) == (422, "Un accès.", "seated")
    assert errors(answer)["__all__"] == ["Il n’y a pas assez de places libres. Vous gardez votre place."]


@pytest.mark.parametrize("act", ["", "confirmer/", "modifier/", "retirer/", "agenda.ics"])
def test_an_invented_address_opens_nothing(client: Client, act: str) -> None:
    opened(1)
    for token in ("x", "0" * 64, "%C3%A9", "é" * 80):
        assert client.get(f"/inscriptions/{token}/{act}").status_code in (404, 405)
        assert client.post(f"/inscriptions/{token}/{act}").status_code in (404, 405)


def test_only_a_post_acts(client: Client) -> None:
    slot = opened(1)
    row = coming(slot, "lou")
    assert client.get(f"{links.path_of(row)}confirmer/").status_code == 405
    assert client.post(links.path_of(row)).status_code == 405


def test_the_pages_of_a_registration_are_kept_by_no_cache_nor_engine(client: Client) -> None:
    slot = opened(1)
    row = coming(slot, "lou")
    answer = client.get(links.path_of(row))
    assert (answer["X-Robots-Tag"], answer["Referrer-Policy"]) == ("noindex, nofollow", "same-origin")
    assert "no-store" in answer["Cache-Control"]


def test_too_early_is_said_by_letter_only(client: Client) -> None:
    slot = opened(3, members_until=NOW + timedelta(days=3))
    assert "réservée aux adhérents" in client.get(url_of(slot)).content.decode()
    answer = ask(client, slot)
    assert (answer.status_code, Registration.objects.count(), letters("lou")) == (200, 0, ["too_early"])
    deliver()
    assert "jusqu’au jeudi 11 novembre 2027" in mail.outbox[0].body.replace("\u00a0", " ")


def test_the_page_of_the_event_says_what_is_left_and_takes_no_cookie(client: Client) -> None:
    slot = opened(3, members_seats=1, members_seats_until=NOW + timedelta(days=1))
    attending.register(slot, email="a@ville.example", name="A", companions=0, now=NOW - timedelta(minutes=31))
    coming(slot, "b")
    page = client.get(slot.event.get_absolute_url())
    assert ("1\u00a0place" in page.content.decode(), "S’inscrire" in page.content.decode(), page.cookies) == (True, True, {})
    coming(slot, "c", companions=1)
    kept = "1\u00a0place gardée aux adhérents"
    assert kept in (shown := client.get(slot.event.get_absolute_url()).content.decode())
    assert "liste d’attente pour les autres" in shown
    a_member("Ville d’Exemple", "d@ville.example")
    coming(slot, "d")
    assert "omplet, liste d’attente" in client.get(slot.event.get_absolute_url()).content.decode()


def test_once_begun_the_event_offers_no_registration(client: Client) -> None:
    slot = opened(3)
    begun = datetime(2027, 11, 23, 10, tzinfo=PARIS)
    with time_machine.travel(begun, tick=False):
        assert "S’inscrire" not in client.get(slot.event.get_absolute_url()).content.decode()
        assert "trop tard" in ask(client, slot).content.decode()


def test_a_letter_that_gives_a_link_is_read_by_nobody_else(client: Client) -> None:
    slot = opened(3)
    ask(client, slot)
    deliver()
    assert [(row.text, row.subject) for row in Message.objects.all()] == [("", "")]


# --- The cost ----------------------------------------------------------------------------------------------------------------


def cost(act: Any) -> int:
    with CaptureQueriesContext(connection) as asked_for:
        act()
    return len(asked_for)


def test_the_form_asks_as_much_for_one_sitting_as_for_five(client: Client) -> None:
    one, five = opened(3), opened(3, at=[f"2027-11-{day}T10:00" for day in range(22, 27)])
    client.get(url_of(one))
    assert cost(lambda: client.get(url_of(one))) == cost(lambda: client.get(url_of(five))) <= 5


def test_the_page_of_an_event_still_asks_five_questions(client: Client) -> None:
    slot = opened(3, at=[f"2027-11-{day}T10:00" for day in range(22, 27)])
    coming(slot, "a")
    client.get(slot.event.get_absolute_url())
    assert cost(lambda: client.get(slot.event.get_absolute_url())) <= 5


def test_the_space_asks_as_much_for_one_registration_as_for_three(client: Client) -> None:
    person = UserFactory(email="lou@ville.example")
    client.force_login(person)
    coming(opened(3), "lou")
    client.get(reverse("space"))
    one = cost(lambda: client.get(reverse("space")))
    for _ in range(2):
        coming(opened(3), "lou")
    assert cost(lambda: client.get(reverse("space"))) == one


def test_the_sweep_asks_as_much_for_one_sitting_as_for_three_when_nothing_is_due() -> None:
    coming(opened(3), "a")
    one = cost(lambda: sweeping.sweep(now=NOW))
    for _ in range(2):
        coming(opened(3), "a")
    assert cost(lambda: sweeping.sweep(now=NOW)) == one <= 4


def test_a_registration_costs_little_from_the_form_to_the_letters(client: Client) -> None:
    slot = opened(30)
    client.get(url_of(slot))
    asked_for = cost(lambda: ask(client, slot))
    row = Registration.objects.get()
    proven = cost(lambda: client.post(f"{links.path_of(row)}confirmer/"))
    assert (asked_for <= 24, proven <= 20) == (True, True), (asked_for, proven)
