"""French typography, dates in words, and the tags that show them."""

from datetime import UTC, date, datetime

import pytest
from django.template import engines
from django.utils.safestring import mark_safe
from hypothesis import given
from hypothesis import strategies as st

from core.clock import PARIS
from core.typography import NBSP, THIN, day_in_words, moment_in_words, typo

NOON = datetime(2017, 9, 8, 12, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("Journée découverte : vers une action", f"Journée découverte{NBSP}: vers une action"),
        ("Journée découverte: vers une action", f"Journée découverte{NBSP}: vers une action"),
        ("« Les Aventuriers »", f"«{NBSP}Les Aventuriers{NBSP}»"),
        ("«Les Aventuriers»", f"«{NBSP}Les Aventuriers{NBSP}»"),
        ("Prêt ? Oui ! Bien ; allons", f"Prêt{THIN}? Oui{THIN}! Bien{THIN}; allons"),
        ("Prêt? Oui! Bien; allons", f"Prêt{THIN}? Oui{THIN}! Bien{THIN}; allons"),
        ("Vraiment ?!", f"Vraiment{THIN}?!"),
        ("l'innovation d'aujourd'hui", "l’innovation d’aujourd’hui"),
        ("5 000 € et 25 000 000 d’autres", f"5{THIN}000{NBSP}€ et 25{THIN}000{THIN}000 d’autres"),
        ("20 % à 9 h 05", f"20{NBSP}% à 9{NBSP}h{NBSP}05"),
        ("le 8 septembre 2017", f"le 8{NBSP}septembre 2017"),
        ("le 1er octobre, le 22 novembre", f"le 1er{NBSP}octobre, le 22{NBSP}novembre"),
        ("Attendez...", "Attendez…"),
    ],
)
def test_plain_text_is_set_as_in_french_print(typed: str, printed: str):
    assert typo(typed) == printed


@pytest.mark.parametrize(
    "text",
    [
        "https://la27eregion.example/?type=exploration&q=a;b",
        "à 12:00 pile",
        "AV17-0001",
        "75011 Paris",
        "en 2017 200 agents",
        "01 23 45 67 89",
        "aventuriers@la27eregion.example",
    ],
)
def test_addresses_hours_and_references_are_left_as_typed(text: str):
    assert typo(text) == text


@given(st.text())
def test_setting_twice_is_setting_once(text: str):
    assert typo(typo(text)) == typo(text)


@given(st.text())
def test_only_spaces_apostrophes_dots_and_quotes_move(text: str):
    def letters(words: str) -> str:
        return "".join(sign for sign in words.replace("...", "…") if sign not in f" {NBSP}{THIN}'’")

    assert letters(typo(text)) == letters(text)


@given(st.text(alphabet="ab5 :;!?«»", max_size=40))
def test_no_high_mark_ever_starts_a_line(text: str):
    printed = typo(text)
    assert all(f"a {mark} " not in printed for mark in ":;!?")


def test_a_moment_is_said_in_paris_whatever_its_zone():
    assert moment_in_words(NOON.astimezone(UTC)) == f"vendredi 8{NBSP}septembre 2017 à 12{NBSP}h (heure de Paris)"


def test_noon_is_a_word_only_to_the_second():
    late = NOON.replace(second=1)
    assert moment_in_words(NOON, noon=True, zone=False, weekday=False) == f"8{NBSP}septembre 2017 à midi"
    assert moment_in_words(late, noon=True, zone=False, weekday=False) == f"8{NBSP}septembre 2017 à 12{NBSP}h"


def test_a_receipt_says_the_second():
    assert moment_in_words(datetime(2017, 9, 8, 9, 5, 7, tzinfo=PARIS), seconds=True, zone=False, weekday=False) == (
        f"8{NBSP}septembre 2017 à 9{NBSP}h{NBSP}05{NBSP}min{NBSP}07{NBSP}s"
    )


def test_the_first_of_a_month_is_an_ordinal():
    assert day_in_words(date(2017, 10, 1), weekday=True) == f"dimanche 1er{NBSP}octobre 2017"


def _render(source: str, using: str = "django", **context: object) -> str:
    return engines[using].from_string("{% load portail %}" + source).render(context)


def test_the_filter_escapes_what_people_typed():
    assert _render("{{ text|typo }}", text="<b>L'appel</b> & co !") == f"&lt;b&gt;L’appel&lt;/b&gt; &amp; co{THIN}!"


def test_the_filter_leaves_html_alone():
    assert _render("{{ text|typo }}", text=mark_safe("a &amp; b ; <i>c</i>")) == "a &amp; b ; <i>c</i>"


def test_the_filter_says_nothing_of_nothing_and_keeps_zero():
    assert _render("{{ a|typo }}{{ b|typo }}", a=None, b=0) == "0"


def test_a_letter_is_not_escaped():
    assert _render("{{ text|typo }}", using="text", text="d'Ornano & fils") == "d’Ornano & fils"


def test_ordinals_are_raised_on_a_page_and_plain_in_a_letter():
    first = date(2017, 10, 1)
    assert _render("{{ day|jour }}", day=first) == f"1ᵉʳ{NBSP}octobre 2017"
    assert _render("{{ day|jour }}", using="text", day=first) == f"1er{NBSP}octobre 2017"


def test_the_filters_of_dates_take_words():
    assert _render('{{ at|paris:"midi" }}', at=NOON) == f"vendredi 8{NBSP}septembre 2017 à midi (heure de Paris)"
    assert _render('{{ at|paris:"midi court" }}', at=NOON) == f"8{NBSP}septembre 2017 à midi"
    assert _render('{{ at|jour:"semaine" }}', at=NOON) == f"vendredi 8{NBSP}septembre 2017"
    assert _render("{{ at|heure }}", at=NOON) == f"12{NBSP}h"
    assert _render("{{ at|paris }}{{ at|jour }}{{ at|heure }}", at=None) == ""
