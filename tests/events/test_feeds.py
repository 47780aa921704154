"""The programme for machines: right hours everywhere, one identity for each sitting, valid, streamed, cacheable, and nothing of a person.

Calendars are read by a small reader of our own (RFC 5545), not by the library that wrote them.
"""

import csv
import io
import json
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
import time_machine
from dateutil.tz import tzical

from core.clock import PARIS
from events.opendata import FIELDS
from events.states import Access, Format, Mode, State
from tests.events.factories import NOW, EventFactory, SeasonFactory, sitting

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
FEEDS = {
    "agenda.ics": "text/calendar",
    "flux.atom": "application/atom+xml",
    "programme.json": "application/json",
    "programme.csv": "text/csv",
}


@pytest.fixture(autouse=True)
def _eighth_of_november():
    with time_machine.travel(NOW, tick=False):
        yield


def read(client, name, **headers):
    answer = client.get(f"/evenements/{name}", headers=headers)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()


def entries(text):
    """Unfold the lines, and give each VEVENT as {name: (parameters, value)}."""
    assert text.startswith("BEGIN:VCALENDAR\r\n")
    assert text.endswith("END:VCALENDAR\r\n")
    assert [line for line in text.split("\r\n") if len(line.encode()) > 75] == []
    lines = text.replace("\r\n ", "").split("\r\n")
    assert [(f"BEGIN:{kind}" in lines) == (f"END:{kind}" in lines) for kind in ("VEVENT", "VTIMEZONE")] == [True, True]
    found, current = [], None
    for line in lines:
        if line == "BEGIN:VEVENT":
            current = {}
        elif line == "END:VEVENT":
            found.append(current)
            current = None
        elif current is not None:
            head, _, value = line.partition(":")
            name, *parameters = head.split(";")
            current[name] = (parameters, value.replace("\\n", "\n").replace("\\,", ",").replace("\\;", ";"))
    return found


def moment(text, entry, name):
    """The moment of a date-time, by the VTIMEZONE of the file itself, as an office calendar reads it."""
    [parameter], value = entry[name]
    local = datetime.strptime(value, "%Y%m%dT%H%M%S")  # noqa: DTZ007 - its zone follows
    zones = tzical(io.StringIO(text.replace("\r\n ", "").replace("\r\n", "\n")))
    return local.replace(tzinfo=zones.get(parameter.removeprefix("TZID="))).astimezone(UTC)


# --- Calendar ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("commune", "zone", "utc"),
    [
        ("75056", "Europe/Paris", 9),
        ("97411", "Indian/Reunion", 6),
        ("97302", "America/Cayenne", 13),
        ("97105", "America/Guadeloupe", 14),
        ("97209", "America/Martinique", 14),
        ("97611", "Indian/Mayotte", 7),
        ("97502", "America/Miquelon", 13),
        ("98735", "Pacific/Tahiti", 20),
        ("98818", "Pacific/Noumea", -1),
    ],
)
def test_ten_o_clock_is_ten_o_clock_there(client, commune, zone, utc):
    event = EventFactory(commune=commune, at=["2027-11-23T10:00/2027-11-23T12:30"])
    for text in (read(client, "agenda.ics"), client.get(f"{event.get_absolute_url()}evenement.ics").content.decode()):
        [entry] = entries(text)
        assert entry["DTSTART"] == ([f"TZID={zone}"], "20271123T100000")
        midnight = datetime(2027, 11, 23, tzinfo=UTC)
        assert (moment(text, entry, "DTSTART"), moment(text, entry, "DTEND")) == (
            midnight + timedelta(hours=utc),
            midnight + timedelta(hours=utc + 2.5),
        )


def test_an_entry_without_an_end_lasts_two_hours_and_says_so(client):
    EventFactory(at=["2027-11-23T10:00/"], summary="Une rencontre, et plus ; un essai")
    text = read(client, "agenda.ics")
    [entry] = entries(text)
    assert moment(text, entry, "DTEND") - moment(text, entry, "DTSTART") == timedelta(hours=2)
    assert entry["DESCRIPTION"][1] == (
        "Une rencontre, et plus ; un essai\nL’heure de fin n’est pas annoncée\u00a0: cette entrée dure deux heures."
    )


def test_two_hours_pass_on_the_night_the_clocks_change(client):
    """31 October 2027: at 3 o’clock summer time it is 2 again. The entry of 1:30 ends at 2:30 winter time: two hours later."""
    season = SeasonFactory(slug="nuit", starts_on=date(2027, 10, 30), ends_on=date(2027, 11, 30))
    EventFactory(season=season, at=["2027-10-31T01:30/"])
    text = read(client, "agenda.ics?saison=nuit")
    [entry] = entries(text)
    assert entry["DTEND"][1] == "20271031T023000"
    assert moment(text, entry, "DTSTART") == datetime(2027, 10, 30, 23, 30, tzinfo=UTC)


