"""The home of a season and the page of an event: every fact, what may be done, what is not shown, and what machines read."""

import json
import re
from datetime import date, datetime
from io import BytesIO

import pytest
import time_machine
from django.test import Client
from PIL import Image

from accounts.roles import Role
from core.clock import PARIS
from events import demo
from events.models import Event, RegionCoordinator, Season
from events.services import seasons
from events.states import Access, Format, Mode, State
from tests.accounts.factories import UserFactory, sign_in
from tests.events import facts
from tests.events.factories import NOW, EventFactory, EventPartnerFactory, SeasonFactory
from tests.events.test_finding import queries
from tests.programmes.test_views import text_of

pytestmark = pytest.mark.django_db
TODAY = datetime(2026, 11, 22, 10, tzinfo=PARIS)


@pytest.fixture
def eighth():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def desk(eighth):
    return sign_in(Client(), UserFactory(roles=[Role.STAFF]))


# --- Facts -------------------------------------------------------------------------------------------


@pytest.fixture
def demonstration():
    with time_machine.travel(TODAY, tick=False):
        demo.load(1)
        yield


def test_the_archive_says_every_fact(client, demonstration):
    pages = {
        "/evenements/2014/": facts.SEASON_2014,
        "/evenements/2014/la-cite-de-l-innovation-publique/": facts.CITE_2014,
        "/evenements/2014/innover-dans-le-secteur-public/": facts.CONFERENCE_2014,
        "/evenements/2017/": facts.SEASON_2017,
        "/evenements/2017/vers-une-republique-collaborative/": facts.LILLE_2017,
        **{f"/evenements/{slug}/": wanted for slug, wanted in facts.ARCHIVE.items()},
    }
    missing = {}
    for url, wanted in pages.items():
        words = text_of(client.get(url))
        missing[url] = [fact for fact in wanted if fact not in words]
    assert {url: found for url, found in missing.items() if found} == {}


def test_the_links_of_the_facts_are_there(client, demonstration):
    conference = client.get("/evenements/2014/innover-dans-le-secteur-public/").content.decode()
    assert 'href="https://ocde.example/innover-dans-le-secteur-public/programme"' in conference
    assert ("<form" in conference, "S’inscrire" in conference) == (False, False)
    with time_machine.travel(datetime(2017, 11, 14, 10, tzinfo=PARIS), tick=False):
        lille = client.get("/evenements/2017/vers-une-republique-collaborative/").content.decode()
    links = ("https://cget.example/republique-collaborative/inscription", "https://cget.example/republique-collaborative")
    assert [f'href="{link}"' in lille for link in links] == [True, True]


def test_the_demonstration_loaded_twice_is_the_same_and_scale_brings_400_events(demonstration):
    def rows():
        return list(Event.objects.order_by("pk").values_list("slug", "state", "starts_at")), Season.objects.count()

    once = rows()
    demo.load(1)
    assert rows() == once
    demo.load(5)
    ahead = Event.objects.filter(season__slug="2027")
    assert (ahead.count(), ahead.exclude(region="").values("region").distinct().count()) == (404, 18)
    beside = [event.is_beside for event in ahead if event.starts_at]
    assert (any(beside), Season.objects.count()) == (True, 11)
    # What is made in bulk is what `save` would have made.
    for event in ahead.order_by("pk")[:40]:
        before = (event.city, event.department, event.region, event.search, event.starts_at, event.ends_at, event.is_beside)
        event.take_dates(list(event.slots.all()))
        event.save()
        event.refresh_from_db()
        assert (event.city, event.department, event.region, event.search, event.starts_at, event.ends_at, event.is_beside) == before
    assert seasons.say_beside(Season.objects.get(slug="2027")) == 0


# --- The home of a season ----------------------------------------------------------------------------


def test_the_home_of_a_season_counts_what_is_listed(client, eighth):
    season = SeasonFactory(theme="Prendre soin", carriers="le SGMAP", highlights="- La nuit blanche", rules="En trois écrans.")
    EventFactory(season=season, formats=[Format.WORKSHOP, Format.DEBATE])
    EventFactory(season=season, mode=Mode.HYBRID, commune="59350")
    EventFactory(season=season, title="Avant l’heure", is_beside=True, at=["2027-11-15T10:00"])
    EventFactory(season=season, title="Annulé", state=State.CANCELLED)
    EventFactory(season=season, title="Proposé", state=State.PROPOSED, listed_at=None)
    words = text_of(client.get("/evenements/2027/"))
    said = ("événements au programme 3", "régions 2", "à suivre en ligne 1", "Atelier 3", "Débat 1", "La nuit blanche", "Prendre soin")
    assert [part for part in said if part not in words] == []
    assert (
        "La Semaine, c’est aussi… Avant ou après ses dates, ces rendez-vous en font partie. Avant l’heure" in words,
        "Proposé" in words,
    ) == (
        True,
        False,
    )


