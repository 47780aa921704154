"""What must hold of all that was issued: numbers, files, ten years, and an IBAN that nobody changes alone."""

from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.roles import Role
from billing import documents, iban, retention, services
from billing.checking import facts, number_faults, verify_files, waiting
from billing.models import Counter, FileFault, GatewayEvent, Invoice, InvoiceFile, Line, Payment, Transmission
from billing.services.numbering import set_first
from billing.states import Method
from core.clock import PARIS
from mailing.models import Message
from records.models import Act, Association
from records.services import label_of
from tests.accounts.factories import UserFactory, sign_in
from tests.billing.factories import DUES, IBAN, NOW, association, issued, sale

pytestmark = pytest.mark.django_db
OTHER_IBAN = "FR7630001007941234567890185"


def path_of(invoice: Invoice) -> Path:
    return Path(InvoiceFile.objects.get(invoice=invoice).file.path)


def test_numbers_without_gap_have_no_fault() -> None:
    set_first("F", 2027, 42, by=UserFactory(), now=NOW)
    services.credit(issued(), reason="Erreur.", by=None, now=NOW)
    issued()
    assert list(number_faults()) == []


def test_a_gap_is_named() -> None:
    issued()
    Counter.objects.update(last=3)
    assert list(number_faults()) == ["F2027-0002 manque", "F2027-0003 manque"]
    Counter.objects.update(last=0)
    assert list(number_faults()) == ["F2027-0001 est hors du compteur"]


def test_a_file_changed_on_the_disk_is_found_at_night_and_told_until_it_is_right_again() -> None:
    good, bad, gone = issued(), issued(), issued()
    for invoice in (good, bad, gone):
        documents.publish(invoice, now=NOW)
    content = path_of(bad).read_bytes()
    path_of(bad).write_bytes(content[:-1])
    path_of(gone).unlink()
    assert verify_files(now=NOW) == 2
    assert [(fault.invoice, fault.what) for fault in FileFault.objects.order_by("invoice_id")] == [
        (bad, "le fichier n’est plus celui qui a été émis"),
        (gone, "le fichier est introuvable ou illisible"),
    ]
    assert [(wait.count, wait.since) for wait in waiting(NOW)] == [(2, NOW)]
    assert [(fact.ok, fact.detail) for fact in facts(NOW)] == [(False, "2 altérés")]
    path_of(bad).write_bytes(content)
    later = NOW + timedelta(days=1)
    assert verify_files(now=later) == 1
    assert [fault.found_at for fault in FileFault.objects.all()] == [NOW]
    assert InvoiceFile.objects.count() == 3


def test_the_list_shows_altered_files_to_who_is_told_of_them(client) -> None:
    invoice, _ = issued(), issued()
    documents.publish(invoice, now=NOW)
    path_of(invoice).write_bytes(b"%PDF-autre")
    verify_files(now=NOW)
    sign_in(client, UserFactory(roles=[Role.TREASURER]))
    answer = client.get(next(iter(waiting(NOW))).url)
    assert list(answer.context["cl"].queryset) == [invoice]
    assert "n’est plus celui qui a été émis" in client.get(reverse("admin:billing_invoice_change", args=[invoice.pk])).content.decode()


def test_the_command_says_what_is_wrong_and_ends_badly() -> None:
    invoice = issued()
    documents.publish(invoice, now=NOW)
    said = StringIO()
    call_command("check_invoices", stdout=said)
    assert "1 pièce vérifiée" in said.getvalue()
    path_of(invoice).write_bytes(b"autre")
    with pytest.raises(CommandError, match="1 anomalie"):
        call_command("check_invoices", stdout=said)
    assert "F2027-0001\u00a0: le fichier n’est plus celui qui a été émis" in said.getvalue()


# --- Ten years (G3, R5) ------------------------------------------------------------------------------------


def at(year: int, month: int = 6) -> datetime:
    return datetime(year, month, 1, 10, tzinfo=PARIS)


