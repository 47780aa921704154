"""Finding events: filters in stable addresses, days first, unknown values said in words, constant cost."""

import re
from datetime import date, datetime, timedelta
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from core.clock import PARIS
from events import finding
from events.finding import Filters
from events.models import Event, TimeSlot
from events.queries import _kept, programme
from events.services import attending
from events.states import Access, Format, Mode, State
from records.models import Association
from tests.events.attending import coming, opened
from tests.events.factories import NOW, EventFactory, SeasonFactory
from tests.programmes.test_views import text_of

pytestmark = pytest.mark.django_db
REUNION, CAYENNE = "97411", "97302"


@pytest.fixture(autouse=True)
def _eighth_of_november():
    with time_machine.travel(NOW, tick=False):
        yield


def titles(client, query=""):
    html = client.get(f"/evenements/{query}").content.decode()
    return re.findall(r'<h3><a href="[^"]+">([^<]+)</a></h3>', unescape(html))


def heading_days(client, query=""):
    return re.findall(r'<h2 id="j([\d-]+)">', client.get(f"/evenements/{query}").content.decode())


# --- What is found -----------------------------------------------------------------------------------


@pytest.fixture
def some():
    """One of each."""
    EventFactory(title="Rennes", for_citizens=True, formats=[Format.WORKSHOP, Format.DEBATE])
    EventFactory(title="Brest", commune="29019", access=Access.REGISTRATION, formats=[Format.VISIT], at=["2027-11-24T09:00"])
    EventFactory(title="Lille", commune="59350", wheelchair=True, access=Access.INVITATION, for_agents=False, for_elected=True)
    EventFactory(title="Partout", mode=Mode.ONLINE, commune="", formats=[Format.WEBINAR], at=["2027-11-26T18:00"])
    EventFactory(title="Les deux", mode=Mode.HYBRID, sign_language=True, access=Access.ELSEWHERE, carrier="Hôpital d’Exemple")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Rennes", "Lille", "Les deux", "Brest", "Partout"]),
        ("?region=53", ["Rennes", "Les deux", "Brest"]),
        ("?departement=29", ["Brest"]),
        ("?region=31", ["Lille"]),
        ("?format=atelier", ["Rennes", "Lille", "Les deux"]),
        ("?format=debat", ["Rennes"]),
        ("?acces=inscription", ["Brest"]),
        ("?acces=invitation", ["Lille"]),
        ("?acces=ailleurs", ["Les deux"]),
        ("?public=citoyens", ["Rennes"]),
        ("?public=elus", ["Lille"]),
        ("?en_ligne=oui", ["Les deux", "Partout"]),
        ("?accessible=fauteuil", ["Lille"]),
        ("?accessible=lsf", ["Les deux"]),
        ("?du=2027-11-24", ["Brest", "Partout"]),
        ("?au=2027-11-23", ["Rennes", "Lille", "Les deux"]),
        ("?du=2027-11-24&au=2027-11-24", ["Brest"]),
        ("?q=hopital", ["Les deux"]),
        ("?q=rennes+essaie", ["Rennes", "Les deux"]),
        ("?q=%25", []),
        ("?region=53&format=visite&acces=inscription&public=agents&du=2027-11-22&au=2027-11-28&q=brest&saison=2027", ["Brest"]),
        ("?du=2027-11-28&au=2027-11-22", []),
    ],
)
def test_each_filter_finds_what_it_says(client, some, query, found):
    assert titles(client, query) == found


def test_what_is_not_public_is_not_found(client):
    EventFactory(title="Écrit", state=State.DRAFT, listed_at=None)
    EventFactory(title="Proposé", state=State.PROPOSED, listed_at=None)
    EventFactory(title="Refusé", state=State.REFUSED, listed_at=None)
    EventFactory(title="Annulé", state=State.CANCELLED)
    SeasonFactory(slug="2028", starts_on=date(2028, 11, 20), ends_on=date(2028, 11, 26), published_at=None)
    EventFactory(title="D’une saison cachée", season=SeasonFactory(slug="2028"))
    assert (titles(client), titles(client, "?saison=2028"), titles(client, "?q=hidden")) == ([], [], [])


