"""Two ways of writing that name one body."""

import pytest

from organisations.naming import is_plainer, key_of, of_commune, of_place, typeset, words_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Région Bretagne", "Conseil régional de Bretagne"),
        ("Région Bretagne", "RÉGION DE LA BRETAGNE"),
        ("Département de l’Isère", "Conseil départemental de l'Isère"),
        ("Département de l’Isère", "conseil général isere"),
        ("Ville du Mans", "Mairie du Mans"),
        ("Ville d’Orléans", "Commune d'Orléans"),
        ("CC du Clunisois", "Communauté de communes du Clunisois"),
        ("CA de Bastia", "Communauté d’agglomération de Bastia"),
        ("Région Île-de-France", "region ile de france"),
        ("Saint-Étienne Métropole", "saint etienne metropole"),
    ],
)
def test_one_body_has_one_key(one, other):
    assert key_of(one) == key_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Région Bretagne", "Rectorat de Bretagne"),
        ("Ville de Rennes", "Rennes Métropole"),
        ("Département de la Loire", "Département de la Haute-Loire"),
        ("Ville de Mayenne", "Département de la Mayenne"),
    ],
)
def test_two_bodies_have_two(one, other):
    assert key_of(one) != key_of(other)


def test_words_are_folded_and_hyphens_are_blanks():
    assert words_of("  L’Île-Saint-Denis, S.I.G.L.E. ") == "l ile saint denis s i g l e"


@pytest.mark.parametrize(
    ("name", "link", "shown"),
    [("Rennes", 0, "de Rennes"), ("Orléans", 1, "d’Orléans"), ("Le Mans", 2, "du Mans"), ("La Rochelle", 3, "de La Rochelle"),
     ("Les Abymes", 4, "des Abymes"), ("L’Isle-Adam", 5, "de L’Isle-Adam")],
)  # fmt: skip
def test_communes_take_their_article(name, link, shown):
    assert of_commune(name, link) == shown


@pytest.mark.parametrize(("name", "link", "shown"), [("Finistère", 2, "du Finistère"), ("Isère", 5, "de l’Isère"), ("Nord", 2, "du Nord")])
def test_departements_take_theirs(name, link, shown):
    assert of_place(name, link) == shown


@pytest.mark.parametrize("typed", ["Ville d'Exemple", " Ville  d’Exemple ", "Ville\u00a0d´Exemple", "Ville d’Exemple"])
def test_a_name_is_kept_one_way_however_it_was_typed(typed):
    assert typeset(typed) == "Ville d’Exemple"


def test_letters_in_two_pieces_become_one():
    assert typeset("E\u0301lan") == "Élan"


@pytest.mark.parametrize(
    ("name", "than", "plainer"),
    [
        ("Ville de Nimes", "Ville de Nîmes", True),
        ("VILLE DE RENNES", "Ville de Rennes", True),
        ("ville de rennes", "Ville de Rennes", True),
        ("Ile de France", "Île-de-France", True),
        ("Ville de Nîmes", "VILLE DE NIMES", False),
        ("Ville de Nîmes", "Ville de Nîmes", False),
        ("SDIS 35", "sdis 35", False),
    ],
)
def test_a_plainer_name_lost_something(name, than, plainer):
    assert is_plainer(name, than) is plainer
