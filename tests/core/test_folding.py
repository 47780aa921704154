"""What people type to look for something, made comparable."""

import pytest
from django.db import models

from core.folding import asked_words, containing, holds, only_signs

SIGNS = ["😀", "%", "_", "'''''", "-", "@", ". -", "«»"]


@pytest.mark.parametrize("typed", SIGNS)
def test_signs_are_no_word_and_find_nothing(typed):
    assert (asked_words(typed), only_signs(typed), containing(typed), holds("a % _ - @ b", typed)) == (
        [],
        True,
        models.Q(pk__in=()),
        False,
    )


@pytest.mark.parametrize("typed", ["", "  "])
def test_nothing_typed_is_no_condition(typed):
    assert (only_signs(typed), containing(typed), holds("tout", typed)) == (False, models.Q(), True)


def test_signs_beside_words_do_not_count_and_those_inside_do():
    assert asked_words("Jean-Noël – 100 % d’Île @exemple") == ["jean-noel", "100", "d", "ile", "@exemple"]
    assert containing("Île !") == models.Q(search__contains="ile")
    assert holds("Conseil régional d’Île-de-France", "ILE france")