def test_the_list_is_by_day_and_an_event_of_several_dates_is_on_each(client):
    EventFactory(title="Trois fois", at=[f"2027-11-{day}T10:00" for day in (25, 23, 27)])
    EventFactory(title="Une fois", at=["2027-11-23T09:00"])
    assert (titles(client), heading_days(client)) == (
        ["Une fois", "Trois fois", "Trois fois", "Trois fois"],
        ["2027-11-23", "2027-11-25", "2027-11-27"],
    )
    assert "2 événements, 4 rendez-vous" in text_of(client.get("/evenements/"))


def test_a_day_is_that_of_the_place(client):
    EventFactory(title="Cayenne", commune=CAYENNE, at=["2027-11-23T21:00"])  # the next day in Paris
    EventFactory(title="La Réunion", commune=REUNION, at=["2027-11-24T01:00"])  # the day before in Paris
    assert (heading_days(client), titles(client)) == (["2027-11-23", "2027-11-24"], ["Cayenne", "La Réunion"])
    assert (titles(client, "?au=2027-11-23"), titles(client, "?du=2027-11-24")) == (["Cayenne"], ["La Réunion"])
    words = text_of(client.get("/evenements/"))
    assert ("21 h – 23 h (heure de Cayenne)" in words, "1 h – 3 h (heure de La Réunion)" in words) == (True, True)


def test_what_lasts_several_days_is_found_on_each(client):
    EventFactory(title="Trois jours", at=["2027-11-22/2027-11-25"])
    days = [titles(client, f"?du=2027-11-{day}&au=2027-11-{day}") for day in (21, 22, 24, 25)]
    assert days == [[], ["Trois jours"], ["Trois jours"], []]
    assert "toute la journée jusqu’au 24 novembre 2027" in text_of(client.get("/evenements/"))


def test_without_an_end_it_says_from_when(client):
    EventFactory(at=["2027-11-22T10:00/"])
    assert "à partir de 10 h" in text_of(client.get("/evenements/"))


@pytest.mark.parametrize(
    ("mode", "access", "seats", "is_said"),
    [
        (Mode.ONSITE, Access.REGISTRATION, {"seats_onsite": 2, "taken_onsite": 2}, True),
        (Mode.ONSITE, Access.REGISTRATION, {"seats_onsite": 2, "taken_onsite": 1}, False),
        (Mode.ONSITE, Access.REGISTRATION, {"taken_onsite": 9}, False),
        (Mode.ONSITE, Access.OPEN, {"seats_onsite": 2, "taken_onsite": 2}, False),
        (Mode.ONLINE, Access.REGISTRATION, {"seats_online": 1, "taken_online": 1}, True),
        (Mode.HYBRID, Access.REGISTRATION, {"seats_onsite": 2, "taken_onsite": 2}, False),
        (Mode.HYBRID, Access.REGISTRATION, {"seats_onsite": 2, "taken_onsite": 2, "seats_online": 1, "taken_online": 0}, False),
        (Mode.HYBRID, Access.REGISTRATION, {"seats_onsite": 2, "taken_onsite": 2, "seats_online": 1, "taken_online": 1}, True),
    ],
)
@pytest.mark.parametrize("query", ["", "?q=essaie"])
def test_a_sitting_to_come_where_no_seat_is_left_says_so(client, mode, access, seats, is_said, query):
    event = EventFactory(mode=mode, access=access, at=["2027-11-22T10:00", "2027-11-23T10:00"])
    event.slots.filter(starts_at__day=22).update(**seats)
    assert text_of(client.get(f"/evenements/{query}")).count("complet, liste d’attente") == is_said
    with time_machine.travel(datetime(2027, 11, 22, 10, 1, tzinfo=PARIS), tick=False):
        assert "complet" not in text_of(client.get(f"/evenements/{query}"))


