"""Nobody finds what is not listed, who is invited, who comes, who organises, nor where to connect: in no page, feed, card or site map."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from accounts.roles import Role
from events.models import Event, Invitation, RegionCoordinator, Registration
from events.states import Access, Mode, State
from tests.accounts.factories import UserFactory, sign_in
from tests.events.factories import NOW, EventFactory, SeasonFactory
from tests.programmes.test_views import text_of
from tests.test_crawler import crawl

pytestmark = pytest.mark.django_db
MARK = "introuvable27"
HIDDEN = (State.DRAFT, State.PROPOSED, State.CHANGES_REQUESTED, State.REFUSED)
WORDS = {
    name: f"{name} {MARK}" for name in ("title", "summary", "description", "conditions", "place", "address", "carrier", "access_contact")
}


@pytest.fixture
def world():
    """Events that nobody may read, and one by invitation with people in every corner of it."""
    with time_machine.travel(NOW, tick=False):
        hidden = [EventFactory(slug=f"{MARK}-{state.lower()}", state=state, listed_at=None, **WORDS) for state in HIDDEN]
        secret = SeasonFactory(
            slug=f"{MARK}-saison", title=f"Saison {MARK}", published_at=NOW + timedelta(days=1), starts_on=NOW.date(), ends_on=NOW.date()
        )
        hidden.append(EventFactory(slug=f"{MARK}-saison", season=secret, **WORDS))
        shown = EventFactory(
            slug="sur-invitation", title="La conférence", access=Access.INVITATION, mode=Mode.HYBRID, online_url=f"https://visio.example/{MARK}",
            pending={"place": MARK}, pending_at=NOW, typed={"title": MARK}, exception_asked=MARK,
        )  # fmt: skip
        shown.organisers.create(email=f"{MARK}@ville.example", name=MARK, phone=MARK, nonce="n", digest="d", added_at=NOW)
        shown.steps.create(at=NOW, words=MARK, by_name=MARK)
        guest = Invitation.objects.create(event=shown, name=MARK, email=f"{MARK}@ville.example", nonce="i", digest="j", created_at=NOW)
        Registration.objects.create(
            slot=shown.slots.get(), email=f"{MARK}@ville.example", name=MARK, organisation=MARK, needs=MARK, invitation=guest, nonce="r",
            digest="s", created_at=NOW, confirmed_at=NOW, seated_at=NOW,
        )  # fmt: skip
        EventFactory(slug=f"{MARK}-partie", parent=shown, state=State.PROPOSED, listed_at=None, **WORDS)
        yield [*hidden, Event.objects.get(slug=f"{MARK}-partie")]


def people():
    elsewhere = UserFactory(roles=[Role.COORDINATOR])
    RegionCoordinator.objects.create(person=elsewhere, region="11")
    return {"public": Client(), "neighbour": sign_in(Client(), UserFactory()), "elsewhere": sign_in(Client(), elsewhere)}


def test_nothing_hidden_is_found_by_anybody(world):
    for name, client in people().items():
        seen = crawl(client)
        told = [address for address, (_, words, _) in seen.items() if MARK in words.replace(address, "") and MARK not in address]
        assert (name, told) == (name, [])
        wanted = [f"/evenements/2027/sur-invitation/{end}" for end in ("", "evenement.ics", "carte.png")]
        wanted += [f"/evenements/{end}" for end in ("", "2027/", "donnees-ouvertes/", "agenda.ics", "flux.atom", "programme.json")]
        assert (name, [address for address in wanted if address not in seen]) == (name, [])
        assert (name, {status for status, *_ in seen.values() if status >= 500}) == (name, set())


def test_a_guess_answers_as_for_what_does_not_exist(world):
    for name, client in people().items():
        for event in world:
            for end in ("", "evenement.ics", "carte.png"):
                address = f"{event.get_absolute_url()}{end}"
                answers = [client.get(address).status_code, client.get(address.replace(MARK, "nulle-part")).status_code]
                assert (name, address, answers) == (name, address, [404, 404])
        words = text_of(client.get(f"/evenements/?q={MARK}"))
        assert (name, "Aucun événement ne correspond" in words) == (name, True)
        assert (name, "Nous ne connaissons pas cette saison" in text_of(client.get(f"/evenements/?saison={MARK}-saison"))) == (name, True)


def test_an_event_by_invitation_is_listed_with_its_mention_and_no_form(client, world):
    page = client.get("/evenements/2027/sur-invitation/").content.decode()
    assert ("Sur invitation uniquement" in page, "<form" in page, "S’inscrire" in page) == (True, False, False)
    assert "sur invitation uniquement" in client.get("/evenements/").content.decode()


def test_once_listed_it_is_found_everywhere(client, world):
    Event.objects.filter(pk=world[0].pk).update(state=State.LISTED, listed_at=NOW)
    seen = crawl(client)
    told = {address for address, (_, words, _) in seen.items() if MARK in words}
    assert {
        "/evenements/",
        "/evenements/2027/",
        "/evenements/agenda.ics",
        "/evenements/flux.atom",
        "/evenements/programme.json",
        "/sitemap.xml",
    } <= told
