"""The balance of a group against what its jury wants, with its arithmetic in words (B6)."""

from applications.balance import reckon
from applications.models import Bound
from applications.states import Axis


def balance(seats=20, held=None, waiting=None, bounds=(), axis=Axis.BRANCH):
    nothing = {each: {} for each in Axis}
    held, waiting = held or {}, waiting or {}
    rows = [Bound(axis=axis, value=value, least=least, most=most) for value, least, most in bounds]
    return reckon(seats, sum(held.values()), {**nothing, axis: held}, {**nothing, axis: waiting}, rows)


def said(**given):
    return [sentence.replace("\u202f", " ").replace("\u00a0", " ") for sentence in balance(**given).warnings]


def test_a_bound_that_holds_says_nothing():
    assert said(held={"HOSPITAL": 5, "LOCAL": 11}, waiting={"LOCAL": 9}, bounds=[("HOSPITAL", 5, 6)]) == []


def test_more_are_needed_than_places_are_left():
    given = {"held": {"LOCAL": 16}, "waiting": {"HOSPITAL": 9, "LOCAL": 9}, "bounds": [("HOSPITAL", 5, None)]}
    assert said(**given) == ["Il reste 4 places, il en faut 5 hospitalières."]


def test_what_is_needed_of_several_branches_adds_up():
    given = {
        "seats": 5,
        "held": {"LOCAL": 4},
        "waiting": {"HOSPITAL": 9, "STATE": 9},
        "bounds": [("HOSPITAL", 1, None), ("STATE", 1, None)],
    }
    assert said(**given) == ["Il reste 1 place, il en faut 1 de l’État et 1 hospitalière."]


def test_no_place_is_left():
    given = {"seats": 2, "held": {"LOCAL": 2}, "waiting": {"HOSPITAL": 3}, "bounds": [("HOSPITAL", 1, None)]}
    assert said(**given) == ["Il ne reste aucune place, il en faut 1 hospitalière."]


def test_those_who_may_still_be_chosen_are_too_few():
    given = {"held": {"LOCAL": 2}, "waiting": {"HOSPITAL": 1, "LOCAL": 30}, "bounds": [("HOSPITAL", 3, None)]}
    assert said(**given) == ["Il en faut encore 3 hospitalières ; 1 candidature seulement peut encore l’être."]


def test_nobody_is_left_for_a_region():
    given = {"axis": Axis.REGION, "held": {"11": 2}, "waiting": {"11": 30}, "bounds": [("53", 2, None)]}
    assert said(**given) == ["Il en faut encore 2 pour « Bretagne » ; plus aucune candidature ne peut l’être."]


def test_one_too_many_is_said():
    assert said(held={"LOCAL": 9}, waiting={"STATE": 30}, bounds=[("LOCAL", None, 8)]) == ["Territoriale : 9 retenues, 8 au plus."]


def test_the_most_of_each_may_leave_places_empty():
    given = {"held": {"LOCAL": 8}, "waiting": {"LOCAL": 10, "STATE": 9}, "bounds": [("LOCAL", None, 10), ("STATE", None, 4)]}
    assert said(**given) == ["Fonction publique : les maximums ne laissent prendre que 6 places sur les 12 qui restent."]


def test_the_three_branches_are_always_shown_and_only_the_regions_that_matter():
    found = balance(held={"LOCAL": 1}, waiting={"": 2})
    assert [[cell.label for cell in side.cells] for side in found.sides] == [
        ["État", "Territoriale", "Hospitalière", "Non précisé"],
        [],
        [],
    ]


def test_what_was_wanted_is_said_in_words():
    cells = balance(bounds=[("STATE", 4, None), ("LOCAL", 2, 6), ("HOSPITAL", 3, 3)]).sides[0].cells
    assert [(cell.wanted, cell.verdict) for cell in cells] == [
        ("au moins 4", "il en manque 4"),
        ("2 à 6", "il en manque 2"),
        ("3 exactement", "il en manque 3"),
    ]
