"""Invitations (E7): by name, used once, forwarded in vain; by code with a number; taken back; a pasted list read line by line."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from core.refusals import Refused
from events import guest_lists, invitations
from events.host_gathering import purge
from events.models import Invitation, Registration, TimeSlot
from events.services import attending, changing, inviting
from events.services.inviting import Reply
from events.states import Access, State
from mailing.models import Batch, Message
from mailing.tasks import deliver
from tests.events.attending import MINUTE, NOW, fresh, letters, opened, states, taken
from tests.events.desks import CAMILLE, at, by_invitation, code, guest, said_in
from tests.test_crawler import crawl

pytestmark = pytest.mark.django_db
SAID = {"name": "Lou Exemple", "organisation": "Ville d’Exemple", "companions": "0", "needs": ""}


@pytest.fixture(autouse=True)
def _then() -> Any:
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


def path_of(invitation: Invitation) -> str:
    return reverse("invitation", args=[invitations.secret_of(invitation)])


def answer(client: Client, invitation: Invitation, **changes: Any) -> Any:
    return client.post(path_of(invitation), {**SAID, **changes})


def again(invitation: Invitation) -> Invitation:
    return Invitation.objects.select_related("event__season").get(pk=invitation.pk)


# --- Somebody who is invited -------------------------------------------------------------------------------------------


def test_a_guest_is_registered_at_once_by_their_link_and_opening_it_changes_nothing(client):
    slot = by_invitation()
    invited = guest(slot)
    page = client.get(path_of(invited))
    assert (page.status_code, "lou@ville.example" in said_in(page), again(invited).used, states(slot)) == (200, True, 0, {})
    done = answer(client, invited, needs="Un accès")
    row = Registration.objects.get()
    assert (done["Location"].startswith("/inscriptions/"), states(slot), taken(slot)) == (True, {"lou": "seated"}, (1, 0))
    assert (row.name, row.needs, row.invitation_id, again(invited).used) == ("Lou Exemple", "Un accès", invited.pk, 1)
    assert "registered" in letters("lou")
    assert client.get(done["Location"]).status_code == 200


def test_a_forwarded_link_says_that_it_is_used_whoever_opens_it(client):
    slot = by_invitation()
    invited = guest(slot)
    answer(client, invited)
    other = Client()
    page, post = other.get(path_of(invited)), answer(other, invited, name="Quelqu’un d’autre")
    assert [(said.status_code, "Cette invitation est déjà utilisée." in said_in(said)) for said in (page, post)] == [
        (200, True),
        (409, True),
    ]
    assert ("<form" in page.content.decode().split("<main")[1].split("</main")[0], Registration.objects.count()) == (False, 1)


def test_withdrawn_a_guest_does_not_use_the_link_again_and_may_be_invited_anew(client):
    slot = by_invitation()
    invited = guest(slot)
    answer(client, invited)
    attending.withdraw(Registration.objects.get(), now=NOW)
    assert (again(invited).used, "déjà utilisée" in said_in(client.get(path_of(invited)))) == (1, True)
    inviting.revoke(again(invited), by=None, now=NOW)
    Batch.objects.all().update(token=None)
    anew = guest(slot)
    assert (answer(client, anew).status_code, states(slot)) == (302, {"lou": "seated"})


@pytest.mark.parametrize(
    ("typed", "seated"), [("0", True), ("1", True), ("2", False), ("9", False), ("-1", False), ("x", False), ("", True)]
)
def test_a_guest_comes_with_as_many_as_was_said(client, typed, seated):
    slot = by_invitation()
    done = answer(client, guest(slot, companions=1), companions=typed)
    assert (done.status_code, Registration.objects.count()) == ((302, 1) if seated else (422, 0))


def test_an_invitation_for_one_asks_for_nobody_else_and_takes_nobody_else(client):
    slot = by_invitation()
    invited = guest(slot)
    assert "accompagnent" not in said_in(client.get(path_of(invited)))
    answer(client, invited, companions="5")
    assert Registration.objects.get().companions == 0
    with pytest.raises(Refused, match="pour vous seul"):
        inviting.accept(guest(slot, "noa"), slot, Reply("Noa Exemple", companions=1), now=NOW)


def test_full_a_guest_is_on_the_waiting_list_with_their_rank(client):
    slot = by_invitation(1)
    answer(client, guest(slot, "anna"))
    done = answer(Client(), guest(slot, "bilal"), follow=True)
    assert (done.status_code, states(slot)) == (302, {"anna": "seated", "bilal": "1"})


def test_of_several_sittings_one_chooses_and_of_a_hybrid_event_how(client):
    slot = by_invitation(at=["2027-11-23T10:00", "2027-11-24T10:00"], mode="HYBRID")
    second = fresh(slot.event.slots.order_by("starts_at").last())
    invited = guest(slot)
    missing = answer(client, invited)
    assert (missing.status_code, "Choisissez une date." in said_in(missing), again(invited).used) == (422, True, 0)
    assert answer(client, invited, slot="99999", mode="ONLINE").status_code == 422
    answer(client, invited, slot=second.pk, mode="ONLINE")
    row = Registration.objects.get()
    assert (row.slot_id, row.mode, taken(second)) == (second.pk, "ONLINE", (0, 1))


def test_taken_back_unknown_past_or_cancelled_it_says_so(client):
    slot = by_invitation()
    invited = guest(slot)
    assert client.get(reverse("invitation", args=["0" * 64])).status_code == 404
    with time_machine.travel(slot.starts_at + MINUTE, tick=False):
        assert "Cet événement est passé." in said_in(client.get(path_of(invited)))
    inviting.revoke(invited, by=None, now=NOW)
    assert "L’organisateur a repris cette invitation." in said_in(client.get(path_of(invited)))
    assert (answer(client, invited).status_code, states(slot)) == (409, {})
    other = guest(slot, "noa")
    changing.cancel(slot.event, "Trop de vent.", by=None, now=NOW)
    assert "Cet événement est annulé." in said_in(client.get(path_of(other)))


def test_a_revoked_invitation_leaves_who_registered(client):
    slot = by_invitation()
    invited = guest(slot)
    answer(client, invited)
    inviting.revoke(again(invited), by=None, now=NOW)
    assert states(slot) == {"lou": "seated"}


@pytest.mark.parametrize(
    ("field", "typed"), [("name", ""), ("name", "x" * 50_000), ("needs", "x" * 50_000), ("organisation", "y" * 300), ("email", "n’importe")]
)
def test_what_is_typed_wrong_is_said_and_uses_nothing(client, field, typed):
    slot = by_invitation()
    invited = code(slot) if field == "email" else guest(slot)
    done = answer(client, invited, **{field: typed})
    assert (done.status_code, again(invited).used, Registration.objects.count()) == (422, 0, 0)


# --- Codes --------------------------------------------------------------------------------------------------------------


def test_a_code_is_typed_as_it_was_read_aloud_and_asks_for_the_address_and_its_proof(client):
    slot = by_invitation()
    shared = code(slot)
    written = invitations.code_of(shared)
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}", written)
    for typed in (written, written.lower().replace("-", " "), f" {written} ".replace("0", "O").replace("1", "l")):
        assert client.post(reverse("invitation_code"), {"code": typed})["Location"] == path_of(shared)
    wrong = client.post(reverse("invitation_code"), {"code": "AAAA-AAAA-AAAA"})
    assert (wrong.status_code, "Nous ne connaissons pas ce code" in said_in(wrong)) == (422, True)
    done = answer(client, shared, email="lou@ville.example")
    assert ("Regardez votre boîte" in said_in(done), states(slot), letters("lou")) == (True, {"lou": "held"}, ["to_confirm"])


def test_a_code_counts_people_with_their_companions_and_gets_back_who_leaves(client):
    slot = by_invitation()
    shared = code(slot, 3, companions=1)
    answer(client, shared, email="anna@ville.example", companions="1")
    tight = answer(client, shared, email="bilal@ville.example", companions="1")
    assert (tight.status_code, "Il reste 1 place avec ce code : venez moins nombreux." in said_in(tight)) == (422, True)
    answer(client, shared, email="bilal@ville.example")
    spent = answer(client, shared, email="chloe@ville.example")
    assert (spent.status_code, "déjà utilisée" in said_in(spent), again(shared).used) == (409, True, 3)
    row = attending.confirm(Registration.objects.get(email="anna@ville.example"), now=NOW)
    attending.withdraw(row, now=NOW)
    assert (again(shared).used, answer(client, shared, email="chloe@ville.example").status_code) == (1, 200)


def test_an_address_uses_a_code_once_and_is_mailed_its_link_again(client):
    slot = by_invitation()
    shared = code(slot, 5)
    pages = [answer(client, shared, email="lou@ville.example") for _ in range(2)]
    assert ([page.status_code for page in pages], again(shared).used, Registration.objects.count()) == ([200, 200], 1, 1)
    assert ["Regardez votre boîte" in said_in(page) for page in pages] == [True, True]


def test_a_code_with_absurd_numbers_is_refused_in_words(client):
    slot = by_invitation()
    for said in (
        {"quota": "0"},
        {"quota": "-1"},
        {"quota": "x"},
        {"quota": "10000000"},
        {"label": ""},
        {"companions": "10"},
        {"quota": "2", "companions": "2"},
    ):
        typed = {"label": "Réseau", "quota": "5", "companions": "0", **said}
        page = client.post(at("host_guests", slot.event), {"act": "code", **{f"code-{name}": value for name, value in typed.items()}})
        assert (said, page.status_code, Invitation.objects.count()) == (said, 422, 0)


# --- The desk -------------------------------------------------------------------------------------------------------------


LIST = "nom;mail\nAnna Exemple;anna@ville.example\nbilal@ville.example\n\n  Chloé Exemple\tCHLOE@ville.example  \n"
WRONG = "Sans adresse\nDina;dina@\nAnna;anna@ville.example\n" + "Élie" * 60 + ";elie@ville.example"


def test_a_pasted_list_is_read_line_by_line():
    read = guest_lists.read(LIST + WRONG, ["farid@ville.example"])
    assert [(row.name, row.email, row.line) for row in read.found] == [
        ("Anna Exemple", "anna@ville.example", 2), ("", "bilal@ville.example", 3), ("Chloé Exemple", "chloe@ville.example", 5),
    ]  # fmt: skip
    assert read.wrong == [
        (6, "il n’y a pas d’adresse électronique."),
        (7, "«\u00a0dina@\u00a0» n’est pas une adresse électronique."),
        (8, "la même adresse est à la ligne 2."),
        (9, "le nom dépasse 160 caractères."),
    ]
    assert guest_lists.read("Farid;farid@ville.example", ["farid@ville.example"]).wrong == [(1, "farid@ville.example est déjà invité.")]
    many = guest_lists.read("\n".join(f"p{number}@ville.example" for number in range(600)), [])
    assert (len(many.found), len(many.wrong), many.wrong[0][0]) == (500, 100, 501)


@pytest.mark.parametrize(
    "text",
    [
        "Lou Exemple <lou@ville.example>",
        '"Lou";"Exemple";"lou@ville.example"',
        "lou@ville.example;Lou Exemple",
        "Lou Exemple\tlou@ville.example;x",
    ],
)
def test_a_line_is_read_however_a_program_writes_it(text):
    assert [(row.name, row.email) for row in guest_lists.read(text, []).found] == [("Lou Exemple", "lou@ville.example")]


def send(client: Client, slot: TimeSlot, text: str = LIST, **changes: Any) -> Any:
    said = {"guests": text, "companions": "1"}
    page = client.post(at("host_guests", slot.event), {**said, "act": "read"})
    held = {"token": page.context["token"], "count": len(page.context["read"].found)}
    return client.post(at("host_guests", slot.event), {**said, **held, "act": "send", **changes})


def test_the_list_is_read_over_then_each_guest_receives_their_own_link_answered_to_the_organiser(client):
    slot = by_invitation()
    page = client.post(at("host_guests", slot.event), {"act": "read", "guests": LIST + WRONG, "companions": "1"})
    assert ("3 personnes seront invitées" in said_in(page), "Ligne 7 :" in said_in(page), Invitation.objects.count()) == (True, True, 0)
    assert send(client, slot).status_code == 302
    with time_machine.travel(NOW + 11 * MINUTE, tick=False):
        deliver()
    assert sorted(letter.to[0] for letter in mail.outbox) == ["anna@ville.example", "bilal@ville.example", "chloe@ville.example"]
    letter = next(letter for letter in mail.outbox if letter.to == ["anna@ville.example"])
    found = re.findall(r"/invitations/[0-9a-f]{64}/", letter.body)
    wanted = ("Vous pouvez venir avec une personne.", "Bonjour Anna Exemple")
    assert (letter.reply_to, [words in letter.body for words in wanted], len(found)) == ([CAMILLE], [True, True], 1)
    assert "anna@ville.example" in said_in(client.get(found[0]))
    assert Message.objects.filter(kind="events.invitation").exclude(text="").count() == 0


def test_the_same_confirmation_twice_invites_once_and_is_taken_back_whole(client):
    slot = by_invitation()
    page = client.post(at("host_guests", slot.event), {"act": "read", "guests": LIST, "companions": "0"})
    said = {"act": "send", "guests": LIST, "companions": "0", "token": page.context["token"], "count": "3"}
    assert [client.post(at("host_guests", slot.event), said).status_code for _ in range(2)] == [302, 200]
    assert (Invitation.objects.count(), Batch.objects.count()) == (3, 1)
    client.post(at("host_guests", slot.event), {"act": "undo", "batch": Batch.objects.get().pk})
    deliver()
    assert (Invitation.objects.count(), mail.outbox) == (0, [])


@pytest.mark.parametrize("typed", ["\x00", "\ud800", "<script>", "é" * 50_000, "1;DROP TABLE", "\u202e"])
def test_hostile_signs_are_answered_in_words_wherever_they_are_typed(client, typed):
    slot = by_invitation()
    invited, shared = guest(slot), code(slot)
    typed = typed.encode("utf-8", "replace").decode()
    asked = [
        (reverse("invitation_code"), {"code": typed}),
        (path_of(shared), {**SAID, "name": typed, "email": typed, "companions": typed, "needs": typed}),
        (path_of(invited), {**SAID, "organisation": typed, "companions": typed}),
        (at("host_guests", slot.event), {"act": "read", "guests": typed, "companions": typed}),
        (at("host_guests", slot.event), {"act": "code", "code-label": typed, "code-quota": typed, "code-companions": typed}),
        (at("host_guests", slot.event), {"act": "send", "guests": "a@ville.example", "companions": "0", "count": "1", "token": typed}),
        (at("host_door", slot.event), {"act": "walk_in", "name": typed, "seance": slot.pk, "once": typed, "companions": typed}),
        (at("host_door", slot.event), {"act": "came", "person": typed, "seance": slot.pk, "q": typed[:100]}),
        (at("host_message", slot.event), {"act": typed, "subject": typed, "words": typed, "audience": typed, "slot": typed}),
        (at("host_places", slot.event), {"slot": slot.pk, f"s{slot.pk}-onsite": typed}),
    ]
    answers = {address: client.post(address, said).status_code for address, said in asked}
    assert {address: status for address, status in answers.items() if status >= 500 or status == 403} == {}


def test_guests_are_listed_with_what_became_of_each(client):
    slot = by_invitation()
    answer(Client(), guest(slot, "anna"))
    inviting.revoke(guest(slot, "bilal"), by=None, now=NOW)
    guest(slot, "chloe")
    code(slot, 4)
    page = said_in(client.get(at("host_guests", slot.event)))
    for words in ("Anna Exemple vient", "Chloe Exemple sans réponse", "Bilal Exemple reprise", "Réseau d’Exemple 0 sur 4"):
        assert (words, words in page) == (words, True)


def test_an_invitation_of_another_event_is_not_taken_back_here(client):
    mine, theirs = by_invitation(), by_invitation()
    invited = guest(theirs)
    assert client.post(at("host_guests", mine.event), {"act": "revoke", "invitation": invited.pk}).status_code == 404
    assert client.post(at("host_guests", mine.event), {"act": "revoke", "invitation": "x" * 40}).status_code == 404
    assert client.post(at("host_guests", mine.event), {"act": "inconnu"}).status_code == 404
    client.post(at("host_guests", theirs.event), {"act": "revoke", "invitation": invited.pk})
    assert (again(invited).revoked_at, Message.objects.get(kind="events.invitation").state) == (NOW, "DUE")
    with time_machine.travel(NOW + 11 * MINUTE, tick=False):
        deliver()
    assert mail.outbox == []


def test_one_invites_only_to_an_event_by_invitation_that_is_listed_and_to_come(client):
    open_to_all, slot = opened(3), by_invitation()
    assert client.get(at("host_guests", open_to_all.event)).status_code == 404
    for changes, why in (
        ({"access": Access.REGISTRATION}, "sur invitation uniquement"), ({"state": State.PROPOSED}, "au programme"),
        ({"state": State.LISTED}, ""),
    ):  # fmt: skip
        for name, value in changes.items():
            setattr(slot.event, name, value)
        assert why in inviting.why_not(slot.event, now=NOW)
        slot.event.access = Access.INVITATION
    assert "a commencé" in inviting.why_not(slot.event, now=slot.starts_at)


@pytest.mark.parametrize("people", [1, 3])
def test_the_list_of_guests_asks_as_many_questions_for_one_as_for_three(client, people, django_assert_num_queries):
    slot = by_invitation()
    for number in range(people):
        answer(Client(), guest(slot, f"p{number}"))
    address = at("host_guests", slot.event)
    with django_assert_num_queries(8):
        client.get(address)


# --- Nobody finds them, and they are erased ------------------------------------------------------------------------------


def test_no_guest_is_found_by_anybody(client):
    slot = by_invitation(title="La conférence")
    invited, shared = guest(slot, "zorglub27"), code(slot)
    answer(Client(), invited, name="Zorglub27 Exemple", organisation="Zorglub27")
    seen = crawl(Client())
    secrets = ("zorglub27", invitations.secret_of(invited), invitations.secret_of(shared))
    told = [address for address, (_, words, _) in seen.items() if any(secret in words.lower() for secret in map(str.lower, secrets))]
    assert (told, slot.event.get_absolute_url() in seen) == ([], True)
    assert "Zorglub27" not in said_in(client.get(f"{reverse('events')}?q=zorglub27")).replace("« zorglub27 »", "")


def test_three_months_after_guests_are_erased_and_counted(client):
    slot = by_invitation()
    answer(client, guest(slot))
    guest(slot, "noa")
    code(slot)
    late = slot.starts_at + timedelta(days=93)
    assert [row.count for row in purge(slot.starts_at + timedelta(days=91), False)] == [0]
    assert ([row.count for row in purge(late, True)], Invitation.objects.exclude(email="").count()) == ([3], 2)
    assert [row.count for row in purge(late, False)] == [3]
    assert set(Invitation.objects.values_list("name", "email")) == {("", "")}
    assert inviting.counts(slot.event) == {"personal": 2, "answered": 1, "codes": 1, "by_code": 0}