@pytest.mark.parametrize("query", ["", "?q=essaie"])
def test_the_list_and_the_page_say_the_same_of_who_waits_and_of_what_is_kept(client, query):
    """A group waits for more than what is left; two seats are kept for members, then one."""
    slot = opened(5, at=["2027-11-22T10:00"])
    coming(slot, "a", companions=2)
    group = attending.register(slot, email="b@ville.example", name="B", companions=2, now=NOW)
    page = slot.event.get_absolute_url()
    Event.objects.update(summary="On essaie")

    def said():
        return ["complet, liste d’attente" in text_of(client.get(url)).lower() for url in (f"/evenements/{query}", page)]

    assert said() == [False, False]
    attending.confirm(group, now=NOW)
    assert said() == [True, True]
    Event.objects.update(members_seats=1, members_seats_until=NOW + timedelta(days=1))
    assert said() == [False, False]
    TimeSlot.objects.update(members_onsite=1)
    assert said() == [True, True]
    Event.objects.update(members_seats=2)
    TimeSlot.objects.update(taken_onsite=5)
    assert said() == [True, True]


def test_events_beside_the_dates_come_last_under_their_own_title(client):
    EventFactory(title="Dedans")
    EventFactory(title="À côté", is_beside=True, at=["2027-11-18T10:00"])
    words = text_of(client.get("/evenements/"))
    assert titles(client) == ["Dedans", "À côté"]
    assert words.index("Dedans") < words.index("La Semaine, c’est aussi…") < words.index("À côté")


def test_in_the_midst_of_a_season_the_list_begins_today(client):
    EventFactory(title="Hier", at=["2027-11-23T10:00"])
    EventFactory(title="Aujourd’hui", at=["2027-11-24T09:00"])
    with time_machine.travel(datetime(2027, 11, 24, 18, tzinfo=PARIS), tick=False):
        page = client.get("/evenements/")
        assert (titles(client), "à partir d’aujourd’hui" in text_of(page)) == (["Aujourd’hui"], True)
        assert titles(client, "?du=2027-11-22") == ["Hier", "Aujourd’hui"]
        assert "max-age=60" in page["Cache-Control"]
    with time_machine.travel(datetime(2027, 11, 24, 23, 59, 40, tzinfo=PARIS), tick=False):
        assert "max-age=20" in client.get("/evenements/")["Cache-Control"]


def test_the_grid_counts_each_region_wherever_one_looks(client, some):
    page = client.get("/evenements/?region=53&format=atelier").content.decode()
    counts = dict(re.findall(r'class="tile-(\d\d)"><a[^>]*>.*?<strong>(\d+)</strong>', page))
    assert ({code: int(count) for code, count in counts.items() if count != "0"}, len(counts)) == ({"53": 2, "32": 1}, 18)
    assert '<a href="?format=atelier" aria-current="true"' in page
    assert '<a href="?region=32&amp;format=atelier"' in page


def test_a_region_leads_to_its_departements(client, some):
    page = client.get("/evenements/?region=53").content.decode()
    assert re.findall(r'<a href="\?region=53&amp;departement=(\d\d)">([^<]+) <span>(\d)</span>', page) == [
        ("29", "Finistère", "1"),
        ("35", "Ille-et-Vilaine", "2"),
    ]
    held = client.get("/evenements/?departement=29").content.decode()
    assert '<input type="hidden" name="departement" value="29" form="filtres">' in held


# --- Pages -------------------------------------------------------------------------------------------


