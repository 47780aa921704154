"""The report of a season: its figures, who reads them, on the page and on paper; nobody in it."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from accounts.roles import Role
from core import drawing, pdf
from events import answering, report, report_documents, reporting
from events.models import EventStep, RegionCoordinator, Registration, Season
from events.states import Access, Format, Mode, State
from tests.accounts.factories import UserFactory, sign_in
from tests.events.factories import NOW, EventFactory, EventPartnerFactory, SeasonFactory
from tests.programmes.test_views import text_of

pytestmark = pytest.mark.django_db
MARK = "introuvable27"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(autouse=True)
def _drawn_here(monkeypatch):
    monkeypatch.setattr(drawing.drawer, "draw", lambda layouts, **_: pdf.draw(layouts))


def come(event, count=1, *, companions=0, **said):
    """People at the first sitting, each of whose corners holds the mark."""
    slot, first = event.slots.order_by("starts_at").first(), Registration.objects.count()
    moments = {"confirmed_at": NOW, "seated_at": NOW} | said
    for number in range(first, first + count):
        Registration.objects.create(
            slot=slot, email=f"{MARK}-{number}@ville.example", name=f"{MARK} {number}", organisation=MARK, needs=MARK, created_at=NOW,
            nonce=f"n{number}", digest=f"d{number}", companions=companions, **moments,
        )  # fmt: skip


@pytest.fixture
def world():
    """In Bretagne: two listed, one refused, one called off, two that wait, a draft; one in Île-de-France; one online."""
    season = SeasonFactory()
    first = EventFactory(
        title="Le premier", for_citizens=True, wheelchair=True, formats=[Format.WORKSHOP, Format.DEBATE], access=Access.REGISTRATION
    )
    first.slots.update(seats_onsite=20)
    EventFactory(title="Le second", commune="29019", at=["2027-11-23T14:00", "2027-11-24T14:00"], carrier="Préfecture d’Exemple")
    for state in (State.REFUSED, State.CANCELLED, State.PROPOSED, State.CHANGES_REQUESTED, State.DRAFT):
        hidden = EventFactory(title=f"{MARK} {state}", state=state, listed_at=None, carrier=MARK)
        EventPartnerFactory(event=hidden, name=MARK)
        come(hidden)
    paris = EventFactory(title="À Paris", commune="75056", postcode="75001")
    EventFactory(title="En ligne", mode=Mode.ONLINE, commune="", online_url=f"https://visio.example/{MARK}", access=Access.REGISTRATION)
    EventPartnerFactory(event=first)
    EventPartnerFactory(event=paris, name="la fabrique d’exemple ")
    come(first, 3, companions=1)
    come(first, came_at=NOW)
    come(first, 2, seated_at=None)  # who waits
    come(first, withdrawn_at=NOW)
    come(first, confirmed_at=None, seated_at=None)
    come(first, is_walk_in=True, came_at=NOW)
    come(paris, 2, came_at=NOW)
    return season


BRETAGNE = dict(proposed=6, listed=2, waiting=2, refused=1, cancelled=1, registered=7, came=2)


def test_each_place_has_what_was_proposed_and_what_became_of_it(world):
    lines = {line.code: line for line in report.lines_of(world)}
    assert list(lines) == ["53", "11", report.ONLINE]
    assert lines["53"] == report.Line("53", "Bretagne", **BRETAGNE)
    assert lines["11"] == report.Line("11", "Île-de-France", proposed=1, listed=1, registered=2, came=2)
    assert lines[report.ONLINE] == report.Line(report.ONLINE, "En ligne", proposed=1, listed=1)
    assert report.total_of(list(lines.values())).figures == [8, 4, 2, 1, 1, 9, 4]


def test_the_proposals_of_a_place_add_up(world):
    for line in report.lines_of(world):
        assert line.proposed == line.listed + line.waiting + line.refused + line.cancelled


def test_the_report_of_a_region_says_formats_publics_places_days_and_partners(world):
    told = report.report_of(world, "53")

    def said(bars):
        return {bar.label: bar.count for bar in bars}

    assert (told.total.figures, told.seats, told.unlimited, told.sittings, told.structures) == (list(BRETAGNE.values()), 20, 0, 3, 2)
    assert said(told.formats) == {"atelier": 2, "débat": 1}
    assert said(told.publics) == {"agents publics": 2, "citoyens": 1}
    assert said(told.accesses) == {"entrée libre": 1, "sur inscription": 1}
    assert said(told.helps) == {"accessible en fauteuil roulant": 1}
    assert said(told.departments) == {"Ille-et-Vilaine": 1, "Finistère": 1}
    assert {day.day: bar.count for day, bar in told.days} == {23: 2, 24: 1}
    assert (said(told.partners), said(told.carriers)) == (
        {"La Fabrique d’Exemple": 1}, {"Ville d’Exemple": 1, "Préfecture d’Exemple": 1},
    )  # fmt: skip
    assert [(row.title, row.registered, row.came) for row in told.events] == [("Le premier", 7, 2), ("Le second", 0, 0)]


def test_a_partner_counts_once_however_it_is_written(world):
    told = report.report_of(world)
    assert [(bar.label, bar.count) for bar in told.partners] == [("La Fabrique d’Exemple", 2)]
    assert (told.name, told.unlimited, told.events, [line.code for line in told.lines]) == (
        "Toutes les régions", 1, (), ["53", "11", report.ONLINE],
    )  # fmt: skip


def test_a_day_is_that_of_the_place():
    EventFactory(commune="97411", at=["2027-11-24T01:00"])
    assert [day.isoformat() for day, _ in report.report_of(SeasonFactory(), "04").days] == ["2027-11-24"]


def test_the_time_to_answer_is_measured_in_working_days(world):
    event = EventFactory(commune="75056")
    for state, days in ((State.PROPOSED, 0), (State.LISTED, 4)):
        EventStep.objects.create(event=event, to_state=state, at=NOW + timedelta(days=days))
    told = report.report_of(world, "11").delay
    assert told is not None
    assert (told.answers, told.median, told.late) == (1, 3, 0)
    assert report.report_of(world, "53").delay is None


def test_the_figures_stay_once_people_are_anonymised(world):
    before = report.report_of(world, "53")
    Registration.objects.update(name="", email="", organisation="", needs="", erased_at=NOW)
    after = report.report_of(world, "53")
    assert (after.total, after.events) == (before.total, before.events)


def test_a_season_without_anything_has_a_report(client):
    empty = SeasonFactory(slug="2030", title="Semaine 2030")
    told = report.report_of(empty)
    assert (told.total.figures, told.lines, told.delay) == ([0] * 7, [], None)
    page = text_of(sign_in(client, UserFactory(roles=[Role.STAFF])).get(f"{reverse('report')}?saison=2030"))
    assert ("Rien n’a été proposé" in page, "Aucun événement au programme" in page) == (True, True)


@pytest.mark.parametrize("place", ["", "53"])
def test_it_asks_as_many_questions_whatever_the_events(place):
    def questions(count):
        for _ in range(count):
            come(EventFactory(formats=[Format.WORKSHOP, Format.DEBATE]), 2)
        with CaptureQueriesContext(connection) as asked:
            report.report_of(Season.objects.get(), place)
        return len(asked)

    SeasonFactory()
    assert (questions(1), questions(2)) == (13 if place else 10, 13 if place else 10)


# --- Who reads it ----------------------------------------------------------------------------------------


def coordinator(*regions):
    person = UserFactory(roles=[Role.COORDINATOR])
    for region in regions:
        RegionCoordinator.objects.create(person=person, region=region)
    return person


def test_the_team_reads_any_place_a_coordinator_theirs_and_nobody_else_anything(world):
    seen = {
        "staff": UserFactory(roles=[Role.STAFF]), "bretagne": coordinator("53"), "online": coordinator(""), "nobody": UserFactory(),
        "no region": coordinator(),
    }  # fmt: skip
    asked = ("", "?region=53", "?region=11", "?region=en-ligne", "?region=", "?region=99", "?saison=1999")
    answers = {}
    for name, person in seen.items():
        reader = sign_in(Client(), person)
        answers[name] = [reader.get(reverse("report") + query).status_code for query in asked]
        assert [reader.get(reverse("report_pdf") + query).status_code for query in asked] == answers[name]
    assert answers == {
        "staff": [200, 200, 200, 200, 200, 404, 404], "bretagne": [200, 200, 404, 404, 404, 404, 404],
        "online": [200, 404, 404, 200, 404, 404, 404], "nobody": [404] * 7, "no region": [404] * 7,
    }  # fmt: skip
    assert Client().get(reverse("report")).status_code == 302


def test_a_coordinator_comes_first_to_their_own_region(world, client):
    page = text_of(sign_in(client, coordinator("53")).get(reverse("report")))
    assert ("Bretagne" in page, "Île-de-France" in page, "Le premier" in page) == (True, False, True)


def test_a_season_not_published_is_the_teams(world):
    SeasonFactory(slug="2028", title="Semaine 2028", published_at=None)
    address = f"{reverse('report')}?saison=2028&region=53"
    found = [sign_in(Client(), person).get(address).status_code for person in (UserFactory(roles=[Role.STAFF]), coordinator("53"))]
    assert found == [200, 404]


def test_the_queue_leads_to_the_report(world, client):
    page = sign_in(client, coordinator("53")).get(reverse("coordination")).content.decode()
    assert f'href="{reverse("report")}"' in page


# --- What it says -------------------------------------------------------------------------------------------

FACTS = [
    "Bretagne", "Semaine de l’innovation publique 2027", "6 proposés", "2 au programme", "1 refusé", "1 annulé", "7 inscrits", "2 venus",
    "2 événements au programme, en 3 séances, portés par 2 structures", "2 propositions attendent encore", "20 places offertes",
    "Mardi 23 novembre 2027", "Atelier", "Finistère", "Accessible en fauteuil roulant", "Le premier", "Le second", "La Fabrique d’Exemple",
    "Licence Ouverte 2.0", "Aucune donnée personnelle",
]  # fmt: skip


def squeezed(words):
    return re.sub(r"\s+", "", words).lower()


def test_paper_says_what_the_page_says_and_names_nobody(world, client):
    told = report.report_of(world, "53")
    paper = PdfReader(BytesIO(report_documents.draw(told, now=NOW)))
    words = squeezed(" ".join(page.extract_text() for page in paper.pages))
    page = squeezed(text_of(sign_in(client, UserFactory(roles=[Role.STAFF])).get(f"{reverse('report')}?region=53")))
    # Figures stand above their words: the pairs are looked for either way.
    missing = [fact for fact in FACTS if squeezed(fact) not in words and squeezed(turned(fact)) not in words]
    on_page = [fact for fact in FACTS if squeezed(fact) not in page and squeezed(turned(fact)) not in page]
    assert (missing, on_page) == ([], [])
    assert (MARK in words, MARK in page) == (False, False)
    root = paper.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("fr", True)


def turned(fact):
    return " ".join(reversed(fact.split(" ", 1)))


def test_nought_and_one_and_a_half_are_singular(world, client, monkeypatch):
    page = f"{reverse('report')}?region=53"
    reader = sign_in(client, UserFactory(roles=[Role.STAFF]))
    for median, said in ((0, "0 jour ouvré"), (1.5, "1,5 jour ouvré"), (2, "2 jours ouvrés")):
        monkeypatch.setattr(report.answering, "delay_of", lambda *_, median=median, **__: answering.Delay(4, median, 0))
        assert f"{said} (médiane de 4 réponses)" in " ".join(text_of(reader.get(page)).split())


def test_on_paper_a_heading_stands_apart_from_the_names_above(world):
    paper, found = PdfReader(BytesIO(report_documents.draw(report.report_of(world, "53"), now=NOW))), {}
    for number, page in enumerate(paper.pages):
        heights = []
        page.extract_text(visitor_text=lambda words, cm, tm, *_, heights=heights: heights.append((words, tm[5] * cm[3] + cm[5])))
        found |= {words.strip(): (number, abs(height)) for words, height in heights if words.strip()}
    heading, last = found["Les événements au programme"], found["Préfecture d’Exemple"]
    assert (heading[0], abs(last[1] - heading[1]) > 25) == (last[0], True)  # noqa: PLR2004 - points: a line, and air


def test_every_place_of_the_form_has_a_name():
    assert [report.name_of(place) for place in reporting.ALL[:2]] == ["Toutes les régions", "Auvergne-Rhône-Alpes"]
    assert (report.name_of(reporting.ALL[-1]), len(reporting.ALL)) == ("En ligne", 21)
