"""« Comptes »: the year in figures, the aged balance, the files of the accountant, each told in the journal."""

from datetime import date, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from django.test import Client
from openpyxl import load_workbook

from accounts.roles import Role
from billing import accounts, ledger, services
from billing.models import Invoice
from billing.sale import Paid
from billing.services.numbering import day_of
from billing.states import Method
from core import clock
from core.clock import PARIS
from records.models import Act
from tests.accounts.factories import UserFactory, sign_in
from tests.billing.factories import NOW, association, body, firm, issued, seat

pytestmark = pytest.mark.django_db
PAGE = "/admin/billing/accounts/"


@pytest.fixture
def treasurer(client: Client) -> Client:
    association()
    return sign_in(client, UserFactory(roles=[Role.TREASURER]))


def text(answer) -> str:
    return answer.content.decode().replace("\u202f", " ").replace("\u00a0", " ")


def pay(invoice, amount, on=date(2027, 4, 2), method=Method.TRANSFER):
    at = datetime(on.year, on.month, on.day, 10, tzinfo=PARIS)
    return services.record_payment(invoice, Decimal(amount), method=method, received_on=on, by=None, now=at)


# --- Sums --------------------------------------------------------------------------------------------------


def test_the_months_say_what_was_invoiced_and_what_came():
    paid, credited = issued(), issued()
    pay(paid, 4999)
    pay(paid, 1, method=Method.DIFFERENCE)
    services.credit(credited, reason="Comptée deux fois.", by=None, now=datetime(2027, 5, 3, 9, tzinfo=PARIS))
    issued(firm(), seat(), paid=Paid(Decimal(680), date(2027, 2, 27)), now=datetime(2027, 6, 1, 9, tzinfo=PARIS))
    year = accounts.of_year(2027)
    assert year.sales == [0, 0, 10000, 0, -5000, 680, 0, 0, 0, 0, 0, 0]
    assert year.receipts == [0, 680, 0, 4999, 0, 0, 0, 0, 0, 0, 0, 0]
    assert (year.sold, year.received) == (5680, 5679)


def test_a_payment_undone_is_taken_away_in_its_month():
    services.undo_payment(pay(issued(), 5000), reason="Pas la bonne facture.", by=None, now=datetime(2027, 5, 3, 9, tzinfo=PARIS))
    assert accounts.of_year(2027).receipts[3:5] == [5000, -5000]


def test_the_years_are_those_that_hold_something_and_this_one():
    pay(issued(), 5000, on=date(2028, 1, 5))
    assert accounts.years(on=date(2026, 7, 1)) == [2028, 2027, 2026]


# --- The page ----------------------------------------------------------------------------------------------


def test_the_page_tells_the_year_what_is_owed_and_what_the_files_are(treasurer):
    issued(body(name="Ville d’Exemple"), now=clock.now())
    page = text(treasurer.get(PAGE))
    for words in (
        "<dt>Facturé, avoirs déduits</dt><dd>5 000 €</dd>",
        "Ville d’Exemple",
        "Pas encore échu",
        "le FEC de l’association",
        "FEC20",
    ):
        assert words in page


def test_the_page_asks_as_much_for_one_payer_as_for_three(treasurer, django_assert_max_num_queries):
    issued(now=clock.now())
    treasurer.get(PAGE)
    with django_assert_max_num_queries(40) as one:
        treasurer.get(PAGE)
    issued(now=clock.now())
    issued(now=clock.now())
    with django_assert_max_num_queries(len(one.captured_queries)):
        treasurer.get(PAGE)


def test_a_year_that_holds_nothing_is_not_found(treasurer):
    assert treasurer.get(f"{PAGE}1999/").status_code == 404


@pytest.mark.parametrize("roles", [[Role.STAFF], [Role.ADMINISTRATOR]])
def test_others_of_the_team_neither_read_nor_export(client, roles):
    sign_in(client, UserFactory(roles=roles))
    year = clock.now().year
    asked = [client.get(PAGE), *(client.post(f"{PAGE}{path}") for path in (f"{year}/fec/", f"{year}/ecritures.xlsx", "balance.xlsx"))]
    assert [answer.status_code for answer in asked] == [403, 403, 403, 403]
    assert Act.objects.filter(verb__contains="exporté").count() == 0


def test_an_export_is_asked_by_post_only(treasurer):
    assert treasurer.get(f"{PAGE}{clock.now().year}/fec/").status_code == 405


# --- Files -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "iso8859-15"])
def test_the_fec_comes_in_the_encoding_asked_and_is_told(treasurer, encoding):
    issued(body(name="Région d’Île-Exemple"), now=clock.now())
    year = clock.now().astimezone(PARIS).year
    answer = treasurer.post(f"{PAGE}{year}/fec/", {"encoding": encoding})
    assert answer.content == b"".join(ledger.text(year, encoding))
    assert "Région d" in answer.content.decode(encoding)
    assert answer["Content-Disposition"] == f'attachment; filename="{ledger.file_name(year, on=day_of(clock.now()))}"'
    act = Act.objects.get(verb="écritures exportées")
    assert act.note == f"FEC {year}, {'UTF-8' if encoding == 'utf-8' else 'ISO 8859-15'}, 2 lignes"


def test_the_workbook_has_dates_numbers_and_no_formula(treasurer):
    issued(body(name="=cmd()|Ville d’Exemple"), now=NOW)
    answer = treasurer.post(f"{PAGE}2027/ecritures.xlsx")
    head, first, *_ = load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True)
    row = dict(zip(head, first, strict=True))
    assert (row["EcritureDate"].date(), row["Debit"], row["EcritureNum"]) == (date(2027, 3, 1), 5000, 1)
    assert row["CompAuxLib"] == "'=cmd()|Ville d’Exemple"
    assert isinstance(row["Debit"], int | float)
    assert Act.objects.get(verb="écritures exportées").note == "XLSX 2027"


def test_the_aged_balance_is_a_workbook_with_its_totals(treasurer):
    invoice = issued(body(name="Ville d’Exemple"), now=clock.now())
    answer = treasurer.post(f"{PAGE}balance.xlsx")
    head, first, last = load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True)
    assert head[:3] == ("Payeur", "SIRET", "Pas encore échu")
    assert (first[0], first[1], first[2], first[-2], first[-1]) == ("Ville d’Exemple", invoice.buyer_siret, 5000, 5000, invoice.number)
    assert (last[0], last[-2]) == ("Total", 5000)
    assert Act.objects.get(verb="balance âgée exportée").note.startswith("XLSX, au ")
    assert Invoice.objects.count() == 1