def test_the_list_is_paginated_and_each_day_leads_to_its_page(client):
    for number in range(23):
        EventFactory(title=f"Matin {number:02}", at=["2027-11-23T09:00"])
    EventFactory(title="Lendemain", at=["2027-11-24T09:00"])
    first, second = titles(client), titles(client, "?page=2")
    assert (len(first), second) == (20, ["Matin 20", "Matin 21", "Matin 22", "Lendemain"])
    page = client.get("/evenements/").content.decode()
    assert ('href="?&amp;page=2#j2027-11-24"' in page, 'href="?#j2027-11-23"' in page) == (True, True)
    assert [titles(client, f"?page={asked}") == wanted for asked, wanted in (("9", second), ("0", first), ("x", first), ("²", first))] == [
        True
    ] * 4


def test_the_pages_together_are_the_whole_list_whatever_the_clocks_and_the_formats(client):
    places = ["35238", REUNION, CAYENNE]
    for number in range(70):
        hour, day = (number * 7) % 24, 22 + number % 5
        EventFactory(
            title=f"Numéro {number:02}", commune=places[number % 3], at=[f"2027-11-{day}T{hour:02}:00"], is_beside=number % 11 == 0,
            formats=[Format.DEBATE, Format.WORKSHOP] if number % 2 else [Format.VISIT],
        )  # fmt: skip
    slots = finding.with_sittings(Event.objects.filter(state=State.LISTED)).order_by("is_beside", "day", "starts", "pk", "sitting")
    wanted = [event.title for event in slots]
    season = Event.objects.select_related("season")[0].season
    pages = [programme(Filters(), season, page=page, now=NOW) for page in range(1, 5)]
    lines = [line for page in pages for day in page.days for line in day.lines]
    assert ([line.title for line in lines], len(wanted)) == (wanted, 70)
    assert {tuple(line.formats) for line in lines if int(line.title[-2:]) % 2} == {("atelier", "débat")}
    assert [len([line for day in page.days for line in day.lines]) for page in pages] == [20, 20, 20, 10]
    # A line more on the first day moves every page, and asks for no SQL that was not written.
    EventFactory(title="Numéro 70", at=["2027-11-22T00:00"])
    written = _kept.cache_info().misses
    moved = [programme(Filters(), season, page=page, now=NOW) for page in range(1, 5)]
    assert sum(len(day.lines) for page in moved for day in page.days) == 71
    assert _kept.cache_info().misses == written


def queries(client, url):
    client.get(url)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


def test_the_list_costs_the_same_with_one_and_thirty_events(client):
    season = SeasonFactory()
    EventFactory(season=season)
    addresses = ["/evenements/", "/evenements/?region=53&format=atelier&q=exemple&du=2027-11-22", "/evenements/integrer/"]
    one = [queries(client, url) for url in addresses]
    for day in range(30):
        EventFactory(season=season, at=[f"2027-11-{22 + day % 6}T10:00"], formats=[Format.WORKSHOP, Format.DEBATE])
    assert ([queries(client, url) for url in addresses], one) == (one, [4, 4, 4])


def test_the_list_asks_five_at_most_of_a_process_that_has_answered_nobody_for_ten_seconds(client, django_assert_max_num_queries):
    EventFactory()
    client.get("/evenements/")
    Association.forget_shown()
    with django_assert_max_num_queries(5):
        client.get("/evenements/")


