"""SIREN and SIRET: both keys, La Poste, spaces (domain.md D3)."""

import pytest
from django.core.exceptions import ValidationError

from core.numbers import SiretField, compact, numbers_in, spaced, validate_siren, validate_siret
from organisations import known
from records.models import validate_siret as kept_in_the_migration


def refusal(validate, number):
    with pytest.raises(ValidationError) as refused:
        validate(number)
    return refused.value.messages[0]


@pytest.mark.parametrize(
    "number", ["23350001600040", "233 500 016 00040", "233\u00a0500\u202f016 00040", "13002526500013", "26750045200011"]
)
def test_a_right_siret_passes_with_or_without_spaces(number):
    assert validate_siret(number) is None


def test_a_wrong_second_key_is_refused():
    assert refusal(validate_siret, "23350001600041") == "Ce SIRET n’est pas valide\u00a0: vérifiez ses 14 chiffres, surtout les 5 derniers."


def test_a_wrong_first_key_is_told_apart():
    assert (
        refusal(validate_siret, "23350001700048") == "Ce SIRET n’est pas valide\u00a0: un de ses 9 premiers chiffres (le SIREN) est faux."
    )


@pytest.mark.parametrize("number", ["35600000000048", "35600000049837", "356 000 000 00015"])
def test_the_offices_of_la_poste_follow_their_own_rule(number):
    assert (sum(map(int, compact(number))) % 5 == 0 or number == "35600000000048") is True
    assert validate_siret(number) is None


def test_an_office_of_la_poste_that_follows_no_rule_is_refused():
    assert refusal(validate_siret, "35600000049838").startswith("Ce SIRET n’est pas valide")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("2335000160004", "Un SIRET a 14 chiffres\u00a0: vous en avez tapé 13."),
        ("2335000160004A", "Un SIRET ne contient que des chiffres."),
        ("２３３５０００１６０００４０", "Un SIRET ne contient que des chiffres."),
    ],
)
def test_what_is_no_siret_is_said(number, words):
    assert refusal(validate_siret, number) == words


def test_a_siren_has_its_key():
    assert validate_siren("200 093 201") is None
    assert refusal(validate_siren, "200093202") == "Ce SIREN n’est pas valide\u00a0: sa clé est fausse, vérifiez ses 9 chiffres."


def test_there_is_one_check_for_the_whole_house():
    assert kept_in_the_migration is validate_siret


def test_numbers_are_found_in_a_text_and_shown_in_groups():
    text = "Région Bretagne, SIRET 233 500 016 00040, ou 200093201, ou 23350001600041"
    assert numbers_in(text) == ["23350001600040", "200093201"]
    assert spaced("23350001600040") == "233\u00a0500\u00a0016\u00a000040"
    assert spaced("") == ""


def test_a_form_field_takes_the_spaces_and_the_column_does_not_keep_them():
    field = SiretField("SIRET", blank=True)
    assert field.formfield().clean("233 500 016 00040") == "23350001600040"
    assert field.formfield().widget.attrs.get("maxlength") is None
    assert field.get_prep_value("233 500 016 00040") == "23350001600040"
    assert field.deconstruct()[1] == "django.db.models.CharField"


def test_the_numbers_of_the_public_bodies_we_ship_are_right():
    for _, siret, _ in known.REGIONS.values():
        validate_siret(siret)
    for siret in known.DEPARTMENTS.values():
        validate_siret(siret)
    assert (len(known.REGIONS), len(known.DEPARTMENTS)) == (18, 5)
