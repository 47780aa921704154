"""The public registers, reduced: what they hold, how they are searched, which region a commune is in."""

import time

import pytest

from core.numbers import validate_siren
from organisations.reference import communes, departments, read
from organisations.regions import FORMER_NAMES, TODAY, Region, region_named, region_of_code, region_of_commune


def titles(words):
    return [commune.title for commune in communes().search(words)]


def test_each_file_says_where_it_comes_from_and_when():
    for name in ("regions.json", "departements.json", "epci.json", "communes.json.gz"):
        content = read(name)
        assert content["source"].startswith("@etalab/decoupage-administratif 6.0.0")
        assert (content["licence"], content["mise_a_jour"]) == ("Licence Ouverte 2.0 (Etalab)", "2026-03-09")


def test_the_counts_are_those_of_the_source():
    assert [len(read(name)["lignes"]) for name in ("regions.json", "departements.json", "epci.json")] == [18, 101, 1255]
    assert len(communes()) == 34_969


def test_every_siren_is_right():
    sirens = [row[0] for row in read("epci.json")["lignes"]] + [line.rsplit("|", 1)[1] for line in read("communes.json.gz")["lignes"]]
    for siren in filter(None, sirens):
        validate_siren(siren)
    assert sum(1 for siren in sirens if siren) == 1255 + 34_875


@pytest.mark.parametrize(
    ("code", "region"),
    [
        ("35238", "53"),
        ("75056", "11"),
        ("2A004", "94"),
        ("97411", "04"),
        ("97611", "06"),
        ("98818", "98"),
        ("44109", "52"),
        ("67482", "44"),
    ],
)
def test_the_region_comes_from_the_code_of_the_commune(code, region):
    assert region_of_commune(code) == region


def test_a_postcode_is_no_code_of_a_commune():
    assert communes().get("35000") is None


def test_every_region_of_before_2016_is_one_of_today():
    assert set(TODAY.values()) | set(FORMER_NAMES.values()) <= set(Region.values)
    assert [region_of_code(code) for code in ("42", "82", "53", "05", "99")] == ["44", "84", "53", "06", None]
    assert [region_named(name) for name in ("alsace", "Rhone Alpes", "bretagne", "Poitou-charentes", "Atlantide")] == [
        "44",
        "84",
        "53",
        "75",
        None,
    ]


def test_each_departement_lies_in_a_region_of_today():
    assert {place.region for place in departments().values()} == set(Region.values) - {"98"}


def test_a_commune_is_found_without_accents_and_the_very_name_first():
    assert titles("rennes")[0] == "Ville de Rennes"
    assert titles("mairie du mans")[0] == "Ville du Mans"
    assert titles("SAINT ETIENNE")[0] == "Ville de Saint-Étienne"
    assert titles("zzz") == titles("") == titles("ville de la") == []


def test_communes_of_one_name_are_told_apart():
    assert titles("saint denis")[:2] == ["Ville de Saint-Denis (La Réunion)", "Ville de Saint-Denis (Seine-Saint-Denis)"]
    assert titles("saint-denis aude") == ["Commune de Saint-Denis (Aude)"]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Ville de Rennes", "Ville de Rennes"),
        ("MAIRIE DE RENNES", "Ville de Rennes"),
        ("Commune de Saint-Denis (Aude)", "Commune de Saint-Denis (Aude)"),
        ("Ville de Saint-Denis", None),
        ("Rennes", None),
        ("Ville d’Exemple", None),
    ],
)
def test_a_text_means_a_commune_when_it_says_so_and_means_one(text, title):
    found = communes().named(text)
    assert (found.title if found else None) == title


def test_each_commune_is_found_by_its_own_title():
    book = communes()
    for code in ("75056", "35238", "97411", "11339", "72181", "17300", "01004", "2A004", "80829"):
        commune = book.get(code)
        assert book.named(commune.title) == commune


def test_a_search_is_quick():
    communes()
    started = time.perf_counter()
    for words in ("re", "ren", "renn", "saint", "saint de", "ville de la", "st", "paris", "a", "mo"):
        communes().search(words)
    assert time.perf_counter() - started < 1
