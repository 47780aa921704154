"""Price lists honoured to the cent, one line a person, VAT by rate (billing.md decision 4, R10, R10b)."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.amounts import Totals, cents, groups, shared, totals
from billing.models import TaxProfile
from billing.sale import Item
from billing.states import VatCategory
from core.refusals import Refused

CENT = Decimal("0.01")
TAXED = TaxProfile(name="Formation", category=VatCategory.TAXED, rate=Decimal(20), account="706")
REDUCED = TaxProfile(name="Livre", category=VatCategory.TAXED, rate=Decimal("5.5"), account="701")
EXEMPT = TaxProfile(name="Cotisations", exemption_code="VATEX-FR-CGI261-7", exemption_text="Exonération, article 261, 7-1° du CGI")
OTHER = TaxProfile(name="Autre", exemption_code="VATEX-FR-CGI261-4", exemption_text="Exonération, article 261, 4-9° du CGI")
OUTSIDE = TaxProfile(name="Hors champ", category=VatCategory.OUTSIDE, exemption_code="VATEX-EU-O", exemption_text="Hors champ")
SEAT = Decimal("680.00")

prices = st.decimals(min_value="0.01", max_value="9999.99", places=2)
seats = st.integers(min_value=1, max_value=60)
profiles = st.sampled_from([TAXED, REDUCED, EXEMPT])


def line(profile: TaxProfile, price: Decimal, *, with_tax: bool = True, quantity: Decimal | int = 1) -> Item:
    asked = {"gross": price} if with_tax else {"net": price}
    return Item("Ligne", profile, quantity=Decimal(quantity), **asked)


items = st.builds(line, profiles, prices, with_tax=st.booleans(), quantity=seats)


@pytest.mark.parametrize("places", range(1, 21))
def test_the_price_list_is_honoured_to_the_cent_for_so_many_seats(places: int) -> None:
    """R10: 680 € with tax, times the seats, is what is asked; and four decimals of the net price give the total back."""
    found = totals([line(TAXED, SEAT, quantity=places)])
    assert found.gross == SEAT * places
    assert found.lines[0].unit_net == Decimal("566.6667")
    assert cents(found.lines[0].unit_net * places) == found.net


@pytest.mark.parametrize("places", range(1, 21))
def test_one_line_a_person_comes_to_the_same_as_one_line_for_all(places: int) -> None:
    """R10b: the net is found once; each line is within a cent of its price."""
    apart, together = totals([line(TAXED, SEAT)] * places), totals([line(TAXED, SEAT, quantity=places)])
    assert (apart.net, apart.vat, apart.gross) == (together.net, together.vat, together.gross)
    assert {each.net for each in apart.lines} <= {Decimal("566.66"), Decimal("566.67")}
    assert all(each.gross == SEAT for each in apart.lines)


def test_dues_and_training_stand_on_one_invoice() -> None:
    found = totals([line(EXEMPT, Decimal(5000)), line(TAXED, SEAT, quantity=2)])
    assert [(group.category, group.rate, group.net, group.vat, group.gross) for group in found.groups] == [
        (VatCategory.EXEMPT, Decimal(0), Decimal("5000.00"), Decimal(0), Decimal("5000.00")),
        (VatCategory.TAXED, Decimal(20), Decimal("1133.33"), Decimal("226.67"), Decimal("1360.00")),
    ]
    assert found.groups[0].exemption_code == "VATEX-FR-CGI261-7"
    assert (found.net, found.vat, found.gross) == (Decimal("6133.33"), Decimal("226.67"), Decimal("6360.00"))


def test_a_price_without_tax_bears_its_tax_once_for_the_whole_rate() -> None:
    found = totals([line(TAXED, Decimal("33.33"), with_tax=False)] * 3)
    assert (found.net, found.vat, found.gross) == (Decimal("99.99"), Decimal("20.00"), Decimal("119.99"))
    assert sum(each.vat for each in found.lines) == Decimal("20.00")


def test_a_half_cent_rounds_up() -> None:
    assert cents(Decimal("0.125")) == Decimal("0.13")
    assert totals([line(TAXED, Decimal("0.125"), with_tax=False)]).net == Decimal("0.13")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ([], "au moins une ligne"),
        ([Item("Sans prix", TAXED)], "un prix, avec ou sans taxe"),
        ([Item("Deux prix", TAXED, gross=SEAT, net=SEAT)], "un prix, avec ou sans taxe"),
        ([line(TAXED, Decimal(-1))], "corrige par un avoir"),
        ([line(TAXED, SEAT, quantity=0)], "corrige par un avoir"),
        ([line(EXEMPT, SEAT), line(OTHER, SEAT)], "un motif d’exonération"),
        ([line(OUTSIDE, SEAT), line(TAXED, SEAT)], "hors champ de la TVA se facture à part"),
        ([line(OUTSIDE, SEAT), line(EXEMPT, SEAT)], "hors champ de la TVA se facture à part"),
    ],
)
def test_what_cannot_stand_together_is_refused(asked: list[Item], said: str) -> None:
    with pytest.raises(Refused, match=said):
        totals(asked)


@given(st.lists(items, min_size=1, max_size=12))
def test_everything_adds_up_whatever_is_sold(asked: list[Item]) -> None:
    found = totals(asked)
    assert [each.item for each in found.lines] == asked
    assert sum(each.net for each in found.lines) == found.net
    assert sum(each.vat for each in found.lines) == found.vat
    assert found.gross == found.net + found.vat
    assert all(each.net >= 0 and each.vat >= 0 for each in found.lines)


@given(st.lists(st.builds(line, profiles, prices, quantity=seats), min_size=1, max_size=12))
def test_prices_with_tax_are_paid_as_they_are_listed(asked: list[Item]) -> None:
    found = totals(asked)
    assert [each.gross for each in found.lines] == [cents(item.gross * item.quantity) for item in asked]
    assert found.gross == sum(item.gross * item.quantity for item in asked)


@given(st.lists(items, min_size=1, max_size=12))
def test_the_tax_of_a_rate_is_that_rate_of_its_net_within_what_the_norm_allows(asked: list[Item]) -> None:
    """EN 16931 (BR-CO-17, BR-S-09) lets a cent or two of rounding stand; an error of method would be euros."""
    for group in totals(asked).groups:
        assert abs(group.vat - cents(group.net * group.rate / 100)) <= 2 * CENT


@given(st.lists(items, min_size=1, max_size=12))
def test_each_line_is_within_a_cent_of_its_own_price_without_tax(asked: list[Item]) -> None:
    for each in totals(asked).lines:
        alone = (
            each.item.net * each.item.quantity if each.item.net else each.item.gross * each.item.quantity / (1 + each.item.tax.rate / 100)
        )
        assert abs(each.net - alone) <= CENT


@given(prices, st.lists(st.decimals(min_value=0, max_value=10_000, places=2), min_size=1, max_size=30))
def test_what_is_shared_adds_up_and_nobody_is_off_by_a_cent(total: Decimal, weights: list[Decimal]) -> None:
    parts = shared(total, weights)
    assert (sum(parts), len(parts)) == (total, len(weights))
    whole = sum(weights)
    if whole:
        assert all(abs(part - total * weight / whole) < CENT for part, weight in zip(parts, weights, strict=True))


@given(st.lists(items, min_size=1, max_size=12))
def test_the_breakdown_is_read_again_from_the_lines_that_are_kept(asked: list[Item]) -> None:
    """What is kept of a line is enough to say the VAT of each rate, to the cent."""
    found = totals(asked)
    assert groups(_kept(found)) == list(found.groups)


def _kept(found: Totals) -> list:
    from billing.models import Line

    return [
        Line(
            net=each.net, vat=each.vat, vat_category=each.item.tax.category, vat_rate=each.item.tax.rate,
            exemption_code=each.item.tax.exemption_code, exemption_text=each.item.tax.exemption_text,
        )
        for each in found.lines
    ]  # fmt: skip


@given(prices)
def test_one_price_splits_as_the_flyer_says_it(price: Decimal) -> None:
    found = totals([line(TAXED, price)])
    assert found.net == (price / Decimal("1.2")).quantize(CENT, ROUND_HALF_UP)
    assert found.vat == price - found.net
