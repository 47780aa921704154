"""« Seen to hold » 3 of issue 7: all that is said of the day of 19 March 2019 says the same title, date, hours, place and price."""

import re
from datetime import datetime

import pytest
import time_machine

from billing import documents
from bookings import papers
from bookings.services import certifying, invoicing
from bookings.services import papers as drawing
from bookings.states import Paper
from core.clock import PARIS
from programmes.models import VatMode
from programmes.services import flyers
from tests.bookings.paper_factories import MORNING_AFTER, NEAR, day_2019, employer, seats_of, was_there, words_of
from tests.programmes.test_views import text_of

pytestmark = pytest.mark.django_db

TITLE = "Journée découverte : vers une action publique ingénierieuse"
DATE, HOURS, DURATION, PLACE, PRICE = "mardi 19 mars 2019", "9 h – 18 h", "8 heures", "Halle civique, 27 rue Piat, 75020 Paris", "680 € TTC"
OF_IT = {TITLE, DATE, HOURS, DURATION, "Halle civique", "27 rue Piat, 75020 Paris"}
# Neither a sheet, a certificate nor a joining letter says what a place costs; a certificate says hours followed, not those of the clock.
EXPECTED = {
    "flyer": OF_IT | {PRICE},
    "page": OF_IT | {PRICE},
    "quote": OF_IT | {PLACE, PRICE},
    "agreement": OF_IT | {PLACE, PRICE},
    "joining letter": OF_IT | {PLACE},
    "sheet": OF_IT | {PLACE},
    "certificate": OF_IT - {HOURS} | {PLACE},
    "invoice": OF_IT - {DATE} | {PLACE, PRICE, "19 mars 2019"},
}
ALL = set().union(*EXPECTED.values())


@pytest.mark.parametrize("mode", [VatMode.TAXED_20, VatMode.EXEMPT])
def test_flyer_page_agreement_letter_sheet_certificate_and_invoice_say_the_same(mode, client, tmp_path):
    day = day_2019(mode)
    booking = employer(day, 1)
    said: dict[str, str] = {}

    def keep(name: str, content: bytes) -> None:
        said[name] = words_of(content, tmp_path)

    with time_machine.travel(NEAR, tick=False):
        flyer = flyers.to_download(day, now=NEAR)
        with flyer.file.open("rb") as opened:
            keep("flyer", opened.read())
        said["page"] = text_of(client.get(day.get_absolute_url()))
        (seat,) = seats_of(booking)
        subjects = {
            "quote": papers.of_order(Paper.QUOTE, booking),
            "agreement": papers.of_order(Paper.AGREEMENT, booking),
            "joining letter": papers.of_seat(Paper.JOINING, seat),
            "sheet": papers.of_day(day),
        }
        for name, subject in subjects.items():
            keep(name, drawing.read(drawing.publish(subject, now=NEAR)))
    was_there([seat])
    with time_machine.travel(MORNING_AFTER, tick=False):
        certifying.certify(seat, by=None, now=MORNING_AFTER)
        keep("certificate", drawing.read(drawing.publish(papers.of_seat(Paper.CERTIFICATE, seat), now=MORNING_AFTER)))
        (invoice,) = invoicing.invoice_after(booking, by=None, now=MORNING_AFTER)
        keep("invoice", documents.drawn(invoice))
    assert {name: {fact for fact in expected if fact.lower() not in plain(said[name])} for name, expected in EXPECTED.items()} == {
        name: set() for name in EXPECTED
    }
    assert amounts_of(said, mode) == {name: True for name in said}
    assert datetime(2019, 3, 19, 9, tzinfo=PARIS) == day.starts


def plain(words: str) -> str:
    return " ".join(words.replace("\u00a0", " ").replace("\u202f", " ").split()).lower()


def amounts_of(said: dict[str, str], mode: str) -> dict[str, bool]:
    """Whether the amounts of money that each says are only those of one place: 680, and its net and tax in that regime."""
    known = {"680", "680,00"} | ({"566,67", "113,33", "566,6667"} if mode == VatMode.TAXED_20 else {"0,00"})
    late_payment = {"40"}  # the indemnity of an invoice
    return {name: set(re.findall(r"(\d+(?:,\d+)?) €", plain(words))) <= known | late_payment for name, words in said.items()}


@pytest.mark.parametrize("mode", [VatMode.TAXED_20, VatMode.EXEMPT])
def test_the_invoice_of_four_people_is_one_page_with_its_conditions(mode, tmp_path):
    day = day_2019(mode)
    booking = employer(day, 4, service_code="SERVICE-FORMATION", contract_number="MARCHÉ-2019-12")
    was_there(seats_of(booking))
    (invoice,) = invoicing.invoice_after(booking, by=None, now=MORNING_AFTER)
    words = words_of(documents.drawn(invoice), tmp_path)
    assert ("page 1 / 1" in words, "Indemnité forfaitaire pour frais de recouvrement" in words) == (True, True)
