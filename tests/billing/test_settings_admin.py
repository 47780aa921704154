"""What the treasurer decides once: VAT regimes, texts and accounts, files for finance departments, the first number of a year."""

from decimal import Decimal
from importlib import import_module

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from billing import supplier
from billing.models import Counter, SupplierFile, TaxProfile, Terms
from core import clock
from records.models import Act
from tests.accounts.factories import UserFactory, sign_in
from tests.billing.factories import issued

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\nstartxref\n0\n%%EOF\n"
FIRST = "/admin/billing/counter/premier-numero/"


@pytest.fixture
def treasurer(client: Client) -> Client:
    return sign_in(client, UserFactory(roles=[Role.TREASURER]))


def test_the_cases_of_the_law_are_there_to_choose_from() -> None:
    TaxProfile.objects.all().delete()
    # By the migration itself: a test that commits empties the tables, and with them what was seeded.
    import_module("billing.migrations.0010_the_cases_of_vat").seed(apps, None)
    seeded = TaxProfile.objects.values_list("category", "rate", "exemption_code")
    assert set(seeded) == {
        ("E", Decimal(0), "VATEX-FR-CGI261-7"), ("E", Decimal(0), "VATEX-FR-CGI261-4"), ("O", Decimal(0), "VATEX-EU-O"),
        ("E", Decimal(0), "VATEX-FR-FRANCHISE"), ("S", Decimal(20), ""),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"category": "S", "rate": "0"}, "Un régime taxé a un taux"),
        ({"category": "E", "rate": "20"}, "Un régime taxé a un taux"),
        ({"category": "E", "rate": "0", "exemption_code": "", "exemption_text": ""}, "Dites le motif"),
        ({"account": "75x"}, "de 3 à 10 chiffres"),
    ],
)
def test_a_regime_that_cannot_be_is_refused(treasurer, typed: dict, said: str) -> None:
    values = {
        "name": "Essai",
        "category": "E",
        "rate": "0",
        "exemption_code": "VATEX-X",
        "exemption_text": "Motif",
        "account": "756",
    } | typed
    answer = treasurer.post("/admin/billing/taxprofile/add/", values)
    assert answer.status_code == 422
    assert said in answer.content.decode().replace("\u202f", " ").replace("\u00a0", " ")
    assert not TaxProfile.objects.filter(name="Essai").exists()


def test_a_regime_is_added_and_noted(treasurer) -> None:
    values = {"name": "Essai", "category": "S", "rate": "5.5", "exemption_code": "", "exemption_text": "", "account": "706"}
    assert treasurer.post("/admin/billing/taxprofile/add/", values).status_code == 302
    assert TaxProfile.objects.get(name="Essai").rate == Decimal("5.5")
    assert Act.objects.filter(verb="ajout", about__startswith="billing.taxprofile:").exists()
    assert "5,5\u00a0%" in treasurer.get("/admin/billing/taxprofile/").content.decode()


def test_terms_are_one_row_and_what_was_issued_keeps_its_own(treasurer) -> None:
    before = issued(now=clock.now())
    page = treasurer.get("/admin/billing/terms/", follow=True)
    assert page.redirect_chain[-1][0] == "/admin/billing/terms/1/change/"
    form = page.context["adminform"].form
    typed = {name: form.initial.get(name) or "" for name in form.fields} | {"discount": "Escompte de 1 % à dix jours."}
    assert (
        treasurer.post("/admin/billing/terms/1/change/", {name: value for name, value in typed.items() if value is not False}).status_code
        == 302
    )
    assert Terms.objects.get().discount.startswith("Escompte de 1")
    before.refresh_from_db()
    assert before.terms["discount"] == Terms._meta.get_field("discount").default
    assert issued(now=clock.now()).terms["discount"].startswith("Escompte de 1")
    assert treasurer.get("/admin/billing/terms/add/").status_code == 403


# --- Files for finance departments ---------------------------------------------------------------------------


def send(client: Client, content: bytes, name: str = "rib.pdf"):
    typed = {"kind": "RIB", "title": "RIB de La 27e Région", "year": "", "is_offered": "on"}
    return client.post("/admin/billing/supplierfile/add/", typed | {"file": SimpleUploadedFile(name, content, "application/pdf")})


def test_a_file_is_kept_with_its_fingerprint_and_given_back_as_it_came(treasurer) -> None:
    assert send(treasurer, PDF).status_code == 302
    kept = SupplierFile.objects.get()
    assert len(kept.sha256) == 64
    answer = treasurer.get(reverse("admin:billing_supplierfile_file", args=[kept.pk]))
    assert b"".join(answer.streaming_content) == PDF
    assert (answer["X-Content-Type-Options"], answer["Content-Type"]) == ("nosniff", "application/pdf")
    assert answer["Content-Disposition"].startswith("attachment")
    typed = {"kind": "RIB", "title": "RIB 2027", "year": "", "is_offered": "on"}
    assert treasurer.post(f"/admin/billing/supplierfile/{kept.pk}/change/", typed).status_code == 302
    again = SupplierFile.objects.get()
    assert (again.title, again.sha256) == ("RIB 2027", kept.sha256)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html>", supplier.NO_PDF),
        (b"PK\x03\x04", supplier.NO_PDF),
        (PDF[:20], supplier.BROKEN),
        (PDF.replace(b"<<>>", b"<</Encrypt 3 0 R>>"), supplier.LOCKED),
        (PDF.replace(b"<<>>", b"<</JavaScript 3 0 R>>"), supplier.ACTIVE),
        (PDF + b" " * supplier.LARGEST, supplier.TOO_HEAVY),
    ],
)
def test_what_is_no_plain_pdf_is_refused_in_words(treasurer, content: bytes, said: str) -> None:
    answer = send(treasurer, content)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not SupplierFile.objects.exists()


def test_a_file_is_for_who_may_read_it(client) -> None:
    sign_in(client, UserFactory(roles=[Role.TREASURER]))
    send(client, PDF)
    address = reverse("admin:billing_supplierfile_file", args=[SupplierFile.objects.get().pk])
    sign_in(client, UserFactory(roles=[Role.STAFF]))
    assert client.get(address).status_code == 403


# --- The first number ------------------------------------------------------------------------------------------


def test_the_first_number_is_chosen_once(treasurer) -> None:
    year = clock.now().year
    typed = {"series": "F", "year": str(year), "first": "42"}
    assert treasurer.post(FIRST, typed).status_code == 302
    assert issued(now=clock.now()).number == f"F{year}-0042"
    refused = treasurer.post(FIRST, typed | {"first": "60"})
    assert (refused.status_code, "est commencée" in refused.content.decode()) == (422, True)
    assert f"F{year}-0042" in treasurer.get("/admin/billing/counter/").content.decode()


@pytest.mark.parametrize("first", ["1", "0", "-1", "100000", "douze", ""])
def test_a_first_number_out_of_reach_is_refused(treasurer, first: str) -> None:
    assert treasurer.post(FIRST, {"series": "F", "year": "2027", "first": first}).status_code == 422
    assert not Counter.objects.exists()


def test_only_who_issues_chooses_and_the_factor_is_asked_again(client) -> None:
    sign_in(client, UserFactory(roles=[Role.STAFF]))
    assert client.get(FIRST).status_code == 403
    sign_in(client, UserFactory(roles=[Role.TREASURER]), seconds_ago=20 * 60)
    assert client.get(FIRST)["Location"].startswith(reverse("mfa_reauthenticate"))
