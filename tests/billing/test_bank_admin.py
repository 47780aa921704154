"""« À rapprocher » : from the file to what closed and what waits, by forms alone; each act is recorded, and money asks the factor again."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.roles import Role
from billing import services
from billing.models import BankMapping, Invoice, Payment, Refund, Statement, StatementEntry
from billing.states import Method
from core import clock
from records.models import Act, Job
from records.work import work
from tests.accounts.factories import UserFactory, sign_in
from tests.billing import bank_samples as bank
from tests.billing.bank_factories import line
from tests.billing.factories import NOW, association, body, dues, issued

pytestmark = pytest.mark.django_db
LIST = "admin:billing_statemententry_changelist"
CSV = "Date;Libellé;Montant;Référence\n01/03/2027;VIR SEPA VILLE D'EXEMPLE F2027-0001;5 000,00;B1\n02/03/2027;PRLV ASSURANCE;-120,50;B2\n"


@pytest.fixture(autouse=True)
def _now(db):
    association()
    with time_machine.travel(NOW + timedelta(days=3), tick=False):
        yield


@pytest.fixture
def treasurer():
    return UserFactory(roles=[Role.TREASURER], email="tresorerie@la27eregion.example")


@pytest.fixture
def desk(client, treasurer):
    return sign_in(client, treasurer)


def page(response):
    return response.content.decode().replace("\u00a0", " ").replace("\u202f", " ")


def deposit(desk, content, name="releve.xml"):
    file = SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode())
    return desk.post(reverse("admin:billing_statement_deposit"), {"file": file}, follow=True)


def act(desk, entry, name, **data):
    return desk.post(reverse(f"admin:billing_statemententry_{name}", args=[entry.pk]), data, follow=True)


def proposal(desk, entry):
    """The key of the first proposal, as its button sends it."""
    found = page(desk.get(reverse("admin:billing_statemententry_change", args=[entry.pk])))
    return found.split('name="choix" value="')[1].split('"')[0]


def remaining(invoice):
    return Invoice.objects.with_balance().get(pk=invoice.pk).remaining


# --- From the file to what waits -----------------------------------------------------------------------------


def test_a_statement_is_shown_then_imported_then_tells_what_closed_and_what_waits(desk):
    invoice = issued()
    lines = [bank.entry("5000.00", text=["F2027-0001"]), bank.entry("4999.00", text=["SANS"], party="X"), bank.entry("-30.00")]
    shown = page(deposit(desk, bank.camt(*lines)))
    statement = Statement.objects.get()
    assert "Rien n’est encore importé." in shown
    assert ("se rapproche seule" in shown, "attendra quelqu’un" in shown, "Sans suite ici" in shown) == (True, True, True)
    assert (remaining(invoice), StatementEntry.objects.count()) == (5000, 0)
    told = page(desk.post(reverse("admin:billing_statement_confirm", args=[statement.pk]), follow=True))
    assert "3 nouvelles lignes sur 3 lues. 1 rapprochée seule, 1 à rapprocher." in told
    assert remaining(invoice) == 0
    waiting = page(desk.get(reverse(LIST)))
    assert ("4 999 €" in waiting, "<strong>1</strong> ligne" in waiting) == (True, True)


def test_a_csv_asks_once_which_column_holds_what(desk):
    issued()
    asked = page(deposit(desk, CSV, "mars.csv"))
    assert "C’est le premier relevé CSV de cette forme." in asked
    statement = Statement.objects.get()
    columns = {"column_date": "Date", "column_label": "Libellé", "column_amount": "Montant", "column_reference": "Référence"}
    address = reverse("admin:billing_statement_mapping", args=[statement.pk])
    refused = desk.post(address, {"name": "Banque d’Exemple", "date_format": "%d/%m/%Y", "column_date": "Date"})
    assert (refused.status_code, "Dites quelle colonne donne le montant" in page(refused)) == (422, True)
    shown = page(desk.post(address, {"name": "Banque d’Exemple", "date_format": "%d/%m/%Y", **columns}, follow=True))
    assert "se rapproche seule" in shown
    assert BankMapping.objects.get().columns == {"date": "Date", "label": "Libellé", "amount": "Montant", "reference": "Référence"}
    assert "Rien n’est encore importé." in page(deposit(desk, CSV.replace("B2", "B3"), "avril.csv"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<!DOCTYPE d [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><Document>&e;</Document>", "qu’un relevé de banque n’a jamais"),
        (bank.camt(bank.entry("1.00"))[:500], "Ce relevé est incomplet"),
        (b"\x7fELF\x00", "ni un relevé CAMT ni un tableau CSV"),
        (b"", "Ce fichier est vide."),
        (b" " * (11 * 1024 * 1024), "Ce relevé est trop lourd : 10 Mo au plus."),
    ],
)
def test_a_bad_file_is_refused_in_words(desk, content, words):
    refused = deposit(desk, content)
    assert (refused.status_code, words in page(refused), Statement.objects.count()) == (422, True, 0)


def test_the_same_file_twice_says_so(desk):
    deposit(desk, bank.camt(bank.entry("1.00")))
    desk.post(reverse("admin:billing_statement_confirm", args=[Statement.objects.get().pk]))
    assert "Ce fichier est déjà importé" in page(deposit(desk, bank.camt(bank.entry("1.00"))))


def test_another_account_must_be_said_to_be_ours(desk):
    shown = page(deposit(desk, bank.camt(bank.entry("1.00"), iban=bank.OTHER)))
    assert f"Le compte {bank.OTHER} n’est pas celui de la fiche de l’association." in shown
    address = reverse("admin:billing_statement_confirm", args=[Statement.objects.get().pk])
    assert (desk.post(address).status_code, StatementEntry.objects.count()) == (422, 0)
    desk.post(address, {"said": "on"})
    assert StatementEntry.objects.count() == 1


def test_a_file_that_was_shown_can_be_forgotten(desk):
    deposit(desk, bank.camt(bank.entry("1.00")))
    desk.post(reverse("admin:billing_statement_forget", args=[Statement.objects.get().pk]))
    assert not Statement.objects.exists()


def test_a_long_statement_is_imported_as_long_work(desk, monkeypatch):
    monkeypatch.setattr("billing.admin.bank.AT_ONCE", 1)
    invoice = issued()
    deposit(desk, bank.camt(bank.entry("5000.00", text=["F2027-0001"]), bank.entry("2.00")))
    desk.post(reverse("admin:billing_statement_confirm", args=[Statement.objects.get().pk]))
    assert StatementEntry.objects.count() == 0
    work(clock=clock.now)
    assert (Job.objects.get().summary, remaining(invoice)) == ("2 nouvelles lignes sur 2 lues. 1 rapprochée seule, 1 à rapprocher.", 0)


# --- One line -----------------------------------------------------------------------------------------------------


def test_a_proposal_is_accepted_in_one_click(desk, treasurer):
    invoice, entry = issued(), line(label="VIREMENT", party_name="X")
    done = act(desk, entry, "accepter", choix=proposal(desk, entry), liste="1")
    assert (remaining(invoice), "C’est rapproché." in page(done)) == (0, True)
    assert Payment.objects.get().by_name == str(treasurer)


def test_a_proposal_that_no_longer_holds_is_refused(desk):
    invoice, entry = issued(), line(label="VIREMENT", party_name="X")
    key = proposal(desk, entry)
    services.record_payment(invoice, Decimal(5), method=Method.CASH, received_on=NOW.date(), by=None, now=NOW)
    assert "Cette ligne vient de changer" in page(act(desk, entry, "accepter", choix=key))
    assert Payment.objects.count() == 1


def test_what_is_missing_may_be_counted_then_closed_with_a_reason(desk):
    invoice, entry = issued(), line("4999.00", "F2027-0001")
    act(desk, entry, "placer", **{f"part_{invoice.pk}": "4 999,00", "difference": "Frais de banque"})
    assert remaining(invoice) == 0
    told = [(row.amount, row.method, row.reason) for row in Payment.objects.order_by("pk")]
    assert told == [(Decimal(4999), Method.TRANSFER, ""), (Decimal(1), Method.DIFFERENCE, "Frais de banque")]


def test_an_undoing_says_that_the_difference_is_owed_again_and_the_journal_tells_each_act(desk, treasurer):
    invoice, entry = issued(), line("4999.00", "F2027-0001")
    address = reverse("admin:billing_statemententry_change", args=[entry.pk])
    assert "Personne n’a encore rien fait de cette ligne." in page(desk.get(address))
    act(desk, entry, "placer", **{f"part_{invoice.pk}": "4 999,00", "difference": "Frais de banque"})
    shown, paid = page(desk.get(address)), Payment.objects.get(entry=entry)
    assert "L’écart de 1 € soldé sur F2027-0001 (« Frais de banque ») sera de nouveau dû." in shown
    preview = desk.post(reverse("admin:billing_invoice_undo", args=[invoice.pk, paid.pk]), {"reason": "Erreur"})
    assert "L’écart de 1 € qui était soldé sera de nouveau dû." in page(preview)
    assert "Il restera 5 000 € à payer." in page(preview)
    act(desk, entry, "annuler", paiement=paid.pk, reason="Pas elle")
    shown = page(desk.get(address)).partition("<h2>Journal</h2>")[2]
    assert remaining(invoice) == 5000
    told = ("4 999 € comptés sur F2027-0001", "4 999 € repris sur F2027-0001", "Pas elle", str(treasurer))
    assert [words for words in told if words not in shown] == []


def test_without_a_reason_what_is_missing_remains_to_pay(desk):
    invoice, entry = issued(), line("4999.00", "F2027-0001")
    act(desk, entry, "placer", **{f"part_{invoice.pk}": "4999"})
    assert (remaining(invoice), StatementEntry.objects.to_reconcile().count()) == (1, 0)


def test_a_line_is_split_over_invoices_found_by_number_body_or_amount(desk):
    invoices = [issued(body(name="Ville de l’Essai")), issued(None, dues(Decimal(680)))]
    entry = line("5680.00", "DEUX MANDATS", party_name="X")
    address = reverse("admin:billing_statemententry_change", args=[entry.pk])
    found = [
        [number for number in ("F2027-0001", "F2027-0002") if number in page(desk.get(address, {"q": q}))]
        for q in ("essai", "680", "F2027-0002", "zz")
    ]
    assert found == [["F2027-0001"], ["F2027-0002"], ["F2027-0002"], []]
    act(desk, entry, "placer", **{f"part_{invoices[0].pk}": "5000", f"part_{invoices[1].pk}": "680,00"})
    assert [remaining(invoice) for invoice in invoices] == [0, 0]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("cinq mille", "Tapez un montant, par exemple 5 000,00."),
        ("5 001,00", "La ligne a 5 000 € à placer, vous en placez 5 001 €."),
        ("0", "Tapez un montant plus grand que zéro, par exemple 5 000,00."),
        ("", "Dites quelles factures cette ligne paie."),
    ],
)
def test_an_amount_that_does_not_do_is_refused_and_kept(desk, typed, words):
    invoice, entry = issued(), line(label="F2027-0001")
    refused = act(desk, entry, "placer", **{f"part_{invoice.pk}": typed})
    assert (refused.status_code, remaining(invoice)) == (422, 5000)
    assert words in page(refused)


def test_more_than_an_invoice_asks_is_refused(desk):
    invoice, entry = issued(), line("5010.00", "F2027-0001")
    refused = page(act(desk, entry, "placer", **{f"part_{invoice.pk}": "5010"}))
    assert "F2027-0001 : il reste 5 000 € à payer, 5 010 € seraient trop." in refused


def test_what_came_in_excess_is_given_back_and_waits_for_its_line(desk):
    invoice, entry = issued(), line("5010.00", "F2027-0001")
    act(desk, entry, "accepter", choix=proposal(desk, entry))
    assert (remaining(invoice), StatementEntry.objects.to_reconcile().count()) == (0, 1)
    refused = act(desk, entry, "rendre", amount="10", to_iban="FR7630001007941234567890186", reason="Trop-perçu")
    assert (refused.status_code, "Cet IBAN n’est pas valide" in page(refused)) == (422, True)
    act(desk, entry, "rendre", amount="10,00", to_iban="FR76 3000 1007 9412 3456 7890 185", to_name="Ville", reason="Trop-perçu")
    refund = Refund.objects.get()
    assert (refund.amount, refund.to_iban, StatementEntry.objects.to_reconcile().count()) == (Decimal(10), bank.PAYER, 0)
    listed = page(desk.get(reverse("admin:billing_refund_changelist"), {"etat": "attente"}))
    assert ("FR76 3000 1007 9412 3456 7890 185" in listed, "10 €" in listed) == (True, True)


def test_a_refund_given_up_with_a_reason_lets_its_line_wait_again(desk):
    entry = line("10.00", "TROP")
    act(desk, entry, "rendre", amount="10", to_iban=bank.PAYER, reason="Trop-perçu")
    address = reverse("admin:billing_refund_give_up", args=[Refund.objects.get().pk])
    assert desk.post(address, {"reason": ""}).status_code == 422
    desk.post(address, {"reason": "Reporté sur 2028 avec leur accord"})
    assert (Refund.objects.get().given_up_at is not None, StatementEntry.objects.to_reconcile().count()) == (True, 1)
    assert Act.objects.filter(verb="remboursement abandonné").count() == 1


def test_an_invoice_credited_once_paid_is_given_back_to_the_account_that_paid(desk):
    invoice, entry = issued(), line(label="VIREMENT", party_name="X")
    act(desk, entry, "accepter", choix=proposal(desk, entry))
    services.credit(invoice, reason="Erreur", by=None, now=NOW)
    assert "5 000 €" in page(desk.get(reverse("admin:billing_refund_owed")))
    address = reverse("admin:billing_refund_decide", args=[invoice.pk])
    asked = page(desk.get(address))
    assert (bank.PAYER in asked, 'value="5000,00"' in asked) == (True, True)
    told = {"to_iban": bank.PAYER, "to_name": "Ville", "reason": "Avoir"}
    assert desk.post(address, {"amount": "5000,01", **told}).status_code == 422
    desk.post(address, {"amount": "5 000,00", **told})
    assert [(row.amount, row.invoice, row.credit_note) for row in Refund.objects.all()] == [
        (Decimal(5000), invoice, invoice.credit_notes.get())
    ]
    assert "Aucune facture n’a reçu trop" in page(desk.get(reverse("admin:billing_refund_owed")))
    assert desk.post(address, {"amount": "1", **told}).status_code == 422


def test_a_line_is_set_aside_with_a_reason_and_brought_back(desk, treasurer):
    entry = line("123.45", "DON")
    assert act(desk, entry, "ecarter", reason="").status_code == 422
    act(desk, entry, "ecarter", reason="Don d’un particulier")
    assert StatementEntry.objects.to_reconcile().count() == 0
    assert "Don d’un particulier" in page(desk.get(reverse(LIST), {"etat": "ecartees"}))
    act(desk, entry, "reprendre")
    assert StatementEntry.objects.to_reconcile().count() == 1
    verbs = [(row.verb, row.by_name) for row in Act.objects.filter(about=f"billing.statemententry:{entry.pk}").order_by("pk")]
    assert verbs == [("ligne écartée", str(treasurer)), ("ligne reprise", str(treasurer))]


def test_a_match_is_undone_with_a_reason(desk):
    invoice, entry = issued(), line(label="VIREMENT", party_name="X")
    act(desk, entry, "accepter", choix=proposal(desk, entry))
    payment = Payment.objects.get()
    assert act(desk, entry, "annuler", paiement=payment.pk, reason="").status_code == 422
    act(desk, entry, "annuler", paiement=payment.pk, reason="Ce n’était pas la leur")
    assert (remaining(invoice), StatementEntry.objects.to_reconcile().get().pk) == (5000, entry.pk)
    act(desk, entry, "accepter", choix=proposal(desk, entry))
    assert remaining(invoice) == 0


def test_the_match_of_a_refund_is_undone_too(desk):
    came = line("10.00", "TROP")
    act(desk, came, "rendre", amount="10", to_iban=bank.PAYER, reason="Trop-perçu")
    left = line("-10.00", "REMB", party_iban="")
    act(desk, left, "accepter", choix=proposal(desk, left))
    assert Refund.objects.get().closed_by == left
    act(desk, left, "annuler", reason="Une autre dépense")
    assert Refund.objects.get().closed_by is None


# --- Who, and with what ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("rendre", {"amount": "10", "to_iban": bank.PAYER, "reason": "Trop"}),
        ("annuler", {"reason": "Erreur", "paiement": "PAYMENT"}),
        ("placer", {"difference": "Frais", "PART": "4999"}),
    ],
)
def test_moving_money_asks_the_factor_again(client, treasurer, name, data):
    sign_in(client, treasurer, seconds_ago=16 * 60)
    invoice, entry = issued(), line("4999.00", "F2027-0001")
    if name == "annuler":
        paid = services.record_payment(invoice, Decimal(9), method=Method.TRANSFER, received_on=NOW.date(), entry=entry, by=None, now=NOW)
        data = {**data, "paiement": paid.pk}
    data = {f"part_{invoice.pk}" if key == "PART" else key: value for key, value in data.items()}
    before = (Payment.objects.count(), Refund.objects.count())
    answer = client.post(reverse(f"admin:billing_statemententry_{name}", args=[entry.pk]), data)
    assert "/compte/" in answer.get("Location", "") or "second facteur" in page(answer)
    assert (Payment.objects.count(), Refund.objects.count()) == before


@pytest.mark.parametrize("role", [Role.STAFF, Role.ADMINISTRATOR])
def test_others_see_no_line_and_act_on_none(client, role):
    sign_in(client, UserFactory(roles=[role]))
    entry = line()
    for name in ("changelist", "change"):
        assert client.get(reverse(f"admin:billing_statemententry_{name}", args=[entry.pk] if name == "change" else [])).status_code == 403
    for name in ("accepter", "placer", "rendre", "ecarter", "reprendre", "annuler"):
        assert client.post(reverse(f"admin:billing_statemententry_{name}", args=[entry.pk]), {"reason": "x"}).status_code == 403
    assert client.get(reverse("admin:billing_statement_deposit")).status_code == 403


# --- The list -----------------------------------------------------------------------------------------------------


def test_the_list_is_searched_by_amount_words_and_iban(desk):
    issued()
    line("4999.00", "COTISATION VILLE", party_name="SGC")
    line("-4999.00", "RETOUR", is_return=True, party_iban=bank.OTHER)
    line("12.00", "DON")
    found = [
        page(desk.get(reverse(LIST), {"q": words})).count('class="bank-line"')
        for words in ("4 999,00", "cotisation", bank.OTHER, "zzz", "%")
    ]
    assert found == [2, 1, 1, 0, 0]


@pytest.mark.parametrize("state", ["", "reglees", "ecartees", "toutes", "n’importe"])
def test_each_state_opens(desk, state):
    line("1.00")
    assert desk.get(reverse(LIST), {"etat": state}).status_code == 200


def test_the_list_costs_the_same_with_more_lines(desk, django_assert_max_num_queries):
    counts = []
    for number in (1, 3):
        while StatementEntry.objects.count() < number:
            issued()
            line("4999.00", f"F2027-000{number}")
        desk.get(reverse(LIST))
        with django_assert_max_num_queries(40) as asked:
            desk.get(reverse(LIST))
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_page_of_a_statement_costs_the_same_with_more_lines(desk, django_assert_max_num_queries):
    counts = []
    for number in (1, 3):
        while Payment.objects.count() < number:
            act(desk, line(label=f"F2027-000{Payment.objects.count() + 1}") if issued() else None, "accepter", choix="x")
            entry = StatementEntry.objects.order_by("-pk").first()
            act(desk, entry, "accepter", choix=proposal(desk, entry))
        address = reverse("admin:billing_statement_change", args=[Statement.objects.get().pk])
        with django_assert_max_num_queries(40) as asked:
            desk.get(address)
        counts.append(len(asked))
    assert counts[0] == counts[1]
