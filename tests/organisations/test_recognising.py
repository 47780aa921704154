"""Which body a text means, and what is proposed while typing."""

import time

import pytest

from organisations import services
from organisations.models import Alias, Organisation
from organisations.states import Kind
from records.models import Act
from tests.organisations.factories import BRETAGNE, NOW, OrganisationFactory

pytestmark = pytest.mark.django_db


def recognised(text):
    return str(services.recognise(text, now=NOW))


def proposed(words):
    return [proposal.name for proposal in services.propose(words, now=NOW)]


@pytest.fixture
def bretagne():
    body = OrganisationFactory(name="Région Bretagne", kind=Kind.REGION, siret=BRETAGNE)
    Alias.objects.create(organisation=body, name="Conseil régional de Bretagne")
    Alias.objects.create(organisation=body, name="CRB")
    body.save()
    return body


@pytest.mark.parametrize(
    "text",
    ["Région Bretagne", "region bretagne", "Conseil régional de Bretagne", BRETAGNE, "SIRET 233 500 016 00040", "crb", "233500016"],
)
def test_one_body_is_recognised_however_it_is_written(bretagne, text):
    assert services.recognise(text, now=NOW) == bretagne


@pytest.mark.parametrize("text", ["", "Bretagne", "Ville d’Exemple", "Région", "de la", "23350001600041"])
def test_what_means_none_is_left_as_it_is(bretagne, text):
    assert recognised(text) == "None"


def test_what_means_two_is_left_as_it_is():
    OrganisationFactory(name="CCAS d’Exemple"), OrganisationFactory(name="CCAS d’Exemple")
    assert recognised("CCAS d’Exemple") == "None"


def test_what_was_merged_means_what_it_was_merged_into(bretagne):
    OrganisationFactory(name="Bretagne (ancienne ligne)", merged_into=bretagne, merged_at=NOW)
    assert services.recognise("Bretagne (ancienne ligne)", now=NOW) == bretagne


def test_a_commune_enters_the_register_the_first_time_it_is_needed():
    body = services.recognise("Mairie de Rennes", now=NOW)
    assert (body.name, body.kind, body.siren, body.commune, body.region) == ("Ville de Rennes", Kind.COMMUNE, "213502388", "35238", "53")
    assert services.recognise("ville de rennes", now=NOW) == body
    assert Organisation.objects.count() == 1
    assert [(act.verb, act.about_name) for act in Act.objects.all()] == [("ajout", "Ville de Rennes")]


def test_a_commune_made_by_hand_is_not_made_again():
    body = OrganisationFactory(name="Rennes (hôtel de ville)", siren="213502388")
    assert services.recognise("Ville de Rennes", now=NOW) == body


def test_proposals_hold_the_register_and_the_communes(bretagne):
    assert proposed("bret")[0] == "Région Bretagne"
    assert proposed("rennes")[0] == "Ville de Rennes"
    assert proposed("crb") == ["Région Bretagne"]
    assert proposed("233 500 016") == ["Région Bretagne"]
    assert proposed("") == proposed("   ") == proposed("zzz") == []


def test_at_most_ten_are_proposed_and_each_once():
    for number in range(15):
        OrganisationFactory(name=f"Centre hospitalier de Saint-Exemple {number}", kind=Kind.HOSPITAL)
    found = proposed("saint")
    assert len(found) == len(set(found)) == 10
    assert sum(name.startswith("Centre hospitalier") for name in found) == 7


def test_bodies_of_no_public_kind_are_not_proposed():
    (
        OrganisationFactory(name="Camille Exemple, consultante", kind=Kind.OTHER),
        OrganisationFactory(name="Association Exemplaire", kind=Kind.ASSOCIATION),
    )
    assert proposed("exempl") == [name for name in proposed("exempl") if name.startswith("Commune")]


def test_a_body_that_is_replaced_is_proposed_no_more(bretagne):
    OrganisationFactory(name="Région Bretagne occidentale", kind=Kind.REGION, replaced_by=bretagne, replaced_on=NOW.date())
    assert proposed("region bret") == ["Région Bretagne"]


def test_an_endless_text_is_cut():
    assert services.recognise("a " * 50_000, now=NOW) is None
    assert proposed("é" * 50_000) == []


def test_proposals_are_quick_on_the_whole_country():
    services.load_reference(now=NOW)
    proposed("chauffe")
    started = time.perf_counter()
    for words in ("re", "ren", "rennes", "sai", "saint", "metropole", "cc de la", "conseil dep", "paris", "23"):
        proposed(words)
    # 36,000 names: some 3 ms each on an idle machine.
    assert (time.perf_counter() - started) / 10 < 0.1