def test_invoices_are_kept_ten_years_after_the_end_of_their_year() -> None:
    """Real dates of the past: PostgreSQL counts the ten years by its own clock."""
    old, younger = issued(now=at(2014)), issued(now=at(2016))
    documents.publish(old, now=at(2014))
    services.record_payment(old, DUES, method=Method.TRANSFER, received_on=at(2014, 7).date(), by=UserFactory(), now=at(2014, 7))
    assert [erasure.count for erasure in retention.purge(at(2025), True)] == [1, 0]
    assert [erasure.count for erasure in retention.purge(at(2024, 12), False)] == [0, 0]
    assert [erasure.count for erasure in retention.purge(at(2025, 1), False)] == [1, 0]
    assert list(Invoice.objects.all()) == [younger]
    assert (Line.objects.count(), Payment.objects.count(), Transmission.objects.count(), InvoiceFile.objects.count()) == (1, 0, 1, 0)
    assert [counter.year for counter in Counter.objects.all()] == [2016]
    assert list(number_faults()) == []
    assert {act.about_name for act in Act.objects.filter(about=label_of(old))} == {""}


def test_what_a_younger_document_still_speaks_of_waits_for_it() -> None:
    old = issued(now=at(2014))
    note = services.credit(old, reason="Erreur.", by=None, now=at(2015))
    paid_late = issued(now=at(2014, 12))
    services.record_payment(paid_late, DUES, method=Method.TRANSFER, received_on=at(2015).date(), by=None, now=at(2015))
    assert [erasure.count for erasure in retention.purge(at(2025), False)] == [0, 0]
    assert set(Invoice.objects.all()) == {old, note, paid_late}
    assert [erasure.count for erasure in retention.purge(at(2026), False)] == [3, 0]
    assert not Invoice.objects.exists()


def test_what_the_provider_told_of_no_invoice_goes_after_ten_years_and_what_waits_for_a_person_stays() -> None:
    for number, (year, outcome) in enumerate(((2014, "NOTHING"), (2014, "UNKNOWN"), (2016, "NOTHING"))):
        GatewayEvent.objects.create(event_id=f"evt_{number}", type="essai", received_at=at(year), outcome=outcome)
    assert [erasure.count for erasure in retention.purge(at(2025), True)] == [0, 1]
    assert [erasure.count for erasure in retention.purge(at(2025), False)] == [0, 1]
    assert list(GatewayEvent.objects.order_by("pk").values_list("event_id", flat=True)) == ["evt_1", "evt_2"]


# --- The IBAN ------------------------------------------------------------------------------------------------


def change_iban(client, new: str) -> None:
    form = client.get("/admin/records/association/1/change/").context["adminform"].form
    typed = {name: form.initial.get(name) or "" for name in form.fields} | {"iban": new}
    assert client.post("/admin/records/association/1/change/", typed).status_code == 302


def test_a_changed_iban_is_told_to_every_treasurer_once_and_changes_nothing_issued(client) -> None:
    invoice = issued()
    boss, one, two = UserFactory(roles=[Role.ADMINISTRATOR]), UserFactory(roles=[Role.TREASURER]), UserFactory(roles=[Role.TREASURER])
    sign_in(client, boss)
    change_iban(client, OTHER_IBAN)
    now = Act.objects.latest("pk").at + timedelta(minutes=1)
    for _ in range(2):
        iban.tell(now=now)
    letters = Message.objects.filter(kind="billing.iban").order_by("to")
    assert [letter.to for letter in letters] == sorted([one.email, two.email])
    text = letters[0].text.replace("\u00a0", " ")
    assert f"{boss} a changé" in text
    assert "Avant : FR76 3000 6000 0112 3456 7890 189" in text
    assert "Maintenant : FR76 3000 1007 9412 3456 7890 185" in text
    assert Invoice.objects.get(pk=invoice.pk).seller["iban"] == IBAN
    assert services.issue(sale(), by=None, now=NOW).seller["iban"] == OTHER_IBAN


def test_another_change_of_the_record_is_told_to_nobody(client) -> None:
    association()
    UserFactory(roles=[Role.TREASURER])
    sign_in(client, UserFactory(roles=[Role.ADMINISTRATOR]))
    form = client.get("/admin/records/association/1/change/").context["adminform"].form
    typed = {name: form.initial.get(name) or "" for name in form.fields} | {"phone": "01 02 03 04 05"}
    client.post("/admin/records/association/1/change/", typed)
    assert iban.tell(now=Act.objects.latest("pk").at + timedelta(minutes=1)) == 0
    assert Association.objects.get().phone == "01 02 03 04 05"
