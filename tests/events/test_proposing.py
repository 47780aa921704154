"""Proposing an event: the link that proves the address, three screens, what is refused and kept, what is sent."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from core.clock import PARIS
from events import organisers
from events.models import Event, Organiser, Season
from events.states import State
from mailing.models import Message
from mailing.tasks import deliver
from tests.accounts.factories import UserFactory, sign_in
from tests.events.factories import EventFactory, SeasonFactory
from tests.events.proposals import ANSWERS, LISTING, answered, begun, fill, screen

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _listing() -> Any:
    with time_machine.travel(LISTING, tick=False):
        SeasonFactory()
        yield


def test_the_address_is_asked_first_and_proven_by_the_link_that_it_receives(client, mailoutbox):
    page = client.post(reverse("propose"), {"season": "2027", "email": "Camille@Ville.example", "name": "Camille Exemple"})
    deliver()
    organiser = Organiser.objects.get()
    assert (page.status_code, "camille@ville.example" in page.content.decode().lower()) == (200, True)
    assert (organiser.email, organiser.event.state, organiser.is_lead) == ("camille@ville.example", State.DRAFT, True)
    assert [message.to for message in mailoutbox] == [["camille@ville.example"]]
    assert organisers.address_of(organiser) in mailoutbox[0].body


def test_asked_twice_it_is_the_same_proposal_and_one_letter(client, mailoutbox):
    for _ in range(2):
        client.post(reverse("propose"), {"season": "2027", "email": "camille@ville.example"})
    deliver()
    assert (Event.objects.count(), len(mailoutbox)) == (1, 1)


def test_the_page_of_a_link_is_kept_by_nobody_and_found_by_nobody(client):
    page = client.get(organisers.path_of(begun()))
    assert (page.status_code, page["X-Robots-Tag"], page["Referrer-Policy"]) == (200, "noindex, nofollow", "same-origin")
    assert "no-store" in page["Cache-Control"]
    assert client.get(reverse("proposal", args=["0" * 64])).status_code == 404


def test_three_screens_then_read_over_then_proposed(client, mailoutbox):
    organiser = begun()
    assert fill(client, organiser) == ["proposal_screen", "proposal_screen", "proposal_review"]
    review = client.get(reverse("proposal_review", args=[organisers.secret_of(organiser)]))
    assert "mardi 23 novembre 2027, 10 h – 12 h" in review.content.decode().replace("\xa0", " ").replace("\u202f", " ")
    organiser.event.refresh_from_db()
    client.post(reverse("proposal_review", args=[organisers.secret_of(organiser)]), {"revision": organiser.event.revision})
    event = Event.objects.get()
    deliver()
    assert (event.state, event.slug, event.region, event.city) == (State.PROPOSED, "recrire-un-courrier", "53", "Rennes")
    assert [str(row) for row in event.formats.all()] == ["atelier", "débat"]
    assert [(row.name, row.website) for row in event.partners.all()] == [
        ("La Fabrique d’Exemple", "https://fabrique.example"),
        ("Une école", ""),
    ]
    assert [slot.starts_at for slot in event.slots.all()] == [
        datetime(2027, 11, 23, 10, tzinfo=PARIS),
        datetime(2027, 11, 24, 14, tzinfo=PARIS),
    ]
    assert (event.slots.first().seats_onsite, event.slots.last().ends_at) == (20, None)
    assert mailoutbox[-1].subject.replace("\xa0", " ") == "Proposition reçue : Récrire un courrier"


@pytest.mark.parametrize(
    ("which", "name", "value", "told"),
    [
        ("quoi", "title", "", "Donnez un titre."),
        ("quoi", "title", "x" * 141, "140 caractères au plus."),
        ("quoi", "description", "y" * 50_000, "caractères au plus"),
        ("quoi", "website", "#", "ne mène nulle part"),
        ("quoi", "website", "javascript:alert(1)", "ne mène nulle part"),
        ("quoi", "website", "www.ville.example/page", "Donnez l’adresse complète"),
        ("quoi", "website", "www.ville.example/" + "a" * 380, "Donnez l’adresse complète"),
        ("quoi", "website", "https://ville.example/" + "a" * 380, "400 caractères au plus."),
        ("quoi", "parent", "Un village imaginaire", "Aucun événement du programme"),
        ("quand", "day_0", "2027-02-29", "Cette date n’existe pas"),
        ("quand", "day_0", "0000-00-00", "Cette date n’existe pas"),
        ("quand", "from_0", "25:61", "Cette heure n’existe pas"),
        ("quand", "from_0", "", "Donnez l’heure à laquelle cela commence."),
        ("quand", "to_0", "09:00", "si cela finit le lendemain"),
        ("quand", "last_0", "2027-11-20", "avant de commencer"),
        ("quand", "commune", "Saint-Denis", "Plusieurs communes peuvent s’appeler"),
        ("quand", "commune", "Trifouillis", "Nous ne trouvons pas de commune appelée"),
        ("quand", "commune", "99999", "pas un code INSEE"),
        ("quand", "commune", "", "Donnez la commune."),
        ("quand", "postcode", "3500", "cinq chiffres"),
        ("quand", "commune", "Port", "Plusieurs communes peuvent s’appeler"),
        ("quand", "online_url", "http://visio.example", "Donnez une adresse sûre"),
        ("acces", "partners", "La Fabrique, https://#", "ne mène nulle part"),
        ("acces", "seats_onsite", "0", "au moins une place"),
        ("acces", "seats_onsite", "9999999999999999", "C’est trop"),
        ("acces", "carrier_kind", "ROI", "Choisissez dans la liste."),
    ],
)
def test_what_is_wrong_is_said_in_words_and_what_was_typed_is_kept(client, which, name, value, told):
    organiser = begun()
    page = screen(client, organiser, which, **{name: value})
    words = page.content.decode()
    organiser.event.refresh_from_db()
    kept = {**organiser.event.typed, **(organiser.event.typed["sittings"][0] if which == "quand" else {})}
    assert (page.status_code, told in words.replace("&#x27;", "’")) == (422, True)
    assert kept.get(name.removesuffix("_0"), "") == value
    assert "<title>Erreur" in words


def test_a_registration_elsewhere_needs_an_address_that_leads_somewhere(client):
    for wrong in ("", "#", "http://inscription.example", "https://", "https://inscription.example@"):
        page = screen(client, begun(), "acces", access="ELSEWHERE", registration_url=wrong)
        assert page.status_code == 422
    assert screen(client, begun(), "acces", access="ELSEWHERE", registration_url="https://inscription.example/1").status_code == 302


def test_html_in_every_field_is_text(client):
    organiser = begun()
    bad = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    screen(client, organiser, "quoi", **{name: bad for name in ("title", "summary", "description", "parent")})
    screen(client, organiser, "quand", **{name: bad for name in ("commune", "place", "address", "exception_asked", "day_0")})
    screen(client, organiser, "acces", **{name: bad for name in ("carrier", "partners", "conditions", "access_contact")})
    for name in ("proposal_review", "proposal"):
        page = client.get(reverse(name, args=[organisers.secret_of(organiser)]))
        assert (page.status_code, "<script>alert" in page.content.decode(), "<img src=x" in page.content.decode()) == (200, False, False)


def test_a_title_without_end_is_kept_in_its_field_and_shortened_elsewhere(client):
    organiser = begun()
    page = screen(client, organiser, "quoi", title="T" * 50_000).content.decode()
    draft = client.get(f"/evenements/propositions/{organisers.secret_of(organiser)}/").content.decode()
    runs = [[len(run) for run in re.findall("T{100,}", shown)] for shown in (page, draft)]
    assert (sorted(set(runs[0])), max(runs[1])) == ([139, 50_000], 139)


def test_the_hour_that_a_change_of_clocks_leaves_out_is_refused(client):
    page = screen(client, begun(), "quand", day_0="2027-03-28", from_0="02:30", to_0="04:00")
    assert (page.status_code, "n’existe pas dans la nuit" in page.content.decode()) == (422, True)


def test_the_hour_that_a_change_of_clocks_says_twice_is_taken_once_and_said(client):
    organiser = begun()
    screen(client, organiser, "quand", day_0="2027-10-31", from_0="02:30", to_0="04:00")
    read = client.get(reverse("proposal_review", args=[organisers.secret_of(organiser)])).content.decode()
    assert "octobre 2027, on passe à l’heure d’hiver" in read


@pytest.mark.parametrize(("commune", "in_paris"), [("97411", 7), ("97302", 14)])
def test_hours_are_those_of_the_place(client, commune, in_paris):
    organiser = answered(commune=commune)
    client.post(reverse("proposal_review", args=[organisers.secret_of(organiser)]), {"revision": organiser.event.revision})
    event = Event.objects.get(pk=organiser.event_id)
    assert (event.state, event.starts_at) == (State.PROPOSED, datetime(2027, 11, 23, in_paris, tzinfo=PARIS))


def test_out_of_season_it_is_told_that_an_exception_is_needed(client):
    organiser = answered(day_0="2027-12-02", exception_asked="")
    page = client.get(reverse("proposal_review", args=[organisers.secret_of(organiser)])).content.decode()
    assert "Il faut une exception" in page
    sent = client.post(reverse("proposal_review", args=[organisers.secret_of(organiser)]), {"revision": organiser.event.revision})
    assert (sent.status_code, Event.objects.get(pk=organiser.event_id).state) == (422, State.DRAFT)
    screen(client, organiser, "quand", day_0="2027-12-02", exception_asked="La salle n’est libre que ce jour.")
    organiser.event.refresh_from_db()
    client.post(reverse("proposal_review", args=[organisers.secret_of(organiser)]), {"revision": organiser.event.revision})
    assert Event.objects.get(pk=organiser.event_id).state == State.PROPOSED


def test_of_two_windows_the_second_is_told_and_overwrites_nothing(client):
    organiser = begun()
    screen(client, organiser, "quoi", title="La première")
    page = screen(client, organiser, "quoi", title="La seconde", revision=0)
    organiser.event.refresh_from_db()
    assert (page.status_code, organiser.event.typed["title"], "La seconde" in page.content.decode()) == (409, "La première", True)


def test_it_saves_by_itself_and_says_so(client):
    organiser = begun()
    url = reverse("proposal_save", args=[organisers.secret_of(organiser), "quoi"])
    answer = client.post(url, {"title": "À moitié", "revision": 0}, headers={"HX-Request": "true"})
    organiser.event.refresh_from_db()
    assert (organiser.event.typed["title"], "Enregistré à" in answer.content.decode()) == ("À moitié", True)


def test_once_listing_is_closed_the_text_is_kept_and_not_sent(client):
    organiser = answered()
    with time_machine.travel(datetime(2027, 10, 29, 12, tzinfo=PARIS), tick=False):
        url = reverse("proposal_review", args=[organisers.secret_of(organiser)])
        page = client.post(url, {"revision": organiser.event.revision})
    assert (page.status_code, "propositions sont closes" in page.content.decode()) == (422, True)
    assert Event.objects.get(pk=organiser.event_id).typed["title"] == ANSWERS["quoi"]["title"]


def test_what_looks_like_it_is_pointed_out_among_what_may_be_seen(client):
    EventFactory(title="Récrire les courriers", slug="deja", at=["2027-11-23T09:00"])
    EventFactory(title="Récrire un courrier !", slug="secret", at=["2027-11-23T09:00"], state=State.PROPOSED, listed_at=None)
    organiser = answered()
    page = client.get(reverse("proposal_review", args=[organisers.secret_of(organiser)])).content.decode()
    assert ("/evenements/2027/deja/" in page, "secret" in page) == (True, False)


def test_a_lost_link_is_asked_again_and_the_page_says_the_same_to_everybody(client, mailoutbox):
    organiser = begun()
    pages = [client.post(reverse("proposal_lost"), {"email": email}) for email in (organiser.email, "inconnue@ville.example")]
    texts = [page.content.decode().replace(organiser.email, "x").replace("inconnue@ville.example", "x") for page in pages]
    deliver()
    assert texts[0] == texts[1]
    assert [(message.to, organisers.address_of(organiser) in message.body) for message in mailoutbox] == [([organiser.email], True)]
    assert Message.objects.get().text == ""


def test_communes_are_proposed_with_the_code_that_tells_them_apart(client):
    found = client.get(reverse("commune_proposals"), {"q": "saint-denis"}).json()["propositions"]
    assert {"nom": "Saint-Denis (93066)", "note": "Seine-Saint-Denis"} in found
    assert client.get(reverse("commune_proposals"), {"q": "x" * 5000}).json() == {"propositions": []}


def test_a_signed_in_person_goes_on_at_once_and_finds_it_in_their_space(client):
    person = UserFactory(email="lou@ville.example", first_name="Lou", last_name="Exemple")
    sign_in(client, person)
    answer = client.post(reverse("propose"), {"season": "2027"})
    organiser = Organiser.objects.get()
    assert (organiser.email, organiser.name) == ("lou@ville.example", "Lou Exemple")
    assert answer["Location"] == reverse("proposal_screen", args=[organisers.secret_of(organiser), "quoi"])
    assert organisers.path_of(organiser) in client.get(reverse("space")).content.decode()


def test_an_address_is_not_flooded_with_links_by_somebody_else(client):
    for hour in range(15):
        with time_machine.travel(LISTING + timedelta(hours=hour), tick=False):
            page = client.post(reverse("propose"), {"season": "2027", "email": "camille@ville.example"})
            assert "Regardez votre boîte" in page.content.decode()
    assert Message.objects.filter(to="camille@ville.example").count() == 10


def test_nothing_is_asked_while_no_season_takes_proposals(client):
    with time_machine.travel(datetime(2027, 8, 1, tzinfo=PARIS), tick=False):
        Season.objects.update(published_at=datetime(2027, 7, 1, tzinfo=PARIS))
        words = client.get(reverse("propose")).content.decode()
    assert ("Aucune saison ne prend de propositions" in words, "à partir du" in words) == (True, True)


def test_an_event_is_part_of_another_of_the_season(client):
    whole = EventFactory(title="Le village", slug="le-village")
    for said in (f"https://portail.example{whole.get_absolute_url()}", "le village"):
        organiser = answered(parent=said)
        client.post(reverse("proposal_review", args=[organisers.secret_of(organiser)]), {"revision": organiser.event.revision})
        assert Event.objects.get(pk=organiser.event_id).parent == whole
    part = Event.objects.filter(parent=whole).first()
    assert screen(client, begun(), "quoi", parent=part.slug).status_code == 422


def test_an_event_on_invitation_is_proposed_with_its_mention(client):
    organiser = answered(access="INVITATION", is_open_to_public="non", seats_onsite="")
    page = client.get(reverse("proposal_review", args=[organisers.secret_of(organiser)])).content.decode()
    assert "Sur invitation uniquement" in page
    client.post(reverse("proposal_review", args=[organisers.secret_of(organiser)]), {"revision": organiser.event.revision})
    assert Event.objects.get(pk=organiser.event_id).state == State.PROPOSED


def test_more_dates_are_added_without_javascript(client):
    organiser = begun()
    answer = screen(client, organiser, "quand", more="1")
    page = client.get(answer["Location"]).content.decode()
    assert (answer["Location"].endswith("?lignes=5#dates"), page.count('name="day_')) == (True, 5)


def test_a_text_longer_than_any_is_shown_again_and_not_kept(client):
    organiser = begun()
    screen(client, organiser, "quoi", description="Une ligne.")
    page = screen(client, organiser, "quoi", description="z" * 250_000)
    organiser.event.refresh_from_db()
    assert (page.status_code, organiser.event.typed["description"], page.content.decode().count("z" * 250_000)) == (422, "Une ligne.", 1)
