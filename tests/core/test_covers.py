"""The 27 tiles."""

import re
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from core import covers

SLUGS = st.text(max_size=60)


@given(SLUGS, st.sampled_from(sorted(covers.HUES)))
def test_a_cover_is_the_same_whenever_it_is_drawn(slug: str, hue: str):
    drawn = covers.svg(slug, hue)
    covers.svg.cache_clear()
    assert covers.svg(slug, hue) == drawn


@given(SLUGS)
def test_a_cover_has_twenty_seven_tiles_and_is_decorative(slug: str):
    drawn = ET.fromstring(covers.svg(slug, "rouge"))  # noqa: S314 - our own drawing
    assert drawn.get("aria-hidden") == "true"
    assert sum(path.get("d", "").count("M") for path in list(drawn)[1:]) == covers.TILES


def test_two_programmes_have_two_covers():
    assert covers.svg("aventuriers", "rouge") != covers.svg("journees", "rouge")


def test_a_cover_of_old_never_changes():
    assert covers.svg("aventuriers", "rouge", 2, 1) == (
        '<svg class="cover-svg" viewBox="0 0 20 10" aria-hidden="true" focusable="false" preserveAspectRatio="xMidYMid slice">'
        '<path fill="#ff6847" d="M0 0h20v10h-20z"/>'
        '<path fill="#1b1533" d="M0 10v-10l10 10z"/>'
        '<path fill="#ffd84a" d="M10 0a5 5 0 0 0 10 0z"/>'
        "</svg>"
    )


def test_an_unknown_colour_is_red():
    assert covers.svg("a", "mauve") == covers.svg("a", "rouge")


def test_a_frieze_of_any_size_is_full():
    drawn = ET.fromstring(covers.svg("la-27e-region", "jaune", 27, 9))  # noqa: S314 - our own drawing
    assert sum(path.get("d", "").count("M") for path in list(drawn)[1:]) == 27 * 9


def test_a_mail_has_a_row_of_twenty_seven_colours_without_holes():
    row = covers.cells("la-27e-region", "jaune")
    assert len(row) == covers.TILES
    assert covers.PAPER not in row
    assert all(re.fullmatch(r"#[0-9a-f]{6}", colour) for colour in row)
