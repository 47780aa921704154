"""Issuing: numbers, dates, what is copied, what is refused (R1, R2, R4, R14)."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from billing import services
from billing.buyers import from_register
from billing.models import Counter, Invoice, Line, Terms, Transmission
from billing.sale import Paid
from billing.services.needs import missing
from billing.services.numbering import set_first
from billing.states import Kind, TransmissionState
from core.clock import PARIS
from core.refusals import Refused
from organisations.models import ServiceCode
from organisations.states import HOSPITAL_PAYMENT_DAYS
from organisations.states import Kind as BodyKind
from records.models import Act
from records.services import label_of
from tests.accounts.factories import UserFactory
from tests.billing.factories import NOW, TODAY, association, body, dues, exempt, firm, issued, outside, sale, seat, siret

pytestmark = pytest.mark.django_db


def test_invoices_and_credit_notes_are_numbered_apart_by_year() -> None:
    first, second = issued(), issued()
    note = services.credit(first, reason="Erreur de destinataire.", by=None, now=NOW)
    assert [first.number, second.number, note.number] == ["F2027-0001", "F2027-0002", "A2027-0001"]
    assert (second.year, second.sequence) == (2027, 2)


def test_a_series_of_more_than_9999_keeps_a_number_that_chorus_takes() -> None:
    set_first("F", 2027, 99_999, by=UserFactory(), now=NOW)
    assert [issued().number, issued().number] == ["F2027-99999", "F2027-100000"]
    assert len("F2027-100000") <= 20


@pytest.mark.parametrize(
    ("moment", "number", "day"),
    [
        (datetime(2027, 12, 31, 23, 59, 59, tzinfo=PARIS), "F2027-0001", date(2027, 12, 31)),
        (datetime(2028, 1, 1, 0, 0, 0, tzinfo=PARIS), "F2028-0001", date(2028, 1, 1)),
        # 23:30 UTC on 31 December is half past midnight in Paris.
        (datetime.fromisoformat("2027-12-31T23:30:00+00:00"), "F2028-0001", date(2028, 1, 1)),
        # In summer Paris is two hours ahead; the night of the change of hour, one then two.
        (datetime.fromisoformat("2027-07-14T22:30:00+00:00"), "F2027-0001", date(2027, 7, 15)),
        (datetime.fromisoformat("2027-03-27T23:30:00+00:00"), "F2027-0001", date(2027, 3, 28)),
        (datetime.fromisoformat("2027-10-30T22:30:00+00:00"), "F2027-0001", date(2027, 10, 31)),
    ],
)
def test_the_year_and_the_date_are_those_of_paris(moment: datetime, number: str, day: date) -> None:
    invoice = issued(now=moment)
    assert (invoice.number, invoice.issued_on) == (number, day)


def test_numbers_begin_again_with_the_year() -> None:
    december, january = datetime(2027, 12, 31, 23, 59, tzinfo=PARIS), datetime(2028, 1, 1, 0, 1, tzinfo=PARIS)
    assert [issued(now=moment).number for moment in (december, december, january)] == ["F2027-0001", "F2027-0002", "F2028-0001"]


def test_dates_never_go_back_within_a_series() -> None:
    issued(now=datetime(2027, 3, 2, 0, 0, 1, tzinfo=PARIS))
    late = issued(now=datetime(2027, 3, 1, 23, 59, 59, tzinfo=PARIS))
    assert (late.number, late.issued_on, late.due_on) == ("F2027-0002", date(2027, 3, 2), date(2027, 4, 1))


def test_a_clock_far_behind_the_series_refuses_and_takes_no_number() -> None:
    issued(now=datetime(2027, 3, 10, 9, tzinfo=PARIS))
    with pytest.raises(Refused, match=r"10\xa0mars 2027.*ne reviennent pas en arrière"):
        issued(now=NOW)
    assert Counter.objects.get().last == 1


def test_the_first_number_of_a_year_is_chosen_once_before_the_first_issue() -> None:
    by = UserFactory()
    counter = set_first("F", 2027, 42, by=by, now=NOW)
    with pytest.raises(Refused, match="déjà choisi"):
        set_first("F", 2027, 50, by=by, now=NOW)
    assert issued().number == "F2027-0042"
    with pytest.raises(Refused, match="commencée"):
        set_first("F", 2027, 60, by=by, now=NOW)
    act = Act.objects.get(about=label_of(counter))
    assert (act.verb, act.by_name, act.changes) == ("premier numéro choisi", str(by), {"premier numéro": ["1", "42"]})


@pytest.mark.parametrize("first", [0, 1, -3, 100_000])
def test_a_first_number_that_changes_nothing_or_is_out_of_reach_is_refused(first: int) -> None:
    with pytest.raises(Refused, match="de 2 à 99"):
        set_first("F", 2027, first, by=UserFactory(), now=NOW)
    assert not Counter.objects.exists()


def test_asking_twice_for_the_same_fact_is_asking_once() -> None:
    association()
    asked = sale()
    first = services.issue(asked, by=None, now=NOW)
    again = services.issue(asked, by=None, now=NOW + timedelta(days=3))
    assert (again.pk, Invoice.objects.count(), Counter.objects.get().last) == (first.pk, 1, 1)


def test_what_is_printed_is_copied_that_day() -> None:
    office = association()
    town = body(name="Ville d’Exemple", address="Place du Test", postcode="35000", city="Rennes")
    profile = exempt()
    invoice = issued(town)
    office.iban, office.name = "FR7699999999999999999999999", "Autre nom"
    office.save()
    town.name = "Commune nouvelle d’Exemple"
    town.save()
    profile.exemption_text = "autre mention"
    profile.save()
    kept = Invoice.objects.get(pk=invoice.pk)
    assert (kept.seller["name"], kept.seller["iban"]) == ("La 27e Région", "FR7630006000011234567890189")
    assert (kept.buyer["name"], kept.buyer_name, kept.buyer["city"]) == ("Ville d’Exemple", "Ville d’Exemple", "Rennes")
    line = kept.lines.get()
    assert (line.exemption_code, line.exemption_text) == ("VATEX-FR-CGI261-7", "Exonération de TVA, article 261, 7-1° du CGI")
    assert (line.account, line.period_start, line.period_end) == ("756", date(2027, 1, 1), date(2027, 12, 31))
    assert kept.terms["indemnity"] == Terms().indemnity


def test_an_invoice_says_who_issued_it_and_what_it_comes_to() -> None:
    by = UserFactory()
    invoice = issued(None, dues(), seat(2), by=by)
    assert (invoice.net, invoice.vat, invoice.gross) == (Decimal("6133.33"), Decimal("226.67"), Decimal("6360.00"))
    assert [line.label for line in invoice.lines.all()] == ["Cotisation 2027", "Journée découverte"]
    act = Act.objects.get(about=label_of(invoice))
    assert (act.verb, act.by_id, act.by_name) == ("facture émise", str(by.pk), str(by))
    assert "6\u202f360\u00a0€" in act.note


@pytest.mark.parametrize(("days", "due"), [(30, date(2027, 3, 31)), (HOSPITAL_PAYMENT_DAYS, date(2027, 4, 20)), (60, date(2027, 4, 30))])
def test_an_invoice_is_due_after_the_days_of_its_payer(days: int, due: date) -> None:
    invoice = issued(body(kind=BodyKind.HOSPITAL, payment_days=days))
    assert (invoice.due_on, invoice.terms["payment_days"]) == (due, days)


def test_what_was_paid_before_the_issue_is_due_no_more() -> None:
    paid_on = date(2027, 2, 27)
    invoice = issued(firm(), seat(), paid=Paid(Decimal(680), paid_on))
    assert (invoice.due, invoice.due_on, invoice.paid_on) == (0, paid_on, paid_on)


def test_more_cannot_have_been_paid_than_the_invoice_asks() -> None:
    with pytest.raises(Refused, match="plus que les 680"):
        issued(firm(), seat(), paid=Paid(Decimal("680.01"), TODAY))


def test_documents_of_the_trial_are_specimens(settings) -> None:
    settings.TRIAL = True
    specimen = issued()
    settings.TRIAL = False
    assert (specimen.is_specimen, issued().is_specimen, specimen.number) == (True, False, "F2027-0001")


def test_an_invoice_carries_the_reference_a_bank_passes_on() -> None:
    assert issued().payment_reference.startswith("RF")
    assert issued().payment_reference.endswith("F20270002")


def test_a_public_body_waits_for_its_deposit_on_chorus_and_a_firm_does_not() -> None:
    town, private = issued(), issued(firm(), seat())
    assert [(each.invoice, each.state) for each in Transmission.objects.all()] == [(town, TransmissionState.TO_DEPOSIT)]
    assert (town.via_chorus, private.via_chorus) == (True, False)


def test_a_draft_says_the_same_and_is_no_row() -> None:
    association()
    asked = sale(None, dues(), seat(3))
    drawn = services.drawn(asked, now=NOW)
    invoice = services.issue(asked, by=None, now=NOW)
    told = ("net", "vat", "gross", "due_on", "seller", "buyer", "terms", "subject", "period_start")
    assert {name: getattr(drawn, name) for name in told} == {name: getattr(invoice, name) for name in told}
    assert [(line.label, line.net, line.vat, line.unit_net) for line in drawn.all_lines] == [
        (line.label, line.net, line.vat, line.unit_net) for line in Invoice.objects.get(pk=invoice.pk).all_lines
    ]
    assert (drawn.pk, drawn.number, Line.objects.count()) == (None, "", 2)


# --- What is missing (R14) ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "references", "said"),
    [
        ({"needs_service_code": True}, {}, ["le code service"]),
        ({"needs_service_code": True}, {"service_code": "FINANCES"}, []),
        ({"needs_commitment": True}, {"service_code": "FINANCES"}, ["le numéro d’engagement ou de commande"]),
        ({"needs_commitment": True}, {"commitment_number": "E-42"}, []),
        ({"needs_either": True}, {}, ["le code service ou le numéro d’engagement"]),
        ({"needs_either": True}, {"service_code": "FINANCES"}, []),
        ({"needs_either": True}, {"commitment_number": "E-42"}, []),
        ({"needs_service_code": True, "needs_commitment": True}, {}, ["le code service", "le numéro d’engagement ou de commande"]),
        ({"needs_payer_siret": True}, {}, ["le SIRET du payeur, que cet organisme demande"]),
        ({"needs_payer_siret": True}, {"payer_siret": siret(77)}, []),
        ({}, {"service_code": "   "}, []),
        ({"needs_service_code": True}, {"service_code": "   "}, ["le code service"]),
    ],
)
def test_each_rule_of_a_body_says_which_reference_is_missing(rules: dict, references: dict, said: list[str]) -> None:
    buyer = from_register(body(**rules), **references)
    assert missing(buyer) == said
    association()
    if said:
        with pytest.raises(Refused, match="il manque .*" + said[-1]):
            services.issue(sale(buyer), by=None, now=NOW)
        assert not Invoice.objects.exists()
        assert not Counter.objects.exists()
    else:
        assert services.issue(sale(buyer), by=None, now=NOW).number == "F2027-0001"


def test_a_service_that_is_no_longer_active_is_refused() -> None:
    town = body(needs_service_code=True)
    ServiceCode.objects.create(organisation=town, code="ANCIEN", is_active=False)
    ServiceCode.objects.create(organisation=town, code="FINANCES")
    assert missing(from_register(town, service_code="ANCIEN")) == ["un code service actif\u00a0: «\u00a0ANCIEN\u00a0» ne l’est plus"]
    assert missing(from_register(town, service_code="FINANCES")) == []


@pytest.mark.parametrize(("closed_on", "is_refused"), [(date(2027, 2, 28), True), (TODAY, True), (date(2027, 3, 2), False), (None, False)])
def test_an_establishment_that_closed_is_not_invoiced(closed_on: date | None, is_refused: bool) -> None:
    said = missing(from_register(body(closed_on=closed_on)), on=TODAY)
    assert bool(said) == is_refused
    assert all("est fermé depuis le" in words for words in said)


def test_the_rules_are_those_of_the_establishment_that_pays() -> None:
    town = body(needs_commitment=True)
    body(name="CCAS d’Exemple", siret=siret(4242), needs_service_code=True, closed_on=date(2026, 1, 1))
    said = missing(from_register(town, payer_siret=siret(4242)))
    assert said[0].startswith("un SIRET ouvert\u00a0: celui de «\u00a0CCAS d’Exemple\u00a0»")
    assert said[1:] == ["le code service"]


def test_a_body_without_siret_is_told_so_and_a_wrong_one_too() -> None:
    assert missing(from_register(body(siret=""))) == ["le SIRET du payeur"]
    assert missing(firm(siret="12345678901234")) == ["un SIRET valide pour le payeur (sa clé est fausse)"]
    assert missing(firm(siret="")) == []


def test_a_payer_without_name_or_address_is_told_so() -> None:
    assert missing(firm(name=" ", postcode="")) == ["le nom du payeur", "l’adresse du payeur (code postal et ville)"]
    assert missing(firm(country="BE", postcode="", city="Bruxelles", siret="")) == []


def test_all_that_is_missing_is_said_at_once() -> None:
    association()
    buyer = from_register(body(siret="", needs_service_code=True, needs_commitment=True))
    with pytest.raises(Refused) as refused:
        services.issue(sale(buyer), by=None, now=NOW)
    assert str(refused.value) == (
        "La facture ne peut pas être émise\u00a0: il manque le SIRET du payeur, le code service et le numéro d’engagement ou de commande."
    )


def test_our_own_part_is_checked_too() -> None:
    association(iban="", vat_number="")
    with pytest.raises(Refused, match=r"la fiche de l’association, il manque son IBAN et son numéro de TVA\."):
        services.issue(sale(firm(), seat()), by=None, now=NOW)
    with pytest.raises(Refused, match=r"il manque son IBAN\."):
        services.issue(sale(), by=None, now=NOW)


def test_what_cannot_stand_on_one_invoice_is_refused() -> None:
    other = dues(label="Autre", tax=outside())
    with pytest.raises(Refused, match="faites deux factures"):
        issued(None, dues(), other)
    with pytest.raises(Refused, match="hors champ"):
        issued(None, seat(), other)
    assert not Invoice.objects.exists()


def test_a_united_body_keeps_the_invoices_of_the_other() -> None:
    gone, kept = body(name="Métropole d’Exemple (ancienne)"), body(name="Métropole d’Exemple")
    gone.merged_into = kept
    gone.save()
    assert issued(gone).organisation == kept


def test_an_invoice_is_of_its_kind() -> None:
    invoice = issued()
    assert (invoice.kind, invoice.type_code, invoice.title) == (Kind.INVOICE, "380", "Facture F2027-0001")
