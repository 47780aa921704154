"""The conditions of E2: what blocks, what needs an exception, what is advice, and why."""

from dataclasses import replace
from datetime import date

import pytest

from events.conditions import RULES, Said, Weight, blocking, examine, needs_exception
from events.states import Access, Carrier, Mode
from organisations.regions import regions_of_postcode

RIGHT = Said(days=(date(2027, 11, 23),), season=(date(2027, 11, 22), date(2027, 11, 28)), today=date(2027, 10, 4), with_end=1)


def test_an_event_that_fulfils_them_all_is_told_nothing():
    assert examine(RIGHT) == []


@pytest.mark.parametrize(
    ("change", "rule", "weight", "words"),
    [
        ({"carrier_kind": Carrier.OTHER}, "porteur", Weight.BLOCKS, "un organisme public ou leur partenaire"),
        ({"carrier_kind": Carrier.PARTNER}, "partenaire", Weight.BLOCKS, "dites lequel"),
        ({"is_free": False}, "gratuit", Weight.BLOCKS, "gratuit pour qui vient"),
        ({"is_open_to_public": False}, "ouvert", Weight.BLOCKS, "au moins en partie"),
        ({"days": (date(2027, 10, 1),)}, "passé", Weight.BLOCKS, "passées"),
        ({"days": (date(2027, 11, 29),)}, "dates", Weight.EXCEPTION, "La Semaine, c’est aussi…"),
        ({"days": (date(2027, 11, 21), date(2027, 11, 22)), "with_end": 2}, "dates", Weight.EXCEPTION, "1\xa0date est hors de la Semaine"),
        ({"days": (date(2028, 2, 29),), "of": "le Mois"}, "dates", Weight.EXCEPTION, "Le Mois, c’est aussi…"),
        ({"access": Access.INVITATION, "is_open_to_public": False}, "invitation", Weight.ADVICE, "Sur invitation uniquement"),
        ({"mode": Mode.ONLINE}, "connexion", Weight.ADVICE, "adresse de connexion"),
        (
            {"region": "53", "postcode_regions": frozenset({"04"})},
            "région",
            Weight.ADVICE,
            "(Bretagne), le code postal",
        ),
        ({"double_hours": (date(2027, 10, 31),)}, "heure", Weight.ADVICE, "octobre 2027, on passe à l’heure d’hiver"),
        ({"with_end": 0}, "fin", Weight.ADVICE, "deux heures"),
        ({"access": Access.REGISTRATION}, "places", Weight.ADVICE, "nombre de places"),
        ({"has_access_contact": False}, "accessibilité", Weight.ADVICE, "contact pour l’accessibilité"),
        ({"has_publics": False}, "publics", Weight.ADVICE, "pour qui"),
    ],
)
def test_each_condition_says_what_it_weighs_and_why(change, rule, weight, words):
    (answer,) = examine(replace(RIGHT, **change))
    assert (answer.rule, answer.weight, words in answer.words) == (rule, weight, True)


def test_a_partner_that_names_its_public_body_is_welcome():
    assert examine(replace(RIGHT, carrier_kind=Carrier.PARTNER, partners=1)) == []


@pytest.mark.parametrize(("of", "said"), [("la Semaine", "de la Semaine ("), ("le Mois", "du Mois (")])
def test_a_far_year_is_an_exception_to_ask_and_a_slip_to_look_for(of, said):
    answers = examine(replace(RIGHT, days=(date(2099, 11, 23),), of=of))
    assert [(answer.rule, answer.weight) for answer in answers] == [("dates", Weight.EXCEPTION), ("année", Weight.ADVICE)]
    assert [said in answer.words for answer in answers] == [True, True]


@pytest.mark.parametrize(
    ("region", "postcode", "is_told"),
    [
        ("53", "35000", False),
        ("53", "97400", True),
        ("94", "20000", False),
        ("98", "97133", False),
        ("53", "", False),
        ("53", "00000", False),
    ],
)
def test_a_postcode_that_seems_of_another_region_is_pointed_out(region, postcode, is_told):
    said = replace(RIGHT, region=region, postcode_regions=regions_of_postcode(postcode))
    assert bool(examine(said)) == is_told


def test_what_blocks_comes_first_then_what_needs_an_exception():
    said = replace(RIGHT, is_free=False, has_publics=False, days=(date(2027, 12, 2),))
    answers = examine(said)
    assert [answer.weight for answer in answers] == [Weight.BLOCKS, Weight.EXCEPTION, Weight.ADVICE]
    assert ([answer.rule for answer in blocking(answers)], needs_exception(answers)) == (["gratuit"], True)


def test_the_first_and_the_last_day_are_of_the_season():
    assert examine(replace(RIGHT, days=RIGHT.season, with_end=2)) == []


def test_every_rule_of_e2_is_asked():
    assert len(RULES) == len({rule.__name__ for rule in RULES})