@pytest.mark.parametrize(
    ("moment", "shown"),
    [(datetime(2027, 10, 1, 10, tzinfo=PARIS), True), (datetime(2027, 10, 29, 12, tzinfo=PARIS), False)],
)
def test_proposing_is_told_while_it_is_open(client, moment, shown):
    SeasonFactory(rules="En trois écrans.")
    with time_machine.travel(moment, tick=False):
        page = client.get("/evenements/2027/")
    assert ("Propositions ouvertes" in text_of(page), "En trois écrans" in text_of(page)) == (shown, True)


def test_no_cache_keeps_an_open_listing_after_its_end(client):
    SeasonFactory()
    with time_machine.travel(datetime(2027, 10, 29, 11, 59, 50, tzinfo=PARIS), tick=False):
        assert "max-age=10" in client.get("/evenements/2027/")["Cache-Control"]


def test_a_season_that_is_not_published_is_for_the_team_alone(client, eighth):
    SeasonFactory(published_at=None)
    EventFactory(slug="cache")
    staff = sign_in(Client(), UserFactory(roles=[Role.STAFF]))
    assert [client.get(url).status_code for url in ("/evenements/2027/", "/evenements/2027/carte.png", "/evenements/2027/cache/")] == [
        404
    ] * 3
    shown = staff.get("/evenements/2027/")
    assert (shown.status_code, "Saison non publiée" in text_of(shown), "og:image" in shown.content.decode()) == (200, True, False)
    assert "private" in shown["Cache-Control"]


def test_the_home_page_leads_to_the_season(client, eighth):
    EventFactory()
    words = text_of(client.get("/"))
    assert "Semaine de l’innovation publique 2027 : 1 événement proposé" in words
    assert '<a href="/evenements/?region=53"' in client.get("/").content.decode()


def test_the_site_map_of_engines_has_each_event_and_that_of_people_each_season(client, eighth):
    EventFactory(slug="trouve")
    EventFactory(slug="cache", state=State.DRAFT, listed_at=None)
    xml, html = client.get("/sitemap.xml").content.decode(), client.get("/plan-du-site/").content.decode()
    assert [f"/evenements/2027/{slug}" in xml for slug in ("trouve/", "cache/")] == [True, False]
    assert ("/evenements/2027/trouve/" in html, '"/evenements/2027/"' in html, '"/evenements/donnees-ouvertes/"' in html) == (
        False,
        True,
        True,
    )


# --- An event ----------------------------------------------------------------------------------------


def test_an_event_says_what_it_is_part_of_and_what_it_holds(client, eighth):
    whole = EventFactory(slug="tout", title="La Cité")
    EventFactory(slug="partie", title="L’atelier", parent=whole)
    EventFactory(slug="cachee", title="Secrète", parent=whole, state=State.PROPOSED, listed_at=None)
    EventFactory(slug="annulee", title="La promenade", parent=whole, state=State.CANCELLED)
    page = text_of(client.get("/evenements/2027/tout/"))
    assert ("L’atelier" in page, "La promenade Annulé." in page, "Secrète" in page) == (True, True, False)
    assert "Fait partie de La Cité." in text_of(client.get("/evenements/2027/partie/"))


