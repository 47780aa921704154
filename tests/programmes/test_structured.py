"""Structured data: true, complete, and unable to leave its element."""

import json
import re
from datetime import datetime

import pytest
import time_machine

from core.clock import PARIS
from core.templatetags.portail import json_ld
from programmes.models import SessionTrainer
from tests.programmes.factories import EditionFactory, PartnerFactory, PhaseFactory, SessionFactory, TrainerFactory, VenueFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2017, 9, 1, 10, tzinfo=PARIS)


def data_of(client, row):
    with time_machine.travel(NOW, tick=False):
        html = client.get(row.get_absolute_url()).content.decode()
    [text] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html)
    return json.loads(text)


def test_a_call_is_an_event_made_of_its_phases(client):
    edition = EditionFactory()
    PhaseFactory(edition=edition, venue=VenueFactory(name="Superpublic", address="4 rue La Vacquerie"))
    PartnerFactory(edition=edition, name="La 27e Région")
    PartnerFactory(edition=edition, name="la Semaine", role="FRAME")
    data = data_of(client, edition)
    assert (data["@type"], data["startDate"], data["endDate"], data["maximumAttendeeCapacity"]) == ("Event", "2017-09-15", "2017-11-30", 20)
    assert (data["offers"]["availabilityEnds"], [part["name"] for part in data["organizer"]]) == (
        "2017-09-08T12:00:00+02:00",
        ["La 27e Région"],
    )
    assert [(phase["name"], phase["location"]["address"]["streetAddress"]) for phase in data["subEvent"]] == [
        ("Préparation", "4 rue La Vacquerie")
    ]


def test_a_day_is_an_event_of_education_with_its_price_and_its_seats(client):
    day = SessionFactory(published_at=NOW, taken=13)
    SessionTrainer.objects.create(session=day, trainer=TrainerFactory(name="Camille Exemple", email="secret@ville.example"))
    data = data_of(client, day)
    assert (data["@type"], data["startDate"], data["endDate"]) == (
        "EducationEvent",
        "2019-03-19T09:00:00+01:00",
        "2019-03-19T18:00:00+01:00",
    )
    assert (data["offers"]["price"], data["offers"]["priceCurrency"], data["remainingAttendeeCapacity"]) == ("680.00", "EUR", 7)
    assert (data["performer"], "secret@" in json.dumps(data)) == ([{"@type": "Person", "name": "Camille Exemple"}], False)


def test_a_call_without_phase_still_has_a_date(client):
    assert data_of(client, EditionFactory())["startDate"] == "2017-09-08T12:00:00+02:00"


def test_what_is_called_off_says_so(client):
    data = data_of(client, SessionFactory(published_at=NOW, cancelled_at=NOW))
    assert data["eventStatus"] == "https://schema.org/EventCancelled"


@pytest.mark.parametrize("text", ["</script><script>alert(1)</script>", "<!--", "]]>", "a & b", "\u2028", 'des "guillemets"'])
def test_no_text_leaves_its_element_and_each_is_read_back(client, text):
    assert data_of(client, EditionFactory(title=text))["name"] == text
    assert [sign in json_ld({"a": text}) for sign in "<>&\u2028"] == [False] * 4
