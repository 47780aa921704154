"""The ten-line rule (domain.md A4): one set of vectors, read by Python here and by JavaScript in Chromium."""

import json
import re
import unicodedata
from base64 import b64encode
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser

from core.lines import BLANKS, MaxLinesValidator, count_lines, lines_in_words

VECTORS = json.loads((Path(__file__).parent / "lines.json").read_text(encoding="utf-8"))
IN_THE_PAGE = """async ([source, texts]) => {
  const lines = await import(source);
  return texts.map((text) => lines.countLines(text));
}"""


def counted_by_javascript(browser: Browser, texts: list[str]) -> list[int]:
    source = (settings.BASE_DIR / "static/js/lines.js").read_bytes()
    address = "data:text/javascript;base64," + b64encode(source).decode()
    page = browser.new_page()
    counts = page.evaluate(IN_THE_PAGE, [address, texts])
    page.close()
    return counts


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_python_counts_each_vector(vector):
    assert count_lines(vector["text"]) == vector["lines"]


@pytest.mark.browser
def test_javascript_counts_the_same_vectors_and_every_blank_the_same_way(browser):
    around = [f"{character}{'a' * 90}{character}" for character in map(chr, range(0x3010)) if character not in "\r\n"]
    texts = [vector["text"] for vector in VECTORS] + around + [f"{blank}{'a' * 90}{blank}" for blank in BLANKS]
    assert counted_by_javascript(browser, texts) == [count_lines(text) for text in texts]


@given(st.text(alphabet=st.sampled_from("aé😀\u0301 \t\u00a0\r\n"), max_size=400))
def test_the_count_is_that_of_its_paragraphs_however_they_end(text):
    paragraphs = [unicodedata.normalize("NFC", part.strip(BLANKS)) for part in re.split("\r\n|\r|\n", text)]
    assert count_lines(text) == count_lines("\r\n".join(paragraphs)) == sum((len(part) + 89) // 90 for part in paragraphs)


def test_the_counter_says_line_or_lines():
    assert [lines_in_words(count, 10) for count in (0, 1, 12)] == ["0 ligne sur 10", "1 ligne sur 10", "12 lignes sur 10"]


def test_too_many_lines_are_refused_with_their_number():
    with pytest.raises(ValidationError) as refused:
        MaxLinesValidator(10)("ligne\n" * 12)
    assert refused.value.messages == ["Votre texte fait 12 lignes\u00a0: ramenez-le à 10."]


def test_the_limit_itself_is_accepted():
    assert MaxLinesValidator(10)("ligne\n" * 10) is None
    assert MaxLinesValidator(10) == MaxLinesValidator(10)