def test_a_hidden_whole_is_not_named_by_its_parts(client, eighth):
    whole = EventFactory(title="Secrète", state=State.PROPOSED, listed_at=None)
    part = EventFactory(parent=whole)
    assert "Secr" not in client.get(part.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("fields", "said", "unsaid"),
    [
        ({"access": Access.OPEN}, ["Entrée libre, gratuit"], ["S’inscrire"]),
        ({"access": Access.INVITATION}, ["Sur invitation uniquement"], ["S’inscrire", "<form"]),
        (
            {"access": Access.ELSEWHERE, "registration_url": "https://ailleurs.example/i"},
            ["S’inscrire sur le site de l’organisateur", 'href="https://ailleurs.example/i"'],
            [],
        ),
        ({"state": State.CANCELLED, "access": Access.REGISTRATION}, ["Cet événement est annulé", "Retirer de mon agenda"], ["S’inscrire<"]),
        ({"mode": Mode.ONLINE, "commune": ""}, ["En ligne. L’adresse de connexion est envoyée aux personnes inscrites."], ["Médiathèque"]),
        ({"is_beside": True}, ["La Semaine, c’est aussi…"], []),
        ({"wheelchair": True, "quiet_room": True}, ["Accessible en fauteuil roulant", "Salle calme"], ["Boucle magnétique"]),
        ({"description": "<script>alert(1)</script> **gras**"}, ["&lt;script&gt;", "<strong>gras</strong>"], ["<script>alert"]),
        ({"title": "<b>Gras</b> & vrai"}, ["&lt;b&gt;Gras&lt;/b&gt; &amp; vrai"], ["<b>Gras"]),
        ({"commune": "97411"}, ["(heure de La Réunion)", "Saint-Denis"], []),
    ],
)
def test_the_page_of_an_event_says_how_one_comes(client, eighth, fields, said, unsaid):
    event = EventFactory(**fields)
    html = client.get(event.get_absolute_url()).content.decode().replace("\u00a0", " ").replace("\u202f", " ")
    assert ([part for part in said if part not in html], [part for part in unsaid if part in html]) == ([], [])


def test_the_online_address_and_the_organisers_are_on_no_page(client, eighth):
    event = EventFactory(mode=Mode.HYBRID, online_url="https://visio.example/secret", pending={"place": "Autre salle"}, pending_at=NOW)
    event.organisers.create(email="porteuse@ville.example", name="Porteuse Exemple", nonce="n", digest="d", added_at=NOW)
    html = client.get(event.get_absolute_url()).content.decode()
    assert [part for part in ("visio.example", "porteuse", "Porteuse", "Autre salle") if part in html] == []


def test_who_proposes_and_who_coordinates_read_it_before_everybody(client, eighth):
    event = EventFactory(slug="propose", state=State.PROPOSED, listed_at=None)
    author, other, neighbour = UserFactory(email="porteuse@ville.example"), UserFactory(roles=[Role.COORDINATOR]), UserFactory()
    event.organisers.create(email="porteuse@ville.example", nonce="n", digest="d", added_at=NOW)
    here, elsewhere = UserFactory(roles=[Role.COORDINATOR]), other
    RegionCoordinator.objects.create(person=here, region="53")
    RegionCoordinator.objects.create(person=elsewhere, region="11")
    outcomes = [sign_in(Client(), person).get(event.get_absolute_url()) for person in (author, here, elsewhere, neighbour)]
    assert [answer.status_code for answer in outcomes] == [200, 200, 404, 404]
    assert ("Pas encore au programme" in text_of(outcomes[0]), "noindex" in outcomes[0].content.decode()) == (True, True)
    assert [client.get(event.get_absolute_url() + end).status_code for end in ("", "evenement.ics", "carte.png")] == [404] * 3


def test_each_page_costs_five_questions_at_most_whatever_it_holds(client, eighth):
    season = SeasonFactory()
    event = EventFactory(season=season, slug="tout")
    urls = ["/evenements/2027/", "/evenements/2027/tout/"]
    one = [queries(client, url) for url in urls]
    for _ in range(3):
        EventFactory(season=season, parent=event, at=["2027-11-23T10:00", "2027-11-24T10:00"])
        EventPartnerFactory(event=event)
        EventFactory(season=season, is_beside=True, at=["2027-11-12T10:00"])
    assert ([queries(client, url) for url in urls], one) == ([5, 5], [5, 5])


# --- What machines read ------------------------------------------------------------------------------


def data_of(client, row):
    [text] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', client.get(row.get_absolute_url()).content.decode())
    return json.loads(text)


