"""Invoices in the admin: the list and what it comes to, the page of one, and its acts, each seen before it is done."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from billing import services
from billing.models import Invoice, Payment, Transmission
from billing.sale import Sold
from billing.states import Method, TransmissionState
from billing.waiting_bank import waiting
from core import clock
from core.clock import PARIS
from tests.accounts.factories import UserFactory, sign_in
from tests.billing.factories import DUES, body, dues, firm, issued, seat

pytestmark = pytest.mark.django_db
LIST = "/admin/billing/invoice/"


@pytest.fixture
def treasurer(client: Client) -> Client:
    return sign_in(client, UserFactory(roles=[Role.TREASURER]))


def now():
    return clock.now()


def made(*args: object, **fields: object) -> Invoice:
    return issued(*args, **({"now": now()} | fields))


def act(invoice: Invoice, slug: str) -> str:
    return reverse("admin:billing_invoice_act", args=[invoice.pk, slug])


def confirm(client: Client, page: str, /, **typed: object):
    """Look at what it would do, then do just that."""
    seen = client.post(page, typed)
    assert seen.status_code == 200, seen.content.decode()
    return client.post(page, {**typed, "_seen": seen.context["seen"], "_confirm": "1"})


def text(answer) -> str:
    return answer.content.decode().replace("\u202f", " ").replace("\u00a0", " ")


def test_the_list_says_what_each_stands_at_and_what_all_come_to(treasurer) -> None:
    paid, owed = made(body(name="Ville d’Exemple")), made(body(name="Région d’Exemple"))
    services.record_payment(paid, DUES, method=Method.TRANSFER, received_on=now().astimezone(PARIS).date(), by=None, now=now())
    services.credit(owed, reason="Erreur.", by=None, now=now(), amount=Decimal(1000))
    page = text(treasurer.get(LIST))
    assert "Ville d’Exemple" in page
    assert "À payer : reste 4 000 €" in page
    assert "Payée le" in page
    assert "<dt>Facturé, avoirs déduits</dt><dd>9 000 €</dd>" in page
    assert "<dt>Reste à payer</dt><dd>4 000 €</dd>" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 3),
        ("?etat=a_payer", 3),
        ("?etat=to_pay", 2),
        ("?etat=note", 1),
        ("?nature=credit", 1),
        ("?nature=invoice", 2),
        ("?chorus=sans", 1),
        ("?chorus=rejected", 1),
        ("?annee=2020", 0),
        ("?q=atelier", 1),
        ("?q=%25", 0),
    ],
)
def test_the_list_is_narrowed(treasurer, query: str, found: int) -> None:
    rejected = made()
    made(firm(), seat())
    services.credit(rejected, reason="Erreur.", by=None, now=now(), amount=Decimal(10))
    Transmission.objects.filter(invoice=rejected).update(
        state=TransmissionState.REJECTED, deposited_on=now().date(), rejection="Engagement inconnu."
    )
    answer = treasurer.get(LIST + query)
    assert answer.context["cl"].result_count == found


def test_the_empty_choices_of_the_form_leave_the_address(treasurer) -> None:
    answer = treasurer.get(f"{LIST}?q=&annee=2027&nature=")
    assert (answer.status_code, answer["Location"]) == (302, f"{LIST}?annee=2027")


def test_the_list_asks_as_many_questions_for_three_rows_as_for_one(treasurer, django_assert_max_num_queries) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert treasurer.get(LIST).status_code == 200
        return len(captured)

    made()
    asked()
    one = asked()
    for _ in range(2):
        services.credit(made(), reason="Erreur.", by=None, now=now(), amount=Decimal(5))
    assert asked() == one <= 15


def test_the_team_reads_and_does_nothing(client) -> None:
    invoice = made()
    sign_in(client, UserFactory(roles=[Role.STAFF]))
    page = text(client.get(f"{LIST}{invoice.pk}/change/"))
    assert "Facture F" in page
    assert "Créditer" not in page
    assert [client.get(act(invoice, slug)).status_code for slug in ("crediter", "remplacer", "note", "ecart")] == [403] * 4


def test_nobody_edits_adds_nor_deletes_an_invoice(treasurer) -> None:
    invoice = made()
    answers = [
        treasurer.get(f"{LIST}add/"), treasurer.post(f"{LIST}{invoice.pk}/change/", {}), treasurer.post(f"{LIST}{invoice.pk}/delete/", {}),
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [403, 403, 403]


def test_the_page_of_one_tells_its_whole_story(treasurer) -> None:
    invoice = made(body(name="Ville d’Exemple"), dues(), seat(2))
    payment = services.record_payment(invoice, Decimal(100), method=Method.TRANSFER, received_on=now().date(), by=None, now=now())
    services.undo_payment(payment, reason="Mauvaise facture.", by=None, now=now())
    note = services.credit(invoice, reason="Geste commercial.", by=None, now=now(), amount=Decimal(60))
    page = text(treasurer.get(f"{LIST}{invoice.pk}/change/"))
    for words in (
        "Cotisation 2027",
        "Journée découverte",
        "Mauvaise facture.",
        "Paiement annulé",
        "À déposer",
        note.number,
        "Facture émise",
    ):
        assert words in page
    told = text(treasurer.get(f"{LIST}{note.pk}/change/"))
    assert "Corrige la facture" in told
    assert "Geste commercial." in told


def test_a_credit_is_seen_before_it_is_issued(treasurer) -> None:
    invoice = made()
    seen = treasurer.post(act(invoice, "crediter"), {"amount": "1 000,50", "reason": "Tarif réduit."})
    assert "Il restera 3 999,50 € à payer." in text(seen)
    assert "Avoir sur la facture" in text(seen)
    assert Invoice.objects.count() == 1
    answer = confirm(treasurer, act(invoice, "crediter"), amount="1 000,50", reason="Tarif réduit.")
    note = Invoice.objects.get(corrects=invoice)
    assert (answer.status_code, note.gross, note.reason) == (302, Decimal("1000.50"), "Tarif réduit.")


def test_what_was_changed_after_the_preview_is_shown_again(treasurer) -> None:
    invoice = made()
    address, typed = act(invoice, "crediter"), {"amount": "10", "reason": "Erreur."}
    seen = treasurer.post(address, typed).context["seen"]
    answer = treasurer.post(address, typed | {"amount": "4000", "_seen": seen, "_confirm": "1"})
    assert "Il restera 1 000 € à payer." in text(answer)
    assert not Invoice.objects.filter(corrects=invoice).exists()


@pytest.mark.parametrize(("amount", "said"), [("5 000,01", "va de 0,01 € à 5 000 €"), ("zéro", "Tapez un montant"), ("", "obligatoire")])
def test_an_amount_that_cannot_be_credited_is_refused_in_words(treasurer, amount: str, said: str) -> None:
    invoice = made()
    answer = treasurer.post(act(invoice, "crediter"), {"amount": amount, "reason": "Erreur."})
    assert answer.status_code == 422
    assert said in text(answer)


def test_an_invoice_is_replaced_with_the_reference_that_was_missing(treasurer) -> None:
    town = body(name="Ville d’Exemple")
    invoice = made(town)
    town.needs_commitment = True
    town.save()
    form = treasurer.get(act(invoice, "remplacer")).context["form"]
    typed = {name: field.initial or "" for name, field in form.fields.items()} | {"reason": "Rejetée : engagement manquant."}
    refused = treasurer.post(act(invoice, "remplacer"), typed)
    assert (refused.status_code, "le numéro d’engagement" in text(refused)) == (422, True)
    answer = confirm(treasurer, act(invoice, "remplacer"), **(typed | {"commitment_number": "E-42"}))
    new = Invoice.objects.get(replaces=invoice)
    assert (answer.status_code, new.commitment_number, new.gross) == (302, "E-42", DUES)
    assert invoice.credit_notes.get().gross == DUES


def test_the_preview_of_a_replacement_says_who_is_written_to(treasurer, monkeypatch) -> None:
    invoice = made()
    form = treasurer.get(act(invoice, "remplacer")).context["form"]
    typed = {name: field.initial or "" for name, field in form.fields.items()} | {"reason": "Payeur.", "commitment_number": "E-42"}
    assert "Aucune lettre ne partira" in text(treasurer.post(act(invoice, "remplacer"), typed))
    monkeypatch.setattr("billing.admin.invoice_acts.sold", lambda _: Sold("Adhésion", "", to="finances@ville.example"))
    assert "La lettre part à finances@ville.example." in text(treasurer.post(act(invoice, "remplacer"), typed))
    other = typed | {"siret": "21590350100017", "name": "Ville de Lille"}
    shown = text(treasurer.post(act(invoice, "remplacer"), other))
    assert f"finances@ville.example, contact de {invoice.organisation}, et non de Ville de Lille" in shown


def test_a_cheque_is_noted_by_hand(treasurer) -> None:
    invoice = made()
    typed = {"amount": "5000", "method": "CHEQUE", "received_on": f"{now():%Y-%m-%d}", "number": "0012", "reason": "Remis au siège."}
    confirm(treasurer, act(invoice, "note"), **typed)
    payment = Payment.objects.get()
    assert (payment.amount, payment.method, payment.reason) == (DUES, Method.CHEQUE, "Remis au siège.")
    answer = treasurer.get(act(invoice, "note"))
    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("days", "words"), [(1, "Un paiement ne se note pas avant d’être reçu."), (-121, "Ce jour vient bien avant la facture, émise le ")]
)
def test_a_cheque_of_an_odd_day_is_refused_beside_the_day_before_anything_is_shown(treasurer, days, words) -> None:
    invoice = made()
    day = now() + timedelta(days=days)
    typed = {"amount": "5000", "method": "CHEQUE", "received_on": f"{day:%Y-%m-%d}", "number": "", "reason": "Remis au siège."}
    for more in ({}, {"_confirm": "1"}):
        answer = treasurer.post(act(invoice, "note"), typed | more)
        assert (answer.status_code, "Ce qui sera fait" in text(answer)) == (422, False)
        assert answer.context["form"].errors["received_on"][0].startswith(words)
    assert not Payment.objects.exists()


def test_a_small_difference_is_closed_and_a_large_one_is_not_proposed(treasurer) -> None:
    invoice = made()
    page = f"{LIST}{invoice.pk}/change/"
    assert "Solder un écart" not in text(treasurer.get(page))
    services.record_payment(invoice, DUES - 2, method=Method.TRANSFER, received_on=now().date(), by=None, now=now())
    assert "Solder un écart" in text(treasurer.get(page))
    confirm(treasurer, act(invoice, "ecart"), reason="Frais de la banque.")
    assert Payment.objects.filter(method=Method.DIFFERENCE).get().amount == 2


def test_a_payment_is_undone_with_a_reason(treasurer) -> None:
    invoice = made()
    payment = services.record_payment(invoice, DUES, method=Method.TRANSFER, received_on=now().date(), by=None, now=now())
    address = reverse("admin:billing_invoice_undo", args=[invoice.pk, payment.pk])
    assert "Il restera 5 000 € à payer." in text(treasurer.post(address, {"reason": "Mauvaise facture."}))
    confirm(treasurer, address, reason="Mauvaise facture.")
    assert Payment.objects.count() == 2
    assert treasurer.get(address).status_code == 404


@pytest.mark.parametrize("slug", ["crediter", "remplacer", "note"])
def test_money_asks_the_second_factor_again(client, slug: str) -> None:
    invoice = made()
    sign_in(client, UserFactory(roles=[Role.TREASURER]), seconds_ago=timedelta(minutes=20).total_seconds())
    answer = client.get(act(invoice, slug))
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse("mfa_reauthenticate"))


def test_an_unknown_act_is_nowhere(treasurer) -> None:
    assert treasurer.get(act(made(), "effacer")).status_code == 404


@pytest.mark.parametrize(("amount", "told"), [("-5", "plus grand que zéro"), ("0", "plus grand que zéro"), ("0,00", "plus grand que zéro")])
def test_an_amount_of_nothing_is_refused_in_our_words(treasurer, amount: str, told: str) -> None:
    answer = text(treasurer.post(act(made(), "note"), {"amount": amount, "method": "CHEQUE", "received_on": "2027-03-01", "reason": "X"}))
    assert (told in answer, "0.01" in answer) == (True, False)


def test_a_day_to_come_or_of_long_before_the_invoice_is_refused_before_the_preview(treasurer) -> None:
    invoice = made()
    typed = {"amount": "10,00", "method": "CHEQUE", "reason": "Remis en réunion."}
    early = text(treasurer.post(act(invoice, "note"), {**typed, "received_on": "1999-01-01"}))
    assert "Ce jour vient bien avant la facture, émise le" in early
    late = text(treasurer.post(act(invoice, "note"), {**typed, "received_on": f"{now().year + 4}-01-01"}))
    assert "Un paiement ne se note pas avant d’être reçu." in late
    upon_a_quote = invoice.issued_on - timedelta(days=100)
    assert confirm(treasurer, act(invoice, "note"), **typed, received_on=f"{upon_a_quote:%Y-%m-%d}").status_code == 302
    assert Payment.objects.get().received_on == upon_a_quote


def test_what_is_to_be_refunded_is_decided_from_its_page_and_told_in_the_list(treasurer) -> None:
    invoice = made()
    services.record_payment(invoice, DUES + 68, method=Method.TRANSFER, received_on=invoice.issued_on, by=None, now=now())
    decide = reverse("admin:billing_refund_decide", args=[invoice.pk])
    assert decide in treasurer.get(invoice_page(invoice)).content.decode()
    assert "1 facture à rembourser" in text(treasurer.get(reverse("admin:billing_refund_changelist")))
    assert [(row.label, row.count) for row in waiting(now()) if row.label == "remboursement à décider"] == [("remboursement à décider", 1)]


def invoice_page(invoice: Invoice) -> str:
    return reverse("admin:billing_invoice_change", args=[invoice.pk])