# --- Words that mean nothing -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("region=99", "Nous ne connaissons pas cette région : « 99 »"),
        ("region=<b>", "« <B> »"),
        ("departement=999", "Nous ne connaissons pas ce département : « 999 »"),
        ("region=28&departement=35", "Ille-et-Vilaine n’est pas dans la région choisie (Normandie)"),
        ("format=opera", "Nous ne connaissons pas ce format : « opera »"),
        ("acces=payant", "Nous ne connaissons pas cet accès"),
        ("public=chats", "Nous ne connaissons pas ce public"),
        ("accessible=peut-etre", "Nous ne connaissons pas cet aménagement"),
        ("en_ligne=peut-etre", "Nous ne connaissons pas la valeur d’« en ligne »"),
        ("saison=1812", "Nous ne connaissons pas cette saison : « 1812 »"),
        ("regon=53", "Il n’y a pas de filtre « regon ». Ce filtre est laissé de côté."),
        ("a%0Ab=53", "Il n’y a pas de filtre « a b »"),
        ("region=11&region=53", "Le filtre « region » est donné plusieurs fois : seule la dernière valeur compte."),
        ("du=22/11/2027", "« 22/11/2027 » n’est pas une date que nous comprenons"),
        ("du=2027-02-29", "n’est pas une date que nous comprenons"),
        ("au=9999-12-31", "n’est pas une date que nous comprenons"),
        ("du=0001-01-01", "n’est pas une date que nous comprenons"),
        ("du=2027-11-28&au=2027-11-22", "avant de commencer"),
        ("q=" + "a" * 5000, "Aucun événement ne correspond"),
        ("q=%F0%9F%98%80", "Aucun événement ne correspond"),
        ("page=-1&region=", "Un événement d’exemple"),
        ("region[]=53&toto=1", "Un événement d’exemple"),
    ],
)
def test_a_value_that_means_nothing_is_said_in_words(client, query, said):
    EventFactory()
    answer = client.get(f"/evenements/?{query}")
    assert (answer.status_code, said in text_of(answer)) == (200, True)


def test_a_former_region_leads_to_todays():
    assert finding.read({"region": "22"}, []) == (Filters(region="32"), [])


def test_an_address_says_what_it_finds_and_reads_back_the_same():
    wanted = Filters("2027", "53", "35", "atelier", "libre", "agents", "oui", "lsf", date(2027, 11, 22), date(2027, 11, 28), "mot clé")
    assert finding.read(QueryDict(wanted.address()[1:]), ["2027"]) == (wanted, [])
    assert finding.in_words(wanted) == [
        "Ille-et-Vilaine", "atelier", "entrée libre", "pour les agents publics", "à suivre en ligne", "en langue des signes",
        "du 22 au 28\u00a0novembre 2027", "«\u00a0mot clé\u00a0»",
    ]  # fmt: skip


# --- htmx, caches, frames ----------------------------------------------------------------------------


def test_htmx_receives_what_is_found_and_the_grid(client, some):
    answer = client.get("/evenements/?q=&region=53&format=", headers={"HX-Request": "true"})
    html = answer.content.decode()
    assert ("<html" in html, html.lstrip().startswith('<ul class="tiles" id="regions" data-hx-swap-oob="true">')) == (False, True)
    assert answer["HX-Push-Url"] == "/evenements/?region=53"
    assert ("HX-Request" in answer["Vary"], "Rennes" in html, "Lille" in html) == (True, True, False)


def test_public_pages_have_an_etag_and_no_cookie(client, some):
    for url in ("/evenements/", "/evenements/2027/", "/evenements/integrer/", "/evenements/donnees-ouvertes/"):
        answer = client.get(url)
        again = client.get(url, headers={"If-None-Match": answer["ETag"]})
        assert (answer.cookies, "public" in answer["Cache-Control"], again.status_code, "Cookie" in answer["Vary"]) == (
            {},
            True,
            304,
            False,
        )


def test_only_the_frame_may_be_framed(client, some):
    frame, page = client.get("/evenements/integrer/?region=53"), client.get("/evenements/?region=53")
    assert ("frame-ancestors *" in frame["Content-Security-Policy"], "X-Frame-Options" in frame) == (True, False)
    assert ("frame-ancestors 'none'" in page["Content-Security-Policy"], page["X-Frame-Options"]) == (True, "DENY")
    html = frame.content.decode()
    assert ("<script" in html, "Rennes" in html, "Lille" in html, 'target="_blank"' in html) == (False, True, False, True)


def test_without_any_season_the_page_says_so(client):
    answers = [client.get(url) for url in ("/evenements/", "/evenements/integrer/", "/evenements/donnees-ouvertes/")]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert "Aucune saison n’est publiée pour l’instant" in text_of(answers[0])