def test_whole_days_are_days(client):
    EventFactory(at=["2027-11-22/2027-11-25"])
    [entry] = entries(read(client, "agenda.ics"))
    assert (entry["DTSTART"], entry["DTEND"]) == ((["VALUE=DATE"], "20271122"), (["VALUE=DATE"], "20271125"))


def test_the_29th_of_february_is_a_day(client):
    season = SeasonFactory(slug="2028", starts_on=date(2028, 2, 28), ends_on=date(2028, 3, 5))
    EventFactory(season=season, at=["2028-02-29T18:00"])
    [entry] = entries(read(client, "agenda.ics?saison=2028&du=2028-02-29&au=2028-02-29"))
    assert entry["DTSTART"][1] == "20280229T180000"


def test_each_sitting_has_one_identity_everywhere_and_a_higher_sequence_when_it_moves(client):
    event = EventFactory(at=["2027-11-23T10:00", "2027-11-25T10:00"])
    first = entries(read(client, "agenda.ics"))
    own = entries(client.get(f"{event.get_absolute_url()}evenement.ics").content.decode())
    assert [entry["UID"] for entry in first] == [entry["UID"] for entry in own]
    assert len({entry["UID"][1] for entry in first}) == 2
    slot = event.slots.order_by("starts_at")[0]
    slot.sequence += 1
    slot.starts_at = sitting(event, "2027-11-23T09:00")["starts_at"]
    slot.save()
    moved = entries(read(client, "agenda.ics"))
    assert [(entry["UID"][1], entry["SEQUENCE"][1]) for entry in moved] == [(first[0]["UID"][1], "1"), (first[1]["UID"][1], "0")]


def test_a_cancelled_event_takes_its_entries_away(client):
    event = EventFactory(title="La fête")
    [before] = entries(read(client, "agenda.ics"))
    event.state = State.CANCELLED
    event.save()
    for text in (read(client, "agenda.ics"), client.get(f"{event.get_absolute_url()}evenement.ics").content.decode()):
        [after] = entries(text)
        assert (after["UID"], after["STATUS"][1], after["SUMMARY"][1]) == (before["UID"], "CANCELLED", "Annulé\u00a0: La fête")
        assert int(after["SEQUENCE"][1]) > int(before["SEQUENCE"][1])
    assert "METHOD:CANCEL" in client.get(f"{event.get_absolute_url()}evenement.ics").content.decode()


def test_a_subscription_says_its_licence_and_its_date(client):
    EventFactory()
    text = read(client, "agenda.ics").replace("\r\n ", "").replace("\\,", ",")
    assert "X-WR-CALNAME:Semaine de l’innovation publique 2027" in text
    assert "X-WR-CALDESC:Source\u00a0: La 27e Région, Licence Ouverte 2.0, données du 20\u00a0septembre 2027." in text


# --- Data --------------------------------------------------------------------------------------------


@pytest.fixture
def rich():
    event = EventFactory(
        slug="rich", title="=SOMME(A1) ; « à lire »", summary="Un <b>résumé</b>", description="Bonjour\nà tous",
        conditions="Sur réservation", access=Access.REGISTRATION, commune="97411", latitude="-20.88230", longitude="55.45040",
        mode=Mode.HYBRID, address="1 rue d’Exemple", online_url="https://visio.exemple.example/secret",
        access_contact="contact@exemple.example", for_elected=True,
        formats=[Format.WORKSHOP, Format.DEBATE], at=["2027-11-23T10:00/2027-11-23T12:00", "2027-11-24T10:00/"],
    )  # fmt: skip
    event.organisers.create(email="porteuse@ville.example", name="Porteuse Exemple", nonce="n", digest="d", added_at=NOW)
    return event


