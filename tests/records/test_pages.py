"""The pages of the law and the page Contact."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from core.registry import Link, Registry
from records import contacts, demo
from records.models import Association

pytestmark = pytest.mark.django_db

PAGES = ["contact", "accessibility", "legal", "privacy", "ecodesign"]


def _read(client: Client, name: str) -> str:
    """Return the words of a page, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get(reverse(name)).content.decode()))


def test_a_fresh_portal_says_what_is_to_be_filled_in(client: Client):
    assert _read(client, "legal").count("à compléter par l’association") == 6
    assert "à compléter par l’association" in _read(client, "contact")


def test_the_legal_notice_says_what_the_law_asks(client: Client):
    demo.load(1)
    page = _read(client, "legal")
    for fact in [
        "1 place de la Démonstration, 00000 Exempleville",
        "00 00 00 00 00",
        "Camille Exemple",
        "Hébergeur d’Exemple",
        "2 rue des Serveurs",
    ]:
        assert fact in page


@pytest.mark.parametrize("field", ["legal", "privacy", "accessibility", "ecodesign"])
def test_a_text_of_the_record_is_added_to_its_page(client: Client, field: str):
    Association(pk=1, **{f"{field}_text": "Un ajout **important** ? <b>oui</b>"}).save()
    assert "Un ajout <strong>important</strong>\u202f? &lt;b&gt;oui&lt;/b&gt;" in client.get(reverse(field)).content.decode()


def test_the_accessibility_statement_claims_only_what_was_checked(client: Client):
    demo.load(1)
    page = _read(client, "accessibility")
    assert "Accessibilité\u00a0: non conforme".replace("\u00a0", " ") in page.replace("\u00a0", " ")
    assert "aucun audit des critères du RGAA par un tiers" in page
    assert "Défenseur des droits" in page
    assert "accessibilite@la27eregion.example" in page
    assert "partiellement conforme" not in page
    assert "totalement conforme" not in page


def test_the_privacy_page_says_purpose_basis_recipients_and_duration(client: Client, settings):
    page = _read(client, "privacy")
    for use in contacts.USES:
        assert use.purpose in page.replace("\u00a0", " ")
    for word in [
        "30 jours après la clôture",
        "6 mois après la fin de l’édition",
        "CNIL",
        settings.SESSION_COOKIE_NAME,
        settings.CSRF_COOKIE_NAME,
    ]:
        assert word in page.replace("\u00a0", " ")


def test_contact_names_an_address_for_each_subject(client: Client, monkeypatch: pytest.MonkeyPatch):
    demo.load(1)
    calls: Registry = Registry()
    calls.add(lambda _now: [Link("Les Aventuriers", "aventuriers@la27eregion.example", "Candidatures")])
    monkeypatch.setattr("records.views.CONTACTS", calls)
    page = client.get(reverse("contact")).content.decode()
    for name in ["aventuriers", "contact", "adhesions", "evenements", "presse", "accessibilite", "donnees"]:
        assert f'<a href="mailto:{name}@la27eregion.example">{name}@la27eregion.example</a>' in page


def test_a_subject_without_address_falls_back_on_the_general_one():
    links = contacts.subjects(Association(contact_email="general@association.example"))
    assert {link.url for link in links} == {"general@association.example"}


def test_the_demonstration_is_loaded_once_and_leaves_edits_alone():
    demo.load(1)
    Association.objects.update(phone="01 00 00 00 00")
    demo.load(1)
    assert [(a.pk, a.phone, a.siret, a.iban) for a in Association.objects.all()] == [(1, "01 00 00 00 00", "", "")]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_the_house_costs_one_query(client: Client, name: str, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        assert client.get(reverse(name)).status_code == 200
