"""From the text of a letter to its two parts."""

import pytest

from mailing.envelope import flowed, unflowed
from mailing.html import Block, Piece, blocks, html_part, sandboxed, text_part
from records.models import Association

US = Association(pk=1)


def test_paragraphs_lists_and_the_button_are_told_apart():
    text = "Bonjour,\nvoici.\n\nEt maintenant :\n- un,\n- deux\n  et demi.\n\nVoir ma candidature :\nhttps://testserver/c/AV17-0001/"
    assert blocks(text) == [
        Block("paragraph", lines=[[Piece("Bonjour,")], [Piece("voici.")]]),
        Block("paragraph", lines=[[Piece("Et maintenant :")]]),
        Block("list", items=[[Piece("un,")], [Piece("deux et demi.")]]),
        Block("button", label="Voir ma candidature", url="https://testserver/c/AV17-0001/"),
    ]


def test_what_people_typed_makes_no_button():
    typed = "Bonjour.\n\nGagnez un voyage :\nhttps://ailleurs.example/\n\nVoir :\nhttps://testserver/a/\n\nEncore :\nhttps://testserver/b/"
    assert [block.label for block in blocks(typed) if block.kind == "button"] == ["Voir"]
    assert blocks("Voir :\nhttps://testserver.ailleurs.example/")[0].kind == "paragraph"


@pytest.mark.parametrize(
    ("line", "url", "after"),
    [
        ("Voir https://testserver/a?b=1.", "https://testserver/a?b=1", "."),
        ("Voir (https://testserver/a)", "https://testserver/a", ")"),
        ("Voir « https://testserver/a »", "https://testserver/a", " »"),
        ("Écrire à aventuriers@la27eregion.example.", "mailto:aventuriers@la27eregion.example", "."),
    ],
)
def test_addresses_become_links_without_their_punctuation(line, url, after):
    pieces = blocks(line)[0].lines[0]
    assert pieces[1].url == url
    assert "".join(piece.text for piece in pieces[2:]).replace("\u00a0", " ") == after.replace("\u00a0", " ")


@pytest.mark.django_db
def test_the_html_part_escapes_what_people_typed_and_keeps_typography():
    html = html_part("Sujet", "Bonjour <script>alert(1)</script>\u202f! L’Haÿ", association=US)
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "\u202f! L’Haÿ" in html


@pytest.mark.django_db
def test_the_html_part_fetches_nothing():
    html = html_part("Sujet", "Bonjour.", association=US)
    assert all(word not in html for word in ("<img", "<link", "url(", "@import", "<script"))


def test_a_link_of_another_scheme_stays_text():
    assert blocks("javascript:alert(1)")[0].lines == [[Piece("javascript:alert(1)")]]


def test_the_text_part_is_signed():
    assert text_part("Bonjour.", association=US) == (
        "Bonjour.\n\n-- \nLa 27e Région\nLaboratoire de transformation publique\nNous écrire : https://testserver/contact/\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "Bonjour,\n\n" + "une phrase assez longue pour passer à la ligne, " * 6 + "fin.",
        "Deux mots\u00a0: " + "insécable\u00a0" * 20,
        " une ligne rentrée\n> une citation\nFrom the start\n-- \nsignature",
        "https://testserver/" + "x" * 200,
        "",
    ],
)
def test_wrapped_lines_are_put_back_as_they_were_typed(text):
    assert unflowed(flowed(text)).removesuffix("\n") == text.replace("longue pour passer à la ligne,  ", "")


def test_wrapped_lines_are_short_and_addresses_whole():
    url = "https://testserver/" + "x" * 100
    lines = flowed("mot " * 60 + url).split("\n")
    assert lines[-1] == url
    assert max(len(line) for line in lines[:-1]) <= 77


def test_a_formatted_letter_is_powerless():
    policy = sandboxed("<p>Bonjour</p>").headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert policy.endswith("; sandbox")
    assert "script-src" not in policy