def test_json_has_the_names_of_the_public_data_set_with_licence_and_date(client, rich):
    told = json.loads(read(client, "programme.json?region=04"))
    assert (told["licence"], told["source"], told["date"], told["filters"]) == (
        "Licence Ouverte 2.0 (https://www.etalab.gouv.fr/licence-ouverte-open-licence/)",
        "La 27e Région",
        "2027-09-20T07:00:00+00:00",
        {"region": "04", "saison": "2027"},
    )
    [event] = told["events"]
    assert list(event) == list(FIELDS)
    del event["longdescription_fr"]
    assert event == {
        "uid": rich.pk,
        "slug": "rich",
        "title_fr": "=SOMME(A1) ; « à lire »",
        "description_fr": "Un <b>résumé</b>",
        "conditions_fr": "Sur inscription. Sur réservation",
        "keywords_fr": ["atelier", "débat", "agents publics", "élus"],
        "firstdate_begin": "2027-11-23T10:00:00+04:00",
        "firstdate_end": "2027-11-23T12:00:00+04:00",
        "lastdate_end": None,
        "timings": [
            {"begin": "2027-11-23T10:00:00+04:00", "end": "2027-11-23T12:00:00+04:00"},
            {"begin": "2027-11-24T10:00:00+04:00", "end": None},
        ],
        "location_name": "Médiathèque d’Exemple",
        "location_address": "1 rue d’Exemple",
        "location_postalcode": "35000",
        "location_city": "Saint-Denis",
        "location_insee": "97411",
        "location_department": "La Réunion",
        "location_region": "La Réunion",
        "location_coordinates": "-20.88230,55.45040",
        "image": "https://testserver/evenements/2027/rich/carte.png",
        "imagecredits": None,
        "thumbnail": None,
        "attendancemode": 3,
        "status": 1,
        "canonicalurl": "https://testserver/evenements/2027/rich/",
        "updatedat": "2027-09-20T07:00:00+00:00",
    }


def test_csv_opens_in_a_spreadsheet_and_no_cell_is_run(client, rich):
    text = read(client, "programme.csv")
    assert text.startswith("\ufeffuid;slug;title_fr;")
    [row] = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";")
    assert list(row) == [*FIELDS, "licence", "source", "date"]
    assert (row["title_fr"], row["longdescription_fr"], row["location_coordinates"]) == (
        "'=SOMME(A1) ; « à lire »",
        "Bonjour\nà tous",
        "-20.88230,55.45040",
    )
    assert json.loads(row["timings"])[0]["begin"] == "2027-11-23T10:00:00+04:00"
    assert (row["licence"].split(" (")[0], row["date"]) == ("Licence Ouverte 2.0", "2027-09-20T07:00:00+00:00")


def test_a_cancelled_event_says_so_in_the_data(client):
    EventFactory(state=State.CANCELLED)
    EventFactory(mode=Mode.ONLINE, commune="")
    told = json.loads(read(client, "programme.json"))["events"]
    assert [(event["status"], event["attendancemode"], event["location_name"]) for event in told] == [
        (6, 1, "Médiathèque d’Exemple"),
        (1, 2, None),
    ]


def test_the_atom_feed_has_what_the_standard_asks(client, rich):
    EventFactory(title="Annulé & vrai", state=State.CANCELLED, listed_at=datetime(2027, 9, 19, 9, tzinfo=PARIS))
    feed = ET.fromstring(read(client, "flux.atom?public=agents"))  # noqa: S314 - our own
    assert feed.tag == f"{ATOM}feed"
    assert [feed.findtext(f"{ATOM}{name}") for name in ("id", "updated", "rights")] == [
        "https://testserver/evenements/flux.atom?public=agents",
        "2027-09-20T09:00:00+02:00",
        "Licence Ouverte 2.0",
    ]
    assert {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")} == {
        "self": "https://testserver/evenements/flux.atom?public=agents",
        "alternate": "https://testserver/evenements/?public=agents",
    }
    found = feed.findall(f"{ATOM}entry")
    needed = ("id", "title", "updated", "published", "summary", "link", "category")
    assert [[entry.find(f"{ATOM}{name}") is not None for name in needed] for entry in found] == [[True] * 7] * 2
    assert [entry.findtext(f"{ATOM}title") for entry in found] == ["=SOMME(A1)\u202f; «\u00a0à lire\u00a0»", "Annulé\u00a0: Annulé & vrai"]
    assert found[0].findtext(f"{ATOM}id") == f"tag:testserver,2026:evenement-{rich.pk}"


@pytest.mark.parametrize("name", FEEDS)
def test_nothing_of_a_person_is_in_a_feed(client, rich, name):
    text = read(client, name)
    secrets = ("porteuse", "Porteuse", "visio.exemple", "contact@exemple")
    assert [secret for secret in secrets if secret in text] == []


# --- All four ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "kind"), FEEDS.items())
def test_a_feed_takes_the_filters_of_the_list(client, name, kind):
    EventFactory(title="Rennes", slug="rennes")
    EventFactory(title="Lille", slug="lille", commune="59350", at=["2027-11-25T10:00"])
    whole, region, day = (read(client, f"{name}{query}") for query in ("", "?region=53&format=atelier", "?du=2027-11-25"))
    found = [[town for town in ("/rennes/", "/lille/") if f"2027{town}" in text.replace("\r\n ", "")] for text in (whole, region, day)]
    assert found == [["/rennes/", "/lille/"], ["/rennes/"], ["/lille/"]]
    answer = client.get(f"/evenements/{name}")
    assert (answer["Content-Type"], answer.streaming, answer["Access-Control-Allow-Origin"]) == (f"{kind}; charset=utf-8", True, "*")