def test_an_event_is_an_event_of_schema_org(client, eighth):
    whole = EventFactory(title="La Cité")
    event = EventFactory(
        parent=whole, commune="97411", postcode="97400", latitude="-20.88230", longitude="55.45040", access=Access.ELSEWHERE,
        registration_url="https://ailleurs.example/i", at=["2027-11-23T10:00/2027-11-23T12:00"],
    )  # fmt: skip
    data = data_of(client, event)
    assert (data["@type"], data["startDate"], data["endDate"], data["isAccessibleForFree"], data["superEvent"]["name"]) == (
        "Event",
        "2027-11-23T10:00:00+04:00",
        "2027-11-23T12:00:00+04:00",
        True,
        "La Cité",
    )
    assert (data["eventStatus"], data["eventAttendanceMode"], data["offers"]["url"]) == (
        "https://schema.org/EventScheduled",
        "https://schema.org/OfflineEventAttendanceMode",
        "https://ailleurs.example/i",
    )
    assert (data["location"]["address"]["addressRegion"], data["location"]["geo"]["latitude"]) == ("La Réunion", -20.8823)
    [part] = data_of(client, whole)["subEvent"]
    assert (part["name"], part["startDate"]) == (event.title, "2027-11-23T10:00:00+04:00")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"state": State.CANCELLED}, {"eventStatus": "https://schema.org/EventCancelled"}),
        ({"mode": Mode.ONLINE, "commune": ""}, {"eventAttendanceMode": "https://schema.org/OnlineEventAttendanceMode"}),
        ({"at": ["2027-11-22/2027-11-25"]}, {"startDate": "2027-11-22", "endDate": "2027-11-24"}),
        ({"at": ["2027-11-22T10:00/"]}, {"startDate": "2027-11-22T10:00:00+01:00"}),
        ({"access": Access.INVITATION}, {"isAccessibleForFree": True}),
    ],
)
def test_the_data_say_no_more_than_the_page(client, eighth, fields, said):
    data = data_of(client, EventFactory(online_url="https://visio.example/secret", **fields))
    assert {name: data[name] for name in said} == said
    assert ("visio.example" in json.dumps(data), "endDate" in data) == (False, fields.get("at") != ["2027-11-22T10:00/"])
    assert ("offers" in data) is (fields.get("access") != Access.INVITATION and fields.get("state") != State.CANCELLED)


def test_a_season_is_a_series_and_both_have_their_card(client, eighth):
    event = EventFactory()
    data = data_of(client, event.season)
    assert (data["@type"], data["startDate"], data["endDate"]) == ("EventSeries", "2027-11-22", "2027-11-28")
    for row in (event, event.season):
        answer = client.get(f"{row.get_absolute_url()}carte.png")
        picture = Image.open(BytesIO(answer.content))
        assert (answer["Content-Type"], picture.size) == ("image/png", (1200, 630))
        assert f'content="https://testserver{row.get_absolute_url()}carte.png"' in client.get(row.get_absolute_url()).content.decode()


# --- The days of a season ----------------------------------------------------------------------------


def test_days_that_move_say_anew_what_is_beside_them(eighth):
    season = SeasonFactory()
    inside, after = EventFactory(season=season), EventFactory(season=season, at=["2027-12-02T10:00"])
    assert seasons.say_beside(season) == 1
    season.starts_on, season.ends_on = date(2027, 11, 29), date(2027, 12, 5)
    assert seasons.say_beside(season) == 2
    assert [Event.objects.get(pk=row.pk).is_beside for row in (inside, after)] == [True, False]


def test_a_season_cannot_take_the_address_of_another_page(desk):
    answer = desk.post(
        "/admin/events/season/add/",
        {"kind": "WEEK", "title": "Semaine", "slug": "proposer", "starts_on": "2027-11-22", "ends_on": "2027-11-28"},
    )
    assert (answer.status_code, "déjà celle d’une autre page" in answer.content.decode()) == (422, True)


def test_staff_prepare_a_season_and_the_act_is_kept(desk):
    answer = desk.post(
        "/admin/events/season/add/",
        {"kind": "WEEK", "title": "Semaine 2029", "slug": "2029", "starts_on": "2029-11-19", "ends_on": "2029-11-25"},
    )
    season = Season.objects.get(slug="2029")
    assert (answer.status_code, season.published_at) == (302, None)
    listing = text_of(desk.get("/admin/events/season/"))
    assert ("Pas publiée" in listing, "du 19 au 25 novembre 2029" in listing.replace("\u00a0", " ")) == (True, True)
    EventFactory(season=season, at=["2029-11-20T10:00"])
    form = {"kind": "WEEK", "title": "Semaine 2029", "slug": "2029", "starts_on": "2029-11-26", "ends_on": "2029-12-02"}
    desk.post(f"/admin/events/season/{season.pk}/change/", form)
    assert Event.objects.get(season=season).is_beside is True
