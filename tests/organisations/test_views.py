"""What is proposed while typing: public, cacheable, limited, without anybody's data."""

import pytest
from django.urls import reverse

from organisations import views
from organisations.states import Kind
from tests.accounts.factories import UserFactory, sign_in
from tests.organisations.factories import BRETAGNE, ContactFactory, OrganisationFactory

pytestmark = pytest.mark.django_db
URL = reverse("organisation_proposals")


@pytest.fixture
def bretagne():
    return OrganisationFactory(name="Région Bretagne", kind=Kind.REGION, siret=BRETAGNE, region="53")


def test_names_are_proposed_to_anybody(client, bretagne):
    answer = client.get(URL, {"q": "BRÉT"})
    assert answer.json()["propositions"][0] == {"nom": "Région Bretagne", "note": "région, Bretagne"}
    assert answer.headers["Content-Type"] == "application/json"


def test_a_cache_in_front_may_keep_them_and_no_cookie_is_left(client, bretagne):
    answer = client.get(URL, {"q": "bret"})
    assert (answer.headers["Cache-Control"], answer.cookies) == ("public, max-age=60", {})
    assert client.get(URL, {"q": "bret"}, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_nobody_s_data_is_proposed(client, bretagne):
    ContactFactory(organisation=bretagne, last_name="Secrète", email="secrete@bretagne.example")
    assert client.get(URL, {"q": "secrete"}).json() == {"propositions": []}


@pytest.mark.parametrize("words", ["", " ", "\x01", "é" * 5000, "%", "a_b", "' OR 1=1 --", "[1]"])
def test_any_words_are_answered(client, bretagne, words):
    assert client.get(URL, {"q": words}).status_code == 200


def test_it_costs_one_query(client, bretagne, django_assert_num_queries):
    with django_assert_num_queries(1):
        client.get(URL, {"q": "bret"})


def test_a_network_that_asks_without_end_is_told_to_wait(client, bretagne, monkeypatch):
    monkeypatch.setattr(views, "AT_MOST", 3)
    assert [client.get(URL, {"q": f"bret{n}"}).status_code for n in range(5)] == [200, 200, 200, 429, 429]
    answer = client.get(URL, {"q": "bret"})
    assert (answer.json(), answer.headers["Retry-After"]) == ({"propositions": []}, "60")


def test_it_is_only_read(client):
    assert client.post(URL, {"q": "bret"}).status_code == 405


def test_staff_are_proposed_bodies_of_every_kind_with_their_number(client, bretagne):
    other = OrganisationFactory(name="Bretagne Conseil", kind=Kind.OTHER)
    sign_in(client, UserFactory(roles=["STAFF"]))
    found = client.get(reverse("admin:organisations_organisation_proposals"), {"q": "bretagne"}).json()["propositions"]
    assert {f"Région Bretagne [{bretagne.pk}]", f"Bretagne Conseil [{other.pk}]"} <= {row["nom"] for row in found}