@pytest.mark.parametrize("name", FEEDS)
def test_absurd_filters_are_refused_in_words(client, name):
    EventFactory()
    answer = client.get(f"/evenements/{name}?region=99&du=hier&format=%3Cscript%3E")
    assert (answer.status_code, answer["Content-Type"]) == (422, "text/plain; charset=utf-8")
    words = answer.content.decode().replace("\u00a0", " ")
    assert [part in words for part in ("cette région : « 99 »", "« hier » n’est pas une date", "ce format : « <script> »")] == [True] * 3
    assert ("laissé de côté" in words, words.splitlines()[-1]) == (False, "Rien n’est servi : corrigez l’adresse, ou ôtez-les.")


@pytest.mark.parametrize("name", FEEDS)
def test_a_name_that_is_no_filter_s_is_refused_too(client, name):
    EventFactory()
    answer = client.get(f"/evenements/{name}?regon=53")
    assert (answer.status_code, "Il n’y a pas de filtre « regon »." in answer.content.decode().replace("\u00a0", " ")) == (422, True)


def test_a_feed_of_nothing_bears_the_date_of_its_season(client):
    season = SeasonFactory()
    said = client.get("/evenements/programme.json?q=introuvable")
    assert season.published_at.astimezone(PARIS).date().isoformat() in b"".join(said.streaming_content).decode()


@pytest.mark.parametrize("name", FEEDS)
def test_what_other_tools_add_to_an_address_is_no_filter(client, name):
    EventFactory()
    assert client.get(f"/evenements/{name}?region=53&page=2&_=17&utm_source=lettre&fbclid=a&mtm_campaign=b").status_code == 200
    twice = client.get(f"/evenements/{name}?region=53&region=11")
    assert (twice.status_code, "plusieurs fois" in twice.content.decode()) == (422, True)
    assert client.get(f"/evenements/{name}?region=&region=53&q=").status_code == 200


@pytest.mark.parametrize("name", FEEDS)
def test_without_any_event_a_feed_is_a_feed(client, name):
    texts = [read(client, name)]
    SeasonFactory()
    texts.append(read(client, name))
    assert [bool(text) for text in texts] == [True, True]


@pytest.mark.parametrize("name", FEEDS)
def test_an_unchanged_feed_is_not_sent_again_and_a_changed_one_is(client, name):
    event = EventFactory(title="Avant")
    first = client.get(f"/evenements/{name}")
    again = client.get(f"/evenements/{name}", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, first.cookies, "max-age=60" in first["Cache-Control"], "public" in first["Cache-Control"]) == (
        304,
        {},
        True,
        True,
    )
    event.title, event.changed_at = "Après", NOW
    event.save()
    changed = client.get(f"/evenements/{name}", headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    event.slots.update(sequence=3)
    moved = client.get(f"/evenements/{name}", headers={"If-None-Match": changed["ETag"]})
    assert moved.status_code == 200


@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_asks_as_many_questions_for_one_as_for_thirty_events(client, name, django_assert_max_num_queries):
    EventFactory()
    with django_assert_max_num_queries(7) as one:
        read(client, name)
    for _ in range(30):
        EventFactory(at=["2027-11-23T10:00", "2027-11-24T10:00"])
    with django_assert_max_num_queries(7) as many:
        read(client, name)
    assert len(many) == len(one)


def test_what_is_not_public_is_in_no_feed(client):
    for state in (State.DRAFT, State.PROPOSED, State.CHANGES_REQUESTED, State.REFUSED):
        EventFactory(title="Introuvable", slug=f"introuvable-{state.lower()}", state=state, listed_at=None)
    assert [name for name in FEEDS if "ntrouvable" in read(client, name)] == []


def test_summaries_and_hours_agree_between_feeds(client, rich):
    hours = Counter(re.findall(r"2027-11-2\dT1\d:00:00\+04:00", read(client, "programme.json")))
    assert hours["2027-11-23T10:00:00+04:00"] == 2  # firstdate_begin and the first of timings
    starts = [entry["DTSTART"][1] for entry in entries(read(client, "agenda.ics"))]
    local = [slot.starts_at.astimezone(ZoneInfo("Indian/Reunion")).strftime("%Y%m%dT%H%M%S") for slot in rich.slots.all()]
    assert starts == local
